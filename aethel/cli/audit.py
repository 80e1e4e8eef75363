"""`aethel audit`: the record of every answer, whether it is whole, and proofs that a record is in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import audit_checker
from aethel.audit.examine import Problem
from aethel.cli import terminal
from aethel.cli.audit_proof import proof_of, record_row, root_row
from aethel.cli.audit_view import payload_of, payload_row, problem_row, time_of
from aethel.cli.exits import ExitCode, usage
from aethel.cli.open_log import named, open_log
from aethel.cli.terminal import printable
from aethel.cli.texts import unreadable
from aethel.store.audit_log import Examination

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Named = Annotated[str, typer.Argument(metavar="RECORD", help="`WRITER:SEQUENCE`, or an id: its newest record.")]

SHOWN_PROBLEMS = 100
"""Problems listed; all of them are counted."""

_HASH_DIGITS = 64


def commands() -> typer.Typer:
    """The commands below `aethel audit`."""
    made = typer.Typer(help="The audit log.", no_args_is_help=True, epilog="Example: aethel audit verify")
    made.command(epilog="Example: aethel audit verify --json")(verify)
    made.command("list", epilog="Example: aethel audit list --most 5")(list_)
    made.command(epilog="Example: aethel audit show pay-1")(show)
    made.command(epilog="Example: aethel audit prove pay-1 --out proof.json")(prove)
    made.command(epilog="Example: aethel audit check proof.json")(check)
    made.command(epilog="Example: aethel audit roots --json")(roots)
    made.command(epilog="Example: aethel audit expire --days 365")(expire)
    made.command(epilog="Example: aethel audit redact pay-1")(redact)
    return made


def verify(
    root: Annotated[
        list[str] | None, typer.Option("--root", help="The hash of a root as `roots` once printed it; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Follow the chain of every writer, and name what is missing, altered or moved.

    A log that was cut off at its end together with its roots looks whole: only a root that was kept elsewhere shows it,
    given with --root. Exit code 1: something is wrong; 69: the store is away.
    """
    digests = [_digest(one) for one in root or ()]
    counted, shown, count = Examination(), list[Problem](), 0
    with open_log() as log:
        for problem in log.examine(counted):
            count += 1
            if len(shown) < SHOWN_PROBLEMS:
                shown.append(problem)
        lost = [digest.hex() for digest in digests if not log.has_root(digest)]
    if as_json:
        terminal.write_json(
            {
                "whole": not (count or lost),
                "writers": counted.writers,
                "records": counted.records,
                "batches": counted.batches,
                "erased_payloads": counted.erased,
                "problem_count": count + len(lost),
                "problems": [problem_row(one) for one in shown],
                "lost_roots": lost,
            }
        )
        return ExitCode.FAILED if count or lost else ExitCode.FINE
    for problem in shown:
        terminal.say(terminal.out(), printable(f"{problem.writer}: {problem.wrong.value}: {problem.sentence}"))
    if count > len(shown):
        terminal.say(terminal.out(), f"and {count - len(shown)} more")
    for digest in lost:
        terminal.say(terminal.out(), f"the root {digest} is not in the log: it was cut off or made anew")
    sizes = f"{counted.records} records of {counted.writers} writers in {counted.batches} batches"
    erased = f", {counted.erased} payloads erased" if counted.erased else ""
    terminal.say(terminal.out(), f"{sizes}{erased}: {'not whole' if count or lost else 'whole'}")
    return ExitCode.FAILED if count or lost else ExitCode.FINE


def list_(
    most: Annotated[int, typer.Option("--most", min=1, max=10_000, help="How many at most.")] = 20,
    transaction_id: Annotated[str | None, typer.Option("--id", help="Only those about this id.")] = None,
    as_json: AsJson = False,
) -> int:
    """List records, the newest first."""
    with open_log() as log:
        found = log.newest(most) if transaction_id is None else log.of_id(transaction_id, most)
    if as_json:
        for record in found:
            terminal.write_json(record_row(record))
        return ExitCode.FINE
    cells = [
        tuple(map(printable, (one.name, time_of(one), one.kind, one.client, one.id, one.outcome))) for one in found
    ]
    terminal.out().print(terminal.table(("record", "time", "kind", "client", "id", "outcome"), cells))
    return ExitCode.FINE


def show(record: Named, as_json: AsJson = False) -> int:
    """Show one record: who asked, what was answered, by which rules and thresholds.

    With --json all of it. Exit code 1: there is no such record.
    """
    with open_log() as log:
        found = named(log, record)
    payload = payload_of(found)
    if as_json:
        terminal.write_json(
            record_row(found) | {"hash": found.hash.hex(), "payload": None if payload is None else payload_row(payload)}
        )
        return ExitCode.FINE
    lines = [("record", found.name), ("time", time_of(found)), ("kind", found.kind), ("client", found.client)]
    lines += [("id", found.id), ("outcome", found.outcome), ("payload digest", found.digest.hex())]
    if payload is None:
        lines.append(("payload", "erased" if found.payload is None else "none"))
    elif payload.result is not None:
        lines += [("reason", payload.result.reason), ("program", payload.result.program_digest or "none")]
        lines += [
            (one.expert_name, f"{one.verdict.value} ({one.source.value}) {one.version[:16]}")
            for one in payload.result.expert_verdicts
        ]
    terminal.out().print(
        terminal.table(("field", "value"), [(printable(name), printable(text)) for name, text in lines])
    )
    return ExitCode.FINE


def prove(
    record: Named,
    out: Annotated[str | None, typer.Option("--out", metavar="FILE", help="Where the proof is written.")] = None,
) -> int:
    """Write a proof that a record is under the root over its batch, with its payload; `check` reads it.

    Exit code 1: there is no such record, or the log around it is not whole.
    """
    with open_log() as log:
        data = proof_of(log, named(log, record))
    if out is None:
        sys.stdout.write(data.decode())
        return ExitCode.FINE
    try:
        Path(out).write_bytes(data)
    except (OSError, ValueError) as error:
        raise unreadable(out, error) from error
    terminal.say(terminal.out(), f"the proof is in {printable(out)}, under the root {audit_checker.check(data)}")
    return ExitCode.FINE


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A proof, as `prove` wrote it.")],
    root: Annotated[str, typer.Option("--root", help="The root it has to be under, as it was kept elsewhere.")] = "",
    as_json: AsJson = False,
) -> int:
    """Check a proof, as `audit_checker.py` does, without the log. Exit code 1: it proves nothing."""
    if root:
        _digest(root)
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(audit_checker.MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        raise unreadable(file, error) from error
    try:
        found, reason = audit_checker.check(data, root), ""
    except audit_checker.Refused as refused:
        found, reason = "", str(refused)
    if as_json:
        terminal.write_json({"holds": not reason, "root": found or None, "reason": reason})
    else:
        sentence = f"refused: {reason}" if reason else f"the record is under the root {found}"
        terminal.say(terminal.out(), printable(sentence))
    return ExitCode.FAILED if reason else ExitCode.FINE


def roots(as_json: AsJson = False) -> int:
    """Print the newest root of each writer, to be kept where nobody who can write the log can write."""
    with open_log() as log:
        found = log.last_roots()
    if as_json:
        for root in found:
            terminal.write_json(root_row(root) | {"hash": root.hash.hex()})
        return ExitCode.FINE
    cells = [(printable(root.writer), str(root.last), root.hash.hex()) for root in found]
    terminal.out().print(terminal.table(("writer", "records", "root"), cells))
    return ExitCode.FINE


def expire(
    days: Annotated[int, typer.Option("--days", min=0, max=36_500, help="Keep payloads that are younger.")],
    as_json: AsJson = False,
) -> int:
    """Erase the payloads of old records, and record that; the chains still verify."""
    with open_log() as log:
        count = log.expire(days)
    if as_json:
        terminal.write_json({"erased": count})
    else:
        terminal.say(terminal.out(), f"{count} payloads are erased")
    return ExitCode.FINE


def redact(record: Named, as_json: AsJson = False) -> int:
    """Erase the payload of one record, and record that; the chain still verifies."""
    with open_log() as log:
        found = named(log, record)
        log.redact(found)
    if as_json:
        terminal.write_json({"erased": found.name})
    else:
        terminal.say(terminal.out(), printable(f"the payload of {found.name} is erased"))
    return ExitCode.FINE


def _digest(text: str) -> bytes:
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(text) != _HASH_DIGITS or len(digest) * 2 != _HASH_DIGITS:
        raise usage(
            f"the root `{printable(text[:_HASH_DIGITS])}` is no hash, expected {_HASH_DIGITS} hexadecimal digits"
        )
    return digest
