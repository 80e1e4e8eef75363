"""Every setting of a process: an environment variable, read once from a mapping, all of them validated together."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from aethel.runtime import catalogue
from aethel.runtime.access import NO_ACCESS, Access, access_problems, take_access
from aethel.runtime.address import Address
from aethel.runtime.catalogue import DEFAULT_PORTS, LogLevel, Process
from aethel.runtime.declaration import Declaration
from aethel.runtime.reserved import RESERVED, reserved_problems

__all__ = [
    "DEFAULT_PORTS",
    "LogLevel",
    "Process",
    "SettingRow",
    "Settings",
    "SettingsError",
    "read_settings",
    "setting_rows",
]

T = TypeVar("T")

FAMILY = "AETHEL_"
"""Prefix that is ours: a variable that bears it and is not known is an error, since a typo must not be ignored."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one process was told by its environment; `read_settings` makes it and validates.

    `z3_workers` is None where it follows the number of cores.
    """

    process: Process
    listen: Address
    metrics_listen: Address | None
    z3_addresses: tuple[Address, ...]
    sentinel_addresses: tuple[Address, ...]
    guardian_addresses: tuple[Address, ...]
    z3_timeout_ms: int
    z3_workers: int | None
    z3_worker_memory_mib: int
    sentinel_timeout_ms: int
    guardian_timeout_ms: int
    request_timeout_ms: int
    confidence_threshold: Decimal
    uncertainty_threshold: Decimal
    drain_s: int
    max_message_bytes: int
    state_dir: Path
    rules_file: Path | None
    store: str | None
    reservation_s: int
    log_level: LogLevel
    keys_dir: Path | None
    token_issuer: str
    token_audience: str
    versions_file: Path | None
    verdict_cache_bytes: int
    orchestrator_address: Address
    jwks_file: Path | None
    mode_timeouts_s: tuple[int, ...]
    access: Access = NO_ACCESS


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
        self.rows: list[SettingRow] = []
        self.problems: dict[str, str] = {}
        self._environ = environ

    def take(self, declaration: Declaration[T]) -> T:
        """The value of one setting; on a problem the default, and then no settings come of it."""
        name = declaration.name
        text = self._environ.get(name, declaration.default)
        shown = declaration.shown(text)
        self.rows.append(SettingRow(name, shown, name not in self._environ, declaration.unit, declaration.meaning))
        try:
            return declaration.kind.parse(text)
        except ValueError:
            self.problems[name] = declaration.problem(text)
            return declaration.kind.parse(declaration.default)


def _read(environ: Mapping[str, str], process: Process) -> tuple[Settings, tuple[SettingRow, ...]]:
    reader = _Reader(environ)
    settings = _take_all(reader, process)
    known = {row.name for row in reader.rows} | {reserved.name for reserved in RESERVED}
    problems = (
        *reader.problems.values(),
        *_contradictions(settings, reader.problems),
        *access_problems(settings.access, process, settings.listen),
        *reserved_problems(environ),
        *_unknown_names(environ, known),
    )
    if problems:
        raise SettingsError(problems)
    return settings, tuple(reader.rows)


def _take_all(reader: _Reader, process: Process) -> Settings:
    take = reader.take
    return Settings(
        process=process,
        listen=take(catalogue.listen(process)),
        metrics_listen=take(catalogue.METRICS_LISTEN),
        z3_addresses=take(catalogue.Z3_ADDRESS),
        sentinel_addresses=take(catalogue.SENTINEL_ADDRESS),
        guardian_addresses=take(catalogue.GUARDIAN_ADDRESS),
        z3_timeout_ms=take(catalogue.Z3_TIMEOUT),
        z3_workers=take(catalogue.Z3_WORKERS),
        z3_worker_memory_mib=take(catalogue.Z3_WORKER_MEMORY),
        sentinel_timeout_ms=take(catalogue.SENTINEL_TIMEOUT),
        guardian_timeout_ms=take(catalogue.GUARDIAN_TIMEOUT),
        request_timeout_ms=take(catalogue.REQUEST_TIMEOUT),
        confidence_threshold=take(catalogue.CONFIDENCE_THRESHOLD),
        uncertainty_threshold=take(catalogue.UNCERTAINTY_THRESHOLD),
        drain_s=take(catalogue.DRAIN),
        max_message_bytes=take(catalogue.MESSAGE_BYTES),
        state_dir=take(catalogue.STATE_DIR),
        rules_file=take(catalogue.RULES_FILE),
        store=take(catalogue.STORE),
        reservation_s=take(catalogue.RESERVATION),
        log_level=take(catalogue.LOG_LEVEL),
        keys_dir=take(catalogue.KEYS_DIR),
        token_issuer=take(catalogue.TOKEN_ISSUER),
        token_audience=take(catalogue.TOKEN_AUDIENCE),
        versions_file=take(catalogue.VERSIONS_FILE),
        verdict_cache_bytes=take(catalogue.VERDICT_CACHE),
        orchestrator_address=take(catalogue.ORCHESTRATOR_ADDRESS),
        jwks_file=take(catalogue.JWKS_FILE),
        mode_timeouts_s=tuple(take(mode) for mode in catalogue.MODE_TIMEOUTS),
        access=take_access(take),
    )


def _contradictions(settings: Settings, wrong: Collection[str]) -> list[str]:
    """What is wrong between settings that are each right alone; a setting that is wrong alone is left out."""
    uncertainty, confidence = catalogue.UNCERTAINTY_THRESHOLD.name, catalogue.CONFIDENCE_THRESHOLD.name
    request = catalogue.REQUEST_TIMEOUT.name
    found: list[tuple[bool, str, object, str, str, object]] = [
        (
            settings.uncertainty_threshold >= settings.confidence_threshold,
            uncertainty,
            settings.uncertainty_threshold,
            "less than",
            confidence,
            settings.confidence_threshold,
        ),
        (
            settings.metrics_listen == settings.listen and settings.listen.port != 0,
            catalogue.METRICS_LISTEN.name,
            settings.metrics_listen,
            "another address than",
            catalogue.listen(settings.process).name,
            settings.listen,
        ),
    ]
    for timeout, value_ms in (
        (catalogue.Z3_TIMEOUT, settings.z3_timeout_ms),
        (catalogue.SENTINEL_TIMEOUT, settings.sentinel_timeout_ms),
        (catalogue.GUARDIAN_TIMEOUT, settings.guardian_timeout_ms),
    ):
        limit_ms = settings.request_timeout_ms
        found.append((value_ms > limit_ms, timeout.name, value_ms, "at most", request, limit_ms))
    return [
        f"{name} is `{value}`, expected {relation} {other}, which is `{limit}`"
        for is_wrong, name, value, relation, other, limit in found
        if is_wrong and name not in wrong and other not in wrong
    ]


def _unknown_names(environ: Mapping[str, str], known: Collection[str]) -> list[str]:
    """A sentence for every unknown variable of the family; its value is not repeated, since it may be a secret."""
    problems = []
    for name in sorted(environ):
        if name in known or not name.upper().startswith(FAMILY):
            continue
        nearest = difflib.get_close_matches(name.upper(), sorted(known), n=1)
        hint = f"expected a known name, perhaps {nearest[0]}" if nearest else "expected a known name"
        problems.append(f"{name} is no setting of this program, {hint}")
    return problems
