"""The audit log in the configured store, and the records that people name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aethel.audit.record import Kind, Record
from aethel.cli import environment
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.cli.terminal import printable
from aethel.runtime.catalogue import STORE
from aethel.store.audit_log import AuditLog, NoRecord
from aethel.store.interface import StoreUnavailable, StoreUnusable
from aethel.store.opening import open_database, store_name


@contextmanager
def open_log() -> Iterator[AuditLog]:
    """The log of the store that AETHEL_STORE names; raises CommandError for whatever goes wrong with it."""
    settings = environment.settings()
    if settings.store is None:
        raise usage(f"{STORE.name} is `none`, expected the store that keeps the log")
    try:
        database = open_database(store_name(settings.store, settings.state_dir))
    except StoreUnusable as error:
        raise usage(str(error)) from error
    try:
        yield AuditLog(database)
    except (StoreUnusable, NoRecord) as error:
        raise CommandError(ExitCode.FAILED, printable(str(error))) from error
    except StoreUnavailable as error:
        raise CommandError(ExitCode.UNREACHABLE, str(error)) from error
    finally:
        database.close()


def named(log: AuditLog, name: str, kind: Kind | None = None) -> Record:
    """The record called `WRITER:SEQUENCE`, else the newest one about the transaction id, of the kind that is asked for.

    Raises NoRecord.
    """
    writer, _, sequence = name.rpartition(":")
    if writer and sequence.isascii() and sequence.isdecimal() and len(sequence) <= _MOST_DIGITS:
        try:
            return log.record(writer, int(sequence))
        except NoRecord:
            pass  # an id may look like a record's name
    found = [one for one in log.of_id(name, _MOST_LOOKED_AT) if kind is None or one.kind == kind.value]
    if not found:
        raise NoRecord(f"no record is called `{name}`, and none is about such an id")
    return found[0]


_MOST_LOOKED_AT = 100
"""Records of one id among which one of a kind is looked for."""


_MOST_DIGITS = 18
"""Digits of a sequence that every database holds."""
