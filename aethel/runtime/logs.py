"""Structured logs: JSON lines on stderr that hold identifiers, codes and durations, never an amount, name or memo."""

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, TypedDict, Unpack

from aethel.runtime.spans import trace_id

_FIELDS = "aethel_fields"
_MAX_FIELD_CHARS = 200
"""Characters of one field; an identifier longer than this was not made by us."""

_MAX_FRAMES = 40
"""Frames of one traceback, innermost kept: enough to find the fault, bounded under deep recursion."""

_MAX_CAUSES = 5
"""Exceptions of one chain of causes."""


class Fields(TypedDict, total=False):
    """Everything a log line may say besides its event: a closed set, so that no text of a caller finds a way in."""

    address: str
    code: str
    consensus: str
    count: int
    digest: str
    duration_ms: int
    exit_code: int
    expert: str
    in_flight: int
    incident: str
    method: str
    outcome: str
    peer: str
    reason: str
    request_id: str
    service: str
    setting: str
    signal: str
    verdict: str
    version: str


class EventLog:
    """Writes events of one part of the program; an event is a constant phrase, what varies goes into fields."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: Unpack[Fields]) -> None:
        """Something only a developer asks for."""
        self._write(logging.DEBUG, event, fields, None)

    def info(self, event: str, **fields: Unpack[Fields]) -> None:
        """Something an operator may want to have seen."""
        self._write(logging.INFO, event, fields, None)

    def warning(self, event: str, **fields: Unpack[Fields]) -> None:
        """Something that is not as it should be, and was survived."""
        self._write(logging.WARNING, event, fields, None)

    def error(self, event: str, *, exception: BaseException | None = None, **fields: Unpack[Fields]) -> None:
        """Something that failed; of the exception, types and places are written, never its message."""
        self._write(logging.ERROR, event, fields, exception)

    def _write(self, level: int, event: str, fields: Fields, exception: BaseException | None) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, exc_info=exception, extra={_FIELDS: fields})


def configure_logging(process: str, level: str, stream: IO[str] | None = None) -> None:
    """Send every log record of this program to one stream, stderr unless given, as JSON lines."""
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(JsonFormatter(process))
    root = logging.getLogger()
    for previous in tuple(root.handlers):
        root.removeHandler(previous)
    root.addHandler(handler)
    root.setLevel(level)


class JsonFormatter(logging.Formatter):
    """Renders records as JSON.

    A record made by `EventLog` shows its event and fields. A record of a library shows its template when it has
    arguments, and otherwise only its place, since a finished sentence may hold a caller's text.
    """

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON, in ASCII."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process,
            "logger": record.name,
        }
        if trace := trace_id():
            line["trace_id"] = trace
        fields = getattr(record, _FIELDS, None)
        if isinstance(fields, Mapping):
            line["event"] = record.msg
            line.update({key: _plain(value) for key, value in fields.items() if key in Fields.__annotations__})
        else:
            line["event"] = record.msg if record.args and isinstance(record.msg, str) else "library message withheld"
            line["place"] = f"{record.module}:{record.lineno}"
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = _chain(record.exc_info[1])
        return json.dumps(line)


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | None) else str(value)[:_MAX_FIELD_CHARS]


def _chain(exception: BaseException) -> list[dict[str, object]]:
    """The exception and its causes, each as its type and the places it went through, without messages."""
    causes: list[dict[str, object]] = []
    current: BaseException | None = exception
    while current is not None and len(causes) < _MAX_CAUSES:
        causes.append({"type": type(current).__qualname__, "places": _places(current.__traceback__)})
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return causes


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_MAX_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
