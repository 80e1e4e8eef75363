"""Client channels to other processes, all with the same options."""

import json

import grpc

from aethel.runtime.access import NO_ACCESS, TLS_CA, Access, is_loopback
from aethel.runtime.address import Address
from aethel.runtime.bearer import interceptors, token_of
from aethel.runtime.settings import SettingsError
from aethel.runtime.tls import channel_credentials

KEEPALIVE_MS = 20_000
"""Silence after which a peer is pinged, in milliseconds; a vanished host is noticed within this and the next."""

KEEPALIVE_TIMEOUT_MS = 5_000
"""Time a peer has to answer a ping, in milliseconds."""

MAX_RECONNECT_BACKOFF_MS = 1_000
"""Longest pause between attempts to reconnect, in milliseconds: a restarted peer is used again within a second."""

_ROUND_ROBIN = json.dumps({"loadBalancingConfig": [{"round_robin": {}}]})


def open_channel(
    address: Address, max_message_bytes: int, access: Access = NO_ACCESS, name: str = ""
) -> grpc.aio.Channel:
    """A channel to one address, which connects when first used; a name that means several replicas is spread over all.

    `name` is the host that the server must prove to be, where the address is one of several that a name stands for.
    `access` says what the server must show and what is shown to it; certificates are read now, a file with a token for
    every call. The proxy variables of the environment are not obeyed: the mesh talks to its own processes only. Raises
    SettingsError where a file cannot be used, and where a token would leave this machine without TLS.
    """
    credentials, token = channel_credentials(access), token_of(access)
    if token is not None and credentials is None and not is_loopback(address):
        raise SettingsError((f"a token would travel to `{address}` in the clear, expected {TLS_CA.name}",))
    shown = None if token is None else interceptors(token)
    options = (*channel_options(max_message_bytes), *((("grpc.default_authority", name),) if name else ()))
    if credentials is None:
        return grpc.aio.insecure_channel(target(address), options=options, interceptors=shown)
    return grpc.aio.secure_channel(target(address), credentials, options=options, interceptors=shown)


def target(address: Address) -> str:
    """The gRPC name of an address; a literal IP address needs no resolver."""
    if not address.is_ip:
        return f"dns:///{address}"
    return f"ipv6:{address}" if address.is_ipv6 else f"ipv4:{address}"


def channel_options(max_message_bytes: int) -> tuple[tuple[str, int | str], ...]:
    """Options of every client channel, for messages of at most `max_message_bytes` either way."""
    return (
        ("grpc.enable_http_proxy", 0),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.service_config", _ROUND_ROBIN),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.keepalive_time_ms", KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", MAX_RECONNECT_BACKOFF_MS),
    )
