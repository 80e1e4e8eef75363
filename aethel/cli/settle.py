"""`aethel settle`: redeem the token of an approval, once, before its money moves."""

from __future__ import annotations

from typing import Annotated

import typer

from aethel.cli import terminal
from aethel.cli.exits import ExitCode
from aethel.cli.settling import AsJson, Mesh, ask, refused
from aethel.cli.terminal import printable
from aethel.cli.token_file import read_token
from aethel.runtime.faults import RequestFault


def settle(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A token or an answer that bears it, or `-`.")],
    retry_key: Annotated[
        str,
        typer.Option("--retry-key", metavar="KEY", help="Made at random for this execution, kept until its end."),
    ] = "",
    mesh: Mesh = None,
    as_json: AsJson = False,
) -> int:
    """Redeem the token of an approval, once, before its money moves.

    Where no answer came, ask again with the same --retry-key: whoever shows the key of the settlement hears that it is
    settled, everybody else is refused. Exit code 0: settled, the money may move; 1: refused, it must not; 69: no mesh
    answers, and only a retry tells.
    """
    token = read_token(file)
    try:
        settled = ask(mesh, lambda remote, deadline_ms: remote.settle(token, deadline_ms, retry_key))
    except RequestFault as fault:
        return refused(fault, as_json=as_json)
    if as_json:
        terminal.write_json({"id": settled.transaction_id, "is_repeated": settled.is_repeated})
    else:
        before = ", as it was before" if settled.is_repeated else ""
        terminal.say(terminal.out(), f"{printable(settled.transaction_id)} is settled{before}")
    return ExitCode.FINE
