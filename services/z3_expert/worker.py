"""What a worker of the Z3 expert runs: the expert itself, on one question after the other."""

from __future__ import annotations

from functools import cache

from aethel.prover.expert import Z3Expert
from aethel.prover.smt_text import solve_text
from aethel.request import Question
from aethel.verdict import ExpertVerdict

_FIRST_TEXT = "(declare-const x Int)(assert (> (* 2 x) 3))(check-sat)"
_FIRST_BUDGET = 100_000

_LEAST_MARGIN_MS = 10.0
_MARGIN_SHARE = 20
_MOST_MARGIN_MS = 1_000.0


def prepare() -> None:
    """Load the solver and let it solve something, so that every worker has all of it in memory from its beginning."""
    _expert()
    solve_text(_FIRST_TEXT, _FIRST_BUDGET)


def answer(question: Question | None, left_ms: float) -> ExpertVerdict | str:
    """The verdict on a question that is due in `left_ms` milliseconds; the expert's version for None.

    The expert gives up a margin earlier and tells what it has decided by then: at the deadline a worker is killed.
    """
    if question is None:
        return _expert().version
    return _expert().verify(question, left_ms - margin_ms(left_ms))


def margin_ms(left_ms: float) -> float:
    """The part of the time, in milliseconds, that is kept for ending the proof and writing the verdict."""
    return min(max(_LEAST_MARGIN_MS, left_ms / _MARGIN_SHARE), _MOST_MARGIN_MS, left_ms / 2)


@cache
def _expert() -> Z3Expert:
    return Z3Expert()
