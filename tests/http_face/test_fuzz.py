"""No input makes the face fail: bodies drawn from its own document, and bodies that nearly are."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.http_face.description import OPERATIONS, openapi
from tests.http_face.conftest import RunningFace

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCHEMAS: Mapping[str, Any] = openapi()["components"]["schemas"]  # type: ignore[index]
POSTED = {path.replace("{mode}", "1"): one.takes for path, one in OPERATIONS.items() if one.takes}

_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def values(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """What a schema of the document allows."""
    if "$ref" in schema:
        return st.deferred(lambda: values(SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([values(one) for one in schema["anyOf"]])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([_of_kind(kind, schema) for kind in kinds])


def _of_kind(kind: str, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if kind == "object":
        return _objects(schema)
    if kind == "array":
        return st.lists(values(schema["items"]), max_size=3)
    if kind == "string":
        return st.text(min_size=schema.get("minLength", 0), max_size=20) | st.sampled_from(["1", "-1", "1e9", "EUR"])
    return st.booleans() if kind == "boolean" else st.integers() | st.floats(allow_nan=False, allow_infinity=False)


def _objects(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    known = schema.get("properties", {})
    if not known:
        more = schema.get("additionalProperties")
        return st.dictionaries(st.text(max_size=8), values(more) if more else _ANYTHING, max_size=3)
    required = {name: values(known[name]) for name in schema.get("required", ())}
    optional = {name: values(one) for name, one in known.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def bodies(name: str) -> st.SearchStrategy[bytes]:
    """What the document allows, the same with a byte changed, and anything."""
    fit = values(SCHEMAS[name]).map(lambda value: json.dumps(value).encode())
    broken = st.tuples(fit, st.integers(0, 2**16), st.integers(0, 255)).map(_with_byte)
    return fit | broken | _ANYTHING.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=50)


def _with_byte(drawn: tuple[bytes, int, int]) -> bytes:
    body, at, byte = drawn
    at %= len(body)
    return body[:at] + bytes([byte]) + body[at + 1 :]


def post(face: RunningFace, path: str, body: bytes) -> None:
    """Raise unless the face answers, and names what is wrong where something is."""
    response = httpx.post(
        f"http://{face.process.address}{path}",
        content=body,
        headers={"content-type": "application/json"},
        timeout=30,
        trust_env=False,
    )
    assert response.status_code < 500, (body, response.text)
    if response.status_code != 200:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["detail"]


@pytest.mark.parametrize("path", POSTED)
async def test_no_body_is_an_error_of_the_server(face: RunningFace, path: str) -> None:
    @settings(max_examples=6, deadline=None)
    @given(bodies(POSTED[path]))
    def check(body: bytes) -> None:
        post(face, path, body)

    await asyncio.to_thread(check)  # the loop reads what the processes log meanwhile


@pytest.mark.full
@pytest.mark.parametrize("path", POSTED)
async def test_none_of_many_bodies_is_an_error_of_the_server(face: RunningFace, path: str) -> None:
    @settings(max_examples=400, deadline=None)
    @given(bodies(POSTED[path]))
    def check(body: bytes) -> None:
        post(face, path, body)

    await asyncio.to_thread(check)  # the loop reads what the processes log meanwhile
