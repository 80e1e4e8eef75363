"""Explains an answer: every obligation with what became of it, what it claims and what would repair it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aethel.decision.path import Prepared
from aethel.explanation import ExplainedObligation, Explanation
from aethel.intent.obligations import Obligation, obligations
from aethel.verdict import ExpertVerdict, MOEResult, ObligationResult, Outcome

NOBODY = "nobody decided it"
"""What is said of a required obligation that is in no verdict."""


def explain(prepared: Prepared, answer: MOEResult) -> Explanation:
    """The answer with each obligation it rests on: as the verdicts have them, then what is required and in none."""
    claims = _claims(prepared)
    shown = [one for verdict in answer.expert_verdicts for one in _of_verdict(prepared, claims, verdict)]
    seen = {one.result.id for one in shown}
    missing = (name for name in prepared.plan.required if name not in seen)
    return Explanation(answer, (*shown, *(_undecided(claims, name) for name in missing)))


def _claims(prepared: Prepared) -> Mapping[str, Obligation]:
    file = None if prepared.instance is None else prepared.instance.reading.file
    return {} if file is None else {claim.id: claim for claim in obligations(file)}


def _of_verdict(
    prepared: Prepared, claims: Mapping[str, Obligation], verdict: ExpertVerdict
) -> Iterator[ExplainedObligation]:
    for result in verdict.obligations:
        claim = claims.get(result.id)
        yield ExplainedObligation(
            expert_name=verdict.expert_name,
            result=result,
            kind="" if claim is None else claim.kind.value,
            claim="" if claim is None else claim.property,
            is_required=verdict.expert_name in prepared.plan.required.get(result.id, ()),
            repair=_repair(result, verdict),
        )


def _repair(result: ObligationResult, verdict: ExpertVerdict) -> str:
    """The repair of the finding that shows the failure of this obligation: the same values, at the same place."""
    if result.counterexample is None:
        return ""
    shows = (one for one in verdict.findings if (one.counterexample, one.span) == (result.counterexample, result.span))
    return next((finding.repair for finding in shows if finding.repair), "")


def _undecided(claims: Mapping[str, Obligation], name: str) -> ExplainedObligation:
    claim = claims.get(name)
    return ExplainedObligation(
        expert_name="",
        result=ObligationResult(name, Outcome.UNMODELLED, detail=NOBODY, span=None if claim is None else claim.span),
        kind="" if claim is None else claim.kind.value,
        claim="" if claim is None else claim.property,
        is_required=True,
    )
