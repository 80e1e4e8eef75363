"""Answers as a program takes them: the mesh's result, with what a caller asks of it first."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

from aethel.client.errors import ClientError, NotApproved
from aethel.verdict import AGAIN, UNKEPT, Consensus, Counterexample, Disposition, Finding, MOEResult, Source


@dataclass(frozen=True, slots=True)
class Answer(MOEResult):
    """The mesh's answer to one question."""

    @classmethod
    def of(cls, result: MOEResult) -> Self:
        """The same result with the helpers of this class."""
        return cls(**{field.name: getattr(result, field.name) for field in fields(result)})

    @property
    def is_approved(self) -> bool:
        """Whether the intent may execute; nothing else than APPROVED says so."""
        return self.consensus is Consensus.APPROVED

    @property
    def is_repeated(self) -> bool:
        """Whether this is the stored answer of an id that was answered before."""
        return AGAIN in self.findings

    @property
    def is_spent(self) -> bool:
        """Whether it is rejected because its id was used before: settled, or used for something else."""
        committed = (verdict for verdict in self.expert_verdicts if verdict.source is Source.COMMIT)
        return any(finding.code == AGAIN.code for verdict in committed for finding in verdict.findings)

    @property
    def is_kept(self) -> bool:
        """Whether the mesh keeps state, so that it knows which ids were used."""
        return UNKEPT not in self.assumptions

    @property
    def rejections(self) -> tuple[Finding, ...]:
        """Everything found that rejects, by the gateway and the experts, each once."""
        found = [*self.findings, *(finding for verdict in self.expert_verdicts for finding in verdict.findings)]
        return tuple(dict.fromkeys(one for one in found if one.disposition is Disposition.REJECT))

    @property
    def counterexample(self) -> Counterexample | None:
        """Values that show why it is rejected: the shortest ones there are."""
        shown = [finding.counterexample for finding in self.rejections]
        shown += [one.counterexample for verdict in self.expert_verdicts for one in verdict.obligations]
        return min((one for one in shown if one is not None), key=lambda one: len(repr(one)), default=None)

    @property
    def repair(self) -> str:
        """A unified diff of the text that repairs what is rejected, verified; empty where none is known."""
        return next((finding.repair for finding in self.rejections if finding.repair), "")

    def raise_unless_approved(self) -> Self:
        """This answer where it is APPROVED; raises `NotApproved` with the reason and the counterexample."""
        if not self.is_approved:
            raise NotApproved(Answer.of(self))
        return self


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one question among many: an answer, or the error that stands in its place."""

    transaction_id: str
    outcome: Answer | ClientError

    @property
    def answer(self) -> Answer:
        """The answer; raises the error that stands in its place."""
        if isinstance(self.outcome, ClientError):
            raise self.outcome
        return self.outcome
