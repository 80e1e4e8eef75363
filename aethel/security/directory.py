"""Whether a text leaves its value in an LDAP filter (RFC 4515) or an XPath 1.0 literal and adds a condition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Weakness

_ASSERTION = re.compile(r"\(\s*[A-Za-z][\w;.-]{0,64}\s*(?:~=|>=|<=|:=|=)")
_SET = re.compile(r"\(\s*[&|!]\s*(?:\(|$|[A-Za-z][\w;.-]{0,64}\s*[~<>:]?=)")
_CLOSED = re.compile(r"\)\s*(?:[&|!]\s*)?\(\s*(?:[&|!]|[A-Za-z][\w;.-]{0,64}\s*(?:~=|>=|<=|:=|=))")
_STARRED = re.compile(r"\*\s*\(?\s*\)\s*(?:\(?\s*[|&!]|\(\s*[A-Za-z][\w;.-]{0,64}=)|\*\s*\([|&!]")

_PRESENCE = re.compile(r"(?:[|&!]\s?\(|\()[A-Za-z][\w;.-]{0,64}[~<>:]?=\*|[|&!]\([A-Za-z][\w;.-]{0,64}[~<>:]?=[^\s()]")
_WHOLE = re.compile(r"\s*(?:[A-Za-z][\w;.-]{0,64}=\*|\*\)+|\*[|&]|\(\*\*?[\w*]{0,64})\s*")
_PATH = re.compile(
    r"(?<![\w:])(?:ancestor(?:-or-self)?|attribute|child|descendant(?:-or-self)?|following(?:-sibling)?|namespace|parent"
    r"|preceding(?:-sibling)?|self)::[\w*]"
    r"|(?<![\w-])(?:count|name|local-name|string|string-length|substring|contains|starts-with|normalize-space|sum)\(\s?/"
    r"|(?<!:)//?[\w*]{1,64}\[[^\]\s]{0,64}(?:=|@|\(\))[^\]]{0,64}\]"
)
_LOGIC = re.compile(r"['\"][ \t]{0,16}(?:[\])]{0,4}\s{0,16}(?:(?:and|or)(?![\w-])|\|)|\)?\]\)?(?=\s{0,16}(?:\[|/|$)))")
_XPATH_TOKEN = re.compile(
    r"\s*(?:(?P<literal>'[^']{0,200}'?|\"[^\"]{0,200}\"?)|(?P<number>\d+(?:\.\d*)?)"
    r"|(?P<path>/{1,2}[@*\w.]*|\.\.?(?:/|$)|@\w+|\*)|(?P<name>[A-Za-z_][\w.-]{0,64}(?:::?[\w*]+)?)|(?P<compare>!=|<=|>=|[=<>])"
    r"|(?P<open>[(\[])|(?P<close>[)\]])|(?P<operator>[|+,-]))"
)
_TOKENS = 64


def breakouts(text: str) -> Iterator[Breakout]:
    """The first way out of an LDAP filter and of an XPath literal, each at most once; linear in the text."""
    if "(" in text or ")" in text:
        found = _filter(text)
        if found is not None:
            yield found
    elif "=*" in text or "*" in text[:2]:
        yield from _whole(text)
    condition = _condition(text) if "'" in text or '"' in text else None
    if condition is None and ("::" in text or ("/" in text and ("(" in text or "[" in text))):
        path = _PATH.search(text)
        condition = None if path is None else _xpath(path.start(), path.end(), "a path with a condition")
    if condition is not None:
        yield condition


def _filter(text: str) -> Breakout | None:
    """A filter component that the text opens itself: RFC 4515 writes each in parentheses, values without any."""
    opens = "(" in text
    found = _STARRED.search(text) if "*" in text else None
    found = found or (_SET.search(text) if opens else None)
    found = found or (_PRESENCE.search(text) if opens and "=" in text else None)
    found = found or _WHOLE.fullmatch(text)
    closed = _CLOSED.search(text) if opens and ")" in text else None
    if found is None and closed is not None and _closes_before(text, closed.start() + 1):
        found = closed
    if found is None:
        assertion = _ASSERTION.search(text) if opens and "=" in text else None
        # `(VAT=20%)` is balanced prose: only a value that has closed its own component first can add another.
        if assertion is None or not _closes_before(text, assertion.start()):
            return None
        found = assertion
    return _part(found)


def _whole(text: str) -> Iterator[Breakout]:
    """A text that is nothing but an assertion, or a star that ends one."""
    found = _WHOLE.fullmatch(text)
    if found is not None:
        yield _part(found)


def _part(found: re.Match[str]) -> Breakout:
    return Breakout(
        SecurityClass.BREAKOUT,
        found.start(),
        found.end(),
        "is read by a directory as a further part of its filter",
        "write `*`, `(`, `)` and `\\` as the escapes of RFC 4515, section 3",
        Weakness.LDAP_INJECTION,
        Decimal("0.95"),
    )


def _closes_before(text: str, end: int) -> bool:
    """Whether a parenthesis closes before `end` that was never opened."""
    depth = 0
    for character in text[:end]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return True
    return False


def _condition(text: str) -> Breakout | None:
    """A quote, then a logical operator or the end of a predicate, then a comparison, a function call or a path."""
    for logic in _LOGIC.finditer(text):
        end = _comparison(text, logic.end(), closed="]" in logic.group())
        if end:
            return _xpath(logic.start(), end, "a further condition")
    return None


def _xpath(start: int, end: int, what: str) -> Breakout:
    return Breakout(
        SecurityClass.BREAKOUT,
        start,
        end,
        f"is read by an XPath engine as {what}",
        "pass the value as an XPath variable",
        Weakness.XPATH_INJECTION,
        Decimal("0.95"),
    )


def _comparison(text: str, at: int, *, closed: bool) -> int:
    """End of a comparison, of a call or of an absolute path that starts at `at`; 0 when prose goes on there."""
    previous = ""
    for _ in range(_TOKENS):
        token = _XPATH_TOKEN.match(text, at)
        if token is None or token.end() == at:
            return 0
        kind = token.lastgroup or ""
        if kind == "compare" and previous in ("literal", "number", "path", "name", "close"):
            return token.end()
        path = token.group().lstrip()
        rooted = path.startswith("//") or (closed and path.startswith("/"))
        if kind == "path" and rooted and previous in ("", "operator", "close"):
            return token.end()
        if kind == "name" and text.startswith("(", token.end()) and token.group().strip().islower():
            return token.end()
        if kind in ("name", "literal", "number") and previous in ("name", "literal", "number"):
            return 0
        previous = kind
        at = token.end()
    return 0
