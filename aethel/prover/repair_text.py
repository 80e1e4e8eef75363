"""A guard put into the text of an intent, as the last line of its guard block and in the author's layout."""

from __future__ import annotations

from difflib import unified_diff

from aethel.intent import syntax
from aethel.intent.reading import Reading


def with_guard(reading: Reading, position: int, guard: str) -> bytes:
    """The text with `guard` added to the intent at `position`."""
    assert reading.syntax is not None
    source = reading.source
    last = reading.syntax.intents()[position].guard[-1]
    opening = source.rfind("\n", 0, last.start) + 1
    indentation = source[opening : last.start]
    closing = source.find("\n", last.end)
    closing = len(source) if closing < 0 else closing - (source[closing - 1] == "\r")
    if indentation.strip(" \t") == "" and _ends_its_line(reading, last.end, closing):
        line_end = "\r\n" if source[closing : closing + 1] == "\r" else "\n"
        at, added = closing, f"{line_end}{indentation}{guard};"
    else:
        at, added = last.end, f" {guard};"
    return (source[:at] + added + source[at:]).encode()


def _ends_its_line(reading: Reading, start: int, end: int) -> bool:
    """Whether nothing but space and a comment stands between two offsets of one line."""
    comment = next((first for first, _ in reading.comments if start <= first < end), end)
    return reading.source[start:comment].strip(" \t") == ""


def difference(reading: Reading, repaired: bytes) -> str:
    """The unified diff from the text to the repaired one, without context: lines nobody changed are not repeated.

    Empty where a changed line holds something declared `secret`.
    """
    before, after = reading.source.splitlines(keepends=True), repaired.decode().splitlines(keepends=True)
    lines = list(unified_diff(before, after, "intent", "intent (repaired)", n=0))
    removed = {line[1:] for line in lines[2:] if line.startswith("-")}
    if any(line in removed for line in _secret_lines(reading, before)):
        return ""
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _secret_lines(reading: Reading, lines: list[str]) -> set[str]:
    assert reading.syntax is not None
    secret = [line for intent in reading.syntax.intents() for line in _checks(intent) if line.secret]
    found: set[str] = set()
    for check in secret:
        first = reading.source.count("\n", 0, check.start)
        last = reading.source.count("\n", 0, check.end)
        found.update(lines[first : last + 1])
    return found


def _checks(intent: syntax.Intent) -> list[syntax.Check]:
    found = [line for line in intent.guard if isinstance(line, syntax.Check)]
    waiting = list(intent.verify)
    while waiting:
        line = waiting.pop()
        if isinstance(line, syntax.Check):
            found.append(line)
        else:
            waiting += (*line.then, *line.other)
    return found
