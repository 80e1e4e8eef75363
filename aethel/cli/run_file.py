"""The run file: which processes make up the mesh on this machine, so that another command finds and stops them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from aethel.cli.exits import CommandError, ExitCode
from aethel.cli.held_process import started
from aethel.runtime.address import Address, parse_address
from aethel.runtime.settings import Process

_MAX_BYTES = 65_536
"""Bytes of a run file that are read; four processes need less than two thousand."""


@dataclass(frozen=True, slots=True)
class MeshProcess:
    """One process of the mesh. `started` tells it from a later one with the same pid; `metrics` is empty when off."""

    process: Process
    pid: int
    started: str
    address: Address
    metrics: str
    log: str

    @property
    def is_running(self) -> bool:
        """Whether this very process runs now."""
        return started(self.pid) == self.started

    def as_row(self) -> dict[str, object]:
        """The process as JSON values."""
        return asdict(self) | {"process": self.process.value, "address": str(self.address)}


@dataclass(frozen=True, slots=True)
class MeshRun:
    """The processes of one mesh, in the order they were started: experts first, the orchestrator last."""

    processes: tuple[MeshProcess, ...]

    def address_of(self, process: Process) -> Address | None:
        """Where a process of this mesh listens; None when it is not part of it."""
        return next((one.address for one in self.processes if one.process is process), None)

    @property
    def running(self) -> tuple[MeshProcess, ...]:
        """The processes that run now."""
        return tuple(one for one in self.processes if one.is_running)


class RunFile:
    """The run file of one state folder."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir
        self.path = state_dir / "mesh.json"

    def read(self) -> MeshRun | None:
        """What the file says; None where there is none. Raises `CommandError` where it is damaged."""
        try:
            with self.path.open("rb") as file:
                text = file.read(_MAX_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self.path, error) from error
        try:
            return MeshRun(tuple(_process(row) for row in json.loads(text)["processes"]))
        except (ValueError, KeyError, TypeError) as error:
            sentence = (
                f"`{self.path}` is damaged, expected what `aethel up` wrote; look for processes by hand, remove it"
            )
            raise CommandError(ExitCode.FAILED, sentence) from error

    def write(self, run: MeshRun) -> None:
        """Replace the file at once: a reader sees the old one or the new one, never half of one."""
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(run_as_row(run), indent=1) + "\n", encoding="utf-8")
        draft.replace(self.path)

    def remove(self, run: MeshRun) -> None:
        """Remove the file if it still speaks of this mesh."""
        if self.read() == run:
            self.path.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other command from starting or stopping a mesh here; raises `CommandError` where one does."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / "mesh.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise _unusable(self.folder, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            sentence = f"another `aethel up` or `aethel down` is at work in `{self.folder}`, expected one at a time"
            raise CommandError(ExitCode.FAILED, sentence) from error
        finally:
            os.close(handle)


def run_as_row(run: MeshRun) -> dict[str, object]:
    """The mesh as JSON values."""
    return {"processes": [one.as_row() for one in run.processes]}


def _process(row: Mapping[str, object]) -> MeshProcess:
    address, pid = parse_address(str(row["address"])), row["pid"]
    if address is None or not isinstance(pid, int) or pid <= 1:
        raise ValueError
    return MeshProcess(
        process=Process(str(row["process"])),
        pid=pid,
        started=str(row["started"]),
        address=address,
        metrics=str(row["metrics"]),
        log=str(row["log"]),
    )


def _unusable(path: Path, error: OSError) -> CommandError:
    return CommandError(ExitCode.FAILED, f"cannot use `{path}`: {(error.strerror or str(error)).lower()}")
