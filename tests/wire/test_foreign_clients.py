"""Clients by other people: buf through reflection, and Node from the files of the contract."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from aethel.runtime.faults import Reason
from aethel.runtime.server import RunningServer
from tests.tools import REPOSITORY, node_modules, tool
from tests.wire.experts import NAME, ParityExpert, running, serving
from tests.wire.test_remote_mesh import Mesh

NODE_CLIENT = Path(__file__).with_name("client.js")
_LIMIT_S = 30
"""Time one foreign client has, in seconds."""


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with serving(ParityExpert()) as running_server:
        yield running_server


async def run(*command: str, **environ: str) -> tuple[int, str, str]:
    """Exit code and output of a program, ended after its limit; the loop stays free to serve it meanwhile."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=os.environ | environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_LIMIT_S):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, out.decode(), err.decode()


async def buf_curl(server: RunningServer, method: str, data: object) -> tuple[int, str, str]:
    """Call a method that buf learns of by asking the server."""
    url = f"http://{server.address}/aethel.v1.{method}"
    return await run(tool("buf"), "curl", "--protocol", "grpc", "--http2-prior-knowledge", "-d", json.dumps(data), url)


async def test_buf_verifies_through_reflection(server: RunningServer) -> None:
    request = {"question": {"transactionId": "tx", "intent": "b2Rk"}, "remainingMs": 5000}
    code, out, err = await buf_curl(server, "ExpertService/Verify", request)
    assert code == 0, err
    answer = json.loads(out)
    assert answer["transactionId"] == "tx"
    assert answer["verdict"]["expertName"] == NAME
    assert answer["verdict"]["verdict"] == "VERDICT_REJECT"
    assert answer["verdict"]["findings"][0]["code"] == "ODD"


async def test_buf_learns_of_a_fault_with_its_reason(server: RunningServer) -> None:
    code, _, err = await buf_curl(server, "ExpertService/Verify", {"question": {"transactionId": "tx"}})
    assert code != 0
    error = json.loads(err)
    (detail,) = error["details"]
    assert error["code"] == "invalid_argument"
    assert detail["type"] == "google.rpc.ErrorInfo"
    assert ErrorInfo.FromString(base64.b64decode(detail["value"] + "==")).reason == Reason.INVALID_REQUEST


async def test_buf_verifies_with_the_mesh(server: RunningServer) -> None:
    async with running(Mesh()) as mesh:
        code, out, err = await buf_curl(
            mesh, "VerificationService/Verify", {"question": {"transactionId": "tx", "intent": "b2Rk"}}
        )
    assert code == 0, err
    assert json.loads(out)["result"]["consensus"] == "CONSENSUS_UNCERTAIN"


async def node_client(server: RunningServer) -> dict[str, Any]:
    """What the client in Node saw, which reads the contract from its files."""
    packages = node_modules("@grpc/grpc-js", "@grpc/proto-loader")
    code, out, err = await run(
        tool("node"), str(NODE_CLIENT), str(REPOSITORY / "protos"), str(server.address), NODE_PATH=str(packages)
    )
    assert code == 0, err
    answers: dict[str, Any] = json.loads(out)
    return answers


async def test_node_verifies_streams_and_reads_faults(server: RunningServer) -> None:
    seen = await node_client(server)
    assert seen["description"]["expert_name"] == NAME
    assert seen["verdict"]["verdict"] == "VERDICT_APPROVE"
    assert seen["verdict"]["confidence"] == 0.99
    assert seen["streamed"] == {"7": "VERDICT_APPROVE", "8": "VERDICT_REJECT", "9": "VERDICT_ABSTAIN"}
    (detail,) = Status.FromString(base64.b64decode(seen["refused"]["status"])).details
    assert seen["refused"]["code"] == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert ErrorInfo.FromString(detail.value).reason == Reason.INVALID_REQUEST
