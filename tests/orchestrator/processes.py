"""Processes of the mesh as an operator starts them: each says in one line where it listens, and logs JSON lines."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from aethel.runtime.address import Address, parse_address
from aethel.runtime.channel import open_channel
from aethel.runtime.settings import Process
from aethel.wire.client import RemoteMesh
from tests.tools import REPOSITORY

MODULES = {
    Process.Z3: "services.z3_expert",
    Process.SENTINEL: "services.sentinel",
    Process.GUARDIAN: "services.guardian",
    Process.ORCHESTRATOR: "services.orchestrator",
    Process.HTTP: "services.http_face",
}
ADDRESSES = {
    Process.Z3: "AETHEL_Z3_ADDRESS",
    Process.SENTINEL: "AETHEL_SENTINEL_ADDRESS",
    Process.GUARDIAN: "AETHEL_GUARDIAN_ADDRESS",
}
START_S = 30.0
"""Time a process has to get ready, in seconds; it takes about one."""

PATIENT = {
    "AETHEL_SENTINEL_TIMEOUT": "1500",
    "AETHEL_GUARDIAN_TIMEOUT": "1500",
    "AETHEL_Z3_TIMEOUT_NORMAL": "8000",
    "AETHEL_VERDICT_CACHE_BYTES": "0",
}
"""Timeouts that a busy machine keeps, so that a late expert in a test is one that was made late; and every question is
put to the experts, so that a test asks the ones it has changed.
"""

MAX_MESSAGE_BYTES = 4_194_304


@dataclass
class RunningProcess:
    """One process; `events` holds its log so far."""

    popen: asyncio.subprocess.Process
    address: Address
    metrics: str
    events: list[dict[str, object]] = field(default_factory=list)
    _grown: asyncio.Condition = field(default_factory=asyncio.Condition)
    _reader: asyncio.Task[None] | None = None

    def send(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)

    async def kill(self) -> None:
        """End it as a crash would, and wait until it is gone."""
        self.popen.kill()
        await self.popen.wait()

    async def stop(self) -> None:
        """End it whatever state it is in."""
        if self.popen.returncode is None:
            self.popen.kill()
            await self.popen.wait()
        if self._reader is not None:
            await self._reader

    def follow(self) -> None:
        """Begin to read its log."""
        self._reader = asyncio.create_task(self._read())

    async def logged(self, event: str, *, beyond: int = 0, **fields: str) -> dict[str, object]:
        """Wait for an event with these fields after the first `beyond` events."""
        async with asyncio.timeout(START_S), self._grown:
            while True:
                for one in self.events[beyond:]:
                    if one.get("event") == event and all(one.get(name) == value for name, value in fields.items()):
                        return one
                await self._grown.wait()

    async def _read(self) -> None:
        assert self.popen.stderr is not None
        async for line in self.popen.stderr:
            async with self._grown:
                self.events.append(json.loads(line))
                self._grown.notify_all()


async def start(process: Process, environ: Mapping[str, str]) -> RunningProcess:
    """Start a process and wait until it is ready; it listens on a free port unless told otherwise."""
    popen = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        MODULES[process],
        cwd=REPOSITORY,
        env=clean_environ({"AETHEL_LISTEN": "127.0.0.1:0", "AETHEL_METRICS_LISTEN": "127.0.0.1:0", **environ}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert popen.stdout is not None
    async with asyncio.timeout(START_S):
        line = await popen.stdout.readline()
    if not line:
        assert popen.stderr is not None
        raise AssertionError((await popen.stderr.read()).decode())
    said = json.loads(line)
    address = parse_address(said["address"])
    assert address is not None
    running = RunningProcess(popen, address, said["metrics"])
    running.follow()
    return running


def clean_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """This environment without its own settings of the mesh."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AETHEL_")}
    return {**kept, **environ}


@dataclass
class RunningMesh:
    """Three experts, an orchestrator, and a client."""

    processes: dict[Process, RunningProcess]
    client: RemoteMesh

    @property
    def orchestrator(self) -> RunningProcess:
        return self.processes[Process.ORCHESTRATOR]

    async def restart(self, process: Process) -> None:
        """Start a dead expert again where it was, and wait until the orchestrator has found it."""
        seen = len(self.orchestrator.events)
        old = self.processes[process]
        await old.stop()
        self.processes[process] = await start(process, {**PATIENT, "AETHEL_LISTEN": str(old.address)})
        await self.orchestrator.logged("an expert is connected", beyond=seen, expert=process.value)


@asynccontextmanager
async def running_experts() -> AsyncIterator[dict[Process, RunningProcess]]:
    """The three experts."""
    experts = (Process.Z3, Process.SENTINEL, Process.GUARDIAN)
    processes: dict[Process, RunningProcess] = {}
    try:
        started = await asyncio.gather(*(start(process, PATIENT) for process in experts))
        processes.update(zip(experts, started, strict=True))
        yield processes
    finally:
        for process in processes.values():
            await process.stop()


@asynccontextmanager
async def running_orchestrator(
    addresses: Mapping[Process, Address], environ: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[RunningProcess, RemoteMesh]]:
    """An orchestrator over experts at these addresses, and a client of it."""
    found = {ADDRESSES[process]: str(address) for process, address in addresses.items()}
    async with AsyncExitStack() as stack:
        orchestrator = await start(Process.ORCHESTRATOR, {**PATIENT, **found, **(environ or {})})
        stack.push_async_callback(orchestrator.stop)
        channel = await stack.enter_async_context(open_channel(orchestrator.address, MAX_MESSAGE_BYTES))
        yield orchestrator, RemoteMesh(channel)


@asynccontextmanager
async def running_mesh() -> AsyncIterator[RunningMesh]:
    """All four processes and a client."""
    async with running_experts() as experts:
        addresses = {process: running.address for process, running in experts.items()}
        async with running_orchestrator(addresses) as (orchestrator, client):
            experts[Process.ORCHESTRATOR] = orchestrator
            yield RunningMesh(experts, client)
