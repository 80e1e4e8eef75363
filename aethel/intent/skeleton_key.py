"""From a text to the skeleton it is an instance of without reading it: split at its numbers, compare the rest.

A text matches only where all of it but the digits of lifted literals is, byte for byte, the text that the skeleton
was read from. That text was lexed, and each lifted literal is exactly one of its number tokens. Another text differs
from it inside these tokens only, and there by digits with the same number of decimals: the lexer comes to each of
them in the same state, takes the same greedy match, and goes on before the same character. So the splitting needs to
know nothing of comments, texts or names: a number in them is compared like the rest.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from aethel.intent.limits import DEFAULT_LIMITS, Limits

_NUMBER = re.compile(rb"([0-9]+(?:\.[0-9]+)?)")
"""The lexer's pattern of a number, on bytes: in UTF-8 a digit is one byte that is part of no other character."""

_Found = TypeVar("_Found")

_Shape = tuple[bytes, ...]
_Rest = tuple[bytes | int, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """What all texts of one skeleton share.

    `shape` are the parts between the numbers; `lifted` the positions of lifted literals among the numbers; `rest` the
    other numbers as written, then the decimals of each lifted one.
    """

    shape: _Shape
    lifted: tuple[int, ...]
    rest: _Rest


def split(text: bytes) -> list[bytes]:
    """The text in pieces, in turn what is no number and a number; joined they are the text."""
    return _NUMBER.split(text)


def number_spans(text: bytes) -> dict[tuple[int, int], int]:
    """The span of each number of `split` in bytes, with its position among them."""
    return {match.span(): position for position, match in enumerate(_NUMBER.finditer(text))}


def key_of(text: bytes, lifted: Sequence[int]) -> Key:
    """The key of a text whose numbers at the positions `lifted`, in ascending order, are lifted."""
    pieces = split(text)
    shape = tuple(pieces[::2])
    return Key(shape, tuple(lifted), _rest(pieces[1::2], tuple(lifted), _others(shape, lifted)))


def _others(shape: _Shape, lifted: Sequence[int]) -> tuple[int, ...]:
    """The positions of the numbers that are not lifted; there is one number less than parts."""
    taken = frozenset(lifted)
    return tuple(position for position in range(len(shape) - 1) if position not in taken)


def _rest(numbers: Sequence[bytes], lifted: Sequence[int], others: Sequence[int]) -> _Rest:
    return (
        *[numbers[position] for position in others],
        *[_decimals(numbers[position]) for position in lifted],
    )


def _decimals(number: bytes) -> int:
    point = number.find(b".")
    return 0 if point < 0 else len(number) - point - 1


@dataclass(frozen=True, slots=True)
class _Group(Generic[_Found]):
    """One way to lift the numbers of a shape, with what is stored for each rest, the least recently used first."""

    lifted: tuple[int, ...]
    others: tuple[int, ...]
    found: OrderedDict[_Rest, _Found]


MAXIMUM_OF_SHAPE = 64
"""Keys of one shape, over all ways to lift it: so that nobody fills the store with one text and many numbers."""

MAXIMUM_GROUPS = 4
"""Ways to lift one shape: each is tried in turn, so more of them would make every match slow."""


class Skeletons(Generic[_Found]):
    """What was stored for keys, found again for any text of the key, with the values of its lifted literals.

    At most `capacity` keys, those of the least recently used shape going first. Safe to use from several threads.
    """

    def __init__(self, capacity: int, limits: Limits = DEFAULT_LIMITS) -> None:
        self._capacity = capacity
        self._limits = limits
        self._shapes: OrderedDict[_Shape, list[_Group[_Found]]] = OrderedDict()
        self._count = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return self._count

    def put(self, key: Key, found: _Found) -> None:
        """Store `found` under a key, in place of what was there."""
        with self._lock:
            groups = self._shapes.setdefault(key.shape, [])
            self._shapes.move_to_end(key.shape)
            group = next((group for group in groups if group.lifted == key.lifted), None)
            if group is None:
                if len(groups) == MAXIMUM_GROUPS:
                    self._count -= len(groups.pop(0).found)
                group = _Group(key.lifted, _others(key.shape, key.lifted), OrderedDict())
                groups.append(group)
            self._count += key.rest not in group.found
            group.found[key.rest] = found
            group.found.move_to_end(key.rest)
            if sum(len(group.found) for group in groups) > MAXIMUM_OF_SHAPE:
                self._drop_one(key.shape)
            while self._count > self._capacity:
                self._drop_one(next(iter(self._shapes)))

    def discard(self, key: Key) -> None:
        """Forget what is stored under a key."""
        with self._lock:
            for group in self._shapes.get(key.shape, ()):
                if group.lifted == key.lifted and group.found.pop(key.rest, None) is not None:
                    self._count -= 1
            self._sweep(key.shape)

    def match(self, text: bytes) -> tuple[_Found, tuple[int, ...]] | None:
        """What is stored for the text's key, with its lifted literals in their smallest decimals: `1.50` is 150."""
        if len(text) > self._limits.text_bytes:
            return None
        pieces = _NUMBER.split(text)
        shape, numbers = tuple(pieces[::2]), pieces[1::2]
        with self._lock:
            for group in self._shapes.get(shape, ()):
                rest = _rest(numbers, group.lifted, group.others)
                found = group.found.get(rest)
                if found is not None:
                    self._shapes.move_to_end(shape)
                    group.found.move_to_end(rest)
                    values = self._values(numbers, group.lifted)
                    return None if values is None else (found, values)
        return None

    def _values(self, numbers: Sequence[bytes], lifted: Sequence[int]) -> tuple[int, ...] | None:
        """The values of the lifted literals; None where one is longer than a literal may be."""
        digits = [numbers[position].replace(b".", b"") for position in lifted]
        longest = self._limits.literal_digits
        return None if any(len(each) > longest for each in digits) else tuple(map(int, digits))

    def _drop_one(self, shape: _Shape) -> None:
        """Forget the least recently used key of the oldest way to lift this shape."""
        for group in self._shapes[shape]:
            if group.found:
                group.found.popitem(last=False)
                self._count -= 1
                break
        self._sweep(shape)

    def _sweep(self, shape: _Shape) -> None:
        groups = [group for group in self._shapes.get(shape, ()) if group.found]
        if groups:
            self._shapes[shape] = groups
        else:
            self._shapes.pop(shape, None)
