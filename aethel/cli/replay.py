"""`aethel replay`: decides once more what was recorded, here or at another mesh, and says what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from aethel.audit.record import Kind, Record
from aethel.audit.replay import Comparison
from aethel.cli import environment, terminal
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.cli.mesh_address import mesh_address
from aethel.cli.open_log import named, open_log
from aethel.cli.replaying import Judge, Skipped, here, there
from aethel.cli.terminal import printable
from aethel.store.audit_log import AuditLog

SHOWN_DIFFERENCES = 5
"""Differing parts of one answer that are listed; `--json` has all."""


@dataclass(slots=True)
class _Counts:
    """How many records were decided again, and what came of them."""

    same: int = 0
    different: int = 0
    flipped: int = 0
    skipped: int = 0


def replay(
    record: Annotated[
        str | None, typer.Argument(metavar="RECORD", help="`WRITER:SEQUENCE`, or an id: its newest record.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every decision in the log.")] = False,
    against: Annotated[
        str | None, typer.Option("--against", metavar="HOST:PORT", help="Ask this mesh, by the rules it has.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each record.")] = False,
) -> int:
    """Decide recorded questions once more from what the log holds, and compare the answers byte by byte.

    Times, the solver's work and the words that tell how something was proved are left out of the comparison; which
    experts were away and what the state said are taken as recorded. What is listed is what differs.

    Exit code 0: every answer is the same, or with --against none approves what the other rejects; 1: one differs;
    2: a record could not be decided again; 69: the store or the mesh is away.
    """
    if (record is None) == (not every):
        raise usage("expected one of RECORD and --all")
    settings = environment.settings()
    counts = _Counts()
    with (
        open_log() as log,
        here(settings) if against is None else there(mesh_address(against, settings), settings) as (judge),
    ):
        for one in _chosen(log, record):
            _tell(one, _judged(judge, one), counts, as_json=as_json, only_flips=against is not None)
    if not as_json:
        terminal.say(
            terminal.out(),
            f"{counts.same} the same, {counts.different} different, {counts.flipped} of them between APPROVED and "
            f"REJECTED, {counts.skipped} not decided again",
        )
    if counts.flipped or (counts.different and against is None):
        return ExitCode.FAILED
    return ExitCode.UNCERTAIN if counts.skipped else ExitCode.FINE


def _chosen(log: AuditLog, record: str | None) -> Iterator[Record]:
    if record is None:
        yield from log.decisions()
        return
    found = named(log, record, Kind.DECISION)
    if found.kind != Kind.DECISION.value:
        raise CommandError(ExitCode.FAILED, f"the record `{found.name}` is no decision of experts, expected one")
    yield found


def _judged(judge: Judge, record: Record) -> Comparison | Skipped:
    try:
        return judge(record)
    except Skipped as skipped:
        return skipped


def _tell(record: Record, outcome: Comparison | Skipped, counts: _Counts, *, as_json: bool, only_flips: bool) -> None:
    if isinstance(outcome, Skipped):
        counts.skipped += 1
        if as_json:
            terminal.write_json({"record": record.name, "id": record.id, "same": None, "reason": str(outcome)})
        else:
            terminal.say(terminal.out(), printable(f"{record.name} {record.id}: not decided again: {outcome}"))
        return
    counts.same += outcome.is_same
    counts.different += not outcome.is_same
    counts.flipped += outcome.is_flipped
    if as_json:
        terminal.write_json(
            {
                "record": record.name,
                "id": record.id,
                "same": outcome.is_same,
                "before": outcome.before.value,
                "after": outcome.after.value,
                "differences": list(outcome.differences),
            }
        )
    elif outcome.is_flipped or not (outcome.is_same or only_flips):
        change = f"{outcome.before.value} → {outcome.after.value}"
        terminal.say(terminal.out(), printable(f"{record.name} {record.id}: {change}: {_listed(outcome.differences)}"))


def _listed(differences: Iterable[str]) -> str:
    names = list(differences)
    more = f" and {len(names) - SHOWN_DIFFERENCES} more" if len(names) > SHOWN_DIFFERENCES else ""
    return ", ".join(names[:SHOWN_DIFFERENCES]) + more
