"""The rows of a batch: bounded lines of JSON to questions, one by one, and what is wrong with those that are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from aethel.request import Question
from aethel.wire.exact_json import RowError
from aethel.wire.rows import MAX_ROW_BYTES, read_row

_SKIPPED_BYTES = 65_536
"""Bytes read at once of a row that is too long anyway."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One row: the question it asks or the error it is; `size_bytes` counts its line in the file.

    `assumptions` are what its source states beside the question and nobody checks.
    """

    subject: Question | RowError
    size_bytes: int
    assumptions: tuple[str, ...] = ()


def read_rows(stream: BinaryIO) -> Iterator[Asked]:
    """Every row in order; blank lines are none. A line is held only while it is not longer than a row may be."""
    while line := stream.readline(MAX_ROW_BYTES + 2):
        size_bytes = len(line)
        if size_bytes == MAX_ROW_BYTES + 2 and not line.endswith(b"\n"):
            size_bytes += _skip_line(stream)
            message = f"the row has {size_bytes} bytes, expected at most {MAX_ROW_BYTES}"
            yield Asked(RowError(message), size_bytes)
        elif line.strip():
            yield Asked(_question(line.rstrip(b"\r\n")), size_bytes)


def _question(line: bytes) -> Question | RowError:
    try:
        return read_row(line)
    except RowError as error:
        return error


def _skip_line(stream: BinaryIO) -> int:
    skipped = 0
    while piece := stream.readline(_SKIPPED_BYTES):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def chunks(rows: Iterable[Asked], most_rows: int, most_bytes: int) -> Iterator[list[Asked]]:
    """Rows in groups of at most so many rows and bytes; a row that is larger than that is a group of its own."""
    chunk: list[Asked] = []
    size_bytes = 0
    for row in rows:
        if chunk and (len(chunk) == most_rows or size_bytes + row.size_bytes > most_bytes):
            yield chunk
            chunk, size_bytes = [], 0
        chunk.append(row)
        size_bytes += row.size_bytes
    if chunk:
        yield chunk
