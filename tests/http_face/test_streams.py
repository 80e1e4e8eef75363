"""Streams of the modes: the steps come in order, and a caller who leaves ends the work."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.http_face.conftest import RunningFace
from tests.http_face.test_routes import row, valid

pytestmark = pytest.mark.asyncio(loop_scope="session")

STREAM = "/api/v1/expert/mode1/stream"


async def events(response: httpx.Response) -> AsyncIterator[tuple[str, dict[str, object]]]:
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


@pytest.mark.parametrize("mode", [1, 2, 3, 4])
async def test_steps_come_in_order_and_end_with_the_result(face: RunningFace, mode: int) -> None:
    path = f"/api/v1/expert/mode{mode}/stream"
    async with face.client.stream("POST", path, json=row(f"stream-{mode}")) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        told = [one async for one in events(response)]
    names = [name for name, _ in told]
    assert names[:3] == ["admitted", "read", "chosen"]
    assert set(names[3:-1]) == {"heard"}
    assert names[-1] == "result"
    valid("Result", told[-1][1]["result"])
    times = [data["after_ms"] for _, data in told]
    assert times == sorted(times)  # type: ignore[type-var]


async def test_a_question_that_is_none_is_refused_before_the_stream_begins(face: RunningFace) -> None:
    response = await face.client.post(STREAM, json={"id": "stream-x"})
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")


async def test_following_an_id_that_nobody_asks_about_is_not_found(face: RunningFace) -> None:
    response = await face.client.post(STREAM, json={"follow": "stream-nobody"})
    assert (response.status_code, response.json()["reason"]) == (404, "UNKNOWN_ID")


@pytest.mark.parametrize("path", ["mode0/stream", "mode5/stream", "mode1/", "mode11/stream", "mode１/stream"])
async def test_there_are_four_modes(face: RunningFace, path: str) -> None:
    assert (await face.client.post(f"/api/v1/expert/{path}", json={})).status_code == 404
