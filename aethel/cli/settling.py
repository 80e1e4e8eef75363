"""Asks a mesh to settle, to release or for a result, and says in one place how it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from aethel.cli import environment, terminal
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.cli.mesh_address import mesh_address, no_answer
from aethel.runtime.channel import open_channel
from aethel.runtime.faults import Reason, RequestFault
from aethel.wire.absence import MeshUnavailable
from aethel.wire.settling import RemoteSettlement

Mesh = Annotated[
    str | None,
    typer.Option("--mesh", metavar="HOST:PORT", help="The orchestrator; by default the one here."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

T = TypeVar("T")

MALFORMED = frozenset({Reason.MALFORMED_MESSAGE, Reason.INVALID_REQUEST, Reason.REQUEST_TOO_LARGE})


def ask(mesh: str | None, asking: Callable[[RemoteSettlement, float], Awaitable[T]]) -> T:
    """What the mesh says; raises CommandError where it gives no answer, and RequestFault where it refuses."""
    settings = environment.settings()
    address = mesh_address(mesh, settings)

    async def asked() -> T:
        async with open_channel(address, settings.max_message_bytes, settings.access) as channel:
            return await asking(RemoteSettlement(channel), settings.request_timeout_ms)

    try:
        return asyncio.run(asked())
    except MeshUnavailable as absence:
        raise no_answer(address, absence) from absence
    except RequestFault as fault:
        if fault.reason in MALFORMED:
            raise usage(f"the mesh refuses the request: {fault.message}") from fault
        raise


def refused(fault: RequestFault, *, as_json: bool) -> int:
    """Say why the mesh refuses; the exit code of it."""
    if not as_json:
        raise CommandError(ExitCode.FAILED, f"refused ({fault.reason}): {fault.message}") from fault
    terminal.write_json({"refused": fault.reason.value, "message": fault.message})
    return ExitCode.FAILED
