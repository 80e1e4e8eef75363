"""The version of the Z3 expert: what it was made of."""

from __future__ import annotations

import hashlib
import inspect
from functools import cache
from importlib.resources import files

import z3

import certificate_checker
from aethel.intent.program import LANGUAGE_VERSION
from aethel.prover.second_solver import second_solver_version
from aethel.prover.tasks import Identity


def solver_version() -> str:
    """The solver's full version, as it names itself."""
    return str(z3.get_full_version())


def source_digest() -> str:
    """Hexadecimal SHA-256 over the language version, both solvers' versions and the sources of this package.

    The packages below it and the certificate checker count too.
    """
    made_of = (LANGUAGE_VERSION, solver_version(), second_solver_version())
    digest = hashlib.sha256("\n".join(made_of).encode())
    sources = {source.name: source for source in files(__package__).iterdir()}
    sources |= {f"certificate/{source.name}": source for source in files(f"{__package__}.certificate").iterdir()}
    for name in sorted(name for name in sources if name.endswith(".py")):
        content = sources[name].read_bytes()
        digest.update(f"\n{name} {len(content)}\n".encode() + content)
    digest.update(inspect.getsource(certificate_checker).encode())
    return digest.hexdigest()


@cache
def identity() -> Identity:
    """Who solves in this process; its sources are read once."""
    return Identity(source_digest(), f"z3 {solver_version()}, {second_solver_version()}")
