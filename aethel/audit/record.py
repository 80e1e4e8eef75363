"""What is recorded: a record in the chain of its writer, and the root over the records that were written together.

Hashes are SHA-256 over a tag and fields, each field behind its length in eight bytes, so that no two lists of fields
share their bytes. `audit_checker.py` computes them once more, from this description alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import Enum

RECORD_TAG = b"aethel audit record 1"
ROOT_TAG = b"aethel audit root 1"

NOTHING = b""
"""Stands where a chain has no predecessor."""


class Kind(Enum):
    """What a record is about.

    DECISION is an answer of the experts and the state. REUSE is one that the state alone gave, because the id was used
    before. SETTLE and RELEASE end a reservation. REFUSAL is a request that got a fault. EXPIRE and REDACT say which
    payloads were erased: all from before the time in `id`, or that of the record that `id` names.
    """

    DECISION = "DECISION"
    REUSE = "REUSE"
    SETTLE = "SETTLE"
    RELEASE = "RELEASE"
    REFUSAL = "REFUSAL"
    EXPIRE = "EXPIRE"
    REDACT = "REDACT"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be recorded, before its writer gives it a place; `outcome` is one word, such as the consensus."""

    kind: Kind
    client: str
    id: str
    outcome: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a writer, numbered from 1; `previous` is the hash of the one before, empty for the first.

    `digest` is SHA-256 over the payload and stays when the payload is erased, which is None then. `hash` is as it was
    read; `computed` says what it must be. `kind` is text, since a log may hold what this program does not know.
    """

    writer: str
    sequence: int
    previous: bytes
    at_ms: int
    kind: str
    client: str
    id: str
    outcome: str
    digest: bytes
    hash: bytes = NOTHING
    payload: bytes | None = None

    @property
    def name(self) -> str:
        """How people name a record."""
        return f"{self.writer}:{self.sequence}"

    def computed(self) -> bytes:
        """The hash over everything but the payload, for which its digest stands."""
        return _hash(
            RECORD_TAG,
            _text(self.writer),
            _number(self.sequence),
            self.previous,
            _number(self.at_ms),
            _text(self.kind),
            _text(self.client),
            _text(self.id),
            _text(self.outcome),
            self.digest,
        )

    def hashed(self) -> Record:
        """The record with the hash that it must have."""
        return replace(self, hash=self.computed())


@dataclass(frozen=True, slots=True)
class Root:
    """What was written in one transaction: records `first` to `first + size - 1` of a writer, as a tree of hashes.

    Batches of a writer are numbered from 1. `head` is the hash of its last record. `seen` is the hash of the newest
    root of any writer that this one saw, empty where it saw none, and `number` is one more than that root's number.
    """

    writer: str
    batch: int
    first: int
    size: int
    tree: bytes
    head: bytes
    number: int
    seen: bytes
    hash: bytes = NOTHING

    @property
    def last(self) -> int:
        """The sequence of its last record."""
        return self.first + self.size - 1

    def computed(self) -> bytes:
        """The hash over everything else."""
        return _hash(
            ROOT_TAG,
            _text(self.writer),
            _number(self.batch),
            _number(self.first),
            _number(self.size),
            self.tree,
            self.head,
            _number(self.number),
            self.seen,
        )

    def hashed(self) -> Root:
        """The root with the hash that it must have."""
        return replace(self, hash=self.computed())


def payload_digest(payload: bytes) -> bytes:
    """What stands for a payload in its record."""
    return hashlib.sha256(payload).digest()


def _hash(*fields: bytes) -> bytes:
    return hashlib.sha256(b"".join(len(field).to_bytes(8, "big") + field for field in fields)).digest()


def _text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _number(number: int) -> bytes:
    return b"%d" % number
