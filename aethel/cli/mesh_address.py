"""Where the mesh is, and what is said when it is not there."""

from __future__ import annotations

from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.cli.run_file import RunFile
from aethel.runtime.address import Address, parse_address
from aethel.runtime.settings import Process, Settings
from aethel.wire.absence import Absence, MeshUnavailable


def mesh_address(given: str | None, settings: Settings) -> Address:
    """The orchestrator's address: as given, else as `aethel up` started it here, else where it listens by its settings.

    Raises `CommandError` where the given one is no address.
    """
    if given is not None:
        address = parse_address(given)
        if address is None or address.port == 0:
            raise usage(f"mesh `{given}` is no address, expected `host:port` such as `127.0.0.1:50050`")
        return address
    run = RunFile(settings.state_dir.absolute()).read()
    started_here = None if run is None else run.address_of(Process.ORCHESTRATOR)
    return started_here or settings.listen


def no_answer(address: Address, absence: MeshUnavailable) -> CommandError:
    """The end of a command that the mesh did not answer."""
    if absence.reason is Absence.UNREACHABLE:
        sentence = (
            f"no mesh answers at `{address}`; start one with `aethel up --detach`, name another one with `--mesh`, "
            "or do without with `--local`"
        )
        return CommandError(ExitCode.UNREACHABLE, sentence)
    return CommandError(ExitCode.UNREACHABLE, f"the mesh at `{address}` gave no answer: {absence}")
