"""What an agent may be shown of a text that somebody else may have written: names, numbers and places, never prose.

An agent reads whatever a tool returns, so that a text inside an answer could instruct it. Here only what is short and
plain passes; everything else is named by what it is and where it stands.
"""

from __future__ import annotations

import string
from collections.abc import Iterator

from aethel.client.repairs import NoRepair, hunks
from aethel.security.prompt import instruction, load_prompt_rules
from aethel.verdict import Counterexample, Span

MOST_NAME_CHARS = 40
"""Longest name that is shown: longer ones are sentences rather than names."""

MOST_NAME_WORDS = 3
"""Most words of a name that is shown, counted by its underscores and without `old`: `payer_fee_balance` has three."""

MOST_DIGITS = 80
"""Most digits of a number that is shown, as for literals of the language."""

MOST_LINE_CHARS = 400
"""Longest line of a repair that is shown."""

HIDDEN = "(not shown)"

_NAME = frozenset(string.ascii_letters + string.digits + "_")
_CODE = frozenset(string.ascii_letters + string.digits + "_ \t.,;:<>=!+-*/%(){}&|[]\r")


def is_plain_name(name: str) -> bool:
    """Whether a name is short, of few words of plain letters, and instructs nobody."""
    words = [word for word in name.removeprefix("old_").replace(".", "_").split("_") if word]
    is_short = 0 < len(name) <= MOST_NAME_CHARS and len(words) <= MOST_NAME_WORDS
    is_plain = set(name) <= _NAME | {"."} and not name[:1].isdigit()
    return is_short and is_plain and instruction(load_prompt_rules(), " ".join(words)) is None


def is_number(value: str) -> bool:
    """Whether a value is a number or a truth value, written as the mesh writes them."""
    digits = value.removeprefix("-").replace(".", "", 1).replace("/", "", 1)
    return value in ("true", "false") or (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS)


def name(text: str) -> str:
    """A name where it is plain, and that it is not shown where it is not."""
    return text if is_plain_name(text) else HIDDEN


def value(text: str) -> str:
    """A value where it is a number or a plain name, and how long it is otherwise."""
    return text if is_number(text) or is_plain_name(text) else f"(text of {len(text)} characters)"


def place(span: Span | None) -> str:
    """Line and column, counted from 1; empty where there is no place."""
    return "" if span is None else f"{span.line}:{span.column}"


def table(shown: Counterexample) -> str:
    """The values as a table in Markdown: what is given, then each cell before and after."""
    rows = ["| name | before | after |", "|---|---|---|"]
    rows += [f"| {name(given)} | {value(said)} | |" for given, said in shown.inputs if given != said]
    before = {cell.removeprefix("old_"): said for cell, said in shown.before}
    after = dict(shown.after)
    for cell in dict.fromkeys((*before, *after)):
        was, becomes = before.get(cell), after.get(cell)
        rows.append(f"| {name(cell)} | {'?' if was is None else value(was)} | {_after(becomes)} |")
    return "\n".join(rows)


def _after(becomes: str | None) -> str:
    return "unchanged" if becomes is None else value(becomes)


def diff(repair: str) -> str:
    """The repair as it is, where each of its lines holds code of plain names alone; empty otherwise."""
    try:
        lines = [line for hunk in hunks(repair) for line in (*hunk.removed, *hunk.added)]
    except NoRepair:
        return ""
    return repair if lines and all(map(_is_plain_code, lines)) else ""


def _is_plain_code(line: str) -> bool:
    """Whether a line holds names, numbers and signs alone: no comment and no text, in which anything may stand."""
    is_code = len(line) <= MOST_LINE_CHARS and set(line) <= _CODE and "//" not in line and "/*" not in line
    return is_code and all(is_number(word) or is_plain_name(word) for word in _words(line))


def _words(line: str) -> Iterator[str]:
    kept = "".join(character if character in _NAME else " " for character in line)
    return iter(kept.split())
