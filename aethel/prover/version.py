"""The version of the Z3 expert: what it was made of."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import z3

from aethel.intent.program import LANGUAGE_VERSION


def solver_version() -> str:
    """The solver's full version, as it names itself."""
    return str(z3.get_full_version())


def source_digest() -> str:
    """Hexadecimal SHA-256 over the language version, the solver's version and the sources of this package."""
    digest = hashlib.sha256(f"{LANGUAGE_VERSION}\n{solver_version()}".encode())
    sources = [source for source in files(__package__).iterdir() if source.name.endswith(".py")]
    for source in sorted(sources, key=lambda source: source.name):
        content = source.read_bytes()
        digest.update(f"\n{source.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()
