"""Listening: a taken address stops the start, and is never shared."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import pytest

from aethel.runtime.address import Address
from aethel.runtime.metrics import Metrics
from aethel.runtime.server import ListenError, RunningServer
from tests.runtime.service import Probe, serving, settings


@contextmanager
def taken(host: str, *, shareable: bool = False) -> Iterator[int]:
    """A port of one host that another socket listens on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as other:
        if shareable:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind((host, 0))
        other.listen()
        yield other.getsockname()[1]


async def refusal(**environ: str) -> str:
    server = RunningServer(Probe().servicers(), settings(**environ), Metrics())
    with pytest.raises(ListenError) as caught:
        await server.start()
    return str(caught.value)


async def test_port_0_picks_a_free_port_and_tells_which() -> None:
    async with serving(Probe()) as (server, _):
        assert server.address.host == "127.0.0.1"
        assert server.address.port > 0


async def test_two_servers_of_one_process_never_share_a_port() -> None:
    async with serving(Probe()) as (server, _):
        sentence = await refusal(listen=str(server.address))
        assert sentence == (
            f"cannot listen on `{server.address}`: address already in use, expected a free address of this machine"
        )


async def test_a_server_that_would_share_its_port_cannot_share_ours() -> None:
    async with serving(Probe()) as (server, _):
        sharing = grpc.aio.server()
        with pytest.raises(RuntimeError):
            sharing.add_insecure_port(str(server.address))


async def test_a_port_that_another_would_share_is_taken_all_the_same() -> None:
    with taken("127.0.0.1", shareable=True) as port:
        assert "address already in use" in await refusal(listen=f"127.0.0.1:{port}")


@pytest.mark.parametrize("everywhere", ["0.0.0.0", "[::]"])
async def test_every_interface_is_taken_when_one_of_them_is(everywhere: str) -> None:
    with taken("127.0.0.1") as port:
        assert "address already in use" in await refusal(listen=f"{everywhere}:{port}", open_listen="true")


async def test_half_of_both_families_is_not_taken_silently() -> None:
    with taken("::1") as port:
        assert "address already in use" in await refusal(listen=f"[::]:{port}", open_listen="true")


async def test_an_address_of_another_machine_is_refused() -> None:
    assert "cannot assign requested address" in await refusal(listen="192.0.2.1:0", open_listen="true")


async def test_a_taken_address_for_metrics_stops_the_start() -> None:
    with taken("127.0.0.1") as port:
        sentence = await refusal(metrics_listen=f"127.0.0.1:{port}")
    assert sentence.startswith(f"cannot listen on `127.0.0.1:{port}`: address already in use")


async def test_a_start_that_fails_leaves_no_metrics_behind() -> None:
    with taken("127.0.0.1") as port, taken("127.0.0.1") as metrics_port:
        pass
    with taken("127.0.0.1") as port:
        await refusal(listen=f"127.0.0.1:{port}", metrics_listen=f"127.0.0.1:{metrics_port}")
    async with serving(Probe(), metrics_listen=f"127.0.0.1:{metrics_port}") as (server, _):
        assert server.metrics_address == Address("127.0.0.1", metrics_port)
