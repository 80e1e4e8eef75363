"""`aethel result`: what the mesh keeps of an id."""

from __future__ import annotations

from typing import Annotated

import typer

from aethel.cli import answer_view, terminal
from aethel.cli.exits import ExitCode
from aethel.cli.settling import AsJson, Mesh, ask, refused
from aethel.cli.terminal import printable
from aethel.runtime.faults import RequestFault
from aethel.wire.rows import result_to_row


def result(
    transaction_id: Annotated[str, typer.Argument(metavar="TX", help="Identifier of a transaction of this client.")],
    mesh: Mesh = None,
    as_json: AsJson = False,
) -> int:
    """Print the answer that was given to an id, and where the id is in its life now.

    Exit code 0: something is kept of the id, whatever the answer; 1: nothing is; 69: no mesh answers.
    """
    try:
        kept = ask(mesh, lambda remote, deadline_ms: remote.result(transaction_id, deadline_ms))
    except RequestFault as fault:
        return refused(fault, as_json=as_json)
    if as_json:
        answer = None if kept.result is None else result_to_row(kept.result)
        terminal.write_json(
            {"id": transaction_id, "phase": kept.phase, "expires_ms": kept.expires_ms, "result": answer}
        )
        return ExitCode.FINE
    terminal.say(terminal.out(), f"{printable(transaction_id)} is {kept.phase.lower()}")
    if kept.result is not None:
        answer_view.show(terminal.out(), kept.result, "")
    return ExitCode.FINE
