"""S09 for document stores: operators in a value that a store would read as an object instead of as a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Weakness

_CONFIDENCE = Decimal("0.98")


# Possessive, so that each character is looked at once whatever the text holds.
_TOKEN = re.compile(
    r"""[\s\0]++
      | (?P<string>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')
      | (?P<key>[$&][a-z][A-Za-z]*+)
      | (?P<word>\w++)
      | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_HINT = re.compile(r"""[$&][a-z][A-Za-z]*+["']?[\s\0]*+[:\]]""")
"""A key, with the end of its string, before what makes an operator of it: a text without one has no operator."""

_OPENERS = frozenset("{,")
_KEY = re.compile(r"[$&][a-z][A-Za-z]*")


def breakouts(text: str) -> Iterator[Breakout]:
    """The first operator that stands where a store takes one, as the key of an object or in a parameter's brackets.

    `{"$gt": ""}`, `x', $where: '1'` and `[$ne]=` are such; `$5: rent` and `{rent}` are not. Cost is linear.
    """
    if ("$" not in text and "&" not in text) or _HINT.search(text) is None:
        return
    for quote in ("", '"', "'"):
        # A mark that closes the literal around the value is no start of a string of its own.
        begin = text.find(quote) + 1 if quote else 0
        if quote and not begin:
            continue
        found = _operator(text, begin)
        if found is not None:
            yield Breakout(
                SecurityClass.SQL,
                *found,
                "is read by a document store as an operator of its query",
                "pass the value as a string that is bound, never as an object",
                Weakness.QUERY_LOGIC,
                _CONFIDENCE,
            )
            return


def _operator(text: str, begin: int) -> tuple[int, int] | None:
    before = "{" if not begin else ""
    position = begin
    while (match := _TOKEN.match(text, position)) is not None:
        position = match.end()
        if match.lastgroup is None:
            continue
        key = match.lastgroup == "key" or (match.lastgroup == "string" and _KEY.fullmatch(match.group()[1:-1]))
        if key and _is_operator(text, position, before, quoted=match.lastgroup == "string"):
            return match.start(), position
        before = match.group() if match.lastgroup == "mark" else ""
    return None


def _is_operator(text: str, end: int, before: str, *, quoted: bool) -> bool:
    """Whether a key that ends there, behind the mark `before`, has a value as in an object or a parameter's name."""
    behind = _BLANK.match(text, end)
    assert behind is not None
    following = text[behind.end() : behind.end() + 1]
    if before == "[" and not quoted:
        return following == "]"
    if before not in _OPENERS or following != ":":
        return False
    value = _BLANK.match(text, behind.end() + 1)
    assert value is not None
    return _VALUE.match(text, value.end()) is not None


_BLANK = re.compile(r"[\s\0]*+")
_VALUE = re.compile(r"""["'{\[/\-+.\d]|(?:true|false|null|function|new|this)\b""")
