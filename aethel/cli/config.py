"""`aethel config`: the settings, every one as a process would read it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from aethel.cli import environment, terminal
from aethel.cli.exits import ExitCode
from aethel.runtime.settings import Process


def commands() -> typer.Typer:
    """The commands below `aethel config`."""
    made = typer.Typer(
        help="The settings of the processes.", no_args_is_help=True, epilog="Example: aethel config show"
    )
    made.command(epilog="Example: aethel config show --process z3")(show)
    return made


def show(
    process: Annotated[Process, typer.Option("--process", help="Whose settings; they differ in where it listens.")] = (
        Process.ORCHESTRATOR
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of settings as JSON.")] = False,
) -> int:
    """Print every setting of a process, with its unit, and whether it is the default; secrets are hidden.

    Settings are environment variables, all validated together. Exit code 64: one of them is wrong.
    """
    rows = environment.rows(process)
    if as_json:
        terminal.write_json([asdict(row) for row in rows])
        return ExitCode.FINE
    cells = [(row.name, row.value, row.unit, "default" if row.is_default else "set", row.meaning) for row in rows]
    terminal.out().print(terminal.table(("setting", "value", "unit", "from", "meaning"), cells))
    return ExitCode.FINE
