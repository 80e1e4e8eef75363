"""Client channels to other processes, all with the same options."""

import json

import grpc

from aethel.runtime.address import Address

KEEPALIVE_MS = 20_000
"""Silence after which a peer is pinged, in milliseconds; a vanished host is noticed within this and the next."""

KEEPALIVE_TIMEOUT_MS = 5_000
"""Time a peer has to answer a ping, in milliseconds."""

MAX_RECONNECT_BACKOFF_MS = 1_000
"""Longest pause between attempts to reconnect, in milliseconds: a restarted peer is used again within a second."""

_ROUND_ROBIN = json.dumps({"loadBalancingConfig": [{"round_robin": {}}]})


def open_channel(address: Address, max_message_bytes: int) -> grpc.aio.Channel:
    """A channel to one address, which connects when first used; a name that means several replicas is spread over all.

    The proxy variables of the environment are not obeyed: the mesh talks to its own processes only.
    """
    return grpc.aio.insecure_channel(target(address), options=channel_options(max_message_bytes))


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
