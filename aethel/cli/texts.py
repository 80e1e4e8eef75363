"""The files that a command line names, read as bytes and never further than makes sense."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.cli.terminal import printable
from aethel.intent.limits import DEFAULT_LIMITS

STDIN = "-"
"""The file name that means standard input."""

_READ_BYTES = 4 * DEFAULT_LIMITS.text_bytes
"""Bytes of a text that are read: enough for the language to refuse it in its own words, and bounded."""


def read_text(file: str) -> bytes:
    """The text of an intent; raises `CommandError` where it cannot be read or is far too large to be one."""
    text = read_at_most(file, _READ_BYTES)
    if len(text) > _READ_BYTES:
        limit = DEFAULT_LIMITS.text_bytes
        sentence = f"`{printable(file)}` has more than {_READ_BYTES} bytes, expected an intent of at most {limit}"
        raise CommandError(ExitCode.FAILED, sentence)
    return text


def read_at_most(file: str, most_bytes: int) -> bytes:
    """At most one byte more than allowed, so that the caller sees that there is more; raises `CommandError`."""
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
