"""Rows of the audit log to values and back; a row that was tampered with becomes a value whose hash is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aethel.audit.chain import Place
from aethel.audit.record import Record, Root
from aethel.store.encoding import encoded

Row = Sequence[Any]


def record_row(record: Record) -> tuple[object, ...]:
    """The columns of a record."""
    return (
        record.writer,
        record.sequence,
        record.previous,
        record.at_ms,
        record.kind,
        encoded(record.client),
        encoded(record.id),
        record.outcome,
        record.digest,
        record.hash,
        record.payload,
    )


def record_from(row: Row) -> Record:
    """The record of a row."""
    writer, sequence, previous, at_ms, kind, client, name, outcome, digest, own, payload = row
    return Record(
        writer=_text(writer),
        sequence=_number(sequence),
        previous=_bytes(previous),
        at_ms=_number(at_ms),
        kind=_text(kind),
        client=_name(client),
        id=_name(name),
        outcome=_text(outcome),
        digest=_bytes(digest),
        hash=_bytes(own),
        payload=None if payload is None else _bytes(payload),
    )


def root_row(root: Root) -> tuple[object, ...]:
    """The columns of a root."""
    return (
        root.writer,
        root.batch,
        root.first,
        root.size,
        root.tree,
        root.head,
        root.number,
        root.seen,
        root.hash,
    )


def root_from(row: Row) -> Root:
    """The root of a row."""
    writer, batch, first, size, tree, head, number, seen, own = row
    return Root(
        writer=_text(writer),
        batch=_number(batch),
        first=_number(first),
        size=_number(size),
        tree=_bytes(tree),
        head=_bytes(head),
        number=_number(number),
        seen=_bytes(seen),
        hash=_bytes(own),
    )


def place_from(rows: Sequence[Row]) -> Place:
    """Where a writer continues, from the rows of `AUDIT_PLACE`."""
    batch, sequence, head, number, seen = 0, 0, b"", 0, b""
    for own, last_batch, last, last_head, last_number, last_hash in rows:
        if own:
            batch, sequence, head = last_batch, last, _bytes(last_head)
        else:
            number, seen = last_number, _bytes(last_hash)
    return Place(batch, sequence, head, number, seen)


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else repr(value).encode()


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _name(value: object) -> str:
    try:
        name = json.loads(_text(value))
    except (ValueError, RecursionError):
        return _text(value)
    return name if isinstance(name, str) else _text(value)
