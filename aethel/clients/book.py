"""The book of clients: names, roles, credentials and limits, strictly read from JSON and written as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from aethel.clients.tokens import Kept
from aethel.runtime.caller import Role

MAX_BOOK_BYTES = 4_194_304
"""Bytes of a book: some ten thousand clients."""

MAX_NAME_CHARS = 128
"""Characters of a client's name, as in the rules of clients."""

MAX_CREDENTIALS = 16
"""Tokens, and certificates, of one client: some for each of its replicas, and those of a rotation."""

MAX_LIMIT = 1_000_000
"""Largest limit; what is larger bounds nothing."""

_MAX_IDENTITY_CHARS = 2_048

T = TypeVar("T")


class BookError(ValueError):
    """The book cannot be used; the message is one sentence that names the entry."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask of one orchestrator.

    `requests_per_s` questions in a second on average, as many at once; `concurrency` requests at a time;
    `solver_s_per_min` seconds of solver in a minute on average, as many at once. Raises BookError outside 1 to
    `MAX_LIMIT`.
    """

    requests_per_s: int = 100
    concurrency: int = 16
    solver_s_per_min: int = 60

    def __post_init__(self) -> None:
        for name in _LIMITS:
            value = getattr(self, name)
            if type(value) is not int or not 1 <= value <= MAX_LIMIT:
                raise BookError(f"`{name}` is {_quoted(str(value))}, expected an integer from 1 to {MAX_LIMIT}")


_LIMITS = ("requests_per_s", "concurrency", "solver_s_per_min")


@dataclass(frozen=True, slots=True)
class Client:
    """One client. `certificates` are identities: a URI as it is, a DNS name behind `dns:`. Raises BookError.

    A revoked client has no credentials and its name is never given again, since ids belong to names.
    """

    name: str
    roles: frozenset[Role]
    tokens: tuple[Kept, ...] = ()
    certificates: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    is_revoked: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= MAX_NAME_CHARS or not self.name.isprintable():
            raise BookError(
                f"client {_quoted(self.name)}, expected a name of 1 to {MAX_NAME_CHARS} printable characters"
            )
        if max(len(self.tokens), len(self.certificates)) > MAX_CREDENTIALS:
            raise BookError(f"client {_quoted(self.name)} has more than {MAX_CREDENTIALS} tokens or certificates")
        if self.is_revoked and (self.tokens or self.certificates):
            raise BookError(f"client {_quoted(self.name)} is revoked, expected no credentials")
        for identity in self.certificates:
            _check_identity(identity)


class Book:
    """Clients by name, token id and certificate; raises BookError where two share one of them."""

    def __init__(self, clients: Iterable[Client] = ()) -> None:
        self.clients: tuple[Client, ...] = tuple(sorted(clients, key=lambda one: one.name))
        self._by_name = _index((one.name, one) for one in self.clients)
        self._by_token = _index((kept.id, (one, kept)) for one in self.clients for kept in one.tokens)
        self._by_certificate = _index((name, one) for one in self.clients for name in one.certificates)

    def named(self, name: str) -> Client | None:
        """The client of a name."""
        return self._by_name.get(name)

    def of_token(self, token_id: str) -> tuple[Client, Kept] | None:
        """Whose token an id names; whether it is the one shown is not said by that."""
        return self._by_token.get(token_id)

    def of_certificate(self, identities: Iterable[str]) -> Client | None:
        """The one client with any of these identities; None where there is none, and where there are several."""
        found = {one.name: one for one in map(self._by_certificate.get, identities) if one is not None}
        return next(iter(found.values())) if len(found) == 1 else None

    def with_client(self, client: Client) -> Book:
        """The book with this client in the place of the one of its name; raises BookError."""
        return Book((*(one for one in self.clients if one.name != client.name), client))


def read_book(content: bytes) -> Book:
    """The book in a JSON text; raises BookError for whatever is no book, so that nobody is let in by mistake."""
    if len(content) > MAX_BOOK_BYTES:
        raise BookError(f"more than {MAX_BOOK_BYTES} bytes")
    try:
        found = json.loads(content.decode("utf-8"), object_pairs_hook=_once)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BookError(f"no JSON: {str(error)[:200]}") from error
    table = _table(found, "the book", ("clients",))
    clients = table.get("clients")
    if not isinstance(clients, dict):
        raise BookError("`clients` is no object, expected a client behind each name")
    return Book(_client(name, entry) for name, entry in clients.items())


def written(book: Book) -> bytes:
    """The book as `read_book` reads it."""
    entries = {one.name: _entry(one) for one in book.clients}
    return (json.dumps({"clients": entries}, indent=1) + "\n").encode()


def _entry(client: Client) -> dict[str, object]:
    entry: dict[str, object] = {"roles": sorted(role.value for role in client.roles)}
    if client.is_revoked:
        return {**entry, "revoked": True}
    return {
        **entry,
        "tokens": [{"id": kept.id, "salt": kept.salt, "hash": kept.hash} for kept in client.tokens],
        "certificates": list(client.certificates),
        "limits": {name: getattr(client.limits, name) for name in _LIMITS},
    }


def _client(name: str, value: object) -> Client:
    entry = _table(value, f"client {_quoted(name)}", ("roles", "tokens", "certificates", "limits", "revoked"))
    place = f"client {_quoted(name)}"
    revoked = entry.get("revoked", False)
    if type(revoked) is not bool:
        raise BookError(f"`revoked` of {place}, expected true or false")
    limits = _table(entry.get("limits", {}), f"limits of {place}", _LIMITS)
    return Client(
        name=name,
        roles=frozenset(_role(text, place) for text in _texts(entry.get("roles"), f"roles of {place}")),
        tokens=tuple(_kept(token, place) for token in _list(entry.get("tokens", []), f"tokens of {place}")),
        certificates=_texts(entry.get("certificates", []), f"certificates of {place}"),
        limits=Limits(**limits),  # type: ignore[arg-type]  # it checks the types itself
        is_revoked=revoked,
    )


def role_of(text: str) -> Role:
    """The role of a name; raises BookError where there is none."""
    try:
        return Role(text)
    except ValueError:
        expected = ", ".join(f"`{role.value}`" for role in Role)
        raise BookError(f"role {_quoted(text)}, expected one of {expected}") from None


def _role(text: str, place: str) -> Role:
    try:
        return role_of(text)
    except BookError as error:
        raise BookError(f"{place}: {error}") from error


def _kept(value: object, place: str) -> Kept:
    token = _table(value, f"token of {place}", ("id", "salt", "hash"))
    try:
        return Kept(*(str(token.get(name, "")) for name in ("id", "salt", "hash")))
    except ValueError as error:
        raise BookError(f"token of {place}: {error}") from error


def _check_identity(identity: str) -> None:
    is_name = identity.startswith("dns:") and len(identity) > 4 and identity == identity.lower()
    is_uri = "://" in identity and not identity.startswith(":")
    is_plain = identity.isascii() and identity.isprintable() and " " not in identity and "*" not in identity
    if not (is_plain and (is_name or is_uri) and len(identity) <= _MAX_IDENTITY_CHARS):
        raise BookError(
            f"certificate {_quoted(identity)}, expected a URI such as `spiffe://bank/payments`, "
            "or `dns:` and a name in lower case"
        )


def _index(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    found: dict[str, T] = {}
    for key, value in pairs:
        if key in found:
            raise BookError(f"{_quoted(key)} is there twice, expected each name, token and certificate once")
        found[key] = value
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return _index(pairs)


def _table(value: object, place: str, known: Iterable[str]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BookError(f"{place} is no object")
    for name in value:
        if name not in known:
            raise BookError(
                f"{_quoted(name)} in {place} is unknown, expected {' or '.join(f'`{one}`' for one in known)}"
            )
    return value


def _list(value: object, place: str) -> list[object]:
    if not isinstance(value, list):
        raise BookError(f"{place} are no list")
    return value


def _texts(value: object, place: str) -> tuple[str, ...]:
    texts = _list(value, place)
    if not all(isinstance(text, str) for text in texts):
        raise BookError(f"{place} are no list of texts")
    return tuple(str(text) for text in texts)


def _quoted(text: str) -> str:
    """Text of the book in backticks, shortened, what is not printable as an escape."""
    shown = "".join(char if char.isprintable() and char != "`" else f"\\u{ord(char):04x}" for char in text)
    return f"`{shown if len(shown) <= 80 else shown[:79] + '…'}`"
