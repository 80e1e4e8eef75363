"""Host and port pairs: where a process listens and where a peer is found."""

import ipaddress
from dataclasses import dataclass

_MAX_HOST_CHARS = 253
"""Longest host name in characters (RFC 1035, section 2.3.4, without the root dot)."""

_MAX_LABEL_CHARS = 63
"""Longest label of a host name in characters (RFC 1035, section 2.3.4)."""


@dataclass(frozen=True, slots=True)
class Address:
    """One `host:port`; the host is an IP address without brackets or a host name, the port 0 to 65535."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_ip(self) -> bool:
        """Whether the host is a literal IP address."""
        return _ip(self.host) is not None

    @property
    def is_ipv6(self) -> bool:
        """Whether the host is a literal IPv6 address."""
        return isinstance(_ip(self.host), ipaddress.IPv6Address)


def parse_address(text: str) -> Address | None:
    """Read `host:port` or `[ipv6]:port`; None when the text is anything else."""
    host, colon, port_text = text.rpartition(":")
    port = parse_integer(port_text)
    if not colon or port is None or port > 65535:
        return None
    if host.startswith("[") and host.endswith("]"):
        address = _ip(host[1:-1])
        return Address(str(address), port) if isinstance(address, ipaddress.IPv6Address) else None
    if isinstance(_ip(host), ipaddress.IPv4Address) or _is_host_name(host):
        return Address(host, port)
    return None


def parse_integer(text: str) -> int | None:
    """Read a non-negative integer in plain ASCII decimal digits without leading zeros; None for anything else."""
    plain = text.isascii() and text.isdigit() and len(text) <= 12
    return int(text) if plain and (text == "0" or not text.startswith("0")) else None


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_host_name(host: str) -> bool:
    """RFC 1123 host name whose last label is not a number, so that a mistyped IPv4 address is not taken for a name."""
    labels = host.split(".")
    return len(host) <= _MAX_HOST_CHARS and all(_is_label(label) for label in labels) and not labels[-1].isdigit()


def _is_label(label: str) -> bool:
    return (
        1 <= len(label) <= _MAX_LABEL_CHARS
        and label.isascii()
        and label.replace("-", "a").replace("_", "a").isalnum()
        and not label.startswith("-")
        and not label.endswith("-")
    )
