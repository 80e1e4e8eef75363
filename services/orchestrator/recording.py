"""What of an answer goes into the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from aethel.audit.record import Draft, Kind
from aethel.decision.thresholds import Thresholds
from aethel.request import Question
from aethel.store.footprint import Owner
from aethel.verdict import Consensus
from aethel.wire.audit_payload import payload_of


@dataclass(frozen=True, slots=True)
class Recording:
    """Writes records of a mesh that decides by these thresholds."""

    thresholds: Thresholds

    def draft(
        self,
        owner: Owner,
        question: Question,
        result: bytes,
        consensus: Consensus,
        notes: tuple[str, ...] = (),
        kind: Kind = Kind.DECISION,
    ) -> Draft:
        """The record of an answer: `question` with the rules it was decided by, `result` as the caller gets it.

        `notes` are the assumptions that the state added to an approval. Runs in transactions, so it is quick.
        """
        thresholds: tuple[Decimal, Decimal] = (self.thresholds.confidence, self.thresholds.uncertainty)
        return Draft(kind, owner.client, owner.id, consensus.value, payload_of(question, result, notes, thresholds))
