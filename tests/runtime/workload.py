"""What the workers of the pool tests run, each a way to answer or to fail at it."""

import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

STARTS = "WORKLOAD_STARTS"
"""Environment variable with the path of a file that grows by a byte whenever `prepare` or its kin are called."""

WARMTH = "WORKLOAD_WARMTH"
"""Environment variable with the path of a pipe: `warm_when_told` goes on when somebody opens it to write."""

_WARMED: list[str] = []

_KEPT: list[bytearray] = []

_MIB = 1_048_576


class Stranger:
    """An object that no answer may hold."""


def obey(question: object, left_ms: float) -> object:
    """Do what the question says."""
    match question:
        case "process" | "parent":
            return os.getpid() if question == "process" else os.getppid()
        case "warmed" | "left":
            return len(_WARMED) if question == "warmed" else left_ms
        case "loop":
            _loop()
        case ("tell and loop", str(path)):
            Path(path).write_text(f"{os.getpid()}\n", encoding="ascii")
            _loop()
        case ("wait", str(path)):
            with Path(path).open("rb"):
                return None
        case "native loop":
            # Exponential, in native code that holds the interpreter's lock and looks at no signal.
            return re.match("(a|a)*b", "a" * 60)
        case "exit":
            os._exit(3)
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "allocate":
            while True:
                _KEPT.append(bytearray(_MIB))
        case "raise":
            raise ValueError("no such thing")
        case "stranger":
            return Stranger()
        case "unpicklable":
            return lambda: None
        case "garbage":
            _write_everywhere(b"\xff" * 64)
        case ("take", int(count)):
            return os.getpid() if (b"x" * _MIB * count).isascii() else None
        case ("echo", value):
            return value
    return None


def prepare() -> None:
    """Succeed."""
    _count()


def prepare_once() -> None:
    """Succeed the first time, and end the process at every further one."""
    if _count() > 1:
        os._exit(9)


def warm() -> None:
    """Take note, with a thread, which a worker may have."""
    thread = threading.Thread(target=_WARMED.append, args=("once",))
    thread.start()
    thread.join()


def warm_when_told() -> None:
    """Wait for whoever opens the pipe."""
    with Path(os.environ[WARMTH]).open("rb"):
        _WARMED.append("told")


def never_warm() -> None:
    """Count, and hang."""
    _count()
    _loop()


def refuse() -> NoReturn:
    """Fail."""
    _count()
    raise RuntimeError("there is no solver today")


def end() -> NoReturn:
    """End the process."""
    os._exit(3)


def leave() -> NoReturn:
    """Leave by what is no error."""
    sys.exit()


def exhaust() -> NoReturn:
    """Fail as where memory is refused."""
    raise MemoryError


def start_a_thread() -> None:
    """Do what makes a later fork unsafe."""
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def _count() -> int:
    path = Path(os.environ[STARTS])
    with path.open("ab") as starts:
        starts.write(b".")
    return path.stat().st_size


def _loop() -> NoReturn:
    # Whatever could interrupt it is ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        sys.getswitchinterval()


def _write_everywhere(junk: bytes) -> None:
    """Write to whatever this process has open: one of them is the connection to the pool."""
    for handle in range(3, 32):
        try:
            os.write(handle, junk)
        except OSError:
            continue
