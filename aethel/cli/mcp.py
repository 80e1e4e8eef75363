"""`aethel mcp`: the mesh as tools for agents, over the Model Context Protocol on standard input and output."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from aethel.cli import environment
from aethel.cli.exits import CommandError, ExitCode
from aethel.cli.mesh_address import mesh_address


def mcp(
    mesh: Annotated[
        str | None,
        typer.Option("--mesh", metavar="HOST:PORT", help="The orchestrator; by default the one of this machine."),
    ] = None,
) -> int:
    """Serve a mesh to agents: tools that verify an intent, explain a rejection and propose a repair, and the language.

    Speaks the Model Context Protocol on standard input and output until its input ends.
    """
    try:
        from aethel.cli.agent_server import agent_server  # noqa: PLC0415  loads what few need
    except ModuleNotFoundError as error:
        if error.name not in ("mcp", "pydantic"):
            raise
        raise CommandError(ExitCode.FAULT, "the package `mcp` is not installed, expected the extra `mcp`") from error
    from aethel.client import AsyncClient  # noqa: PLC0415  as above

    settings = environment.settings()
    client = AsyncClient(str(mesh_address(mesh, settings)), deadline_ms=settings.request_timeout_ms)
    agent_server(client, version("aethel")).run("stdio")
    return ExitCode.FINE
