"""The version of the Z3 expert: what it was made of."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import z3

from aethel.intent.program import LANGUAGE_VERSION
from aethel.prover.second_solver import second_solver_version


def solver_version() -> str:
    """The solver's full version, as it names itself."""
    return str(z3.get_full_version())


def source_digest() -> str:
    """Hexadecimal SHA-256 over the language version, both solvers' versions and the sources of this package."""
    made_of = (LANGUAGE_VERSION, solver_version(), second_solver_version())
    digest = hashlib.sha256("\n".join(made_of).encode())
    sources = [source for source in files(__package__).iterdir() if source.name.endswith(".py")]
    for source in sorted(sources, key=lambda source: source.name):
        content = source.read_bytes()
        digest.update(f"\n{source.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()
