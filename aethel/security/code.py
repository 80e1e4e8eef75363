"""Whether a text holds a call that an interpreter would run: the grammar of calls that most languages share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Weakness
from aethel.security.sink_names import sink_names

_NAME_LENGTH = 64
_ARGUMENT = re.compile(
    r"\(\s{0,16}(?:(?P<empty>\))|(?P<text>\[?[rbfu]{0,2}[\"'`/\\])|(?P<number>\d[\w.*+/-]*\s*[,)])|(?P<chain>[A-Za-z_$][\w$]{0,64}\s?[.(\[]))"
)
_AFTER = re.compile(r"\s*(?:[;}'\"`]|//|--|$)")
_STOP = re.compile(r"\s*(?:;|//|[-+*/|&^,]\s*['\"`])")
_STATEMENT = "'\";-+*/|&=,({!?:^~\\`"
_INDEXED = re.compile(r"[\w$\])]\[\s*(?:'[^'\]]{1,40}'|\"[^\"\]]{1,40}\")[^\]]{0,40}\]\s?[(=`]")
_ASSIGNED = re.compile(r"(?<![\w.])(?:document|window|location|self|this|top|parent)\.[a-z]\w{1,40}\s?=\s?[\"'`/\w]")
_RESULT = re.compile(r"\w\(\)\[(?:'[^'\]]{1,40}'|\"[^\"\]]{1,40}\")\]")
_STATED = re.compile(
    r"""\s*+(?:system|exec|eval|require|popen|print|puts)\s(?P<q>["'`])[^"'`]{1,200}(?P=q)\s*+;?\s*+"""
)
_OUTPUT = re.compile(
    r"\s*+;?\s*+(?:echo|print|die|exit)\b\s?(?:\d{1,9}|\$\w{1,32}|\w{0,32}\([^()]{0,64}\))\s*+;(?:\s*+(?://|#).{0,64})?"
)
_GLOBAL = re.compile(r"\$_(?:GET|POST|REQUEST|COOKIE|SERVER|FILES|ENV|SESSION)\s?\[|\$GLOBALS\s?\[")
_CLASS = re.compile(r"(?<![\w.])(?:java|javax)(?:\.[a-z]{2,16}){1,4}\.[A-Z]\w|(?<!\w)WScript\.(?:Shell|Network)\b")
_DUNDER = re.compile(r"\.__[a-z]{2,32}__")


def breakouts(text: str) -> Iterator[Breakout]:
    """The first call of a function that runs code or programs, or of a method with literals; linear in the text."""
    whole = _STATED.fullmatch(text) or _OUTPUT.fullmatch(text)
    if whole is None and "$" in text:
        whole = _GLOBAL.search(text)
    if whole is None and ("java" in text or "WScript" in text):
        whole = _CLASS.search(text)
    if whole is not None:
        yield _breakout(whole.start(), whole.end(), "a statement or a name of the interpreter's own")
        return
    if "(" not in text and "__" not in text and "=" not in text:
        return
    dunder = _DUNDER.search(text) if ".__" in text else None
    if dunder is not None:
        yield _breakout(dunder.start(), dunder.end(), "a walk over an interpreter's objects")
        return
    # Each pattern is asked only where the signs are that it cannot do without.
    member = _INDEXED.search(text) if "[" in text else None
    member = member or (_ASSIGNED.search(text) if "=" in text and "." in text else None)
    member = member or (_RESULT.search(text) if "()[" in text else None)
    if member is not None:
        yield _breakout(member.start(), member.end(), "a call or an assignment of a member")
        return
    for argument in _ARGUMENT.finditer(text):
        at = argument.start()
        start = _name_start(text, at)
        if start < at and _is_call(text, start, argument):
            yield _breakout(start, at + 1, f"a call of `{text[start:at].strip()}`")
            return


def _name_start(text: str, at: int) -> int:
    """Where the identifier ends that stands before a parenthesis, read backwards; `at` when there is none."""
    end = at
    while end > 0 and text[end - 1] in " \t" and at - end < 2:
        end -= 1
    start = end
    while start > 0 and end - start < _NAME_LENGTH and (text[start - 1].isalnum() or text[start - 1] in "_$"):
        start -= 1
    return start if start < end and not text[start].isdigit() else at


def _is_call(text: str, start: int, argument: re.Match[str]) -> bool:
    at = argument.start()
    name = text[start:at].rstrip().lower()
    spaced = text[at - 1] in " \t"
    before = text[start - 1] if start else ""
    runs = name in sink_names()["code.runners"]
    member = before == "." and not spaced
    # An argument in quotes, none at all, or a further call: prose puts words between parentheses.
    member = member or "_" in name.strip("_")
    literal = argument.lastgroup == "text" and _closes(text, argument.end())
    if runs or member:
        if literal:
            return True
        if not spaced and argument.lastgroup in ("empty", "chain"):
            return runs or _is_chain(text, start)
    statement = bool(before) and before in _STATEMENT and _ends_statement(text, at)
    if not spaced and _follows_quote(text, start) and _STOP.match(text, _close(text, at)):
        return True
    if argument.lastgroup in ("number", "chain") and not spaced:
        return (runs and (statement or _ends_statement(text, at))) or (
            member and text[start].islower() and _ends_statement(text, at)
        )
    return False


def _is_chain(text: str, start: int) -> bool:
    """Whether a letter, a quote or a bracket stands before the dot: `os.system(`, not `. system(`."""
    return start >= 2 and (text[start - 2].isalnum() or text[start - 2] in "_)]'\"$")


def _closes(text: str, at: int) -> bool:
    """Whether the literal whose quote ends at `at` closes, so that it is no apostrophe."""
    quote = text[at - 1]
    return quote == "\\" or text.find(quote, at) > 0


def _follows_quote(text: str, start: int) -> bool:
    """Whether only operators stand between a quote and the name: the text ends a string literal and goes on as code."""
    at = start
    while at > 0 and start - at < 8 and text[at - 1] in ";-+*/|&=,)}]^%~!? ":
        at -= 1
    return 0 < at < start and text[at - 1] in "'\"`"


def _close(text: str, at: int) -> int:
    """Behind the next closing parenthesis, or the end of the text."""
    return text.find(")", at, at + 256) + 1 or len(text)


def _ends_statement(text: str, at: int) -> bool:
    """Whether a statement ends behind the parenthesis that opens at `at`."""
    close = text.find(")", at, at + 256)
    return close > 0 and _AFTER.match(text, close + 1) is not None


def _breakout(start: int, end: int, what: str) -> Breakout:
    return Breakout(
        SecurityClass.BREAKOUT,
        start,
        end,
        f"is run by an interpreter that evaluates the text: {what}",
        "leave out what reads as program code, or pass the text to the interpreter as data",
        Weakness.COMMAND_INJECTION,
        Decimal("0.95"),
    )
