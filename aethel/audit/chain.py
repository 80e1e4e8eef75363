"""Gives drafts their places: the next records of a writer's chain, and the root over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aethel.audit.record import NOTHING, Draft, Record, Root, payload_digest
from aethel.audit.tree import tree_root


@dataclass(frozen=True, slots=True)
class Place:
    """Where a writer continues: its last batch, its last record and that one's hash, and the newest root there is."""

    batch: int = 0
    sequence: int = 0
    head: bytes = NOTHING
    number: int = 0
    seen: bytes = NOTHING


def seal(writer: str, place: Place, drafts: Sequence[Draft], at_ms: int) -> tuple[tuple[Record, ...], Root]:
    """The records that continue a writer's chain, all at one time, and their root; there is at least one draft."""
    records: list[Record] = []
    previous = place.head
    for sequence, draft in enumerate(drafts, place.sequence + 1):
        record = Record(
            writer=writer,
            sequence=sequence,
            previous=previous,
            at_ms=at_ms,
            kind=draft.kind.value,
            client=draft.client,
            id=draft.id,
            outcome=draft.outcome,
            digest=payload_digest(draft.payload),
            payload=draft.payload,
        ).hashed()
        records.append(record)
        previous = record.hash
    root = Root(
        writer=writer,
        batch=place.batch + 1,
        first=place.sequence + 1,
        size=len(records),
        tree=tree_root([record.hash for record in records]),
        head=previous,
        number=place.number + 1,
        seen=place.seen,
    )
    return tuple(records), root.hashed()
