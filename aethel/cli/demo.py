"""`aethel demo`: a mesh on free ports, a tour of real intents, public data, lost experts, and what came of it all."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.text import Text

from aethel.cli import environment, terminal
from aethel.cli.demo_steps import Demo
from aethel.cli.exits import CommandError, ExitCode
from aethel.cli.lights import GREEN, RED
from aethel.cli.mesh_life import Mesh, start_mesh, stop_mesh
from aethel.cli.spawning import StartError
from aethel.cli.tour import EXAMPLES, read_tour
from aethel.runtime.settings import Process, Settings

_STOP_S = 10.0
"""Time the processes have to stop, in seconds; nothing is asked of them any more."""


def demo(
    examples: Annotated[Path, typer.Option("--examples", metavar="FOLDER", help="Where the tour is.")] = EXAMPLES,
    as_json: Annotated[bool, typer.Option("--json", help="Print nothing but the steps as JSON, at the end.")] = False,
) -> int:
    """Start a mesh on free ports, verify a tour of intents and a sample of public data, kill experts, stop.

    Exit code 0: every step came out as expected; 1: one did not.
    """
    started_s = time.monotonic()
    settings = environment.settings()
    tour = read_tour(examples)
    with _terminated_like_interrupted(), tempfile.TemporaryDirectory(prefix="aethel-demo-") as folder:
        mesh = _start(settings, Path(folder), is_quiet=as_json)
        address = mesh.run.address_of(Process.ORCHESTRATOR)
        assert address is not None
        shown = Demo(settings, address, as_json)
        try:
            shown.show_tour(tour)
            shown.show_corpora()
            shown.show_losses(mesh, tour[0])
            shown.say("")
        finally:
            stopped = stop_mesh(mesh.run, _STOP_S)
            mesh.reap()
    shown.note_stopped(is_clean=not (stopped.killed or stopped.left))
    return _sum_up(shown, time.monotonic() - started_s)


def _start(settings: Settings, folder: Path, *, is_quiet: bool) -> Mesh:
    if not is_quiet:
        terminal.say(terminal.out(), "starting four processes on free ports of this machine")
    try:
        mesh = start_mesh(os.environ, settings, folder, free_ports=True)
    except StartError as error:
        raise CommandError(ExitCode.FAILED, str(error)) from error
    if not is_quiet:
        rows = [(one.process.value, str(one.address), str(one.pid)) for one in mesh.run.processes]
        terminal.out().print(terminal.table(("process", "address", "pid"), rows))
    return mesh


def _sum_up(shown: Demo, elapsed_s: float) -> int:
    right = sum(step.is_right for step in shown.steps)
    is_right = right == len(shown.steps)
    if shown.is_quiet:
        steps = [asdict(step) | {"is_right": step.is_right} for step in shown.steps]
        terminal.write_json({"steps": steps, "is_right": is_right, "elapsed_s": round(elapsed_s, 3)})
    else:
        sentence = f"{right} of {len(shown.steps)} steps came out as expected, in {elapsed_s:.1f} s"
        terminal.say(terminal.out(), Text(sentence, style=f"bold {GREEN if is_right else RED}"))
    return ExitCode.FINE if is_right else ExitCode.FAILED


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM ends the block like Ctrl-C, so that no process of the demo outlives it.

    Ctrl-C itself works too where the program was started with it ignored, as shells do in the background.
    """
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        signal.SIGTERM: signal.signal(signal.SIGTERM, _interrupt),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  the signature is Python's
    signal.raise_signal(signal.SIGINT)
