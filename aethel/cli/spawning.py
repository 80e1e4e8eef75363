"""Starts one process of the mesh and reads from it where it listens."""

from __future__ import annotations

import json
import os
import selectors
import subprocess  # nosec B404
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aethel.cli.held_process import started
from aethel.cli.run_file import MeshProcess
from aethel.runtime.address import parse_address
from aethel.runtime.settings import Process

MODULES: Mapping[Process, str] = {
    Process.Z3: "services.z3_expert",
    Process.SENTINEL: "services.sentinel",
    Process.GUARDIAN: "services.guardian",
    Process.ORCHESTRATOR: "services.orchestrator",
    Process.HTTP: "services.http_face",
}
"""The module each process runs."""

READY_S = 30.0
"""Time a process has to say that it is ready, in seconds; it takes one, or a few on a busy machine."""

_READY_BYTES = 4_096
"""Longest ready line, in bytes."""

_TAIL_BYTES = 8_192
"""Bytes from the end of a log in which the sentence of a failed start is looked for."""


class StartError(Exception):
    """A process did not get ready; the text says which and why."""


class Interrupted(Exception):
    """A signal to stop came while a process was waited for."""


@dataclass(slots=True)
class Child:
    """A process that was started; `output` holds what it has written on its standard output so far."""

    process: Process
    popen: subprocess.Popen[bytes]
    log: Path
    output: bytes = b""

    def discard(self) -> None:
        """End it at once; nobody has asked it anything yet."""
        self.popen.kill()
        self.popen.wait()
        if self.popen.stdout is not None:
            self.popen.stdout.close()


def spawn(process: Process, environ: Mapping[str, str], log: Path) -> Child:
    """Start a process in a session of its own, so that Ctrl-C in the terminal reaches only the command itself."""
    with log.open("wb") as errors:
        popen = subprocess.Popen(
            [sys.executable, "-m", MODULES[process]],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )  # nosec B603
    return Child(process, popen, log)


def until_ready(children: Sequence[Child], wake_fd: int | None = None) -> tuple[MeshProcess, ...]:
    """What each child says it is, once all are ready.

    Raises `StartError` when one ends, says something else or is not ready in `READY_S`, and `Interrupted` as soon as
    `wake_fd` is readable.
    """
    deadline_s = time.monotonic() + READY_S
    with selectors.DefaultSelector() as selector:
        for child in children:
            assert child.popen.stdout is not None
            selector.register(child.popen.stdout, selectors.EVENT_READ, child)
        if wake_fd is not None:
            selector.register(wake_fd, selectors.EVENT_READ)
        waiting = len(children)
        while waiting:
            ready = selector.select(max(0.0, deadline_s - time.monotonic()))
            if not ready:
                late = next(key.data for key in selector.get_map().values() if key.data is not None)
                raise StartError(f"the {late.process} process is not ready after {READY_S:.0f} s, see `{late.log}`")
            for key, _ in ready:
                if key.data is None:
                    raise Interrupted
                if _has_whole_line(key.data, key.fd):
                    selector.unregister(key.fileobj)
                    waiting -= 1
    return tuple(_announced(child) for child in children)


def _has_whole_line(child: Child, handle: int) -> bool:
    """Read what is there; raises `StartError` when the child closed its output, which it does by ending."""
    chunk = os.read(handle, _READY_BYTES)
    child.output += chunk
    if not chunk:
        raise StartError(f"the {child.process} process did not start: {_last_words(child.log)}")
    if b"\n" not in child.output and len(child.output) >= _READY_BYTES:
        raise StartError(f"the {child.process} process wrote something else than its ready line")
    return b"\n" in child.output


def _announced(child: Child) -> MeshProcess:
    """The child as its ready line describes it; from here on nobody reads what it writes."""
    assert child.popen.stdout is not None
    child.popen.stdout.close()
    since = started(child.popen.pid)
    try:
        line = json.loads(child.output.split(b"\n")[0])
        address = parse_address(line["address"])
        metrics = line["metrics"] or ""
    except (ValueError, KeyError, TypeError) as error:
        raise StartError(f"the {child.process} process wrote something else than its ready line") from error
    if address is None or since is None:
        raise StartError(f"the {child.process} process ended as soon as it was ready: {_last_words(child.log)}")
    return MeshProcess(child.process, child.popen.pid, since, address, metrics, str(child.log))


def _last_words(log: Path) -> str:
    """The last line of a log that a person wrote for people, else the last one of all."""
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()
    said = [line for line in lines if line.strip() and not line.startswith("{")] or lines
    return said[-1].strip() if said else f"it wrote nothing to `{log}`"
