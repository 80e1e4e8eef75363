"""Readings that are kept: a text that was read before under the same conditions is not read again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from aethel.assets import ISO_4217_DECIMALS, Registry
from aethel.intent.kept import Kept
from aethel.intent.limits import DEFAULT_LIMITS
from aethel.intent.program import Program
from aethel.intent.reading import Reading, read
from aethel.intent.transition import MOST_GIVEN_DECIMALS
from aethel.intent.types import Money

TOTAL_BYTES = 32 * 2**20
"""Room for the readings of one process: about a hundred texts of 4 kB, a thousand of one payment each."""

_COUNTING_SHARE = 8
"""The part of the room for what is known of the names of texts."""

_TEXT_FACTOR = 48
"""Bytes that tokens, tree and names of a text take for each of its own, about."""

_TERM_BYTES = 400
"""Bytes that a node or operand of a program takes, with its part of what is stated of it, about."""


class Readings:
    """Reads as `read` does, with the same result, and keeps what was read. Safe in several threads.

    Kept are texts and what they say, never a value given with one: of these only the decimals take part in reading, and
    only where a name may be money or has no type of its own.
    """

    def __init__(self, total_bytes: int = TOTAL_BYTES) -> None:
        self._kept: Kept[bytes, Reading] = Kept(total_bytes - total_bytes // _COUNTING_SHARE)
        self._counting: Kept[bytes, frozenset[str] | _Every] = Kept(total_bytes // _COUNTING_SHARE)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def taken_bytes(self) -> int:
        """About what all that is kept takes."""
        return self._kept.taken_bytes + self._counting.taken_bytes

    def forget(self) -> None:
        """Forget everything, so that each text is read anew."""
        self._kept.clear()
        self._counting.clear()

    def read(
        self,
        text: bytes,
        given: Mapping[str, str],
        balances: frozenset[str] = frozenset(),
        assets: Registry = ISO_4217_DECIMALS,
    ) -> Reading:
        """The reading of a text, from what is kept where it was read before; its programs belong to the caller."""
        return self.keyed(text, given, balances, assets)[1]

    def keyed(
        self, text: bytes, given: Mapping[str, str], balances: frozenset[str], assets: Registry
    ) -> tuple[bytes, Reading]:
        """The reading with a digest of all that it depends on, the text and what matters of what is given with it."""
        if len(text) > DEFAULT_LIMITS.text_bytes:
            return b"", read(text, given, balances, assets=assets)
        place = _place(text, balances, assets)
        counting = self._counting.get(place)
        if counting is not None:
            key = _key(place, given, counting)
            found = self._kept.get(key)
            if found is not None:
                return key, _own(found)
        found = read(text, given, balances, assets=assets)
        if counting is None:
            counting = _counting(found)
            self._counting.put(place, counting, 0 if isinstance(counting, _Every) else sum(map(_name_bytes, counting)))
        key = _key(place, given, counting)
        self._kept.put(key, found, size_bytes(found))
        return key, _own(found)


KEPT = Readings()
"""What the experts and the gate of one process have read."""


def _place(text: bytes, balances: frozenset[str], assets: Registry) -> bytes:
    """A digest of the text and of what its reading depends on beside it and the values given."""
    registered = () if assets is ISO_4217_DECIMALS else tuple(sorted(assets.items()))
    beside = repr((sorted(balances), registered)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(hashlib.sha256(text).digest() + beside).digest()


class _Every:
    """Every name: what is known of a text that was refused."""

    def __contains__(self, name: str) -> bool:
        return True


def _counting(reading: Reading) -> frozenset[str] | _Every:
    """The names of which given decimals may change the reading: money, and what has no declared type."""
    if reading.file is None:
        return _Every()
    return frozenset(
        name
        for found in reading.analysed
        for symbol in found.typed.scope.symbols.values()
        if symbol.parameter is None or symbol.nominal is not None or isinstance(symbol.type, Money)
        for name in symbol.spellings()
    )


def _key(place: bytes, given: Mapping[str, str], counting: frozenset[str] | _Every) -> bytes:
    decimals = [(name, value.partition(".")) for name, value in given.items() if "." in value and name in counting]
    if not decimals:
        return place
    counted = sorted((name, min(len(parts[2]), MOST_GIVEN_DECIMALS)) for name, parts in decimals)
    return hashlib.sha256(place + repr(counted).encode("utf-8", "surrogatepass")).digest()


def _name_bytes(name: str) -> int:
    return 100 + 4 * len(name)


def _own(reading: Reading) -> Reading:
    """The reading with terms of its own: what one caller makes of a program is never seen by another."""
    if reading.file is None:
        return reading
    programs = tuple(_own_program(program) for program in reading.file.programs)
    return replace(reading, file=replace(reading.file, programs=programs))


def _own_program(program: Program) -> Program:
    return replace(program, terms=program.terms.copy())


def size_bytes(reading: Reading) -> int:
    """About what a reading takes in memory."""
    programs = () if reading.file is None else reading.file.programs
    return _TEXT_FACTOR * len(reading.text) + _TERM_BYTES * sum(program.terms.size for program in programs)
