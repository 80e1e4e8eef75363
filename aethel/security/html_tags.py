"""Reads tags and declarations as a browser does: the tag states of the HTML living standard's tokenizer (13.2.5).

The standard library's parser joins, skips and repairs other than browsers do, and html5lib builds a tree that nobody
needs; both take more than linear time on some texts. Here each character is read a fixed number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_NAME = re.compile(r"[^\t\n\f\r />]*")
_BETWEEN = re.compile(r"[\t\n\f\r /]*")
_ATTRIBUTE_NAME = re.compile(r"=?[^\t\n\f\r />=]*")
_EQUALS = re.compile(r"[\t\n\f\r ]*=[\t\n\f\r ]*")
_UNQUOTED = re.compile(r"[^\t\n\f\r >]*")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(slots=True)
class Tag:
    """One tag: lower-case name, attributes in order (None for a value that is not there), half-open extent.

    A tag that the text does not close is read to the end of the text: the page that it is put into closes it.
    """

    name: str
    start: int
    end: int = 0
    closing: bool = False
    self_closing: bool = False
    attributes: list[tuple[str, str | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Declaration:
    """`<!` or `<?`, and the word behind it in lower case."""

    word: str
    start: int
    end: int


_DECLARATION = re.compile(r"<[!?](?:--#?|\[?[A-Za-z]*)")


def markup(text: str) -> Iterator[Tag | Declaration]:
    """The tags and declarations of a text that stands in the content of an element, in order."""
    at = text.find("<")
    while at >= 0:
        following = text[at + 1 : at + 2]
        closing = following == "/"
        if following in ("!", "?"):
            found = _DECLARATION.match(text, at)
            end = found.end() if found else at + 2
            yield Declaration(text[at + 1 : end].lower(), at, end)
            at = text.find("<", end)
            continue
        letter = text[at + 2 : at + 3] if closing else following
        if letter not in _LETTERS or not letter:
            at = text.find("<", at + 1)
            continue
        name = _NAME.match(text, at + 1 + closing)
        end = name.end() if name else at + 2
        tag = Tag(text[at + 1 + closing : end].lower(), at, closing=closing)
        read_attributes(text, end, tag)
        yield tag
        at = text.find("<", tag.end)


def read_attributes(text: str, at: int, tag: Tag) -> None:
    """Read attributes into `tag` from the state before an attribute's name, to the `>` or the end of the text."""
    while at < len(text):
        between = _BETWEEN.match(text, at)
        slash = between is not None and text[between.end() - 1 : between.end()] == "/" and between.end() > at
        at = between.end() if between else at
        if text[at : at + 1] == ">":
            tag.self_closing = slash
            at += 1
            break
        if at >= len(text):
            break
        name = _ATTRIBUTE_NAME.match(text, at)
        end = name.end() if name else at + 1
        key = text[at:end].lower()
        value: str | None = None
        equals = _EQUALS.match(text, end)
        if equals is not None:
            value, end = _value(text, equals.end())
        tag.attributes.append((key, value))
        at = max(end, at + 1)
    tag.end = at


def _value(text: str, at: int) -> tuple[str, int]:
    quote = text[at : at + 1]
    if quote in ("'", '"') and quote:
        close = text.find(quote, at + 1)
        if close >= 0:
            return text[at + 1 : close], close + 1
        # The page may close the quote or not, so what stands behind it is read as attributes too.
        rest = _UNQUOTED.match(text, at + 1)
        return text[at + 1 :][:512], rest.end() if rest else at + 1
    value = _UNQUOTED.match(text, at)
    return (value.group(), value.end()) if value else ("", at)
