"""The second line: after an approval the cheap exact checks run once more, in this process and at its own version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from aethel.decision.evaluation import contradiction
from aethel.intent.instance import Instance
from aethel.request import Expert, Question
from aethel.verdict import Consensus, ExpertVerdict, Finding, MOEResult, Source, Vote

SECOND_LINE = "SECOND_LINE"
"""The code of a finding by which the second line disagrees with an approval."""


@dataclass(frozen=True, slots=True)
class SecondLine:
    """Looks again at what was approved.

    `checkers` are in-process experts that need no solver: the Guardian for conservation, the Sentinel for canonical
    text. Guards, solvency, width and the properties themselves are evaluated where their values are given.
    """

    checkers: Sequence[Expert]

    def look(self, question: Question, instance: Instance | None, answer: MOEResult, deadline_ms: float) -> MOEResult:
        """`answer`, made UNCERTAIN where something disagrees with its approval; any other answer is returned as it is.

        A checker that does not get done in `deadline_ms` disagrees with nothing: an approval already has the proofs it
        needs.
        """
        if answer.consensus is not Consensus.APPROVED:
            return answer
        disagreeing: list[ExpertVerdict] = []
        for checker in self.checkers:
            verdict = checker.verify(question, deadline_ms)
            if verdict.verdict is Vote.REJECT or not _is_about(verdict, question):
                disagreeing.append(replace(verdict, source=Source.SECOND_LINE))
        sentences = [f"{verdict.expert_name} does not agree: {verdict.reason}" for verdict in disagreeing]
        if instance is not None:
            sentences += _evaluated(instance)
        if not sentences:
            return answer
        return replace(
            answer,
            consensus=Consensus.UNCERTAIN,
            overall_confidence=Decimal(0),
            expert_verdicts=(*answer.expert_verdicts, *disagreeing),
            reason=f"the second line disagrees with the approval: {sentences[0]}",
            findings=(*answer.findings, *(Finding(SECOND_LINE, sentence) for sentence in sentences)),
        )


def disagrees(answer: MOEResult) -> bool:
    """Whether the second line overturned an approval, which is always a fault of somebody and worth an alert."""
    return any(finding.code == SECOND_LINE for finding in answer.findings)


def _is_about(verdict: ExpertVerdict, question: Question) -> bool:
    gave_up = verdict.verdict is Vote.ABSTAIN and not verdict.program_digest
    return gave_up or verdict.program_digest == question.expected_digest


def _evaluated(instance: Instance) -> list[str]:
    file = instance.reading.file
    if file is None:
        return ["the text is no intent"]
    found = contradiction(file, instance.values)
    return [found] if found else []
