"""The life of a mesh on this machine: start its processes in the order they need one another, stop them in reverse."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aethel.cli.held_process import HeldProcess, hold, wait_for_end
from aethel.cli.run_file import MeshProcess, MeshRun
from aethel.cli.spawning import Child, spawn, until_ready
from aethel.cli.stop_signals import StopSignals
from aethel.runtime.address import Address
from aethel.runtime.settings import DEFAULT_PORTS, Process, Settings

FREE_PORT = Address("127.0.0.1", 0)
"""Any free port of this machine."""

HURRY_S = 5.0
"""Time left to a process after the second request to stop, in seconds; it cancels its requests and ends."""

KILL_S = 5.0
"""Time the machine has to take away a killed process, in seconds."""

EXPERTS = (Process.Z3, Process.SENTINEL, Process.GUARDIAN)


@dataclass(frozen=True, slots=True)
class Mesh:
    """A mesh that this command started, so that its processes are this command's children."""

    run: MeshRun
    children: tuple[Child, ...]

    def reap(self) -> None:
        """Ask about every child that has ended, so that none stays behind as a zombie."""
        for child in self.children:
            child.popen.poll()


@dataclass(frozen=True, slots=True)
class Stopped:
    """What became of processes that were asked to stop; `left` are those that even SIGKILL did not end."""

    ended: tuple[Process, ...]
    killed: tuple[Process, ...]
    left: tuple[Process, ...]


def start_mesh(
    environ: Mapping[str, str],
    settings: Settings,
    log_folder: Path,
    *,
    free_ports: bool = False,
    with_http: bool = False,
    signals: StopSignals | None = None,
) -> Mesh:
    """Start the experts, then the orchestrator with their addresses, and return once all are ready.

    `with_http` starts the HTTP face after them, on its default port. Each listens where the settings say, or on a free
    port. Raises `StartError` or `Interrupted`; nothing is left running then.
    """
    log_folder.mkdir(parents=True, exist_ok=True)
    wake_fd = None if signals is None else signals.wake_fd
    children: list[Child] = []
    try:
        for process in EXPERTS:
            told = _environ_of_expert(environ, settings, process, free_ports=free_ports)
            children.append(spawn(process, told, log_folder / f"{process}.log"))
        experts = until_ready(children, wake_fd)
        told = _environ_of_orchestrator(environ, settings, experts, free_ports=free_ports)
        children.append(spawn(Process.ORCHESTRATOR, told, log_folder / f"{Process.ORCHESTRATOR}.log"))
        mesh = (*experts, *until_ready(children[-1:], wake_fd))
        if with_http:
            told = _environ_of_http(environ, settings, mesh, free_ports=free_ports)
            children.append(spawn(Process.HTTP, told, log_folder / f"{Process.HTTP}.log"))
            mesh = (*mesh, *until_ready(children[-1:], wake_fd))
        run = MeshRun(mesh)
    except BaseException:
        for child in children:
            child.discard()
        raise
    return Mesh(run, tuple(children))


def expert_addresses(settings: Settings) -> Mapping[Process, Address]:
    """Where the settings say that the experts are; of several replicas the first, which is the one started here."""
    return {
        Process.Z3: settings.z3_addresses[0],
        Process.SENTINEL: settings.sentinel_addresses[0],
        Process.GUARDIAN: settings.guardian_addresses[0],
    }


def _environ_of_expert(
    environ: Mapping[str, str], settings: Settings, process: Process, *, free_ports: bool
) -> dict[str, str]:
    listen = FREE_PORT if free_ports else expert_addresses(settings)[process]
    told = dict(environ) | {"AETHEL_LISTEN": str(listen)}
    if settings.metrics_listen is not None:
        # One variable cannot name four sockets: the orchestrator has the address, the experts free ports beside it.
        told["AETHEL_METRICS_LISTEN"] = str(Address(settings.metrics_listen.host, 0))
    return told


def _environ_of_orchestrator(
    environ: Mapping[str, str], settings: Settings, experts: Sequence[MeshProcess], *, free_ports: bool
) -> dict[str, str]:
    told = dict(environ) | {"AETHEL_LISTEN": str(FREE_PORT if free_ports else settings.listen)}
    return told | {f"AETHEL_{one.process.value.upper()}_ADDRESS": str(one.address) for one in experts}


def _environ_of_http(
    environ: Mapping[str, str], settings: Settings, mesh: Sequence[MeshProcess], *, free_ports: bool
) -> dict[str, str]:
    listen = FREE_PORT if free_ports else Address(settings.listen.host, DEFAULT_PORTS[Process.HTTP])
    told = dict(environ) | {f"AETHEL_{one.process.value.upper()}_ADDRESS": str(one.address) for one in mesh}
    told["AETHEL_LISTEN"] = str(listen)
    if settings.metrics_listen is not None:
        told["AETHEL_METRICS_LISTEN"] = str(Address(settings.metrics_listen.host, 0))
    return told


def stop_mesh(run: MeshRun, grace_s: float, signals: StopSignals | None = None) -> Stopped:
    """Stop what runs of a mesh, each before those it still needs for the requests in flight.

    Each group has `grace_s` seconds after SIGTERM, then SIGKILL; a further signal to this command hurries them.
    """
    parts = ((Process.HTTP,), (Process.ORCHESTRATOR,), EXPERTS)
    stages = [[one for one in run.processes if one.process in part] for part in parts]
    groups = [_stop(stage, grace_s, signals) for stage in stages if stage]
    return Stopped(
        ended=tuple(process for group in groups for process in group.ended),
        killed=tuple(process for group in groups for process in group.killed),
        left=tuple(process for group in groups for process in group.left),
    )


def _stop(group: Sequence[MeshProcess], grace_s: float, signals: StopSignals | None) -> Stopped:
    names = {one.pid: one.process for one in group}
    with hold((one.pid, one.started) for one in group) as held:
        late = _asked_to_stop(held, grace_s, signals)
        for process in late:
            process.send(signal.SIGKILL)
        left = {process.pid for process in wait_for_end(late, KILL_S)}
        killed = {process.pid for process in late} - left
        ended = {process.pid for process in held} - left - killed
    return Stopped(*(tuple(names[pid] for pid in names if pid in pids) for pids in (ended, killed, left)))


def _asked_to_stop(held: Sequence[HeldProcess], grace_s: float, signals: StopSignals | None) -> tuple[HeldProcess, ...]:
    """Those that still run after a request to stop, and after a second one where somebody is in a hurry."""
    for process in held:
        process.send(signal.SIGTERM)
    left = wait_for_end(held, grace_s, None if signals is None else signals.wake_fd)
    if signals is None or not signals.take():
        return left
    for process in left:
        process.send(signal.SIGTERM)
    return wait_for_end(left, HURRY_S)
