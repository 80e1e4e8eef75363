"""The catalogue of settings: name, default, unit, meaning and kind of everything the program uses."""

from collections.abc import Mapping
from enum import StrEnum

from aethel.runtime.address import Address
from aethel.runtime.declaration import (
    Declaration,
    directory,
    file_or_none,
    folder_or_embedded,
    integer,
    integer_or_word,
    listen_address,
    listen_address_or_off,
    name,
    peer_address,
    peer_addresses,
    share,
    store_or_none,
    word_of,
)

MAX_TIMEOUT_MS = 600_000
"""Longest timeout accepted, in milliseconds: no verification may take longer than ten minutes."""

MAX_DRAIN_S = 3_600
"""Longest drain accepted, in seconds: beyond an hour a rollout hangs rather than drains."""

MAX_RESERVATION_S = 86_400
"""Longest reservation accepted, in seconds: beyond a day money would be tied up by whoever forgot it."""

MAX_WORKERS = 256
"""Most workers accepted: beyond any machine's cores they only take memory from one another."""

MIN_WORKER_MIB = 256
"""Least memory of a worker accepted, in MiB: the solver alone takes a quarter of it."""

MAX_WORKER_MIB = 1_048_576
"""Most memory of a worker accepted, in MiB."""

MIN_MESSAGE_BYTES = 65_536
"""Smallest message limit accepted, in bytes: below it ordinary results with evidence would be refused."""

MAX_MESSAGE_BYTES = 67_108_864
"""Largest message limit accepted, in bytes: what one request may cost in memory."""


MAX_CACHE_BYTES = 4_294_967_296
"""Most memory for verdicts accepted, in bytes."""


class Process(StrEnum):
    """The processes of the mesh."""

    ORCHESTRATOR = "orchestrator"
    Z3 = "z3"
    SENTINEL = "sentinel"
    GUARDIAN = "guardian"
    HTTP = "http"


DEFAULT_PORTS: Mapping[Process, int] = {
    Process.ORCHESTRATOR: 50050,
    Process.Z3: 50051,
    Process.SENTINEL: 50052,
    Process.GUARDIAN: 50053,
    Process.HTTP: 50080,
}
"""The TCP port each process listens on when nothing else is said."""


class LogLevel(StrEnum):
    """The least severity that is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def listen(process: Process) -> Declaration[Address]:
    """Where a process serves gRPC, or HTTP: its own port of this machine only, unless something else is said."""
    return Declaration(
        "AETHEL_LISTEN",
        f"127.0.0.1:{DEFAULT_PORTS[process]}",
        "host:port",
        "where this process serves gRPC, or HTTP; port 0 picks a free one",
        listen_address(),
    )


METRICS_LISTEN = Declaration(
    "AETHEL_METRICS_LISTEN",
    "off",
    "host:port",
    "where this process serves its metrics over HTTP, or `off`",
    listen_address_or_off(),
)


def _expert(name: str, process: Process) -> Declaration[tuple[Address, ...]]:
    return Declaration(
        name,
        f"127.0.0.1:{DEFAULT_PORTS[process]}",
        "host:port",
        f"where the orchestrator finds the {process} process; several, or a name of several, are replicas",
        peer_addresses(),
    )


Z3_ADDRESS = _expert("AETHEL_Z3_ADDRESS", Process.Z3)
SENTINEL_ADDRESS = _expert("AETHEL_SENTINEL_ADDRESS", Process.SENTINEL)
GUARDIAN_ADDRESS = _expert("AETHEL_GUARDIAN_ADDRESS", Process.GUARDIAN)


def _timeout(name: str, default_ms: str, meaning: str) -> Declaration[int]:
    return Declaration(name, default_ms, "ms", meaning, integer(1, MAX_TIMEOUT_MS))


Z3_TIMEOUT = _timeout("AETHEL_Z3_TIMEOUT_NORMAL", "30000", "time the z3 process has for one verdict")
Z3_WORKERS = Declaration(
    "AETHEL_Z3_WORKERS",
    "cores",
    "processes",
    "proofs that the z3 process runs at once, each in a process; `cores` means one per core, at least 2",
    integer_or_word("cores", 1, MAX_WORKERS),
)
Z3_WORKER_MEMORY = Declaration(
    "AETHEL_Z3_WORKER_MEMORY_MIB",
    "1024",
    "MiB",
    "memory that one proof may take; beyond it the proof is given up",
    integer(MIN_WORKER_MIB, MAX_WORKER_MIB),
)
SENTINEL_TIMEOUT = _timeout("AETHEL_SENTINEL_TIMEOUT", "100", "time the sentinel process has for one verdict")
GUARDIAN_TIMEOUT = _timeout("AETHEL_GUARDIAN_TIMEOUT", "50", "time the guardian process has for one verdict")
REQUEST_TIMEOUT = _timeout(
    "AETHEL_REQUEST_TIMEOUT",
    "60000",
    "longest time one request may take, and its deadline when the caller gives none",
)

CONFIDENCE_THRESHOLD = Declaration(
    "AETHEL_CONSENSUS_CONFIDENCE_THRESHOLD",
    "0.7",
    "share",
    "least confidence of an approval, and of a heuristic finding that rejects",
    share(),
)
UNCERTAINTY_THRESHOLD = Declaration(
    "AETHEL_CONSENSUS_UNCERTAINTY_THRESHOLD",
    "0.5",
    "share",
    "least confidence of a heuristic finding that makes the answer uncertain",
    share(),
)

DRAIN = Declaration(
    "AETHEL_DRAIN_SECONDS",
    "65",
    "s",
    "time that requests in flight have to finish after a signal to stop",
    integer(0, MAX_DRAIN_S),
)
MESSAGE_BYTES = Declaration(
    "AETHEL_MAX_MESSAGE_BYTES",
    "4194304",
    "bytes",
    "largest gRPC message received or sent",
    integer(MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES),
)
STATE_DIR = Declaration("AETHEL_STATE_DIR", ".aethel", "path", "folder for what is kept on this machine", directory())
RULES_FILE = Declaration(
    "AETHEL_RULES_FILE",
    "none",
    "path",
    "TOML file with what clients may issue and write, read by the orchestrator; `none` allows nothing",
    file_or_none(),
)
STORE = Declaration(
    "AETHEL_STORE",
    "none",
    "address",
    "where reservations and settlements are kept: `embedded` in the state folder, a SQLite file, or PostgreSQL",
    store_or_none(),
    is_secret=True,
)
RESERVATION = Declaration(
    "AETHEL_RESERVATION_SECONDS",
    "300",
    "s",
    "time that an approval stays reserved for the caller to redeem it",
    integer(1, MAX_RESERVATION_S),
)
VERSIONS_FILE = Declaration(
    "AETHEL_VERSIONS_FILE",
    "none",
    "path",
    "TOML file with the versions of experts and their shares, read by the orchestrator; `none` knows one of each",
    file_or_none(),
)
VERDICT_CACHE = Declaration(
    "AETHEL_VERDICT_CACHE_BYTES",
    "33554432",
    "bytes",
    "memory for verdicts that experts gave to the same question under another id; 0 asks every time",
    integer(0, MAX_CACHE_BYTES),
)
LOG_LEVEL = Declaration("LOG_LEVEL", "INFO", "level", "least severity that is logged", word_of(LogLevel))
KEYS_DIR = Declaration(
    "AETHEL_KEYS_DIR",
    "embedded",
    "path",
    "folder of the keys that sign tokens, the same for all replicas; `embedded` means `keys` in the state folder",
    folder_or_embedded(),
)
TOKEN_ISSUER = Declaration("AETHEL_TOKEN_ISSUER", "aethel", "name", "who issues tokens, their claim `iss`", name())
TOKEN_AUDIENCE = Declaration(
    "AETHEL_TOKEN_AUDIENCE", "aethel", "name", "whom tokens are for, their claim `aud`", name()
)
ORCHESTRATOR_ADDRESS = Declaration(
    "AETHEL_ORCHESTRATOR_ADDRESS",
    f"127.0.0.1:{DEFAULT_PORTS[Process.ORCHESTRATOR]}",
    "host:port",
    "where the http process finds the orchestrator",
    peer_address(),
)
JWKS_FILE = Declaration(
    "AETHEL_JWKS_FILE",
    "none",
    "path",
    "public keys as `aethel keys jwks` prints them, shown by the http process; `none` shows none",
    file_or_none(),
)


def _mode(number: int, default_s: str) -> Declaration[int]:
    meaning = f"deadline of a stream in mode {number} of the http process"
    return Declaration(f"MODE{number}_TIMEOUT", default_s, "s", meaning, integer(1, MAX_TIMEOUT_MS // 1000))


MODE_TIMEOUTS = (_mode(1, "60"), _mode(2, "90"), _mode(3, "300"), _mode(4, "600"))
