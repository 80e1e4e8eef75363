"""The question that a command line asks: the text of a file, its arguments and what is known of the state."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.cli.terminal import printable
from aethel.intent.limits import DEFAULT_LIMITS
from aethel.request import Question
from aethel.wire.exact_json import RowError, read_json
from aethel.wire.rows import MAX_ROW_BYTES, question_from_row

STDIN = "-"
"""The file name that means standard input."""

_READ_BYTES = 4 * DEFAULT_LIMITS.text_bytes
"""Bytes of a text that are read: enough for the language to refuse it in its own words, and bounded."""


def question(
    file: str, arguments: Sequence[str] = (), context: str | None = None, transaction_id: str | None = None
) -> Question:
    """The question that a file's text asks with `name=value` arguments and the state in a JSON file.

    Raises `CommandError` where a file cannot be read or an argument, the state or the identifier is no such thing.
    """
    if file == STDIN == context:
        raise usage("text and context are both `-`, expected one of them from standard input")
    text = read_text(file)
    row: dict[str, object] = {
        "id": f"cli-{secrets.token_hex(6)}" if transaction_id is None else transaction_id,
        "intent": "",
        "args": _arguments(arguments),
    }
    if context is not None:
        row["context"] = _context(context)
    try:
        return replace(question_from_row(row), intent_text=text)
    except RowError as error:
        raise usage(error.message) from error


def read_text(file: str) -> bytes:
    """The text of an intent; raises `CommandError` where it cannot be read or is far too large to be one."""
    text = _read(file, _READ_BYTES)
    if len(text) > _READ_BYTES:
        limit = DEFAULT_LIMITS.text_bytes
        sentence = f"`{printable(file)}` has more than {_READ_BYTES} bytes, expected an intent of at most {limit}"
        raise CommandError(ExitCode.FAILED, sentence)
    return text


def _arguments(given: Sequence[str]) -> Mapping[str, str]:
    arguments: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise usage(f"argument `{printable(text)}` has no name and value, expected `name=value`")
        if name in arguments:
            raise usage(f"argument `{printable(name)}` is given twice, expected it once")
        arguments[name] = value
    return arguments


def _context(file: str) -> object:
    text = _read(file, MAX_ROW_BYTES)
    if len(text) > MAX_ROW_BYTES:
        raise usage(f"`{printable(file)}` has more than {MAX_ROW_BYTES} bytes, expected a context of at most that")
    try:
        return read_json(text)
    except RowError as error:
        raise usage(f"`{printable(file)}`: {error.message}") from error


def _read(file: str, most_bytes: int) -> bytes:
    """At most one byte more than allowed, so that the caller sees that there is more."""
    try:
        if file == STDIN:
            return sys.stdin.buffer.read(most_bytes + 1)
        with Path(file).open("rb") as stream:
            return stream.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        raise unreadable(file, error) from error


def unreadable(file: str, error: OSError | ValueError) -> CommandError:
    """The sentence for a file that cannot be opened."""
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return usage(f"cannot read `{printable(file)}`: {reason.lower()}")


@contextmanager
def open_rows(file: str) -> Iterator[BinaryIO]:
    """The rows of a batch as bytes; raises `CommandError` where the file cannot be opened."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115  closed below
    except (OSError, ValueError) as error:
        raise unreadable(file, error) from error
    with stream:
        yield stream
