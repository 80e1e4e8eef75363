"""Client channels: to our own processes, directly, and back soon after a restart."""

import grpc
import pytest

from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel, target
from tests.runtime.service import Probe, serving, unary


def test_a_literal_address_needs_no_resolver_and_a_name_does() -> None:
    assert target(Address("10.0.0.1", 80)) == "ipv4:10.0.0.1:80"
    assert target(Address("fd00::1", 80)) == "ipv6:[fd00::1]:80"
    assert target(Address("z3.mesh", 80)) == "dns:///z3.mesh:80"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_proxy_of_the_environment_is_not_obeyed(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "grpc_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    async with serving(Probe()) as (server, _), open_channel(Address(host, server.address.port), 65_536) as channel:
        assert await unary(channel, "Echo")(b"a", timeout=10) == b"a"


async def test_a_message_beyond_the_limit_is_not_sent() -> None:
    async with serving(Probe()) as (server, _), open_channel(server.address, 65_536) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await unary(channel, "Echo")(b"x" * 65_537)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "Sent message larger than max" in (caught.value.details() or "")


async def test_a_server_that_is_not_there_fails_a_call_at_once() -> None:
    async with serving(Probe()) as (server, _):
        gone = server.address
    async with open_channel(gone, 65_536) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await unary(channel, "Echo")(b"", timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_restarted_server_is_found_again() -> None:
    async with serving(Probe()) as (server, _):
        address = server.address
        channel = open_channel(address, 65_536)
        await unary(channel, "Echo")(b"")
    with pytest.raises(grpc.aio.AioRpcError):
        await unary(channel, "Echo")(b"", timeout=10)
    async with serving(Probe(), listen=str(address)):
        assert await unary(channel, "Echo")(b"again", timeout=5, wait_for_ready=True) == b"again"
        await channel.close(None)
