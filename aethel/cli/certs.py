"""`aethel certs`: certificates for a mesh on one machine."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aethel.cli import environment, terminal
from aethel.cli.exits import CommandError, ExitCode

if TYPE_CHECKING:
    from aethel.cli.development_certificates import Minted

FOLDER = "tls"
"""The folder of development certificates in the state folder."""


def commands() -> typer.Typer:
    """The commands below `aethel certs`."""
    made = typer.Typer(help="Certificates for development.", no_args_is_help=True, epilog="Example: aethel certs dev")
    made.callback()(_group)
    made.command(epilog='Example: eval "$(aethel certs dev)"')(dev)
    return made


def _group() -> None:
    """Certificates for development."""


def dev(
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where to write them; without it `tls` in AETHEL_STATE_DIR.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the settings as one JSON object.")] = False,
) -> int:
    """Mint an authority with a certificate for the processes of the mesh and one for a client, good for 30 days.

    Prints what a client has to set; `aethel up --tls` mints the same and starts the processes with theirs.
    """
    minted = minted_in(folder or environment.settings().state_dir.absolute() / FOLDER)
    if as_json:
        terminal.write_json({"client": minted.of_clients(), "processes": minted.of_processes()})
    else:
        for name, value in minted.of_clients().items():
            terminal.say(terminal.out(), f"export {name}={shlex.quote(value)}")
    return ExitCode.FINE


def minted_in(folder: Path) -> Minted:
    """New certificates in a folder; raises CommandError where they cannot be made."""
    try:
        from aethel.cli.development_certificates import mint  # noqa: PLC0415  not every installation has it
    except ModuleNotFoundError as error:
        raise CommandError(
            ExitCode.FAILED, "certificates are minted with `cryptography`: install aethel[mesh]"
        ) from error
    try:
        return mint(folder.absolute())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CommandError(ExitCode.FAILED, f"cannot write certificates to `{folder}`: {reason}") from error
