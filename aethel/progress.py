"""The steps of one verification, as whoever watches it hears of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aethel.verdict import ExpertVerdict, MOEResult


@dataclass(frozen=True, slots=True)
class QuestionAdmitted:
    """The question was taken."""

    transaction_id: str


@dataclass(frozen=True, slots=True)
class QuestionRead:
    """The question was read; digest and version are empty where it holds no intent, `required` counts obligations."""

    program_digest: str
    language_version: str
    required: int


@dataclass(frozen=True, slots=True)
class ExpertsChosen:
    """The experts that are asked now, by name, and those that need not be, each with why."""

    experts: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ExpertHeard:
    """An expert answered, or its stand-in did; without a verdict nobody did. `degraded` says what was amiss."""

    name: str
    verdict: ExpertVerdict | None
    degraded: str = ""


@dataclass(frozen=True, slots=True)
class Concluded:
    """The answer; nothing comes after it."""

    result: MOEResult


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no answer; nothing comes after it. `reason` is one of the closed list of faults."""

    reason: str
    message: str


Event: TypeAlias = QuestionAdmitted | QuestionRead | ExpertsChosen | ExpertHeard | Concluded | Failed


@dataclass(frozen=True, slots=True)
class Step:
    """What happened, and when: in milliseconds since the question was admitted."""

    after_ms: float
    event: Event

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it."""
        return isinstance(self.event, Concluded | Failed)
