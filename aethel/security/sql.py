"""S09: whether a text leaves the literal it is written into and changes a query, in SQL or of a document store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Weakness
from aethel.security.query_logic import CONTINUING_WORDS, follow
from aethel.security.query_tokens import Reader

WORK_PER_CHARACTER = 8
"""Characters looked at for each character of a text, over all the literals it could end: prose takes one."""

_MARKS = re.compile(r"""(['"`])(?=[\s\0]*+(?:([^\W\d]\w*+)|[^\w\s]|\Z))""")


def _in_any_case(words: str) -> str:
    """A pattern for words in either case, as `re.IGNORECASE` reads them, in classes, which a search tries faster."""
    others = {"i": "\u0130\u0131", "k": "\u212a", "s": "\u017f"}
    classes = (f"[{each}{each.upper()}{others.get(each, '')}]" if each.isalpha() else each for each in words)
    return f"(?:{''.join(classes)})"


_RESUMING_WORD = re.compile(
    rf"""[^\w'-](?={_in_any_case("and|or|xor|where|having|rlike|regexp|ilike")}(?i:(?=(?:\s|/\*|not\b)*+[\d('"!@~+-]
        |\s++[a-z]\w*+[(=]|\s++case\b))|{_in_any_case("union")}(?i:(?=[\s(]*+(?:all|distinct|select)\b))
        |{_in_any_case("case")}(?i:(?=\s++when\b)))""",
    re.VERBOSE,
)
_RESUMING_SIGN = re.compile(
    r"""\((?=\s*+(?:select|case)\b)|;(?=\s*+[a-z]++\s*+(?:[a-z]\w*+\s++|['"(@]))""", re.VERBOSE | re.IGNORECASE
)
"""Signs and words by which a query goes on behind a value without marks, with what prose seldom has after them.

A word is found by what stands before it, since a search goes from one such sign to the next without trying letters.
"""

_INLINE_COMMENT = re.compile(r"/\*(?:[^*]++|\*(?!/))*+\*/")
_CONFIDENCE = Decimal("0.98")


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a text, None where nothing was, and how many characters were looked at for it."""

    breakout: Breakout | None
    work: int


def breakouts(text: str) -> Iterator[Breakout]:
    """The first way in which the text changes a query around it, in any kind of literal or as a value without marks.

    A quotation mark alone is nothing: what stands behind it must go on as a query would, by the grammar of its
    expressions and statements, and with what prose has not (a comparison of values, a call, a comment that ends it).
    """
    found = examine(text).breakout
    if found is not None:
        yield found


def examine(text: str) -> Examined:
    """As `breakouts`, with the work done: at most `WORK_PER_CHARACTER` times the text, and the text once more.

    A text that could go on as a query in more ways than that is refused unseen.
    """
    work = 0
    passed: set[int] = set()
    reader = Reader(text)
    for start, mark in _contexts(text):
        if mark and start in passed:
            continue
        course = follow(reader, start + len(mark), mark, behind=start > 0 and not mark)
        work += course.work
        if course.end:
            return Examined(_breakout(start, course.end, mark), work)
        if work > WORK_PER_CHARACTER * len(text):
            return Examined(_undecided(text), work)
        if mark:
            passed.update(end for end in course.literal_ends if text[end] == mark)
    joined = _INLINE_COMMENT.sub("", text) if "/*" in text else text
    if joined != text:
        course = follow(Reader("'" + joined), 1, "'")
        return Examined(_breakout(0, len(text), "") if course.end else None, work + course.work)
    return Examined(None, work)


def _contexts(text: str) -> Iterator[tuple[int, str]]:
    """Where a walk begins: at the text, at every mark, and at every word, behind which a query could go on."""
    yield 0, ""
    for match in _MARKS.finditer(text):
        word = match[2]
        if word is None or word.lower() in CONTINUING_WORDS:
            yield match.start(), match[1]
    words = [match.end() for match in _RESUMING_WORD.finditer(text)]
    marked = "(" in text or ";" in text
    signs = [match.start() for match in _RESUMING_SIGN.finditer(text) if match.start()] if marked else []
    for start in sorted(words + signs):
        yield start, ""


def _breakout(start: int, end: int, mark: str) -> Breakout:
    what = f"the query behind a literal in {mark} marks" if mark else "a part of the query itself"
    return Breakout(
        SecurityClass.SQL,
        start,
        end,
        f"is read by a database as {what}",
        "pass the value as a bound parameter, or write it without the query behind it",
        Weakness.SQL_INJECTION,
        _CONFIDENCE,
    )


def _undecided(text: str) -> Breakout:
    return Breakout(
        SecurityClass.SQL,
        0,
        len(text),
        "could go on as a query in more ways than are looked at",
        "write fewer quotation marks with operators behind them",
        Weakness.SQL_INJECTION,
        _CONFIDENCE,
    )
