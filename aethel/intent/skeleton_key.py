"""From a text to the skeleton it is an instance of, without reading it: all but the lifted digits is compared.

A text matches only where it is, byte for byte, the text that the skeleton was read from, except for the digits of
lifted literals. That text was lexed, and each lifted literal is exactly one of its number tokens. So the lexer comes to
each of them in the same state in both texts, takes the same greedy match (digits, and as many decimals, up to the same
following character), and goes on in the same state: the two texts have the same tokens but for the values of these
numbers. Comments, texts and names need not be known here, since a digit in them is compared like any other character.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from aethel.intent.limits import DEFAULT_LIMITS, Limits

_Found = TypeVar("_Found")

_DIGITS = b"0123456789"


@dataclass(frozen=True, slots=True)
class Key:
    """What all texts of one skeleton share: the parts around its lifted literals, and the decimals of each literal."""

    parts: tuple[bytes, ...]
    decimals: tuple[int, ...]

    def text(self, values: Sequence[int]) -> bytes:
        """The text whose literals have these values, counted in their last decimal: 150 is `1.50`."""
        pieces = [self.parts[0]]
        for value, decimals, part in zip(values, self.decimals, self.parts[1:], strict=True):
            digits = str(value).rjust(decimals + 1, "0")
            point = len(digits) - decimals
            pieces += [f"{digits[:point]}.{digits[point:]}".rstrip(".").encode(), part]
        return b"".join(pieces)


def key_of(text: bytes, spans: Sequence[tuple[int, int]]) -> Key:
    """The key of a text whose literals at these spans, number tokens in ascending order, are lifted."""
    starts = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(text)]
    literals = [text[start:end] for start, end in spans]
    return Key(
        tuple(text[start:end] for start, end in zip(starts, ends, strict=True)),
        tuple(len(literal.partition(b".")[2]) for literal in literals),
    )


@dataclass(frozen=True, slots=True)
class _Held(Generic[_Found]):
    """What is stored for one key, with the pattern of its texts."""

    pattern: re.Pattern[bytes]
    found: _Found


_Shape = bytes
"""A text without its digits: quick to make, and the same for all texts of a key."""

MAXIMUM_OF_SHAPE = 16
"""Keys of one shape: each is tried in turn, so more of them would make every match slow."""


class Skeletons(Generic[_Found]):
    """What was stored for keys, found again for any text of the key, with the values of its lifted literals.

    At most `capacity` keys, those of the least recently used shape going first, and at most MAXIMUM_OF_SHAPE of one
    shape. Safe to use from several threads.
    """

    def __init__(self, capacity: int, limits: Limits = DEFAULT_LIMITS) -> None:
        self._capacity = capacity
        self._digits = limits.literal_digits
        self._bytes = limits.text_bytes
        self._shapes: OrderedDict[_Shape, OrderedDict[Key, _Held[_Found]]] = OrderedDict()
        self._count = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return self._count

    def put(self, key: Key, found: _Found) -> None:
        """Store `found` under a key, in place of what was there. The most recent is tried first."""
        held = _Held(_pattern(key, self._digits), found)
        shape = _shape_of(key)
        with self._lock:
            keys = self._shapes.setdefault(shape, OrderedDict())
            self._shapes.move_to_end(shape)
            self._count += key not in keys
            keys[key] = held
            keys.move_to_end(key, last=False)
            if len(keys) > MAXIMUM_OF_SHAPE:
                self._drop_last(shape)
            while self._count > self._capacity:
                self._drop_last(next(iter(self._shapes)))

    def discard(self, key: Key) -> None:
        """Forget what is stored under a key."""
        shape = _shape_of(key)
        with self._lock:
            keys = self._shapes.get(shape)
            if keys is not None and keys.pop(key, None) is not None:
                self._count -= 1
                if not keys:
                    del self._shapes[shape]

    def match(self, text: bytes) -> tuple[_Found, tuple[int, ...]] | None:
        """What is stored for the text's key, with its lifted literals counted in their last decimal."""
        if len(text) > self._bytes:
            return None
        shape = text.translate(None, _DIGITS)
        with self._lock:
            keys = self._shapes.get(shape)
            if keys is None:
                return None
            for key, held in keys.items():
                match = held.pattern.fullmatch(text)
                if match is not None:
                    self._shapes.move_to_end(shape)
                    keys.move_to_end(key, last=False)
                    return held.found, tuple([int(digits.replace(b".", b"")) for digits in match.groups()])
        return None

    def _drop_last(self, shape: _Shape) -> None:
        keys = self._shapes[shape]
        keys.popitem()
        self._count -= 1
        if not keys:
            del self._shapes[shape]


def _shape_of(key: Key) -> _Shape:
    return key.text((0,) * len(key.decimals)).translate(None, _DIGITS)


def _pattern(key: Key, longest: int) -> re.Pattern[bytes]:
    """What matches exactly the texts of a key; possessive, so that a text that does not match fails in linear time."""
    pieces = [re.escape(key.parts[0])]
    for decimals, part in zip(key.decimals, key.parts[1:], strict=True):
        fraction = rb"\.[0-9]{%d}" % decimals if decimals else b""
        pieces += [rb"([0-9]{1,%d}+" % (longest - decimals), fraction, b")", re.escape(part)]
    return re.compile(b"".join(pieces))
