"""Experts that say one thing, for what is about the path and not about the checks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from aethel.decision.gate import SENTINEL_CLASSES_OF_TEXT, SENTINEL_CLASSES_OF_TRANSACTION
from aethel.intent.instance import instantiate
from aethel.intent.obligations import Kind, obligations
from aethel.request import Question
from aethel.verdict import (
    GUARDIAN_EXPERT,
    SENTINEL_EXPERT,
    Z3_EXPERT,
    Evidence,
    ExpertVerdict,
    ObligationResult,
    Outcome,
    Vote,
)


@dataclass
class Saying:
    """An expert that gives the verdict `say` makes, and remembers what it was asked."""

    name: str
    say: Callable[[Question], ExpertVerdict]
    version: str = "test"
    asked: list[Question] = field(default_factory=list)

    def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict:
        self.asked.append(question)
        return self.say(question)


def agreeable() -> tuple[Saying, ...]:
    """A panel that proves whatever is asked of it."""
    return tuple(Saying(name, _proving(name)) for name in (Z3_EXPERT, SENTINEL_EXPERT, GUARDIAN_EXPERT))


def voting(name: str, vote: Vote, *obligations: ObligationResult) -> Saying:
    """An expert that votes one way about the very program that is asked about."""

    def say(question: Question) -> ExpertVerdict:
        return ExpertVerdict(
            name,
            vote,
            Decimal(1),
            Evidence.EVALUATED,
            f"{name} says so",
            program_digest=question.expected_digest,
            obligations=obligations,
        )

    return Saying(name, say)


def _proving(name: str) -> Callable[[Question], ExpertVerdict]:
    def say(question: Question) -> ExpertVerdict:
        results = tuple(ObligationResult(one, Outcome.PROVED, Evidence.EVALUATED) for one in _ids(name, question))
        return ExpertVerdict(
            name,
            Vote.APPROVE,
            Decimal(1),
            Evidence.EVALUATED,
            "proved",
            obligations=results,
            program_digest=question.expected_digest,
        )

    return say


def _ids(name: str, question: Question) -> tuple[str, ...]:
    if name == SENTINEL_EXPERT:
        return tuple(dict.fromkeys((*SENTINEL_CLASSES_OF_TEXT, *SENTINEL_CLASSES_OF_TRANSACTION)))
    if question.transaction is not None:
        return ("G04", "G05", "G07", "G10", "G11", "G12", "G22", "G23")
    file = instantiate(question).reading.file
    assert file is not None
    return tuple(one.id for one in obligations(file) if name == Z3_EXPERT or one.kind is Kind.CONSERVED)
