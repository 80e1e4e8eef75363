"""`aethel store`: whether the schema of the store is that of this program, and migrations, which only go forward."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from aethel.cli import environment, terminal
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.runtime.catalogue import STORE
from aethel.store.interface import StoreUnavailable, StoreUnusable
from aethel.store.migrations import MIGRATIONS, behind
from aethel.store.opening import open_database, store_name
from aethel.store.sql_database import SqlDatabase

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def commands() -> typer.Typer:
    """The commands below `aethel store`."""
    made = typer.Typer(
        help="The store of reservations and settlements.", no_args_is_help=True, epilog="Example: aethel store status"
    )
    made.command(epilog="Example: aethel store migrate")(migrate)
    made.command(epilog="Example: aethel store status --json")(status)
    return made


def status(as_json: AsJson = False) -> int:
    """Print which migrations the store has, and which are pending.

    The store is the one that AETHEL_STORE names. Exit code 1: it has to be migrated, or cannot be used by this program;
    69: it is away.
    """
    with _database() as database:
        found = database.status()
    problem = behind(found)
    if as_json:
        terminal.write_json(
            {
                "applied": [
                    {"number": one.number, "name": one.name, "applied_ms": one.applied_ms} for one in found.applied
                ],
                "pending": [{"number": one.number, "name": one.name} for one in found.pending],
                "problem": problem or None,
            }
        )
    else:
        cells = [(str(one.number), one.name, "applied") for one in found.applied]
        cells += [(str(one.number), one.name, "pending") for one in found.pending]
        terminal.out().print(terminal.table(("number", "migration", "state"), cells))
        terminal.say(terminal.out(), problem or f"the schema is {MIGRATIONS[-1].number}, as this program expects")
    return ExitCode.FAILED if problem else ExitCode.FINE


def migrate(as_json: AsJson = False) -> int:
    """Bring the store to the schema of this program, in one transaction, or say why it cannot be.

    A store that a newer program migrated is refused. Exit code 1: it cannot be migrated; 69: it is away.
    """
    with _database() as database:
        applied = database.migrate()
    if as_json:
        terminal.write_json({"applied": [{"number": one.number, "name": one.name} for one in applied]})
    else:
        for one in applied:
            terminal.say(terminal.out(), f"applied {one.number}: {one.name}")
        terminal.say(terminal.out(), f"the schema is {MIGRATIONS[-1].number}")
    return ExitCode.FINE


@contextmanager
def _database() -> Iterator[SqlDatabase]:
    """The configured database; raises CommandError for whatever goes wrong with it."""
    settings = environment.settings()
    if settings.store is None:
        raise usage(f"{STORE.name} is `none`, expected the store that is meant")
    try:
        database = open_database(store_name(settings.store, settings.state_dir))
    except StoreUnusable as error:
        raise usage(str(error)) from error
    try:
        yield database
    except StoreUnusable as error:
        raise CommandError(ExitCode.FAILED, str(error)) from error
    except StoreUnavailable as error:
        raise CommandError(ExitCode.UNREACHABLE, str(error)) from error
    finally:
        database.close()
