"""The zygote: a process of one thread that loads what workers need once, and forks a worker whenever it is told.

The server itself never forks: it has threads, and a fork copies their locks without those who would unlock them. The
zygote alone starts, ends and reaps workers, so a process number is never used after it may have become another's.
It ends, and its workers with it, when the socket to its pool closes or the process of its pool ends.
"""

from __future__ import annotations

import gc
import importlib
import os
import selectors
import signal
import socket
import struct
import sys
import threading
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from typing import Any

from aethel.runtime.worker_process import Target, Warm, WorkerLimits, end_with, work

COMMAND = struct.Struct("!BI")
"""A command of the pool: what to do with which worker. START carries the worker's end of its connection."""

EVENT = struct.Struct("!BIi")
"""An event told to the pool: what happened to which worker, and a number that belongs to it."""

TEXT_BYTES = 500
"""Bytes of a failure's text."""


class Command(IntEnum):
    """What a pool tells its zygote: to fork a worker, to end one, and to have one stand still or go on."""

    START = 0
    KILL = 1
    HOLD = 2
    RESUME = 3


_SIGNALS = {Command.KILL: signal.SIGKILL, Command.HOLD: signal.SIGSTOP, Command.RESUME: signal.SIGCONT}


class Event(IntEnum):
    """What a zygote tells its pool.

    READY: it can fork. STARTED: the number is the process's. ENDED: the number is the status as `os.waitpid` gives it.
    NOT_STARTED: the number is the system's error. FAILED: it ends, and as many bytes of text follow.
    """

    READY = 0
    STARTED = 1
    ENDED = 2
    NOT_STARTED = 3
    FAILED = 4


def main(parent: int, control_number: int, target: str, prepare: str, warm: str, limits: tuple[int, int, int]) -> None:
    """Run as a zygote of the process `parent`, whose pool holds the other end of the socket with this number.

    `target`, `prepare` and `warm` name functions as `package.module:function`, of which the last two may be empty:
    `prepare` is called once here, `warm` once in each worker.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The pool's process says when to end; a signal to all of its group would end proofs that it still wants.
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        # The closing of the socket is heard too, but not while the target is being loaded.
        end_with(parent)
    with socket.socket(fileno=control_number) as control:
        try:
            function, first = _load(target), _load(warm) if warm else None
            if prepare:
                _load(prepare)()
            _check_threads()
        except Exception as error:  # noqa: BLE001  whatever it is, the pool says it in a sentence
            text = f"{type(error).__name__}: {error}".encode()[:TEXT_BYTES]
            control.sendall(EVENT.pack(Event.FAILED, 0, len(text)) + text)
            return
        # What is loaded now is never collected, so that collecting does not copy its pages into every worker.
        gc.collect()
        gc.freeze()
        with suppress(BrokenPipeError, ConnectionResetError):
            _Zygote(control, function, first, WorkerLimits(*limits)).live()


class _Zygote:
    def __init__(self, control: socket.socket, target: Target, warm: Warm | None, limits: WorkerLimits) -> None:
        self._control = control
        self._target = target
        self._warm = warm
        self._limits = limits
        self._numbers: dict[int, int] = {}
        """The worker's number by its process number; every one of these processes is still to be reaped."""

    def live(self) -> None:
        """Fork and reap until the pool is gone."""
        woken, self._wake = socket.socketpair()
        woken.setblocking(False)
        self._wake.setblocking(False)
        signal.signal(signal.SIGCHLD, _hear)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        with woken, self._wake, selectors.DefaultSelector() as selector:
            self._inherited = (woken, selector)
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            try:
                self._tell(Event.READY, 0, os.getpid())
                self._loop(selector, woken)
            finally:
                self._end()

    def _loop(self, selector: selectors.BaseSelector, woken: socket.socket) -> None:
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if woken in ready:
                with suppress(BlockingIOError):
                    woken.recv(4096)
                self._reap()
            if self._control in ready and not self._obey():
                return

    def _obey(self) -> bool:
        """Carry out one command; False where the pool is gone."""
        message, handles, _, _ = socket.recv_fds(self._control, COMMAND.size, 1)
        while message and len(message) < COMMAND.size:
            piece = self._control.recv(COMMAND.size - len(message))
            message = message + piece if piece else b""
        if not message:
            return False
        kind, number = COMMAND.unpack(message)
        match Command(kind):
            case Command.START:
                (handle,) = handles
                with socket.socket(fileno=handle) as connection:
                    self._fork(number, connection)
            case Command.KILL | Command.HOLD | Command.RESUME as other:
                for process, of in self._numbers.items():
                    if of == number:
                        os.kill(process, _SIGNALS[other])
        return True

    def _fork(self, number: int, connection: socket.socket) -> None:
        mother = os.getpid()
        try:
            process = os.fork()
        except OSError as error:
            self._tell(Event.NOT_STARTED, number, error.errno or 0)
            return
        if process == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for inherited in (self._control, self._wake, *self._inherited):
                inherited.close()
            work(connection, self._target, self._limits, mother, self._warm)
        self._numbers[process] = number
        self._tell(Event.STARTED, number, process)

    def _reap(self) -> None:
        while self._numbers:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            self._tell(Event.ENDED, self._numbers.pop(process), status)

    def _tell(self, event: Event, number: int, detail: int) -> None:
        self._control.sendall(EVENT.pack(event, number, detail))

    def _end(self) -> None:
        for process in self._numbers:
            os.kill(process, signal.SIGKILL)
        for process in self._numbers:
            os.waitpid(process, 0)


def _hear(_number: int, _frame: object) -> None:
    """Take note of a child's end: what wakes the loop is the byte that the interpreter writes for it."""


def _load(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def _check_threads() -> None:
    tasks = Path("/proc/self/task")
    count = sum(1 for _ in tasks.iterdir()) if tasks.is_dir() else threading.active_count()
    if count != 1:
        raise RuntimeError(f"loading it started {count - 1} threads, expected none, since it is forked afterwards")
