"""A worker: a process that answers one question after the other, within limits that the system enforces."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from aethel.runtime.worker_frames import ANSWER, GREETING, QUESTION, AnswerKind, TooLong, packed, received, sent
from aethel.runtime.worker_frames import unpacked_question as unpacked

OUT_OF_MEMORY = 71
"""Exit code of a worker that was refused memory: whatever it does next would be done with half of its objects."""

CANNOT_BEGIN = 70
"""Exit code of a worker that could not set its own limits."""

CANNOT_WARM = 72
"""Exit code of a worker that failed at what it does before its first question."""

_PEAK_SHARE = 2
"""A worker that has ever held this part of its memory is replaced after its answer: what was never given back, or what
happened where memory was refused, is not the next question's business."""

_ERROR_CHARACTERS = 500
"""Characters of an error's text that travel back."""

_PARENT_DEATH_SIGNAL = 1
"""Number of PR_SET_PDEATHSIG, see prctl(2)."""

_LOOK_S = 0.25
"""Seconds between two looks at the parent, on systems that do not tell of its death."""

Target = Callable[[Any, float], object]
"""What a worker runs: called with a question and the milliseconds left, returns the answer."""

Warm = Callable[[], object]
"""What a worker does before its first question; raises where it could not answer any."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one worker may use: bytes of memory, questions before it is replaced, bytes of one question or answer."""

    memory_bytes: int
    questions: int
    frame_bytes: int


def work(
    connection: socket.socket, target: Target, limits: WorkerLimits, mother: int, warm: Warm | None = None
) -> NoReturn:
    """The whole life of a worker that the process `mother` has just forked; it runs no exit handler."""
    code = CANNOT_BEGIN
    try:
        _settle(limits, mother)
        code = CANNOT_WARM
        if warm is None or _warmed(connection, warm):
            connection.sendall(GREETING.pack(0))
            code = 0
            _serve(connection, target, limits)
    except MemoryError:
        code = OUT_OF_MEMORY
    except (EOFError, OSError):
        pass  # the pool is gone or has let go of this worker: nobody is left to answer
    finally:
        os._exit(code)


def _warmed(connection: socket.socket, warm: Warm) -> bool:
    """Whether it may greet; where it may not, the pool is told why."""
    try:
        warm()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the pool says it in a sentence
        text = _told(error).encode(errors="replace")
        connection.sendall(GREETING.pack(len(text)) + text)
        return False
    return True


def _serve(connection: socket.socket, target: Target, limits: WorkerLimits) -> None:
    for number in range(limits.questions):
        left_ms, length = QUESTION.unpack(received(connection, QUESTION.size))
        question = unpacked(received(connection, length))
        body, is_error = _answer(target, question, left_ms, limits)
        del question
        is_last = number + 1 == limits.questions or _peak_bytes() > limits.memory_bytes // _PEAK_SHARE
        kind = AnswerKind(is_error + 2 * is_last)
        sent(connection, ANSWER.pack(kind, len(body)), body)
        if is_last:
            return


def _answer(target: Target, question: object, left_ms: float, limits: WorkerLimits) -> tuple[bytes, bool]:
    """The answer as bytes, and whether it is the text of an error instead."""
    try:
        return packed(target(question, left_ms), limits.frame_bytes), False
    except MemoryError:
        raise
    except TooLong as error:
        return packed(str(error), limits.frame_bytes), True
    except Exception as error:  # noqa: BLE001  one question's error is that question's answer
        return packed(_told(error), limits.frame_bytes), True


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_ERROR_CHARACTERS]


def _settle(limits: WorkerLimits, mother: int) -> None:
    """Bind this process to its mother's life and to its limits; raises `OSError` where that cannot be had."""
    end_with(mother)
    silence = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        # Native code writes what it pleases, perhaps a caller's text, which no log may hold.
        os.dup2(silence, standard)
    os.close(silence)
    _lower(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        # What is in use counts by the first limit, what is only reserved or mapped by the second.
        _lower(resource.RLIMIT_DATA, limits.memory_bytes)
        _lower(resource.RLIMIT_AS, _mapped_bytes() + limits.memory_bytes)
        # Where the whole machine runs out of memory, a worker goes before the process that answers callers.
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _lower(kind: int, limit: int) -> None:
    _, hard = resource.getrlimit(kind)
    lowered = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (lowered, lowered))


def end_with(parent: int) -> None:
    """Have the system end this process when its parent ends; raises `EOFError` where that has happened already.

    Where the system cannot be asked, a thread looks at the parent from time to time.
    """
    if sys.platform == "linux":
        if ctypes.CDLL(None, use_errno=True).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "the death of the parent cannot be told")
    else:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        raise EOFError("the parent is gone already")


def _follow(parent: int) -> NoReturn:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(0)


def _peak_bytes() -> int:
    """The most memory this process has ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _mapped_bytes() -> int:
    """The address space this process has mapped."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
