"""How one setting is declared: its name, default, unit, meaning and the strict reading of its text."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

from aethel.runtime.address import Address, parse_address, parse_integer

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

HIDDEN = "(hidden)"
"""What is printed in place of a secret."""

_MAX_SHOWN_CHARS = 80
"""Characters of a wrong value that an error repeats; a pasted certificate must not flood the terminal."""

_MAX_NAME_CHARS = 256
"""Characters of a name; it travels in every token."""

_MAX_SHARE_CHARS = 12
"""Characters of a threshold; more digits than this cannot come from a calibration."""


MAX_PEERS = 64
"""Addresses of one setting; a name that means many processes is one address."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A sort of value: what text is expected, in words, and the reader that raises `ValueError` on any other."""

    expected: str
    parse: Callable[[str], T]


@dataclass(frozen=True, slots=True)
class Declaration(Generic[T]):
    """One setting; the default is text like any other and must be readable."""

    name: str
    default: str
    unit: str
    meaning: str
    kind: Kind[T]
    is_secret: bool = False

    def shown(self, text: str) -> str:
        """The text as it may be printed."""
        return HIDDEN if self.is_secret else text

    def problem(self, text: str) -> str:
        """The sentence that says why the text is refused."""
        return f"{self.name} is {quoted(self.shown(text))}, expected {self.kind.expected}"


def quoted(text: str) -> str:
    """A value in backticks, shortened, with everything that is not printable ASCII escaped."""
    plain = text.encode("ascii", "backslashreplace").decode("ascii")
    printable = "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in plain)
    cut = printable if len(printable) <= _MAX_SHOWN_CHARS else f"{printable[:_MAX_SHOWN_CHARS]}..."
    return f"`{cut}`"


def integer(least: int, most: int) -> Kind[int]:
    """An integer between two bounds, both allowed."""

    def parse(text: str) -> int:
        value = parse_integer(text)
        if value is None or not least <= value <= most:
            raise ValueError(text)
        return value

    return Kind(f"an integer from {least} to {most}, in decimal digits", parse)


def integer_or_word(word: str, least: int, most: int) -> Kind[int | None]:
    """An integer between two bounds, or one word, which is read as None."""
    number = integer(least, most)
    return Kind(f"`{word}` or {number.expected}", lambda text: None if text == word else number.parse(text))


def share() -> Kind[Decimal]:
    """A decimal above 0 and up to 1, exact."""

    def parse(text: str) -> Decimal:
        whole, _, fraction = text.partition(".")
        digits = (whole + fraction).isascii() and whole.isdigit() and (fraction.isdigit() or "." not in text)
        if not digits or len(text) > _MAX_SHARE_CHARS or not 0 < Decimal(text) <= 1:
            raise ValueError(text)
        return Decimal(text)

    return Kind("a decimal above 0 and up to 1, such as `0.7`", parse)


def word_of(words: type[E]) -> Kind[E]:
    """One word of a closed set, upper or lower case."""
    return Kind(f"one of {', '.join(words)}", lambda text: words(text.upper()))


def directory() -> Kind[Path]:
    """The path of a folder, which need not exist yet."""

    def parse(text: str) -> Path:
        if not text or "\0" in text:
            raise ValueError(text)
        return Path(text)

    return Kind("the path of a folder", parse)


def file_or_none() -> Kind[Path | None]:
    """The path of a file, or the word `none`; whether it can be read is for whoever reads it to say."""
    path = directory()
    return Kind("the path of a file or `none`", lambda text: None if text == "none" else path.parse(text))


def store_or_none() -> Kind[str | None]:
    """The name of a store, or the word `none`; whether it can be opened is for whoever opens it to say."""

    def parse(text: str) -> str | None:
        if not text or not text.isprintable():
            raise ValueError(text)
        return None if text == "none" else text

    return Kind("`none`, `embedded`, the path of a file or a `postgresql://` address", parse)


def peer_address() -> Kind[Address]:
    """Where a peer is found: a host name or IP address and a port."""

    def parse(text: str) -> Address:
        address = parse_address(text)
        if address is None or address.port == 0:
            raise ValueError(text)
        return address

    return Kind("`host:port` with a port from 1 to 65535, such as `127.0.0.1:50051`", parse)


def peer_addresses() -> Kind[tuple[Address, ...]]:
    """Where the processes of a peer are found: one address or more, separated by commas, each once."""
    one = peer_address()

    def parse(text: str) -> tuple[Address, ...]:
        addresses = tuple(one.parse(part.strip(" ")) for part in text.split(","))
        if len(set(addresses)) < len(addresses) or len(addresses) > MAX_PEERS:
            raise ValueError(text)
        return addresses

    return Kind(f"{one.expected}, or up to {MAX_PEERS} different ones separated by commas", parse)


def listen_address() -> Kind[Address]:
    """Where to listen: an IP address, or `localhost` for 127.0.0.1, and a port; one name must mean one socket."""

    def parse(text: str) -> Address:
        address = parse_address(text)
        if address is not None and address.host == "localhost":
            return Address("127.0.0.1", address.port)
        if address is None or not address.is_ip:
            raise ValueError(text)
        return address

    return Kind("`address:port` with an IP address or `localhost` and a port from 0 to 65535", parse)


def listen_address_or_off() -> Kind[Address | None]:
    """Where to listen, or the word `off`."""
    listen = listen_address()
    return Kind(f"`off` or {listen.expected}", lambda text: None if text == "off" else listen.parse(text))


def folder_or_embedded() -> Kind[Path | None]:
    """The path of a folder, or the word `embedded`, which is read as None."""
    path = directory()
    return Kind("the path of a folder or `embedded`", lambda text: None if text == "embedded" else path.parse(text))


def name() -> Kind[str]:
    """A name of some printable ASCII characters."""

    def parse(text: str) -> str:
        if not text or len(text) > _MAX_NAME_CHARS or not (text.isascii() and text.isprintable()):
            raise ValueError(text)
        return text

    return Kind(f"a name of 1 to {_MAX_NAME_CHARS} printable ASCII characters", parse)
