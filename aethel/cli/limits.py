"""`aethel limits`: what one text may use, and the words that can never be names."""

from __future__ import annotations

from typing import Annotated

import typer

from aethel.cli import terminal
from aethel.cli.exits import ExitCode
from aethel.intent.limits import RESERVED_WORDS, table


def limits(
    as_json: Annotated[bool, typer.Option("--json", help="Print limits and reserved words as JSON.")] = False,
) -> int:
    """Print the limits of the intent language and its reserved words.

    A text beyond a limit is rejected as TOO_LARGE before more work is spent on it.
    """
    words = sorted(RESERVED_WORDS)
    if as_json:
        rows = [{"name": name, "value": value, "meaning": meaning} for name, value, meaning in table()]
        terminal.write_json({"limits": rows, "reserved_words": words})
        return ExitCode.FINE
    cells = [(name, str(value), meaning) for name, value, meaning in table()]
    terminal.out().print(terminal.table(("limit", "value", "counts"), cells))
    terminal.say(terminal.out(), f"reserved words: {' '.join(words)}")
    return ExitCode.FINE
