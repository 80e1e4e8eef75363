"""`aethel up`: the four processes of the mesh on this machine, watched until Ctrl-C or left running."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console

from aethel.cli import environment, terminal
from aethel.cli.certs import FOLDER, minted_in
from aethel.cli.exits import CommandError, ExitCode
from aethel.cli.held_process import ended, hold
from aethel.cli.mesh_life import Mesh, Stopped, start_mesh, stop_mesh
from aethel.cli.run_file import MeshRun, RunFile, run_as_row
from aethel.cli.spawning import Interrupted, StartError
from aethel.cli.stop_signals import StopSignals, stop_signals
from aethel.runtime.settings import Process, Settings
from aethel.token.development import mint_development_key

GRACE_BEYOND_DRAIN_S = 5.0
"""Time beyond the drain that a process has to end, in seconds."""

_CONSEQUENCES = {
    Process.ORCHESTRATOR: "the mesh answers nobody",
    Process.HTTP: "the mesh answers nobody over HTTP",
}
"""What the loss of a process means, where it is no expert."""


def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Leave the mesh running and return.")] = False,
    free_ports: Annotated[bool, typer.Option("--free-ports", help="Pick free ports instead of the set ones.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print processes and addresses as JSON.")] = False,
    tls: Annotated[bool, typer.Option("--tls", help="Mint certificates and let nobody in without one.")] = False,
    http: Annotated[bool, typer.Option("--http", help="Serve JSON over HTTP too, on port 50080.")] = False,
) -> int:
    """Start the mesh on this machine: z3, sentinel, guardian, then the orchestrator that asks them.

    Each process listens where the settings say (`aethel config show`): the orchestrator at AETHEL_LISTEN, the experts
    at their AETHEL_…_ADDRESS. What runs is written to `mesh.json` in AETHEL_STATE_DIR, logs to `logs/` beside it.

    With --tls the processes show and demand certificates; `tls/client.pem` in AETHEL_STATE_DIR is a client's.

    Without --detach the command stays, says when a process is lost, and stops all at Ctrl-C; a second Ctrl-C cuts off
    what is still being answered. Exit code 1: the mesh did not start, or a process was lost while it ran.
    """
    settings = environment.settings()
    shown = minted_in(settings.state_dir / FOLDER).of_processes() if tls else {}
    run_file = RunFile(settings.state_dir.absolute())
    with stop_signals() as signals:
        with run_file.locked():
            told = {**os.environ, **shown}
            mesh = _start(told, settings, run_file, signals, free_ports=free_ports, with_http=http)
        _show(mesh.run, as_json=as_json)
        if detach:
            return ExitCode.FINE
        return _watch(mesh, run_file, settings, signals)


def _start(
    environ: Mapping[str, str],
    settings: Settings,
    run_file: RunFile,
    signals: StopSignals,
    *,
    free_ports: bool,
    with_http: bool,
) -> Mesh:
    before = run_file.read()
    if before is not None and before.running:
        named = ", ".join(f"{one.process} ({one.pid})" for one in before.running)
        raise CommandError(ExitCode.FAILED, f"a mesh is up already: {named}; stop it first: aethel down")
    if before is not None:
        terminal.say(terminal.err(), f"`{run_file.path}` speaks of a mesh that is gone; it is replaced")
    mint_development_key(settings)
    logs = run_file.folder / "logs"
    try:
        mesh = start_mesh(environ, settings, logs, free_ports=free_ports, with_http=with_http, signals=signals)
    except StartError as error:
        raise CommandError(ExitCode.FAILED, str(error)) from error
    except Interrupted as error:
        raise CommandError(ExitCode.INTERRUPTED, "stopped before the mesh was up") from error
    run_file.write(mesh.run)
    return mesh


def _show(run: MeshRun, *, as_json: bool) -> None:
    if as_json:
        terminal.write_json(run_as_row(run))
        return
    rows = [(one.process.value, str(one.address), str(one.pid), one.metrics or "off") for one in run.processes]
    terminal.out().print(terminal.table(("process", "address", "pid", "metrics"), rows))


def _watch(mesh: Mesh, run_file: RunFile, settings: Settings, signals: StopSignals) -> int:
    """Say what is lost until a signal comes or nothing is left; then stop the rest."""
    console = terminal.err()
    terminal.say(console, f"the mesh is up, logs are in `{run_file.folder / 'logs'}`; Ctrl-C stops it")
    lost = False
    with hold((one.pid, one.started) for one in mesh.run.processes) as held:
        running = {process.pid: process for process in held}
        for one in mesh.run.processes:
            if one.pid not in running:
                lost |= _said_lost(mesh, one.pid, console)
        while running and not signals.take():
            for pid in ended(running.values(), -1, signals.wake_fd):
                del running[pid]
                lost |= _said_lost(mesh, pid, console)
    if running:
        terminal.say(console, "stopping")
    stopped = stop_mesh(mesh.run, settings.drain_s + GRACE_BEYOND_DRAIN_S, signals)
    mesh.reap()
    run_file.remove(mesh.run)
    say_stopped(stopped, console)
    return ExitCode.FAILED if lost or stopped.left else ExitCode.FINE


def _said_lost(mesh: Mesh, pid: int, console: Console) -> bool:
    """Say what ended, and whether it is a loss: what `aethel down` stopped is none."""
    child = next(child for child in mesh.children if child.popen.pid == pid)
    code = child.popen.wait()
    if code == 0:
        terminal.say(console, f"the {child.process} process (pid {pid}) was stopped")
        return False
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    consequence = _CONSEQUENCES.get(child.process, "the mesh goes on without it, degraded")
    terminal.say(console, f"the {child.process} process (pid {pid}) {how}: {consequence}; see `{child.log}`")
    return True


def say_stopped(stopped: Stopped, console: Console) -> None:
    """Say how the processes ended."""
    if stopped.ended:
        terminal.say(console, f"stopped: {_listed(stopped.ended)}")
    if stopped.killed:
        terminal.say(console, f"killed, since they did not stop in time: {_listed(stopped.killed)}")
    if stopped.left:
        terminal.say(console, f"still there, since not even SIGKILL ended them: {_listed(stopped.left)}")


def _listed(processes: tuple[Process, ...]) -> str:
    return ", ".join(process.value for process in processes)
