"""Whether a URL leads anywhere but to a public web page: read by the URL living standard's host parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address, ip_address

from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Weakness

_SCHEME = re.compile(r"[\x00-\x20]*([A-Za-z][A-Za-z0-9+.-]*):")
_AUTHORITY = re.compile(r"[\\/]*([^\\/?#]*)")
_NUMBER = re.compile(r"(?:0x([0-9a-f]*)|(0[0-7]*)|([1-9]\d*))$", re.IGNORECASE)
_INTERNAL = (
    ".internal",
    ".local",
    ".localhost",
    ".localdomain",
    ".lan",
    ".intranet",
    ".home.arpa",
    ".nip.io",
    ".sslip.io",
)
_LONGEST_HOST = 255


def breakouts(text: str) -> Iterator[Breakout]:
    """What makes the URL dangerous to fetch or to show, at most one finding; for fields that hold one URL only.

    A text without a scheme is a relative reference and is not judged.
    """
    scheme = _SCHEME.match(text)
    if scheme is None:
        return
    name = scheme.group(1).lower()
    if name not in ("http", "https"):
        if name in ("mailto", "tel"):
            return
        yield _breakout(0, scheme.end(), f"has scheme `{name}`, and `http` or `https` was expected", "0.9")
        return
    authority = _AUTHORITY.match(text, scheme.end())
    if authority is None:
        return
    start, end = authority.span(1)
    reason = _of_authority(authority.group(1))
    if reason:
        yield _breakout(scheme.start(1), max(end, start + 1), reason, "0.95")
    elif any(character <= " " or character == "\x7f" for character in text.strip()):
        yield _breakout(
            scheme.start(1), len(text), "holds blanks or controls, which URL parsers drop differently", "0.8"
        )


def _of_authority(authority: str) -> str:
    if "@" in authority:
        return "shows a user name that reads as a host before the `@`"
    if authority.startswith("["):
        host = authority[1:].partition("]")[0]
    else:
        host = authority.partition(":")[0].rstrip(".").lower()
    if not host or len(host) > _LONGEST_HOST:
        return "names no host"
    address = _address(host)
    if address is not None and not address.is_global:
        return f"leads to `{address}`, an address that is not public"
    if host == "localhost" or host.endswith(_INTERNAL) or ("." not in host and address is None):
        return f"leads to `{host}`, a name of an internal network"
    return ""


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a browser reads: IPv4 parts may be octal or hexadecimal, and the last may span several bytes."""
    try:
        address = ip_address(host)
    except ValueError:
        return _loose_ipv4(host)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _loose_ipv4(host: str) -> IPv4Address | None:
    parts = host.split(".")
    if len(parts) > 4:
        return None
    numbers = []
    for part in parts:
        found = _NUMBER.match(part)
        if found is None or len(part) > 16:
            return None
        hexadecimal, octal, decimal = found.groups()
        if hexadecimal is not None:
            numbers.append(int(hexadecimal or "0", 16))
        else:
            numbers.append(int(octal, 8) if octal is not None else int(decimal))
    *heads, last = numbers
    if any(number > 255 for number in heads) or last >= 256 ** (5 - len(parts)):
        return None
    return IPv4Address(sum(number << (24 - 8 * index) for index, number in enumerate(heads)) + last)


def _breakout(start: int, end: int, what: str, confidence: str) -> Breakout:
    return Breakout(
        SecurityClass.BREAKOUT,
        start,
        end,
        what,
        "give an `https` URL of a public host without user name",
        Weakness.SERVER_SIDE_REQUEST,
        Decimal(confidence),
    )
