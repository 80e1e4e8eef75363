"""Puts many questions to the mesh: some at a time, and those it had no time for once more, fewer at a time."""

from __future__ import annotations

from collections.abc import Sequence

from aethel.request import Question
from aethel.runtime.faults import Reason, RequestFault
from aethel.verdict import MOEResult
from aethel.wire.absence import Absence, MeshUnavailable
from aethel.wire.client import RemoteMesh

AT_ONCE = 64
"""Questions of one call: enough to keep every expert busy, few enough that a lost call loses little."""

_FEWER = 8
"""By how much a group shrinks of which not one question was answered in time."""

_AGAIN = frozenset({Reason.DEADLINE_EXCEEDED, Reason.OVERLOADED})
"""Faults that come of the company a question was asked in, so that it is asked again in a smaller one."""


async def ask_all(
    mesh: RemoteMesh, questions: Sequence[Question], deadline_ms: float
) -> list[MOEResult | RequestFault]:
    """An answer or a fault for each question, in their order; each call has `deadline_ms` milliseconds.

    Raises `MeshUnavailable` where the mesh cannot be reached at all.
    """
    answers: dict[int, MOEResult | RequestFault] = {}
    left = list(range(len(questions)))
    size = AT_ONCE
    while left:
        group, rest = left[:size], left[size:]
        outcomes = await _ask(mesh, [questions[index] for index in group], deadline_ms)
        again = []
        for index, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, RequestFault) and outcome.reason in _AGAIN and len(group) > 1:
                again.append(index)
            else:
                answers[index] = outcome
        if len(again) == len(group):
            size = max(1, len(group) // _FEWER)
        left = again + rest
    return [answers[index] for index in range(len(questions))]


async def _ask(
    mesh: RemoteMesh, questions: Sequence[Question], deadline_ms: float
) -> Sequence[MOEResult | RequestFault]:
    """One call; what keeps all of it from an answer is the fault of each of its questions."""
    try:
        return await mesh.verify_batch(questions, deadline_ms)
    except RequestFault as fault:
        # One question that cannot be sent takes the others with it, unless each goes alone.
        reason = Reason.OVERLOADED if len(questions) > 1 else fault.reason
        return [RequestFault(reason, fault.message)] * len(questions)
    except MeshUnavailable as absence:
        if absence.reason is Absence.UNREACHABLE:
            raise
        reason = Reason.DEADLINE_EXCEEDED if absence.reason is Absence.LATE else Reason.OVERLOADED
        return [RequestFault(reason, f"the mesh gave no answer: {absence}")] * len(questions)
