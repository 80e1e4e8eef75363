"""What is kept when the two solvers differ: one text with which anybody can see it again."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from dataclasses import dataclass

from aethel.intent.program import Program
from aethel.prover.smtlib import comment
from aethel.prover.solver import Status
from aethel.prover.tasks import Reproducer


@dataclass(frozen=True, slots=True)
class Said:
    """What one solver said of a question: its name and version, its answer, and its reason where it had one."""

    solver: str
    status: Status
    reason: str = ""


def reproducer(program: Program, obligation: str, said: tuple[Said, Said], script: str | None) -> Reproducer:
    """Both answers about the obligation with this id, above the question they were given as SMT-LIB text.

    `script` is None where nobody may see the question (`may_be_told`). The whole is a valid script, and it is the same
    for the same arguments.
    """
    heads = [
        "two solvers differ on this question; one of them, or what wrote it, is wrong",
        f"program {program.digest}",
        f"obligation {obligation}",
        *(f"{each.solver}: {each.status.value}{f', {each.reason}' if each.reason else ''}" for each in said),
    ]
    if script is None:
        heads.append("the question itself is left out, since it could tell a secret")
    lines = [f"; {comment(head)}" for head in heads]
    text = "\n".join((*lines, script or ""))
    return Reproducer(f"disagreement-{hashlib.sha256(text.encode()).hexdigest()[:16]}.smt2", text)


def may_be_told(program: Program, given: Container[str]) -> bool:
    """Whether a question about the program with these variables given tells no secret value and no secret line."""
    lines = (*program.guards, *program.requires, *program.posts)
    given_secrets = (each for each in program.variables if each.secret and each.name in given)
    return not any(line.secret for line in lines) and next(given_secrets, None) is None
