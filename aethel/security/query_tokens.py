"""Tokens of query languages: what any of the common SQL dialects, or JavaScript in a query, would read in a text."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What a token is; a quotation that is never closed is OPEN_STRING, and a comment that ends the text is TAIL."""

    WORD = "word"
    NUMBER = "number"
    STRING = "string"
    OPEN_STRING = "open string"
    VARIABLE = "variable"
    OPERATOR = "operator"
    OPEN = "("
    CLOSE = ")"
    COMMA = ","
    SEMICOLON = ";"
    TAIL = "comment up to the end"
    OTHER = "other"
    END = "end"


class Token(NamedTuple):
    """One token at `start` to `end`, half-open; `text` is in lower case, of a quotation and a comment the inside."""

    kind: Kind
    text: str
    start: int
    end: int


# Possessive, so that each character is looked at a bounded number of times whatever the text holds.
_TOKEN = re.compile(
    r"""(?:[\s\0]|/\*!\d{0,6}|\*/|[nebxr](?='))*+
    (?:(?P<comment>--|\#|//|/\*)
      | (?P<quote>['"`])
      | (?P<number>0x[0-9a-f]++|(?:\d++(?:\.\d*+)?|\.\d++)(?:e[+-]?\d*+)?)(?:(?!\w)|(?=(?:and|or|union|order)\b))
      | (?P<variable>@{1,2}[\w$]++(?:\.[\w$]++)*+)
      | (?P<word>\$?\w[\w$]*+(?:\.{1,2}[\w$]++)*+|\[\w++\])
      | (?P<operator>===|!==|<=>|==|!=|<>|<=|>=|:=|\|\||&&|[-=<>+*/%&|^~!])
      | (?P<open>\()
      | (?P<close>\))
      | (?P<comma>,)
      | (?P<semicolon>;)
      | (?P<other>.)|\Z)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_BODIES = {quote: re.compile(rf"(?:[^{quote}\\]++|\\.|{quote}{quote})*+", re.DOTALL) for quote in "'\"`"}
_KINDS = {kind.name.lower(): kind for kind in Kind}


_BLANK_END = re.compile(r"\s*+\Z")
_SHOWN = 256
"""Characters kept of a quotation that is not closed, so that many of them cost no more than one."""


class Reader:
    """Reads the tokens of one text, each once however many readings of the text come to it.

    A quotation may be in any of three kinds of marks; inside it a backslash escapes, and a doubled mark is one mark. A
    comment (`--`, `#`, `//`, `/*`) is a blank, as in every dialect, unless nothing follows it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = Token(Kind.END, "", len(text), len(text))
        self._read: dict[int, Token] = {}

    def token(self, position: int) -> Token:
        """The first token from a position on, which is at the start of a text or behind a token; END where none is."""
        found = self._read.get(position)
        if found is None:
            found = self._read[position] = self._next(position)
        return found

    def _next(self, position: int) -> Token:
        text = self.text
        while True:
            match = _TOKEN.match(text, position)
            assert match is not None, "behind blanks stands a token or the end"
            name = match.lastgroup
            if name is None:
                return self.end
            start, end = match.span(name)
            match name:
                case "comment":
                    token = _comment(text, start, match[name])
                    if token.kind is Kind.TAIL:
                        return token
                    position = token.end
                case "quote":
                    return _quotation(text, start)
                case _:
                    return Token(_KINDS[name], match[name].lower(), start, end)


class Tokens:
    """The tokens of a text from an offset on, read as far as somebody looks."""

    __slots__ = ("_end", "_read", "_reader", "_start")

    def __init__(self, reader: Reader, start: int = 0) -> None:
        self._reader = reader
        self._start = start
        self._end = reader.end
        self._read: list[Token] = []

    def __getitem__(self, index: int) -> Token:
        """Token number `index`, END behind the last one."""
        read = self._read
        while len(read) <= index:
            token = self._reader.token(read[-1].end if read else self._start)
            if token is self._end:
                return token
            read.append(token)
        return read[index]

    def read(self, count: int) -> list[Token]:
        """The first tokens, as many as were read of so many."""
        return self._read[:count]

    @property
    def work(self) -> int:
        """How many characters were read."""
        return self._read[-1].end - self._start if self._read else 0


def _comment(text: str, start: int, mark: str) -> Token:
    """A comment: TAIL where nothing follows it, else something that counts as a blank."""
    inside = start + len(mark)
    close, length = (text.find("*/", inside), 2) if mark == "/*" else (text.find("\n", inside), 1)
    if close < 0 or (mark != "/*" and _BLANK_END.match(text, close)):
        return Token(Kind.TAIL, text[inside:].lower(), start, len(text))
    return Token(Kind.OTHER, "", start, close + length)


def _quotation(text: str, start: int) -> Token:
    body = _BODIES[text[start]].match(text, start + 1)
    end = start + 1 if body is None else body.end()
    if end < len(text) and text[end] == text[start]:
        return Token(Kind.STRING, text[start + 1 : end].lower(), start, end + 1)
    return Token(Kind.OPEN_STRING, text[start + 1 : start + 1 + _SHOWN].lower(), start, len(text))
