"""Whatever is sent, the caller gets a problem with its reason, and the face goes on."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.http_face.conftest import RunningFace
from tests.http_face.test_routes import row

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = {"content-type": "application/json"}
VERIFY = "/api/v1/verify"

MALFORMED = {
    "nothing": b"",
    "a repeated key": b'{"id": "a", "id": "b", "intent": ""}',
    "not a number": b'{"id": "a", "intent": "", "args": {"x": NaN}}',
    "infinity": b'{"id": "a", "intent": "", "args": {"x": -Infinity}}',
    "invalid UTF-8": b'{"id": "\xff", "intent": ""}',
    "UTF-16": '{"id": "a", "intent": ""}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"id": "a", "intent": ""}',
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000,
    "deep context": b'{"id": "a", "intent": "", "context": ' + b"[" * 900 + b"]" * 900 + b"}",
    "deep transaction": b'{"id": "a", "transaction": {"postings": ' + b"[" * 900 + b"]" * 900 + b"}}",
    "a number": b"1" * 10_000,
    "an unknown field": b'{"id": "a", "intent": "", "intnet": ""}',
    "half a character": b'{"id": "\\ud800", "intent": ""}',
    "an empty id": b'{"id": "", "intent": ""}',
    "a long id": b'{"id": "' + b"a" * 257 + b'", "intent": ""}',
    "both subjects": b'{"id": "a", "intent": "", "transaction": "1"}',
    "a wrong scope": b'{"id": "a", "intent": "", "scope": "all"}',
    "two values": b'{"id": "a", "intent": ""} {}',
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_what_is_no_request_is_a_problem_with_its_reason(face: RunningFace, name: str) -> None:
    response = await face.client.post(VERIFY, content=MALFORMED[name], headers=JSON)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["reason"], problem["status"]) == ("INVALID_REQUEST", 400)
    assert problem["detail"]
    assert len(response.content) < 2_000


async def test_a_huge_number_stays_exact_or_is_an_answer(face: RunningFace) -> None:
    content = json.dumps(row("huge-1")).replace('{"amount": 10}', '{"amount": 1e999999999}').encode()
    response = await face.client.post(VERIFY, content=content, headers=JSON)
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        assert response.json()["consensus"] != "APPROVED"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/x-www-form-urlencoded"},
        {**JSON, "content-encoding": "gzip"},
    ],
)
async def test_another_type_or_encoding_is_not_read(face: RunningFace, headers: dict[str, str]) -> None:
    response = await face.client.post(VERIFY, content=b"{}", headers=headers)
    assert (response.status_code, response.json()["reason"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_another_method_is_told_which_ones_there_are(face: RunningFace, method: str) -> None:
    response = await face.client.request(method, VERIFY)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_an_unknown_path_is_not_found(face: RunningFace) -> None:
    response = await face.client.post("/api/v1/verify/", json={})
    assert (response.status_code, response.json()["reason"]) == (404, "NOT_FOUND")


async def test_ten_megabytes_in_chunks_are_refused_before_they_are_parsed(face: RunningFace) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(160):
            sent += 65_536
            yield b" " * 65_536

    response = await face.client.post(VERIFY, content=chunks(), headers=JSON)
    assert (response.status_code, response.json()["reason"]) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize("declared", ["5000000", "9" * 19])
async def test_a_body_that_says_it_is_too_large_is_not_awaited(face: RunningFace, declared: str) -> None:
    answer = await raw(face, f"POST {VERIFY} HTTP/1.1\r\nhost: a\r\n{_TYPE}content-length: {declared}\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


_TYPE = "content-type: application/json\r\n"


@pytest.mark.parametrize(
    "head",
    [
        "nonsense\r\n\r\n",
        f"POST {VERIFY} HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        f"POST {VERIFY} HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        f"POST {VERIFY} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n",
        f"GET /health HTTP/1.1\r\nhost: a\r\nx: {'a' * 40_000}\r\n\r\n",
        "GET /health HTTP/1.1\r\nhost: a\r\n" + "x: a\r\n" * 9_000 + "\r\n",
        "GET /health\0 HTTP/1.1\r\nhost: a\r\n\r\n",
    ],
)
async def test_what_is_no_http_ends_its_connection(face: RunningFace, head: str) -> None:
    answer = await raw(face, head)
    assert not answer or answer.split(b" ", 2)[1][:1] == b"4"
    assert b"Traceback" not in answer


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "abc", "600001", "9" * 400])
async def test_a_deadline_is_milliseconds_within_its_bounds(face: RunningFace, value: str) -> None:
    response = await face.client.post(VERIFY, json=row("deadline"), headers={"aethel-deadline-ms": value})
    assert response.status_code == 400
    assert "aethel-deadline-ms" in response.json()["detail"]


async def test_a_deadline_that_passes_is_a_timeout_of_the_gateway(face: RunningFace) -> None:
    response = await face.client.post(VERIFY, json=row("deadline-1"), headers={"aethel-deadline-ms": "1"})
    assert (response.status_code, response.json()["reason"]) == (504, "DEADLINE_EXCEEDED")


async def test_too_many_rows_of_a_batch_are_too_large(face: RunningFace) -> None:
    response = await face.client.post("/api/v1/verify/batch", json={"questions": [{}] * 257})
    assert (response.status_code, response.json()["reason"]) == (413, "REQUEST_TOO_LARGE")


async def raw(face: RunningFace, head: str) -> bytes:
    """What comes back, up to the end of the connection or two seconds of silence after something came."""
    reader, writer = await asyncio.open_connection(face.process.address.host, face.process.address.port)
    try:
        writer.write(head.encode("latin-1"))
        await writer.drain()
        async with asyncio.timeout(10):
            return await reader.read(65_536)
    except ConnectionError:
        return b""
    finally:
        writer.close()
