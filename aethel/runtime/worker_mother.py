"""The pool's end of a zygote: the program it runs, and the commands it is given."""

from __future__ import annotations

import os
import socket
import subprocess  # nosec B404
import sys
import time
from dataclasses import dataclass

from aethel.runtime.worker_process import WorkerLimits
from aethel.runtime.worker_zygote import COMMAND, Command, Event

LOAD_S = 60.0
"""Seconds a zygote has to load what workers need; it takes a fraction of one, or a few on a busy machine."""

TALK_S = 1.0
"""Seconds a message to or from the zygote may take; it waits for nothing itself."""

_ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "67108864"}
"""How much freed memory glibc keeps, in bytes, see mallopt(3): a solver's context takes 16 MiB for every question, and
to get them from the system each time costs as much processor time as a small proof."""

_END_S = 2.0
"""Seconds a zygote has to end its workers and itself when it is let go."""


@dataclass(frozen=True, slots=True)
class Job:
    """What workers run and within which limits: names of functions, as the zygote's `main` takes them.

    A worker has `warm_s` seconds to get ready.
    """

    target: str
    prepare: str
    warm: str
    warm_s: float
    limits: WorkerLimits


class Zygote:
    """A running zygote: its process and the pool's end of the socket to it."""

    def __init__(self, job: Job) -> None:
        self.control, theirs = socket.socketpair()
        self.control.settimeout(TALK_S)
        self.is_ready = False
        self.due_s = time.monotonic() + LOAD_S
        limits = (job.limits.memory_bytes, job.limits.questions, job.limits.frame_bytes)
        names = f"{job.target!r}, {job.prepare!r}, {job.warm!r}"
        arguments = f"({os.getpid()}, {theirs.fileno()}, {names}, {limits!r})"
        code = f"import sys; sys.path[:] = {sys.path!r}; import {Event.__module__} as zygote; zygote.main{arguments}"
        with theirs:
            try:
                # A new program, not a fork; in a session of its own, since signals of a terminal are not for it.
                # Linux ends it with the thread that starts it: the keeper's, which lives as long as the pool.
                self.process = subprocess.Popen(  # nosec B603
                    [sys.executable, "-c", code],
                    env={**_ALLOCATION, **os.environ},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
            except OSError:
                self.control.close()
                raise

    def command(self, command: Command, number: int, handle: int | None = None) -> None:
        """Tell it something; raises `OSError` where it is gone or does not listen."""
        message = COMMAND.pack(command, number)
        if handle is None:
            self.control.sendall(message)
        else:
            socket.send_fds(self.control, [message], [handle])

    def end(self) -> None:
        """Let it go: it ends its workers and itself, or is ended."""
        self.control.close()
        try:
            self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
