"""The path every question takes, in the mesh and in one process: read once, plan, ask the experts, conclude."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from aethel.decision.consensus import decide
from aethel.decision.gate import Plan, plan
from aethel.decision.second_line import SecondLine
from aethel.decision.thresholds import Thresholds
from aethel.decision.writes import unpermitted_writes
from aethel.intent.instance import Instance, instantiate
from aethel.intent.readings import KEPT
from aethel.request import Expert, Question
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Z3_EXPERT, ExpertVerdict, MOEResult

TIMEOUTS_MS: Mapping[str, float] = MappingProxyType(
    {Z3_EXPERT: 30_000.0, SENTINEL_EXPERT: 100.0, GUARDIAN_EXPERT: 50.0}
)
"""Time each expert has for one verdict where nothing else is configured."""

SECOND_LINE_EXPERTS = (SENTINEL_EXPERT, GUARDIAN_EXPERT)
"""The experts whose checks need no solver, so that they also serve as layers and as second line."""


class OtherProgram(Exception):
    """The text lowers to another program here than the one that was asked about."""

    def __init__(self, expected: str, lowered: str) -> None:
        super().__init__(f"the text lowers to `{lowered}` here, expected `{expected}`")
        self.expected = expected
        self.lowered = lowered


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question read once: `question` names the digest of its program, so that no expert reads it differently.

    `instance` is None for structured transactions.
    """

    question: Question
    instance: Instance | None
    plan: Plan


def prepare(question: Question) -> Prepared:
    """Read a question and plan who must judge it; raises OtherProgram where the asker expects another digest."""
    if question.transaction is not None:
        return Prepared(question, None, plan(question, None))
    instance = instantiate(question, KEPT)
    reading = instance.reading
    if reading.file is None:
        return Prepared(question, instance, plan(question, None, reading.findings))
    digest = reading.file.digest
    if question.expected_digest not in ("", digest):
        raise OtherProgram(question.expected_digest, digest)
    advice = (*reading.file.advice, *unpermitted_writes(reading.file))
    findings = tuple(dict.fromkeys((*reading.findings, *instance.findings, *advice)))
    return Prepared(replace(question, expected_digest=digest), instance, plan(question, reading.file, findings))


def conclude(
    prepared: Prepared,
    verdicts: Sequence[ExpertVerdict],
    thresholds: Thresholds,
    second_line: SecondLine,
    deadline_ms: float,
    degraded: Sequence[str] = (),
) -> MOEResult:
    """The answer from the verdicts, an approval looked at again by the second line within `deadline_ms`."""
    answer = decide(prepared.plan, verdicts, thresholds, degraded)
    return second_line.look(prepared.question, prepared.instance, answer, deadline_ms)


def run_local(
    question: Question,
    experts: Sequence[Expert],
    thresholds: Thresholds,
    timeouts_ms: Mapping[str, float] = TIMEOUTS_MS,
    clock_ms: Callable[[], float] = lambda: 0,
) -> MOEResult:
    """The whole path in this process, asking the chosen experts one after another.

    An expert that is needed and not among `experts` leaves the answer UNCERTAIN. `clock_ms` measures latencies and
    decides nothing. Raises OtherProgram like `prepare`.
    """
    started_ms = clock_ms()
    prepared = prepare(question)
    by_name = {expert.name: expert for expert in experts}
    verdicts = []
    for name in prepared.plan.experts:
        if name in by_name:
            asked_ms = clock_ms()
            verdict = by_name[name].verify(prepared.question, timeouts_ms[name])
            verdicts.append(replace(verdict, latency_ms=clock_ms() - asked_ms))
    absent = [f"{name}: not in this process" for name in prepared.plan.experts if name not in by_name]
    second_line = SecondLine([by_name[name] for name in SECOND_LINE_EXPERTS if name in by_name])
    answer = conclude(prepared, verdicts, thresholds, second_line, timeouts_ms[SENTINEL_EXPERT], absent)
    return replace(answer, total_latency_ms=clock_ms() - started_ms)
