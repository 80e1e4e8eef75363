"""`aethel store`: its schema and migrations, which only go forward, and the roots of logs that are trusted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from aethel.cli import environment, terminal
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.ledger.amounts import Refused
from aethel.ledger.merkle import SCHEMES
from aethel.ledger.merkle_reading import count_of, hash_of
from aethel.runtime.catalogue import STORE
from aethel.store.asked_proofs import log_name
from aethel.store.interface import StoreUnavailable, StoreUnusable
from aethel.store.migrations import MIGRATIONS, behind
from aethel.store.opening import open_database, store_name
from aethel.store.sql_database import SqlDatabase
from aethel.store.store import Store

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def commands() -> typer.Typer:
    """The commands below `aethel store`."""
    made = typer.Typer(
        help="The store of reservations and settlements.", no_args_is_help=True, epilog="Example: aethel store status"
    )
    made.command(epilog="Example: aethel store migrate")(migrate)
    made.command(epilog="Example: aethel store status --json")(status)
    made.command(epilog="Example: aethel store trust rfc6962-sha256 payments 1024 6e34…")(trust)
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


def trust(
    scheme: Annotated[str, typer.Argument(help="The hashing scheme that the root is pinned to.")],
    log: Annotated[str, typer.Argument(help="The name that proofs give the log.")],
    size: Annotated[str, typer.Argument(help="How many leaves the tree has.")],
    root: Annotated[str, typer.Argument(help="The root, as 64 lower-case hexadecimal digits.")],
) -> int:
    """Entrust the root of a log, from which proofs that name it are continued; it replaces the one accepted last.

    Exit code 69: the store is away.
    """
    leaves, digest = count_of(size), hash_of(root)
    if scheme not in SCHEMES:
        raise usage(f"the scheme is `{scheme}`, expected one of {', '.join(f'`{name}`' for name in SCHEMES)}")
    for found in (leaves, digest):
        if isinstance(found, Refused):
            raise usage(found.message)
    with _database() as database:
        Store(database).trust_root(log_name(scheme, log), int(size), root)
    terminal.say(terminal.out(), f"the tree of {size} leaves is trusted")
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
