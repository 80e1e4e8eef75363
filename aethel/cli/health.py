"""`aethel health`: how every process of the mesh is."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.text import Text

from aethel.cli import environment, terminal
from aethel.cli.exits import ExitCode
from aethel.cli.mesh_life import expert_addresses
from aethel.cli.run_file import MeshRun, RunFile
from aethel.runtime.address import Address
from aethel.runtime.pulses import Condition, Pulse, pulses
from aethel.runtime.settings import Process, Settings


def health(
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> int:
    """Ask every process of the mesh how it is: those `aethel up` started here, else those at the set addresses.

    Exit code 1: a process is not as it should be. Exit code 69: the orchestrator cannot be reached, so that nobody is
    answered.
    """
    settings = environment.settings()
    run = RunFile(settings.state_dir.absolute()).read()
    found = asyncio.run(pulses(_addresses(run, settings), settings.access))
    if as_json:
        terminal.write_json({"processes": [_row(pulse, run) for pulse in found]})
    else:
        rows = [_cells(pulse, run) for pulse in found]
        terminal.out().print(terminal.table(("process", "address", "pid", "condition", "ms"), rows))
    code = _exit(found, run)
    if code is ExitCode.UNREACHABLE:
        terminal.say(terminal.err(), "the orchestrator does not answer; a mesh is started with `aethel up --detach`")
    return code


def _addresses(run: MeshRun | None, settings: Settings) -> dict[Process, Address]:
    if run is not None:
        return {one.process: one.address for one in run.processes}
    return {**expert_addresses(settings), Process.ORCHESTRATOR: settings.listen}


def _exit(found: tuple[Pulse, ...], run: MeshRun | None) -> ExitCode:
    by_process = {pulse.process: pulse.condition for pulse in found}
    if by_process.get(Process.ORCHESTRATOR) in {None, Condition.UNREACHABLE, Condition.STRANGE}:
        return ExitCode.UNREACHABLE
    is_serving = all(condition is Condition.SERVING for condition in by_process.values())
    is_whole = run is None or len(run.running) == len(run.processes)
    return ExitCode.FINE if is_serving and is_whole else ExitCode.FAILED


def _pid(pulse: Pulse, run: MeshRun | None) -> tuple[int | None, bool]:
    """The pid of a process that `aethel up` started, and whether it still runs."""
    for one in () if run is None else run.processes:
        if one.process is pulse.process:
            return one.pid, one.is_running
    return None, False


def _cells(pulse: Pulse, run: MeshRun | None) -> tuple[str | Text, ...]:
    pid, is_running = _pid(pulse, run)
    shown_pid = "" if pid is None else str(pid) if is_running else f"{pid} is gone"
    is_well = pulse.condition is Condition.SERVING
    condition = Text(pulse.condition.value, style="green" if is_well else "red")
    return pulse.process.value, str(pulse.address), shown_pid, condition, f"{pulse.latency_ms:.0f}"


def _row(pulse: Pulse, run: MeshRun | None) -> dict[str, object]:
    pid, is_running = _pid(pulse, run)
    return {
        "process": pulse.process.value,
        "address": str(pulse.address),
        "pid": pid,
        "is_running": is_running if pid is not None else None,
        "condition": pulse.condition.name,
        "latency_ms": round(pulse.latency_ms, 3),
    }
