"""What the tools for agents return: verdicts, rejections and repairs as data, in words of this program alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from typing_extensions import TypedDict

from aethel.cli import agent_text
from aethel.client import Answer
from aethel.client.repairs import NoRepair, repaired
from aethel.decision.gate import SENTINEL_CLASSES_THAT_MAY_STAY_OPEN
from aethel.explanation import ExplainedObligation, Explanation
from aethel.verdict import (
    REFUTING_OUTCOMES,
    SENTINEL_EXPERT,
    Consensus,
    Counterexample,
    Disposition,
    Finding,
    MOEResult,
)

MEANING: Mapping[Consensus, str] = {
    Consensus.APPROVED: "every required obligation is proved; the intent may execute",
    Consensus.REJECTED: "at least one obligation fails; the intent must not execute",
    Consensus.UNCERTAIN: "nothing fails and not everything is proved; a person decides, and nothing may execute",
}

MOST_SHOWN = 20
"""Findings and obligations in one answer."""


class ShownFinding(TypedDict):
    """One finding: its stable code, where it is, and what it asks for."""

    code: str
    place: str
    disposition: str
    cwe: int | None


class ShownVerdict(TypedDict):
    """The answer to one intent."""

    transaction_id: str
    consensus: str
    meaning: str
    confidence: str
    experts: dict[str, str]
    findings: list[ShownFinding]
    undecided: int
    repeated: bool
    program_digest: str


class ShownFailure(TypedDict):
    """One obligation that fails."""

    kind: str
    place: str
    outcome: str
    counterexample: str


class ShownRejection(TypedDict):
    """Why an intent is rejected, and what would repair it."""

    consensus: str
    meaning: str
    failures: list[ShownFailure]
    findings: list[ShownFinding]
    weakest_guard: str
    note: str


class RepairedRequest(TypedDict):
    """A new request: a new id, the repaired text, and the values of the old one."""

    transaction_id: str
    intent: str
    arguments: dict[str, str]


class ProposedRepair(TypedDict):
    """A repair that was proposed and nothing else: no part of it was verified as a request, nor applied."""

    request: RepairedRequest | None
    note: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What an agent asked: the text and the values."""

    intent: str
    arguments: Mapping[str, str]


def verdict_of(answer: Answer) -> ShownVerdict:
    """The answer as an agent gets it."""
    return {
        "transaction_id": agent_text.value(answer.transaction_id),
        "consensus": answer.consensus.value,
        "meaning": MEANING[answer.consensus],
        "confidence": f"{answer.overall_confidence:f}",
        "experts": {one.expert_name: one.verdict.value for one in answer.expert_verdicts},
        "findings": _findings(answer),
        "undecided": len(answer.undecided_obligations),
        "repeated": answer.is_repeated,
        "program_digest": answer.program_digest,
    }


def rejection_of(explanation: Explanation) -> ShownRejection:
    """Why the intent is not approved: what fails with which values, and the weakest guard that repairs it."""
    result = explanation.result
    failing = [one for one in explanation.obligations if one.result.outcome in REFUTING_OUTCOMES]
    diff = next((shown for one in failing if one.repair and (shown := agent_text.diff(one.repair))), "")
    return {
        "consensus": result.consensus.value,
        "meaning": MEANING[result.consensus],
        "failures": [_failure(one) for one in failing[:MOST_SHOWN]],
        "findings": _findings(result),
        "weakest_guard": diff,
        "note": _note(failing, diff),
    }


def repair_of(asked: Asked, explanation: Explanation, new_id: str) -> ProposedRepair:
    """The repaired intent as a new request, where a verified repair is known and nothing else rejects the text."""
    if explanation.result.consensus is Consensus.APPROVED:
        return {"request": None, "note": "the intent is approved as it is; there is nothing to repair"}
    repairs = dict.fromkeys(one.repair for one in explanation.obligations if one.repair)
    others = _beyond_repair(explanation.result)
    if others:
        codes = ", ".join(dict.fromkeys(agent_text.name(one.code) for one in others))
        return {"request": None, "note": f"no guard repairs {codes}; a person has to look at the text"}
    for repair in repairs:
        try:
            text = repaired(asked.intent, repair)
        except NoRepair:
            continue
        request: RepairedRequest = {"transaction_id": new_id, "intent": text, "arguments": dict(asked.arguments)}
        note = "a new request, not verified and not applied: verify it, and let the author confirm the change"
        return {"request": request, "note": note}
    return {"request": None, "note": "no guard is known that repairs it"}


def _findings(result: MOEResult) -> list[ShownFinding]:
    found = [*result.findings, *(finding for verdict in result.expert_verdicts for finding in verdict.findings)]
    ordered = sorted(dict.fromkeys(found), key=lambda one: one.disposition is Disposition.ADVISE)
    return [
        {
            "code": agent_text.name(one.code),
            "place": agent_text.place(one.span),
            "disposition": one.disposition.value,
            "cwe": one.cwe,
        }
        for one in ordered[:MOST_SHOWN]
    ]


def _failure(one: ExplainedObligation) -> ShownFailure:
    shown: Counterexample | None = one.result.counterexample
    return {
        "kind": one.kind or agent_text.name(one.result.id),
        "place": agent_text.place(one.result.span),
        "outcome": one.result.outcome.value,
        "counterexample": "" if shown is None else agent_text.table(shown),
    }


def _beyond_repair(result: MOEResult) -> list[Finding]:
    """What rejects and no guard can change: how the text reads, and what it hides or does to other systems.

    What the Sentinel's classes that may stay open look for is excluded by obligations, and so by their repair.
    """
    of_sentinel = [
        finding
        for verdict in result.expert_verdicts
        if verdict.expert_name == SENTINEL_EXPERT
        for finding in verdict.findings
        if finding.code not in SENTINEL_CLASSES_THAT_MAY_STAY_OPEN
    ]
    return [one for one in (*result.findings, *of_sentinel) if one.disposition is Disposition.REJECT]


def _note(failing: list[ExplainedObligation], diff: str) -> str:
    if diff:
        return "the guard is the weakest one that repairs the obligation it belongs to; nothing was changed"
    if any(one.repair for one in failing):
        return "a guard is known, and its line holds text that is not shown here; `aethel explain` shows it to a person"
    return "no guard is known that repairs it" if failing else "no obligation fails"
