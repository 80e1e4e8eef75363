"""Regions of an intent text: code, comments and string literals, found even where the text cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import assert_never


class Place(Enum):
    """Where a text stands, which decides what it may hold.

    CODE is what an intent does, SYMBOL a value that only machines read (an amount, a hash, the name of a parameter).
    COMMENT and STRING are human text of an intent. NAME is human text that identifies somebody or something (payee,
    account, the value of a text parameter): two names that look alike must be alike.
    """

    CODE = "code"
    SYMBOL = "a value read by machines"
    COMMENT = "a comment"
    STRING = "a string"
    NAME = "a name"

    @property
    def is_human(self) -> bool:
        """Whether the text there is written for people, in any script."""
        match self:
            case Place.CODE | Place.SYMBOL:
                return False
            case Place.COMMENT | Place.STRING | Place.NAME:
                return True
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True)
class Region:
    """One run of text with its place.

    `text` is what it means (escapes of a string resolved); `offsets[i]` is where character i begins in the source,
    with the region's end as last element. `offsets` is None where characters stand one to one from `start` on.
    """

    place: Place
    text: str
    start: int
    offsets: tuple[int, ...] | None = None

    def extent(self, index: int) -> tuple[int, int]:
        """Where character `index` stands in the source, as half-open offsets."""
        if self.offsets is None:
            return self.start + index, self.start + index + 1
        return self.offsets[index], self.offsets[index + 1]


# Possessive, so that each character is looked at a bounded number of times whatever stands in the text. A quote
# that is not closed makes the rest of its line code, the strictest place; such a text is no intent anyway.
_PIECE = re.compile(
    r"""(?P<comment>(?:\#|//)[^\n]*+)
      | (?P<string>"(?:[^"\\\n]|\\[^\n])*+")
      | (?P<code>"[^\n]*+|(?:(?!//)[^\#"])++)""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))')
_SHORT_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def regions(text: str) -> Iterator[Region]:
    """All of the text in order, linear in its length; agrees with the lexer on every text that the lexer accepts."""
    for match in _PIECE.finditer(text):
        start, end = match.span()
        match match.lastgroup:
            case "comment":
                yield Region(Place.COMMENT, match.group(), start)
            case "string":
                yield _string(text, start + 1, end - 1)
            case _:
                yield Region(Place.CODE, match.group(), start)


def _string(text: str, start: int, end: int) -> Region:
    """The inside of a literal with its escapes resolved (RFC 8259, section 7); an unknown escape stands for itself."""
    if text.find("\\", start, end) < 0:
        return Region(Place.STRING, text[start:end], start)
    characters: list[str] = []
    offsets: list[int] = []
    position = start
    while position < end:
        character, following = _character(text, position, end)
        characters.append(character)
        offsets.append(position)
        position = following
    return Region(Place.STRING, "".join(characters), start, (*offsets, end))


def _character(text: str, position: int, end: int) -> tuple[str, int]:
    match = _ESCAPE.match(text, position, end)
    if match is None:
        # Two characters where an escape is unknown, so that its second one cannot begin another escape.
        length = 2 if text[position] == "\\" and position + 1 < end else 1
        return text[position + length - 1], position + length
    if match[2] is not None:
        return _SHORT_ESCAPES[match[2]], match.end()
    code = int(match[1], 16)
    if 0xD800 <= code <= 0xDBFF:
        low = _ESCAPE.match(text, match.end(), end)
        if low is not None and low[1] is not None and 0xDC00 <= (second := int(low[1], 16)) <= 0xDFFF:
            return chr(0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00)), low.end()
    return chr(code), match.end()
