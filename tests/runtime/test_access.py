"""Who may connect: what a process refuses to start with, where a token may travel, and where health alone is served."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aethel.runtime.access import Access
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.settings import Process, SettingsError, read_settings
from tests.runtime.service import Probe, serving, unary

CERT = {"AETHEL_TLS_CERT": "cert.pem", "AETHEL_TLS_KEY": "key.pem"}
ALL = {**CERT, "AETHEL_TLS_CLIENT_CA": "ca.pem", "AETHEL_CLIENTS_FILE": "clients.json"}


@pytest.mark.parametrize("listen", ["0.0.0.0:1", "[::]:1", "192.0.2.1:1"])
@pytest.mark.parametrize("process", Process)
@pytest.mark.parametrize("lacking", [*CERT, "AETHEL_TLS_CLIENT_CA", "AETHEL_CLIENTS_FILE"])
def test_a_door_to_other_machines_needs_certificates_and_known_callers(
    process: Process, listen: str, lacking: str
) -> None:
    environ = {**ALL, "AETHEL_LISTEN": listen}
    assert read_settings(environ, process).access.cert is not None
    del environ[lacking]
    callers = ["AETHEL_TLS_CLIENT_CA", "AETHEL_CLIENTS_FILE"]
    optional = {Process.ORCHESTRATOR: callers[:1], Process.HTTP: callers}.get(process, callers[1:])
    if lacking in optional:
        read_settings(environ, process)
        return
    with pytest.raises(SettingsError, match=lacking):
        read_settings(environ, process)


@pytest.mark.parametrize("process", Process)
def test_an_open_door_is_said_to_be_one(process: Process) -> None:
    open_door = {"AETHEL_LISTEN": "0.0.0.0:1", "AETHEL_OPEN_LISTEN": "true"}
    assert read_settings(open_door, process).access.is_open
    assert not read_settings({"AETHEL_LISTEN": "127.0.0.2:1"}, process).access.is_open


@pytest.mark.parametrize(
    "wrong",
    [
        {"AETHEL_TLS_CERT": "cert.pem"},
        {"AETHEL_TLS_CLIENT_CA": "ca.pem"},
        {"AETHEL_TOKEN": "a", "AETHEL_TOKEN_FILE": "b"},
        {"AETHEL_TOKEN": "two words"},
        {"AETHEL_OPEN_LISTEN": "yes"},
    ],
)
def test_what_cannot_be_together_stops_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        read_settings(wrong, Process.ORCHESTRATOR)


def test_a_token_is_shown_nowhere() -> None:
    assert "aethel.secret" not in repr(read_settings({"AETHEL_TOKEN": "aethel.secret"}, Process.ORCHESTRATOR))


@pytest.mark.parametrize("host", ["192.0.2.1", "mesh.example"])
async def test_a_token_never_leaves_this_machine_in_the_clear(host: str) -> None:
    with pytest.raises(SettingsError, match="in the clear"):
        open_channel(Address(host, 1), 65_536, Access(token="aethel.a.b"))


async def test_a_token_is_shown_with_every_call_and_read_anew_from_its_file(tmp_path: Path) -> None:
    seen: list[str] = []

    class Listening(Probe):
        async def echo(self, request: bytes, context: Any) -> bytes:
            seen.extend(value for key, value in context.invocation_metadata() if key == "authorization")
            return request

    file = tmp_path / "token"
    file.write_text("first\n")
    async with (
        serving(Listening()) as (server, _),
        open_channel(server.address, 65_536, Access(token_file=file)) as channel,
    ):
        await unary(channel, "Echo")(b"")
        file.write_text("second\n")
        await unary(channel, "Echo")(b"")
    assert seen == ["Bearer first", "Bearer second"]


async def test_health_alone_is_served_where_probes_ask() -> None:
    async with serving(Probe(), health_listen="127.0.0.1:0") as (server, _):
        assert server.health_address is not None
        async with open_channel(server.health_address, 65_536) as channel:
            answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await unary(channel, "Echo")(b"", timeout=10)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
