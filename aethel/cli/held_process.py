"""One process of this machine, held so that a reused pid is never signalled and its end is an event, not a poll."""

from __future__ import annotations

import os
import select
import signal
import subprocess  # nosec B404
import sys
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def started(pid: int) -> str | None:
    """A text that only this process has together with its pid; None where no such process runs.

    On Linux the boot and the clock tick the process began in (proc(5), field 22), elsewhere what `ps` says. A process
    that ended and that its parent has not asked about does not run.
    """
    return _started_by_proc(pid) if sys.platform == "linux" else _started_by_ps(pid)


def _started_by_ps(pid: int) -> str | None:
    asked = ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()  # nosec B603
    state, _, since = told.partition(" ")
    return None if not since or state.startswith("Z") else " ".join(since.split())


def _started_by_proc(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name of the program stands in parentheses and may hold anything, parentheses included.
    fields = stat.rpartition(")")[2].split()
    if fields[0] in {"Z", "X"}:
        return None
    return f"{_BOOT_ID.read_text(encoding='ascii').strip()}:{fields[19]}"


@dataclass(frozen=True, slots=True)
class HeldProcess:
    """A running process; `handle` is a pidfd on Linux and unused elsewhere. `hold` makes and closes it."""

    pid: int
    handle: int

    def send(self, number: signal.Signals) -> None:
        """Send a signal to this very process; one that ended meanwhile gets none."""
        try:
            if sys.platform == "linux":
                signal.pidfd_send_signal(self.handle, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            return


@contextmanager
def hold(pids: Iterable[tuple[int, str]]) -> Iterator[tuple[HeldProcess, ...]]:
    """Those of the processes that still run, each given as its pid and what `started` said of it."""
    held: list[HeldProcess] = []
    try:
        for pid, since in pids:
            process = _open(pid)
            if process is None:
                continue
            held.append(process)
            # Asked after the handle was opened: from here on the pid cannot come to mean another process.
            if started(pid) != since:
                _close(held.pop())
        yield tuple(held)
    finally:
        for process in held:
            _close(process)


def _open(pid: int) -> HeldProcess | None:
    if sys.platform != "linux":
        return HeldProcess(pid, -1)
    try:
        return HeldProcess(pid, os.pidfd_open(pid))
    except ProcessLookupError:
        return None


def _close(process: HeldProcess) -> None:
    if process.handle >= 0:
        os.close(process.handle)


def wait_for_end(
    processes: Collection[HeldProcess], timeout_s: float, wake_fd: int | None = None
) -> tuple[HeldProcess, ...]:
    """Wait until all processes have ended, at most `timeout_s` seconds; returns those that still run.

    Returns early once `wake_fd` is readable.
    """
    deadline_s = time.monotonic() + timeout_s
    running = {process.pid: process for process in processes}
    while running and (left_s := deadline_s - time.monotonic()) > 0:
        gone = ended(running.values(), left_s, wake_fd)
        if not gone:
            break
        for pid in gone:
            del running[pid]
    return tuple(running.values())


def ended(processes: Collection[HeldProcess], timeout_s: float, wake_fd: int | None = None) -> tuple[int, ...]:
    """The pids of those that have ended; waits at most `timeout_s` seconds for the first one.

    A negative `timeout_s` waits for ever. Returns early once `wake_fd` is readable.
    """
    return _ended(processes, timeout_s, wake_fd)


if sys.platform == "linux":

    def _ended(processes: Collection[HeldProcess], timeout_s: float, wake_fd: int | None) -> tuple[int, ...]:
        poll = select.poll()
        by_handle = {process.handle: process.pid for process in processes}
        for handle in (*by_handle, *(() if wake_fd is None else (wake_fd,))):
            poll.register(handle, select.POLLIN)
        ready = poll.poll(None if timeout_s < 0 else timeout_s * 1000)
        return tuple(by_handle[handle] for handle, _ in ready if handle in by_handle)

else:

    def _ended(processes: Collection[HeldProcess], timeout_s: float, wake_fd: int | None) -> tuple[int, ...]:
        queue = select.kqueue()
        try:
            gone = [process.pid for process in processes if started(process.pid) is None]
            changes = [
                select.kevent(process.pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, fflags=select.KQ_NOTE_EXIT)
                for process in processes
                if process.pid not in gone
            ]
            if wake_fd is not None:
                changes.append(select.kevent(wake_fd, select.KQ_FILTER_READ, select.KQ_EV_ADD))
            wait_s = 0.0 if gone else None if timeout_s < 0 else timeout_s
            events = queue.control(changes, len(changes) + 1, wait_s)
            return (*gone, *(event.ident for event in events if event.filter == select.KQ_FILTER_PROC))
        finally:
            queue.close()
