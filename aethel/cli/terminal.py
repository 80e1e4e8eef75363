"""What is written to the terminal: sentences and tables for people, JSON for programs, and nothing that steers it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_PLAIN_COLUMNS = 160
"""Columns of a table that goes into a file or a pipe, where nobody has set a width."""


def out() -> Console:
    """The console of standard output, where answers go."""
    return _console(is_error=False)


def err() -> Console:
    """The console of standard error, where progress and complaints go."""
    return _console(is_error=True)


def _console(*, is_error: bool) -> Console:
    stream = sys.stderr if is_error else sys.stdout
    width = None if stream.isatty() else _PLAIN_COLUMNS
    return Console(file=stream, highlight=False, markup=False, emoji=False, width=width)


def say(console: Console, text: str | Text) -> None:
    """One sentence, broken only where the terminal breaks it."""
    console.print(text, soft_wrap=True)


def write_json(value: object) -> None:
    """One JSON value on a line of standard output, at once."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def table(heads: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A plain table; cells are taken as they are, never as markup."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for head in heads:
        made.add_column(head, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return made


def printable(text: str) -> str:
    """The text with everything that is not printable written as an escape, so that it cannot steer a terminal."""
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    return " " if character == "\t" else f"\\u{ord(character):04x}"
