"""A command loads what it needs and nothing else: nobody waits for a solver to be told a version."""

import subprocess
import sys
from pathlib import Path

import pytest

from aethel.cli.exits import ExitCode
from tests.cli.command import EXAMPLES, TIMEOUT_S, Command

PAYMENT = str(EXAMPLES / "payment.ae")

SOLVERS = {"z3", "cvc5"}
TRANSPORT = {"grpc", "google.protobuf"}
CHECKS = {"aethel.prover", "aethel.ledger", "aethel.security", "aethel.decision"}

MOST_OWN_MODULES = 30
"""Modules of this project that a command without a question to ask may load; a question loads some 130."""

_PROGRAM = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, sep="\\n", file=sys.stderr))
from aethel.cli.main import main
main()
"""


def loaded(command: Command, *arguments: str, expected: ExitCode = ExitCode.FINE) -> set[str]:
    """The names of all modules that are loaded when a command ends."""
    line = [sys.executable, "-c", _PROGRAM, *arguments]
    run = subprocess.run
    done = run(line, env=command.environ, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == expected, done.stderr
    return set(done.stderr.split("\n"))


@pytest.mark.parametrize("command", ["version", "down", "limits", "config show"])
def test_a_command_that_asks_nobody_loads_no_solver_no_transport_and_no_check(aethel: Command, command: str) -> None:
    modules = loaded(aethel, *command.split())
    assert "aethel.cli.main" in modules
    assert modules & (SOLVERS | TRANSPORT | CHECKS) == set()
    assert sum(name.split(".")[0] == "aethel" for name in modules) <= MOST_OWN_MODULES


def test_a_mesh_is_asked_without_loading_a_solver_or_a_check(mesh: Command) -> None:
    modules = loaded(mesh, "verify", PAYMENT)
    assert modules >= TRANSPORT
    assert modules & (SOLVERS | CHECKS) == set()


@pytest.mark.parametrize(
    "command", [["fmt", "--check"], ["certify", "make", "-o", "made"], ["export", "smt", "-o", "made"]]
)
def test_a_text_is_formatted_certified_and_exported_without_solver_and_transport(
    aethel: Command, command: list[str], tmp_path: Path
) -> None:
    written = [str(tmp_path / word) if word == "made" else word for word in command]
    assert loaded(aethel, *written, PAYMENT) & (SOLVERS | TRANSPORT) == set()


def test_a_proof_here_loads_the_solvers_and_no_transport(aethel: Command) -> None:
    modules = loaded(aethel, "check", PAYMENT)
    assert modules >= SOLVERS
    assert modules & TRANSPORT == set()
