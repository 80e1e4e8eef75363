"""Decides once more what a record says was decided, and compares the answers byte by byte.

The canonical form of an answer is its `MOEResult`, serialized with the fields in their order, without what may differ
between two decisions that are the same: the times and the solver's work (`total_latency_ms`, `latency_ms`, `took_ms`,
`work`), who served a verdict, and the words that tell how an obligation was proved (`proof_trace`, `detail`), which
hang on whether the proof was made before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

from aethel.decision.path import SECOND_LINE_EXPERTS, conclude, prepare
from aethel.decision.second_line import SecondLine
from aethel.decision.state import noted, refused
from aethel.decision.thresholds import Thresholds
from aethel.request import Expert, Question
from aethel.verdict import BY_NOBODY, SENTINEL_EXPERT, Consensus, ExpertVerdict, MOEResult, Source
from aethel.wire.convert_verdict import result_from_proto, result_to_proto

ASKED = frozenset({Source.EXPERT, Source.LAYER})
"""Sources of verdicts that an expert, or who stood in for it, was asked for."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two answers to one question; `differences` names the parts that differ, and is empty where the bytes are one."""

    before: Consensus
    after: Consensus
    differences: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether both answers are the same, byte for byte."""
        return not self.differences

    @property
    def is_flipped(self) -> bool:
        """Whether one approves what the other rejects."""
        return {self.before, self.after} == {Consensus.APPROVED, Consensus.REJECTED}


def asked_again(question: Question) -> Question:
    """The question as it can be put once more: whatever program its text lowers to today."""
    return replace(question, expected_digest="")


def decide_again(
    question: Question,
    recorded: MOEResult,
    experts: Sequence[Expert],
    thresholds: Thresholds,
    timeouts_ms: Mapping[str, float],
) -> MOEResult:
    """The answer of these experts, heard as they were when it was recorded: which of them were away is taken as given.

    State is not looked at; `with_state` adds what it said.
    """
    prepared = prepare(asked_again(question))
    by_name = {expert.name: expert for expert in experts}
    sources = {one.expert_name: one.source for one in recorded.expert_verdicts if one.source in ASKED}
    verdicts: list[ExpertVerdict] = []
    for name in prepared.plan.experts:
        was_away = name in recorded.activated_experts and name not in sources
        if name in by_name and not was_away:
            verdict = by_name[name].verify(prepared.question, timeouts_ms[name])
            verdicts.append(replace(verdict, source=sources.get(name, Source.EXPERT)))
    second_line = SecondLine([by_name[name] for name in SECOND_LINE_EXPERTS if name in by_name])
    return conclude(
        prepared, verdicts, thresholds, second_line, timeouts_ms[SENTINEL_EXPERT], degraded=recorded.degraded
    )


def with_state(answer: MOEResult, recorded: MOEResult, notes: Sequence[str]) -> MOEResult:
    """An answer with what the state said of the recorded one; only what is approved ever gets that far."""
    if answer.consensus is not Consensus.APPROVED:
        return answer
    commit = next((one for one in recorded.expert_verdicts if one.source is Source.COMMIT), None)
    return noted(answer, notes) if commit is None else refused(answer, commit.findings)


def compare(recorded: MOEResult, answer: MOEResult) -> Comparison:
    """How an answer differs from the recorded one in the canonical form."""
    if canonical(recorded) == canonical(answer):
        return Comparison(recorded.consensus, answer.consensus, ())
    before, after = (_on_the_wire(_timeless(one)) for one in (recorded, answer))
    found = [
        name
        for name in (each.name for each in fields(MOEResult))
        if name != "expert_verdicts" and getattr(before, name) != getattr(after, name)
    ]
    found += _differing_verdicts(before.expert_verdicts, after.expert_verdicts)
    return Comparison(recorded.consensus, answer.consensus, tuple(found))


def canonical(answer: MOEResult) -> bytes:
    """The bytes that are compared."""
    return result_to_proto(_timeless(answer)).SerializeToString(deterministic=True)


def _timeless(answer: MOEResult) -> MOEResult:
    verdicts = tuple(
        replace(
            verdict,
            latency_ms=0.0,
            proof_trace=(),
            served=BY_NOBODY,
            obligations=tuple(replace(one, took_ms=0.0, work=0, detail="") for one in verdict.obligations),
        )
        for verdict in answer.expert_verdicts
    )
    return replace(answer, expert_verdicts=verdicts, total_latency_ms=0.0)


def _on_the_wire(answer: MOEResult) -> MOEResult:
    """The answer as a caller reads it, so that only what a caller sees is named as differing."""
    return result_from_proto(result_to_proto(answer))


def _differing_verdicts(before: Sequence[ExpertVerdict], after: Sequence[ExpertVerdict]) -> list[str]:
    kept = {(one.expert_name, one.source): one for one in before}
    found = []
    for verdict in after:
        other = kept.pop((verdict.expert_name, verdict.source), None)
        if other is None:
            found.append(f"{verdict.expert_name}: answers now")
            continue
        names = (each.name for each in fields(ExpertVerdict))
        found += [f"{verdict.expert_name}.{name}" for name in names if getattr(other, name) != getattr(verdict, name)]
    return found + [f"{name}: does not answer now" for name, _ in kept]
