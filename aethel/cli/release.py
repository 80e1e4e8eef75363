"""`aethel release`: give back what an approval reserved."""

from __future__ import annotations

from typing import Annotated

import typer

from aethel.cli import terminal
from aethel.cli.exits import ExitCode
from aethel.cli.settling import AsJson, Mesh, ask, refused
from aethel.cli.terminal import printable
from aethel.cli.token_file import read_token
from aethel.runtime.faults import RequestFault


def release(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A token or an answer that bears it, or `-`.")],
    mesh: Mesh = None,
    as_json: AsJson = False,
) -> int:
    """Give back what an approval reserved and nobody will redeem, so that others can have it at once.

    Exit code 0: released; 1: refused, such as a token that was redeemed; 69: no mesh answers.
    """
    token = read_token(file)
    try:
        name = ask(mesh, lambda remote, deadline_ms: remote.release(token, deadline_ms))
    except RequestFault as fault:
        return refused(fault, as_json=as_json)
    if as_json:
        terminal.write_json({"id": name})
    else:
        terminal.say(terminal.out(), f"{printable(name)} is released")
    return ExitCode.FINE
