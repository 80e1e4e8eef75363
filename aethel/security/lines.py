"""Whether a text ends its line and starts a line that a protocol, a mail server, a log or a terminal obeys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Weakness
from aethel.security.sink_names import SinkNames, sink_names

_END = re.compile(r"[\r\n\u0085\u2028\u2029]+[ \t]*")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{2,40}):[ \t]*([^\r\n]{0,200})")
_TAGGED = re.compile(r"(?:[A-Za-z]{0,4}\d{1,8}|\.)[ \t]+(?:UID[ \t]+)?([A-Z]{3,12})(?![a-z])")
_SENDING = re.compile(r"(MAIL|RCPT)[ \t]+((?:FROM|TO):)", re.IGNORECASE)
_VERB = re.compile(r"(?:DATA|RSET|QUIT|NOOP)(?=\r|\n|\Z)|(?:HELO|EHLO|VRFY|EXPN)[ \t]+\S")
_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[\w.-]{1,255}")
_LOCATED = re.compile(r"<?https?://|//", re.IGNORECASE)
_REQUEST = re.compile(r"(?:HTTP/\d(?:\.\d)? \d{3}|[A-Z]{3,8} \S{1,200} HTTP/\d)")
_DATE_TIME = re.compile(
    r"\[?(?:\d{4}-\d\d-\d\d[T ]|\d\d/[A-Za-z]{3}/\d{4}:|([A-Za-z]{3}) +\d{1,2} )\d\d:\d\d(?::\d\d)?\S{0,12}"
)
_BRACKETED = re.compile(r"\[([A-Z]{4,8})\]")
_LEVEL = re.compile(r"[ \t:\[\]|-]{0,4}([A-Za-z]{4,8})\b")
_CONTROL = re.compile(r"[\x1b\x9b](?:\[[0-?]*[ -/]*[@-~]|[\]P^_X]|[@-Z\\^_c0-9=>])|\x9b[0-?]*[ -/]*[@-~]|\x08+")
_ATTENTION = re.compile(r"\+\+\+\s*AT[A-Z0-9&]{1,8}\b")
_NARROWED = 0xFF
_LINE_ENDS = "\r\n\u0085\u2028\u2029"


def breakouts(text: str) -> Iterator[Breakout]:
    """The first line that the text adds and something obeys, and the first control sequence; linear in the text."""
    control = _CONTROL.search(text) if _holds_any(text, "\x1b\x9b\x08") else None
    control = control or (_ATTENTION.search(text) if "+++" in text else None)
    if control is not None:
        yield _breakout(
            control.start(), control.end(), "steers the terminal or modem that shows it", Weakness.CONTROL_SEQUENCES
        )
    names = sink_names()
    for end in _END.finditer(text) if _holds_any(text, _LINE_ENDS) else ():
        line = _of_line(text, end.end(), names)
        if line is not None:
            what, weakness = line
            yield _breakout(end.start(), end.end(), what, weakness)
            return
    if not text.isascii() and ":" in text:
        yield from _narrowed(text, names)


def encoded_breakouts(text: str) -> Iterator[Breakout]:
    """The first header field of any name that starts a line, or the end of all fields of a message.

    For a text whose line ends were hidden in an encoding: one that is not may have labels and empty lines of its own.
    """
    separator = _SEPARATOR.search(text)
    if separator is not None:
        yield _breakout(*separator.span(), "ends the header of a message", Weakness.LINE_INJECTION)
        return
    for end in _END.finditer(text):
        if _ANY_FIELD.match(text, end.end()):
            yield _breakout(end.start(), end.end(), "ends its line and starts a header field", Weakness.LINE_INJECTION)
            return


_SEPARATOR = re.compile(r"\r\n\r\n|%[\r\n]{1,4}0[adAD]")
"""An empty line, or what becomes a line end once a check has dropped the line ends in it."""

_ANY_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,40}:(?!//)[ \t]?\S")


def _holds_any(text: str, characters: str) -> bool:
    """Whether one of a few characters is in the text, each looked for by itself, which is the fastest way."""
    return any(character in text for character in characters)


def _of_line(text: str, at: int, names: SinkNames) -> tuple[str, int] | None:
    """What obeys the line that starts at `at`, or None."""
    if _is_field(text, at, names):
        return "ends its line and starts a header field", Weakness.LINE_INJECTION
    if _REQUEST.match(text, at):
        return "ends its line and starts a message of HTTP", Weakness.LINE_INJECTION
    if text[at - 2 : at] == "\r\n" and _VERB.match(text, at):
        return "ends its line and starts a command of SMTP", Weakness.LINE_INJECTION
    tagged = _TAGGED.match(text, at)
    if tagged is not None and tagged.group(1).lower() in names["lines.imap"]:
        return "ends its line and starts a command of IMAP", Weakness.LINE_INJECTION
    if _SENDING.match(text, at):
        return "ends its line and starts a command of SMTP", Weakness.LINE_INJECTION
    if _is_log_line(text, at, names):
        return "ends its line and starts an entry of a log", Weakness.LOG_INJECTION
    return None


def _is_field(text: str, at: int, names: SinkNames) -> bool:
    """Whether a header field (RFC 9110, 5.1; RFC 5322, 2.2) starts at `at` that no memo has as a label."""
    field = _FIELD.match(text, at)
    if field is None:
        return False
    name, value = field.group(1).lower(), field.group(2)
    if name in names["lines.headers"]:
        return True
    if name in names["lines.addressed"]:
        return _ADDRESS.search(value) is not None and text[at - 2 : at] == "\r\n"
    return name in names["lines.located"] and _LOCATED.match(value) is not None and text[at - 2 : at] == "\r\n"


def _is_log_line(text: str, at: int, names: SinkNames) -> bool:
    """Whether a line starts with a time and a severity, as log readers expect."""
    bracketed = _BRACKETED.match(text, at)
    if bracketed is not None:
        return bracketed.group(1).lower() in names["lines.levels"]
    stamp = _DATE_TIME.match(text, at)
    if stamp is None or (stamp.group(1) and stamp.group(1).lower() not in names["lines.months"]):
        return False
    level = _LEVEL.match(text, stamp.end())
    return level is not None and level.group(1).isupper() and level.group(1).lower() in names["lines.levels"]


def _narrowed(text: str, names: SinkNames) -> Iterator[Breakout]:
    """A character whose last byte is CR or LF, which a server that keeps one byte a character turns into a line end."""
    ends = {each for each in set(text) if each > "\xff" and (ord(each) & _NARROWED) in (0x0A, 0x0D)}
    for at, character in enumerate(text) if ends else ():
        if character in ends and _is_field(text, at + 1, names):
            yield _breakout(at, at + 1, "becomes the end of a line once narrowed to a byte", Weakness.LINE_INJECTION)
            return


def _breakout(start: int, end: int, what: str, cwe: int) -> Breakout:
    return Breakout(
        SecurityClass.BREAKOUT,
        start,
        end,
        what,
        "write the value on one line, without control characters",
        cwe,
        Decimal("0.95"),
    )
