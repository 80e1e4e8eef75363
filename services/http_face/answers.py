"""JSON answers of the HTTP face."""

from __future__ import annotations

import json

from starlette.responses import Response

_NOT_STORED = {"cache-control": "no-store"}
"""An answer is of one moment, and may bear a token: no cache between keeps it."""


def json_response(value: object) -> Response:
    """A value as JSON in ASCII, status 200, never cached."""
    return Response(json_bytes(value), headers=_NOT_STORED, media_type="application/json")


def json_bytes(value: object) -> bytes:
    """A value as JSON in ASCII, on one line."""
    return json.dumps(value, allow_nan=False).encode("ascii")
