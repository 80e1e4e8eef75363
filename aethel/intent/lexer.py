"""The lexer: text to tokens with offsets; comments are kept apart, and nothing unreadable is dropped."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from fontTools.unicodedata import script, script_extension

from aethel.intent.limits import Limits
from aethel.intent.source import Source, quoted


class Kind(Enum):
    """Token kinds; every punctuation mark and operator is its own text."""

    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    MARK = "mark"
    END = "end of text"


class Token(NamedTuple):
    """One token; `text` is the value for strings and names, the digits for numbers, the mark itself otherwise.

    A tuple, since a text has thousands.
    """

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lexed:
    """All tokens, the last one END, and the offsets of each comment (without its line feed)."""

    tokens: tuple[Token, ...]
    comments: tuple[tuple[int, int], ...]


_PIECE = re.compile(
    r"""(?:[ \t\n]|\r\n)*+
      (?:(?P<comment>(?:\#|//)[^\n]*)
      | (?P<name>[^\W\d]\w*)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<mark>==|!=|<=|>=|=>|\+=|-=|\.\.|[-+*/%<>=(){},;:.]))""",
    re.VERBOSE,
)
_SPACE = re.compile(r"(?:[ \t\n]|\r\n)*+")
_LINE_BREAKS = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f\x80-\x9f\u2028\u2029]|\r(?!\n)")
_HINTS = {"&": "`and`", "|": "`or`", "!": "`not` or `!=`", "'": "a string in double quotes", "[": "`(`", "^": "`*`"}
_JAPANESE = frozenset({"Latn", "Hani", "Hira", "Kana"})
_HIGHLY_RESTRICTIVE = (_JAPANESE, frozenset({"Latn", "Hani", "Bopo"}), frozenset({"Latn", "Hani", "Hang"}))


def lex(source: Source, limits: Limits) -> Lexed:
    """Tokens of the whole text; raises IntentError with the place of the first thing that is no token."""
    text = source.text
    control = _LINE_BREAKS.search(text)
    if control is not None:
        at = control.start()
        raise source.error("SYNTAX", f"control character U+{ord(text[at]):04X}, expected printable text", at, at + 1)
    tokens: list[Token] = []
    comments: list[tuple[int, int]] = []
    position = 0
    while position < len(text):
        if len(tokens) > limits.tokens:
            raise source.error(
                "TOO_LARGE", f"too many tokens, expected at most {limits.tokens}", position, position + 1
            )
        match = _PIECE.match(text, position)
        if match is None:
            position = _after_space(text, position)
            if position < len(text):
                raise _unreadable(source, position)
            break
        group = match.lastgroup or ""
        position, end = match.span(group)
        found = match[group]
        if group == "name":
            end = end if end == len(text) or text[end] < "\x80" else _with_marks(text, end)
            tokens.append(Token(Kind.NAME, _identifier(source, text[position:end], position, limits), position, end))
        elif group == "mark":
            tokens.append(Token(Kind.MARK, found, position, end))
        elif group == "number":
            tokens.append(_number(source, found, position, end, limits))
        elif group == "string":
            tokens.append(Token(Kind.STRING, _string(source, found, position), position, end))
        elif group == "comment":
            comments.append((position, end))
        position = end
    tokens.append(Token(Kind.END, "", len(text), len(text)))
    return Lexed(tuple(tokens), tuple(comments))


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return position if found is None else found.end()


def _with_marks(text: str, end: int) -> int:
    """Where a name ends that goes on with combining marks, as words of many scripts do."""
    while end < len(text) and not text[end].isascii():
        marks = unicodedata.category(text[end]) in ("Mn", "Mc")
        if not marks and not text[end].isalnum():
            break
        end += 1
        while end < len(text) and (text[end] == "_" or text[end].isalnum()):
            end += 1
    return end


def _unreadable(source: Source, position: int) -> Exception:
    char = source.text[position]
    if char == '"':
        return source.error("SYNTAX", 'string is not closed on its line, expected `"`', position, position + 1)
    shown = quoted(char) if char.isascii() else f"U+{ord(char):04X}"
    expected = _HINTS.get(char, "a name, a number, a string or an operator")
    return source.error("SYNTAX", f"unexpected character {shown}, expected {expected}", position, position + 1)


def _number(source: Source, text: str, start: int, end: int, limits: Limits) -> Token:
    if len(text) - ("." in text) > limits.literal_digits:
        message = f"a number of {len(text)} characters, expected at most {limits.literal_digits} digits"
        raise source.error("TOO_LARGE", message, start, end)
    following = source.text[end : end + 1]
    if following == "_" or following.isalnum():
        message = f"unexpected {quoted(following)} in a number, expected digits with at most one decimal point"
        raise source.error("SYNTAX", message, end, end + 1)
    return Token(Kind.NUMBER, text, start, end)


def _string(source: Source, text: str, start: int) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        raise source.error(
            "SYNTAX", "an unknown escape or a tab in a string, expected a JSON string", start, start + len(text)
        ) from None
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise source.error("SYNTAX", "lone surrogate in a string, expected Unicode text", start, start + len(text))
    return str(value)


def _identifier(source: Source, name: str, start: int, limits: Limits) -> str:
    """The name itself where it is ASCII, or NFC letters, digits and `_` of one script (UTS #39, Highly Restrictive)."""
    end = start + len(name)
    if len(name) > limits.name_length:
        message = f"a name of {len(name)} characters, expected at most {limits.name_length}"
        raise source.error("TOO_LARGE", message, start, end)
    if name.isascii():
        return name
    if not unicodedata.is_normalized("NFC", name):
        raise source.error(
            "SYNTAX", f"name {quoted(name)} is in another Unicode form, expected normal form C", start, end
        )
    for index, char in enumerate(name):
        if not char.isascii() and unicodedata.category(char) not in ("Ll", "Lu", "Lo", "Lt", "Lm", "Mn", "Mc"):
            message = f"unexpected U+{ord(char):04X} in a name, expected letters, ASCII digits or `_`"
            raise source.error("SYNTAX", message, start + index, start + index + 1)
    if not _single_script(name):
        raise source.error("SYNTAX", f"name {quoted(name)} mixes scripts, expected letters of one script", start, end)
    return name


def _single_script(name: str) -> bool:
    used = [script_extension(char) for char in name if script(char) not in ("Zyyy", "Zinh")]
    if not used or set.intersection(*used):
        return True
    return any(all(found & allowed for found in used) for allowed in _HIGHLY_RESTRICTIVE)
