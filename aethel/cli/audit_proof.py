"""Inclusion proofs of records as files: written from a log, checked by a file that stands alone."""

from __future__ import annotations

import base64
import json

import audit_checker
from aethel.audit.record import Record, Root
from aethel.audit.tree import inclusion_path
from aethel.store.audit_log import AuditLog, NoRecord


def proof_of(log: AuditLog, record: Record) -> bytes:
    """The proof that a record is under the root over its batch; raises NoRecord where the log itself is not whole."""
    root, records = log.batch_of(record)
    leaves = [one.hash for one in records]
    places = [one.sequence for one in records]
    if record.sequence not in places or places != list(range(root.first, root.last + 1)):
        raise NoRecord(f"the records beside `{record.name}` are not all there; `aethel audit verify` says which")
    proof = {
        "format": audit_checker.FORMAT,
        "record": record_row(record),
        "payload": None if record.payload is None else base64.b64encode(record.payload).decode(),
        "path": [one.hex() for one in inclusion_path(leaves, places.index(record.sequence))],
        "root": root_row(root),
    }
    data = json.dumps(proof, indent=1).encode() + b"\n"
    try:
        audit_checker.check(data)
    except audit_checker.Refused as refused:
        raise NoRecord(f"nothing proves the record `{record.name}`: {refused}; see `aethel audit verify`") from refused
    return data


def record_row(record: Record) -> dict[str, object]:
    """A record without its payload, in JSON."""
    return {
        "writer": record.writer,
        "sequence": record.sequence,
        "previous": record.previous.hex(),
        "at_ms": record.at_ms,
        "kind": record.kind,
        "client": record.client,
        "id": record.id,
        "outcome": record.outcome,
        "digest": record.digest.hex(),
    }


def root_row(root: Root) -> dict[str, object]:
    """A root, in JSON, without its hash."""
    return {
        "writer": root.writer,
        "batch": root.batch,
        "first": root.first,
        "size": root.size,
        "tree": root.tree.hex(),
        "head": root.head.hex(),
        "number": root.number,
        "seen": root.seen.hex(),
    }
