"""The piece of source a finding is about, with a caret below it."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from aethel.cli.terminal import printable
from aethel.verdict import Span

_BEFORE_CHARS, _SHOWN_CHARS = 60, 110
"""Characters of a long line that are shown before the place, and in all."""


def excerpt(source: str, span: Span, style: str) -> Text | None:
    """The line of a place and a line of carets below what it names; None where the place is not in the text."""
    lines = source.split("\n")
    if not (1 <= span.line <= len(lines) and 0 <= span.start <= len(source)):
        return None
    line = lines[span.line - 1].removesuffix("\r")
    column = min(span.column - 1, len(line))
    width = max(1, min(span.end, span.start + len(line) - column) - span.start)
    first = max(0, column - _BEFORE_CHARS) if len(line) > _SHOWN_CHARS else 0
    before = printable(line[first:column])
    named = printable(line[column : min(column + width, first + _SHOWN_CHARS)])
    after = printable(line[column + width : first + _SHOWN_CHARS])
    number = f"{span.line:>5} "
    last = span.line + source.count("\n", span.start, span.end)
    marked = "^" * max(1, cell_len(named)) if last == span.line else f"^ to line {last}"
    below = f"\n{' ' * len(number)}| "
    caret = " " * cell_len(before) + marked
    return Text.assemble((f"{number}| ", "dim"), before + named + after, (below, "dim"), (caret, style))
