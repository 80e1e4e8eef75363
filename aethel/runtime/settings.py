"""Every setting of a process: an environment variable, read once from a mapping, all of them validated together."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from aethel.runtime.address import Address
from aethel.runtime.declaration import (
    Declaration,
    directory,
    integer,
    listen_address,
    listen_address_or_off,
    peer_address,
    share,
    word_of,
)
from aethel.runtime.reserved import RESERVED, reserved_problems

T = TypeVar("T")

FAMILY = "AETHEL_"
"""Prefix that is ours: a variable that bears it and is not known is an error, since a typo must not be ignored."""

MAX_TIMEOUT_MS = 600_000
"""Longest timeout accepted, in milliseconds: no verification may take longer than ten minutes."""

MAX_DRAIN_S = 3_600
"""Longest drain accepted, in seconds: beyond an hour a rollout hangs rather than drains."""

MIN_MESSAGE_BYTES = 65_536
"""Smallest message limit accepted, in bytes: below it ordinary results with evidence would be refused."""

MAX_MESSAGE_BYTES = 67_108_864
"""Largest message limit accepted, in bytes: what one request may cost in memory."""


class Process(StrEnum):
    """The processes of the mesh."""

    ORCHESTRATOR = "orchestrator"
    Z3 = "z3"
    SENTINEL = "sentinel"
    GUARDIAN = "guardian"


DEFAULT_PORTS: Mapping[Process, int] = {
    Process.ORCHESTRATOR: 50050,
    Process.Z3: 50051,
    Process.SENTINEL: 50052,
    Process.GUARDIAN: 50053,
}
"""The TCP port each process listens on when nothing else is said."""


class LogLevel(StrEnum):
    """The least severity that is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Settings:
    """What one process was told by its environment; `read_settings` makes it and validates."""

    process: Process
    listen: Address
    metrics_listen: Address | None
    z3_address: Address
    sentinel_address: Address
    guardian_address: Address
    z3_timeout_ms: int
    sentinel_timeout_ms: int
    guardian_timeout_ms: int
    request_timeout_ms: int
    confidence_threshold: Decimal
    uncertainty_threshold: Decimal
    drain_s: int
    max_message_bytes: int
    state_dir: Path
    log_level: LogLevel


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as it may be shown to anybody: the value of a secret is hidden."""

    name: str
    value: str
    is_default: bool
    unit: str
    meaning: str


class SettingsError(Exception):
    """The environment cannot be used; `problems` holds one sentence for each thing that is wrong."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_settings(environ: Mapping[str, str], process: Process) -> Settings:
    """Read and validate every setting of one process from a mapping such as `os.environ`.

    Raises `SettingsError` with a sentence for every variable that is wrong, unknown or ahead of this release.
    """
    return _read(environ, process)[0]


def setting_rows(environ: Mapping[str, str], process: Process) -> tuple[SettingRow, ...]:
    """The table of every setting as this process would read it; raises `SettingsError` like `read_settings`."""
    return _read(environ, process)[1]


class _Reader:
    """Takes settings one by one, collecting rows and problems."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.rows: list[SettingRow] = []
        self.problems: list[str] = []

    def take(self, declaration: Declaration[T]) -> T:
        """The value of one setting; on a problem the default, which is then never used."""
        text = self.environ.get(declaration.name, declaration.default)
        is_default = declaration.name not in self.environ
        self.rows.append(
            SettingRow(declaration.name, declaration.shown(text), is_default, declaration.unit, declaration.meaning)
        )
        try:
            return declaration.kind.parse(text)
        except ValueError:
            self.problems.append(declaration.problem(text))
            return declaration.kind.parse(declaration.default)


def _read(environ: Mapping[str, str], process: Process) -> tuple[Settings, tuple[SettingRow, ...]]:
    reader = _Reader(environ)
    settings = _take_all(reader, process)
    problems = reader.problems or _contradictions(settings)
    known = {row.name for row in reader.rows} | {reserved.name for reserved in RESERVED}
    problems = [*problems, *reserved_problems(environ), *_unknown_names(environ, known)]
    if problems:
        raise SettingsError(tuple(problems))
    return settings, tuple(reader.rows)


def _take_all(reader: _Reader, process: Process) -> Settings:
    take = reader.take
    timeout = integer(1, MAX_TIMEOUT_MS)
    return Settings(
        process=process,
        listen=take(
            Declaration(
                "AETHEL_LISTEN",
                _local(process),
                "host:port",
                "where this process serves gRPC; port 0 picks a free one",
                listen_address(),
            )
        ),
        metrics_listen=take(
            Declaration(
                "AETHEL_METRICS_LISTEN",
                "off",
                "host:port",
                "where this process serves its metrics over HTTP",
                listen_address_or_off(),
            )
        ),
        z3_address=take(_peer("AETHEL_Z3_ADDRESS", Process.Z3)),
        sentinel_address=take(_peer("AETHEL_SENTINEL_ADDRESS", Process.SENTINEL)),
        guardian_address=take(_peer("AETHEL_GUARDIAN_ADDRESS", Process.GUARDIAN)),
        z3_timeout_ms=take(
            Declaration("AETHEL_Z3_TIMEOUT_NORMAL", "30000", "ms", "time the z3 expert has for one verdict", timeout)
        ),
        sentinel_timeout_ms=take(
            Declaration("AETHEL_SENTINEL_TIMEOUT", "100", "ms", "time the sentinel has for one verdict", timeout)
        ),
        guardian_timeout_ms=take(
            Declaration("AETHEL_GUARDIAN_TIMEOUT", "50", "ms", "time the guardian has for one verdict", timeout)
        ),
        request_timeout_ms=take(
            Declaration(
                "AETHEL_REQUEST_TIMEOUT",
                "60000",
                "ms",
                "longest time one request may take, and its deadline when the caller gives none",
                timeout,
            )
        ),
        confidence_threshold=take(
            Declaration(
                "AETHEL_CONSENSUS_CONFIDENCE_THRESHOLD",
                "0.7",
                "share",
                "least confidence of an approval, and of a heuristic finding that rejects",
                share(),
            )
        ),
        uncertainty_threshold=take(
            Declaration(
                "AETHEL_CONSENSUS_UNCERTAINTY_THRESHOLD",
                "0.5",
                "share",
                "least confidence of a heuristic finding that makes the answer uncertain",
                share(),
            )
        ),
        drain_s=take(
            Declaration(
                "AETHEL_DRAIN_SECONDS",
                "65",
                "s",
                "time that requests in flight have to finish after a stop signal",
                integer(0, MAX_DRAIN_S),
            )
        ),
        max_message_bytes=take(
            Declaration(
                "AETHEL_MAX_MESSAGE_BYTES",
                "4194304",
                "bytes",
                "largest gRPC message received or sent",
                integer(MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES),
            )
        ),
        state_dir=take(
            Declaration("AETHEL_STATE_DIR", ".aethel", "path", "folder for what is kept on this machine", directory())
        ),
        log_level=take(Declaration("LOG_LEVEL", "INFO", "level", "least severity that is logged", word_of(LogLevel))),
    )


def _local(process: Process) -> str:
    return f"127.0.0.1:{DEFAULT_PORTS[process]}"


def _peer(name: str, process: Process) -> Declaration[Address]:
    return Declaration(name, _local(process), "host:port", f"where the {process} process is found", peer_address())


def _contradictions(settings: Settings) -> list[str]:
    """What is wrong between settings that are each right alone."""
    problems = []
    if settings.uncertainty_threshold >= settings.confidence_threshold:
        problems.append(
            f"AETHEL_CONSENSUS_UNCERTAINTY_THRESHOLD is `{settings.uncertainty_threshold}`, expected less than "
            f"AETHEL_CONSENSUS_CONFIDENCE_THRESHOLD, which is `{settings.confidence_threshold}`"
        )
    for name, timeout_ms in (
        ("AETHEL_Z3_TIMEOUT_NORMAL", settings.z3_timeout_ms),
        ("AETHEL_SENTINEL_TIMEOUT", settings.sentinel_timeout_ms),
        ("AETHEL_GUARDIAN_TIMEOUT", settings.guardian_timeout_ms),
    ):
        if timeout_ms > settings.request_timeout_ms:
            problems.append(
                f"{name} is `{timeout_ms}`, expected at most AETHEL_REQUEST_TIMEOUT, "
                f"which is `{settings.request_timeout_ms}`"
            )
    if settings.metrics_listen == settings.listen and settings.listen.port != 0:
        problems.append(f"AETHEL_METRICS_LISTEN is `{settings.listen}`, expected another address than AETHEL_LISTEN")
    return problems


def _unknown_names(environ: Mapping[str, str], known: set[str]) -> list[str]:
    """A sentence for every unknown variable of the family; its value is not repeated, since it may be a secret."""
    problems = []
    for name in sorted(environ):
        if name in known or not name.upper().startswith(FAMILY):
            continue
        nearest = difflib.get_close_matches(name.upper(), sorted(known), n=1)
        hint = f"expected a known name, perhaps {nearest[0]}" if nearest else "expected a known name"
        problems.append(f"{name} is no setting of this program, {hint}")
    return problems
