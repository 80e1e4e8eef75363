"""The settings of who may connect and ask: certificates, credentials of our own, clients, and how many at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol, TypeVar

from aethel.runtime.address import Address
from aethel.runtime.catalogue import Process
from aethel.runtime.declaration import Declaration, Kind, file_or_none, integer, listen_address_or_off

T = TypeVar("T")

MAX_PLACES = 4_096
"""Most requests served at once that are accepted: each holds its question and its answer in memory."""

_MAX_TEXT_CHARS = 2_048
"""Characters of an identity (RFC 3986 sets no bound, SPIFFE-ID says 2048) and of a token."""


def _text_or(word: str, expected: str) -> Kind[str]:
    """Printable ASCII without spaces, or a word that means nothing."""

    def parse(text: str) -> str:
        if not text or len(text) > _MAX_TEXT_CHARS or not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError(text)
        return "" if text == word else text

    return Kind(expected, parse)


def _switch() -> Kind[bool]:
    words = {"true": True, "false": False}

    def parse(text: str) -> bool:
        if text not in words:
            raise ValueError(text)
        return words[text]

    return Kind("`true` or `false`", parse)


def _file(name: str, meaning: str) -> Declaration[Path | None]:
    return Declaration(name, "none", "path", meaning, file_or_none())


TLS_CERT = _file(
    "AETHEL_TLS_CERT", "certificate chain (PEM) that this process or command shows, to callers and to peers"
)
TLS_KEY = _file("AETHEL_TLS_KEY", "private key (PEM) of that certificate")
TLS_CA = _file("AETHEL_TLS_CA", "authorities (PEM) of the servers that are called; `none` calls without TLS")
TLS_CLIENT_CA = _file(
    "AETHEL_TLS_CLIENT_CA", "authorities (PEM) of callers, who must then show a certificate; `none` asks for none"
)
TLS_PEER = Declaration(
    "AETHEL_TLS_PEER",
    "spiffe://aethel/orchestrator",
    "identity",
    "the one identity whose questions an expert answers where callers show certificates",
    _text_or("", "a SPIFFE identity such as `spiffe://aethel/orchestrator`, or `dns:` and a name"),
)
CLIENTS_FILE = _file(
    "AETHEL_CLIENTS_FILE", "clients whom the orchestrator serves, as `aethel client` writes them; `none` serves anybody"
)
TOKEN = Declaration(
    "AETHEL_TOKEN",
    "none",
    "token",
    "bearer token that the command shows to the mesh",
    _text_or("none", "a token as `aethel client add` prints it, or `none`"),
    is_secret=True,
)
TOKEN_FILE = _file("AETHEL_TOKEN_FILE", "file that holds the token alone; read again for every call")
OPEN_LISTEN = Declaration(
    "AETHEL_OPEN_LISTEN",
    "false",
    "switch",
    "`true` lets a process be reached from other machines without TLS or without known callers",
    _switch(),
)
HEALTH_LISTEN = Declaration(
    "AETHEL_HEALTH_LISTEN",
    "off",
    "host:port",
    "where health alone is served without TLS, for probes that cannot speak it, or `off`",
    listen_address_or_off(),
)
PLACES = Declaration(
    "AETHEL_MAX_SERVED",
    "64",
    "requests",
    "requests that the orchestrator serves at once; others wait for as long as their deadlines allow",
    integer(1, MAX_PLACES),
)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may connect and ask, and what this process shows of itself.

    `token` is empty and files are None where there are none. `places` is how many requests are served at once.
    """

    cert: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    client_ca: Path | None = None
    peer: str = TLS_PEER.default
    clients_file: Path | None = None
    token: str = field(default="", repr=False)
    token_file: Path | None = None
    is_open: bool = False
    health_listen: Address | None = None
    places: int = int(PLACES.default)

    def without_token(self) -> Access:
        """The same for calls to the mesh's own processes, which know one another by certificates."""
        return replace(self, token=NO_ACCESS.token, token_file=None)


NO_ACCESS = Access()
"""Nothing is shown and nothing is asked for: a mesh on one machine."""


class Take(Protocol):
    """Takes the value of one setting."""

    def __call__(self, declaration: Declaration[T], /) -> T: ...


def take_access(take: Take) -> Access:
    """These settings, in the order of the table."""
    return Access(
        cert=take(TLS_CERT),
        key=take(TLS_KEY),
        ca=take(TLS_CA),
        client_ca=take(TLS_CLIENT_CA),
        peer=take(TLS_PEER),
        clients_file=take(CLIENTS_FILE),
        token=take(TOKEN),
        token_file=take(TOKEN_FILE),
        is_open=take(OPEN_LISTEN),
        health_listen=take(HEALTH_LISTEN),
        places=take(PLACES),
    )


def access_problems(access: Access, process: Process, listen: Address) -> list[str]:
    """A sentence for whatever cannot be together: half a certificate, or a door open to other machines."""
    problems = []
    if (access.cert is None) != (access.key is None):
        problems.append(f"{TLS_CERT.name} and {TLS_KEY.name} name one file, expected both or neither")
    if access.client_ca is not None and access.cert is None:
        problems.append(
            f"{TLS_CLIENT_CA.name} is set without {TLS_CERT.name}, expected both: callers show theirs in TLS"
        )
    if access.token and access.token_file is not None:
        problems.append(f"{TOKEN.name} and {TOKEN_FILE.name} are both set, expected one of them")
    lacking = _lacking(access, process)
    if lacking and not access.is_open and not is_loopback(listen):
        problems.append(
            f"AETHEL_LISTEN is `{listen}`, which other machines reach, without {' and '.join(lacking)}; "
            f"expected them, an address of this machine only, or {OPEN_LISTEN.name}=true where everybody may ask"
        )
    return problems


def is_loopback(address: Address) -> bool:
    """Whether only this machine reaches an address; a name that is not `localhost` may mean any machine."""
    return ip_address(address.host).is_loopback if address.is_ip else address.host == "localhost"


def _lacking(access: Access, process: Process) -> list[str]:
    callers = CLIENTS_FILE if process is Process.ORCHESTRATOR else TLS_CLIENT_CA
    has_callers = access.clients_file if process is Process.ORCHESTRATOR else access.client_ca
    found = [] if access.cert else [TLS_CERT.name]
    if process is Process.HTTP:
        return found  # who calls is for the orchestrator to say
    return found if has_callers else [*found, callers.name]
