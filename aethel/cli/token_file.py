"""The token that a command line names: a file with the token alone, or with the answer that bears it."""

from __future__ import annotations

from aethel.cli.exits import usage
from aethel.cli.terminal import printable
from aethel.cli.texts import read_at_most
from aethel.wire.exact_json import RowError, read_json
from token_verifier import MAXIMUM_BYTES

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Bytes of an answer that are read; the largest message of the mesh is smaller by default."""


def read_token(file: str) -> str:
    """The token in a file (`-` is standard input), or in the answer that `aethel verify --json` printed there.

    Raises CommandError where there is none.
    """
    data = read_at_most(file, MAX_ANSWER_BYTES).strip()
    token = _of_answer(file, data) if data.startswith(b"{") else data.decode("ascii", "replace")
    if not token:
        raise usage(f"`{printable(file)}` bears no token; an approval without one says why among its assumptions")
    if len(token) > MAXIMUM_BYTES:
        raise usage(f"`{printable(file)}` holds more than {MAXIMUM_BYTES} bytes, expected a token")
    return token


def _of_answer(file: str, data: bytes) -> str:
    try:
        answer = read_json(data)
    except RowError as error:
        raise usage(f"`{printable(file)}`: {error.message}") from error
    token = answer.get("token", "") if isinstance(answer, dict) else ""
    return token if type(token) is str else ""  # a number is read as a text of its own type
