"""`aethel prepare`: prove an intent for all values ahead of time, and take home the certificate."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from aethel.cli import answer_view, environment, terminal
from aethel.cli.exits import CommandError, ExitCode, exit_of, usage
from aethel.cli.mesh_address import mesh_address, no_answer
from aethel.cli.terminal import printable
from aethel.cli.texts import read_text
from aethel.request import Question, Scope
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.faults import RequestFault
from aethel.runtime.settings import Settings
from aethel.wire.absence import MeshUnavailable
from aethel.wire.client import Preparation, RemoteMesh
from aethel.wire.rows import result_to_row


def prepare(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Text of an intent; `-` reads standard input.")],
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Where the certificate is written.")
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Run the experts in this process instead of asking a mesh.")
    ] = False,
    mesh: Annotated[
        str | None,
        typer.Option("--mesh", metavar="HOST:PORT", help="The orchestrator; by default the one of this machine."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> int:
    """Have an intent proved for all values, so that later questions about it need no solver.

    The certificate that -o writes can be checked by anybody with `aethel certify check`, without this mesh. Exit codes
    are those of `aethel verify`.
    """
    settings = environment.settings()
    if local and mesh is not None:
        raise usage("--local and --mesh are both given, expected at most one")
    text = read_text(file)
    made = _here(text, settings) if local else _by_mesh(text, mesh_address(mesh, settings), settings)
    if output is not None and made.certificate:
        _write(output, made.certificate)
    if as_json:
        terminal.write_json(result_to_row(made.answer) | {"certificate_bytes": len(made.certificate)})
        return exit_of(made.answer.consensus)
    console = terminal.out()
    answer_view.show(console, made.answer, text.decode("utf-8", "replace"))
    terminal.say(console, Text(f"program {made.answer.program_digest or 'none'}"))
    size = f"a certificate of {len(made.certificate)} bytes" if made.certificate else "no certificate"
    terminal.say(console, Text(size if output is None or not made.certificate else f"{size} in {printable(output)}"))
    return exit_of(made.answer.consensus)


def _here(text: bytes, settings: Settings) -> Preparation:
    from aethel.cli.local_panel import open_panel  # noqa: PLC0415  a mesh is asked without loading the experts

    question = Question(_identifier(), intent_text=text, scope=Scope.TEMPLATE, with_evidence=True)
    answer = open_panel(settings).ask(question)
    certificates = [verdict.certificate for verdict in answer.expert_verdicts if verdict.certificate]
    return Preparation(answer, b"".join(certificates[:1]))


def _by_mesh(text: bytes, address: Address, settings: Settings) -> Preparation:
    async def ask() -> Preparation:
        async with open_channel(address, settings.max_message_bytes, settings.access) as channel:
            return await RemoteMesh(channel).prepare(_identifier(), text, settings.request_timeout_ms)

    try:
        return asyncio.run(ask())
    except MeshUnavailable as absence:
        raise no_answer(address, absence) from absence
    except RequestFault as fault:
        raise usage(f"the mesh refuses the question: {fault.message}") from fault


def _identifier() -> str:
    return f"cli-{secrets.token_hex(6)}"


def _write(path: str, data: bytes) -> None:
    try:
        Path(path).write_bytes(data)
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise CommandError(ExitCode.USAGE, f"cannot write `{printable(path)}`: {reason.lower()}") from error
