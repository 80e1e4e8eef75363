"""Tasks: what is given to a process that solves, and what it gives back; both are plain values that can be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from aethel.prover.settled import Settled
from aethel.request import Question
from aethel.verdict import Finding, ObligationResult, Outcome


@dataclass(frozen=True, slots=True)
class Reproducer:
    """A text to keep where two solvers differ, and a name for its file that is the same for the same text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who solves: `version` is the digest of what the answers depend on, `solvers` names the solvers for people."""

    version: str
    solvers: str


class Matter(Enum):
    """What is to be decided of a question's text.

    GENERAL: every obligation, for all values. SKELETON: the same for all values of its literals too, those obligations
    aside that ask for one execution. GIVEN: every obligation for the given values.
    """

    GENERAL = "general"
    SKELETON = "skeleton"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Task:
    """What to decide, in at most `budget` solver resource units."""

    question: Question
    matter: Matter
    budget: int


@dataclass(frozen=True, slots=True)
class Spent:
    """Which process solved, and from when to when: nanoseconds since 1970."""

    process: int
    started_ns: int
    ended_ns: int


@dataclass(frozen=True, slots=True)
class Solved:
    """What became of every obligation, in order, and which preconditions are false on the given values.

    `certificate` is empty where nothing was certified. `digest` is that of what was decided, empty where there was
    nothing of the kind, as for a text without literals that could be lifted. `spent` is said by another process.
    """

    digest: str
    settled: tuple[Settled, ...] = ()
    preconditions: tuple[Finding, ...] = ()
    certificate: bytes = b""
    reproducers: tuple[Reproducer, ...] = ()
    spent: Spent | None = None

    @property
    def results(self) -> tuple[ObligationResult, ...]:
        return tuple(each.result for each in self.settled)

    @property
    def proved(self) -> bool:
        """Whether there is something, and all of it is proved."""
        return bool(self.settled) and all(each.result.outcome is Outcome.PROVED for each in self.settled)


Solve = Callable[[Task, float], Solved]
"""Carries out a task within so many milliseconds; raises NotSolved."""


class NotSolved(Exception):
    """Whoever was to carry out a task was lost on the way; `outcome` says what that makes of every obligation."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
