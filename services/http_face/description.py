"""The OpenAPI 3.1 document of the face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from services.http_face.calls import DEADLINE
from services.http_face.schemas import Schema, ref, schemas


@dataclass(frozen=True, slots=True)
class Operation:
    """One route: what it is for, the schemas of what it takes and gives, and the problems it may answer with.

    `gives` is empty where the answer is no JSON.
    """

    method: str
    summary: str
    gives: str
    takes: str = ""
    problems: tuple[int, ...] = ()


_OF_CALLS = (400, 401, 403, 409, 413, 429, 500, 502, 503, 504)
_OF_BODIES = (*_OF_CALLS, 408, 415)

OPERATIONS: Mapping[str, Operation] = {
    "/api/v1/verify": Operation("post", "May this intent execute?", "Result", "Question", _OF_BODIES),
    "/api/v1/verify/batch": Operation("post", "Several questions, each on its own", "Answers", "Batch", _OF_BODIES),
    "/api/v1/prepare": Operation("post", "Prove an intent for all values", "Prepared", "Preparation", _OF_BODIES),
    "/api/v1/explain": Operation("post", "How is it decided?", "Explanation", "Question", _OF_BODIES),
    "/api/v1/replay": Operation("post", "Decide once more, changing nothing", "Result", "Replay", _OF_BODIES),
    "/api/v1/settle": Operation("post", "Redeem a token, once", "Settled", "Settlement", _OF_BODIES),
    "/api/v1/release": Operation("post", "Give a reservation back", "Released", "Release", _OF_BODIES),
    "/api/v1/results/{id}": Operation("get", "What is kept of an id", "Kept", problems=(*_OF_CALLS, 404)),
    "/api/v1/expert/mode{mode}/stream": Operation(
        "post", "Decide, and tell each step as an event", "", "Watched", (*_OF_BODIES, 404)
    ),
    "/api/v1/expert/mode{mode}/health": Operation("get", "What a mode offers", "ModeHealth"),
    "/verify": Operation("post", "Is the payment of an x402 payload valid?", "Valid", "Payment", _OF_BODIES),
    "/health": Operation("get", "This process answers", "Alive"),
    "/health/detailed": Operation("get", "Every component", "Health"),
    "/metrics": Operation("get", "Prometheus metrics", ""),
    "/openapi.json": Operation("get", "This document", ""),
    "/.well-known/jwks.json": Operation("get", "The public keys of tokens", "Keys", problems=(404, 503)),
}
"""Every route by its path."""


def openapi() -> dict[str, object]:
    """The document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Aethel",
            "version": version("aethel"),
            "description": "A mesh of verification experts: may this financial intent execute?",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{}, {"bearer": []}],
        "paths": {path: {operation.method: _described(path, operation)} for path, operation in OPERATIONS.items()},
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _described(path: str, operation: Operation) -> Schema:
    described: Schema = {"summary": operation.summary, "operationId": _name(path, operation.method)}
    parameters = _parameters(path, has_deadline=bool(operation.problems))
    if parameters:
        described["parameters"] = parameters
    if operation.takes:
        described["requestBody"] = {"required": True, "content": _json(operation.takes)}
    described["responses"] = {
        "200": {"description": operation.summary} | ({"content": _json(operation.gives)} if operation.gives else {}),
        **({"503": {"description": "not all is well", "content": _json(operation.gives)}} if "health" in path else {}),
        **{str(status): {"description": "a problem", "content": _problem()} for status in sorted(operation.problems)},
    }
    return described


def _parameters(path: str, *, has_deadline: bool) -> list[Schema]:
    parameters: list[Schema] = []
    if "{id}" in path:
        parameters.append(_parameter("id", "path", {"type": "string", "minLength": 1, "maxLength": 256}))
    if "{mode}" in path:
        parameters.append(_parameter("mode", "path", {"enum": [1, 2, 3, 4]}))
    if has_deadline:
        parameters.append(_parameter(DEADLINE, "header", {"type": "integer", "minimum": 1, "maximum": 600_000}))
    return parameters


def _parameter(name: str, place: str, schema: Schema) -> Schema:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _name(path: str, method: str) -> str:
    words = [word for word in path.replace("{", "").replace("}", "").replace(".", "/").split("/") if word]
    return "_".join([method, *words]).replace("-", "_")


def _json(schema: str) -> Schema:
    return {"application/json": {"schema": ref(schema)}}


def _problem() -> Schema:
    return {"application/problem+json": {"schema": ref("Problem")}}
