"""Looks for what was done to a log: gaps, altered, missing and moved records, and roots that are not theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from aethel.audit.record import NOTHING, Kind, Record, Root, payload_digest
from aethel.audit.tree import tree_root

MOVED_MOST = 256
"""How far from its place a moved record is looked for; beyond it is called altered."""


class Wrong(Enum):
    """What is wrong with a part of a log."""

    MISSING = "missing"
    ALTERED = "altered"
    REORDERED = "reordered"
    UNSEALED = "unsealed"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the records `first` to `last` of a writer, in one sentence."""

    wrong: Wrong
    writer: str
    first: int
    last: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Erased:
    """Which payloads may be gone: those of records before a time, and those of named records."""

    before_ms: int = 0
    names: frozenset[str] = frozenset()

    def covers(self, record: Record) -> bool:
        """Whether a record says why this one has no payload."""
        return record.at_ms < self.before_ms or record.name in self.names


def erased_by(records: Sequence[Record]) -> Erased:
    """What records of the erasing kinds say together."""
    times = [int(one.id) for one in records if one.kind == Kind.EXPIRE.value and one.id.isdecimal()]
    names = frozenset(one.id for one in records if one.kind == Kind.REDACT.value)
    return Erased(max(times, default=0), names)


@dataclass(slots=True)
class WriterExamination:
    """Follows the chain of one writer, root by root in their order; what comes after the last root others look at."""

    writer: str
    erased: Erased
    records: int = 0
    batches: int = 0
    erased_payloads: int = 0
    head: bytes = NOTHING
    _reached: int = 0
    _batch: int = 0
    _follows: bool = True

    def batch(self, root: Root, records: Sequence[Record]) -> Iterator[Problem]:
        """What is wrong with the next root and the records in its place, in the order of their sequence."""
        self.records += len(records)
        self.batches += 1
        if root.batch != self._batch + 1:
            yield self._problem(
                Wrong.MISSING, self._reached + 1, root.first - 1, _range("root", self._batch + 1, root.batch - 1)
            )
        elif root.first != self._reached + 1:
            yield self._problem(
                Wrong.ALTERED, root.first, root.last, f"root {root.batch} does not follow the one before"
            )
        if root.hash != root.computed():
            yield self._problem(Wrong.ALTERED, root.first, root.last, f"root {root.batch} was altered")
        is_whole = True
        expected = root.first
        for record in records:
            if record.sequence != expected:
                yield self._gap(expected, record.sequence - 1)
                is_whole = False
            for problem in self._record_problems(record):
                yield problem
                is_whole = False
            self.head, self._follows = record.hash, True
            expected = record.sequence + 1
        if expected <= root.last:
            yield self._gap(expected, root.last)
            is_whole = False
        self._batch, self._reached = root.batch, max(root.last, self._reached)
        if is_whole and not _is_over(root, records):
            yield self._problem(
                Wrong.ALTERED, root.first, root.last, f"the records of root {root.batch} are not those it was made of"
            )

    def _record_problems(self, record: Record) -> Iterator[Problem]:
        place = record.sequence
        if record.hash != record.computed():
            written = _moved_from(record)
            if written:
                sentence = f"record {place} was moved: it was written as record {written}"
                yield self._problem(Wrong.REORDERED, place, place, sentence)
            else:
                yield self._problem(Wrong.ALTERED, place, place, f"record {place} was altered")
        elif self._follows and record.previous != self.head:
            yield self._problem(Wrong.ALTERED, place, place, f"record {place} does not follow the one before it")
        if record.payload is not None:
            if payload_digest(record.payload) != record.digest:
                yield self._problem(Wrong.ALTERED, place, place, f"the payload of record {place} was altered")
        else:
            self.erased_payloads += 1
            if not self.erased.covers(record):
                sentence = f"the payload of record {place} is gone, and no record says that it was erased"
                yield self._problem(Wrong.MISSING, place, place, sentence)

    def _gap(self, first: int, last: int) -> Problem:
        self._follows = False
        return self._problem(Wrong.MISSING, first, last, _range("record", first, last))

    def _problem(self, wrong: Wrong, first: int, last: int, sentence: str) -> Problem:
        return Problem(wrong, self.writer, first, last, sentence)


def _is_over(root: Root, records: Sequence[Record]) -> bool:
    if len(records) != root.size or not records:
        return False
    return records[-1].hash == root.head and tree_root([record.hash for record in records]) == root.tree


def _moved_from(record: Record) -> int:
    """The sequence under which the record has the hash it bears; 0 where none near by is it."""
    near = range(max(1, record.sequence - MOVED_MOST), record.sequence + MOVED_MOST + 1)
    return next((one for one in near if replace(record, sequence=one).computed() == record.hash), 0)


def _range(what: str, first: int, last: int) -> str:
    return f"{what} {first} is missing" if first >= last else f"{what}s {first} to {last} are missing"
