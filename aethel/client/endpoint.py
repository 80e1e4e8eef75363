"""Where the mesh is and how it is spoken to: address, TLS and token."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

import grpc

from aethel.runtime.address import Address, parse_address
from aethel.runtime.channel import channel_options, target
from aethel.runtime.spans import header
from aethel.runtime.tracing import TRACEPARENT

MAX_MESSAGE_BYTES = 4 * 2**20
"""Longest message either way, in bytes: what a mesh takes and sends where nothing else is configured."""


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS to the mesh: its authorities, and for mutual TLS the client's own certificate, each as PEM bytes.

    Without `authorities` those of the machine count. `server_name` is the name in the mesh's certificate where it is
    not the host of the address.
    """

    authorities: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    certificate: bytes | None = None
    server_name: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A mesh at `host:port`; raises ValueError where that is no address, or a token would travel in the clear."""

    address: str
    token: str | None = field(default=None, repr=False)
    tls: Tls | None = None

    def __post_init__(self) -> None:
        place = parse_address(self.address)
        if place is None or place.port == 0:
            raise ValueError(f"`{self.address}` is no address, expected `host:port` such as `127.0.0.1:50050`")
        if self.token is not None and self.tls is None and not _is_this_machine(place):
            raise ValueError("a token is given without TLS, expected `tls`, or an address of this machine")
        if self.tls is not None and (self.tls.key is None) != (self.tls.certificate is None):
            raise ValueError("a key or a certificate is given alone, expected both or neither")

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What a call carries: the token, and the trace that the request at hand belongs to, where one is recorded."""
        parent = header()
        trace = ((TRACEPARENT, parent),) if parent else ()
        return trace if self.token is None else (("authorization", f"Bearer {self.token}"), *trace)

    def open(self) -> grpc.Channel:
        """A channel for callers that block."""
        if self.tls is None:
            return grpc.insecure_channel(self._target(), options=self._options())
        return grpc.secure_channel(self._target(), self._credentials(), options=self._options())

    def open_async(self) -> grpc.aio.Channel:
        """A channel for the event loop that runs."""
        if self.tls is None:
            return grpc.aio.insecure_channel(self._target(), options=self._options())
        return grpc.aio.secure_channel(self._target(), self._credentials(), options=self._options())

    def _target(self) -> str:
        place = parse_address(self.address)
        assert place is not None
        return target(place)

    def _options(self) -> tuple[tuple[str, int | str], ...]:
        name = "" if self.tls is None else self.tls.server_name
        named = (("grpc.ssl_target_name_override", name),) if name else ()
        return (*channel_options(MAX_MESSAGE_BYTES), *named)

    def _credentials(self) -> grpc.ChannelCredentials:
        assert self.tls is not None
        return grpc.ssl_channel_credentials(self.tls.authorities, self.tls.key, self.tls.certificate)


def _is_this_machine(place: Address) -> bool:
    return place.host == "localhost" or (place.is_ip and ipaddress.ip_address(place.host).is_loopback)
