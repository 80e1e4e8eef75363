"""`aethel verify --from`: the transactions of a file in a format of others, answered like the rows of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from aethel.adapters.adapted import MAX_FILE_BYTES
from aethel.adapters.formats import Format, read_format
from aethel.cli.batch import Batch
from aethel.cli.batch_rows import Asked
from aethel.cli.terminal import printable
from aethel.cli.texts import STDIN
from aethel.runtime.address import Address
from aethel.runtime.settings import Settings
from aethel.verdict import UNKEPT


def foreign(
    form: Format, file: str, out: str | None, address: Address | None, settings: Settings, *, as_json: bool
) -> Batch:
    """The batch that a file is; its answers are JSON where they are asked for as JSON or go to a file."""
    read = partial(_rows, form)
    if as_json or out is not None:
        return Batch(file, out or STDIN, address, settings, as_json=as_json, read=read)
    return Batch(file, STDIN, address, settings, as_json=False, read=read, write=_Lines().line)


def _rows(form: Format, stream: BinaryIO) -> Iterator[Asked]:
    """Every transaction of the file; at most a byte more is read than a file may have, for the adapter to refuse."""
    content = stream.read(MAX_FILE_BYTES + 1)
    rows = read_format(form, content)
    share = len(content) // len(rows)
    for row in rows:
        yield Asked(row.subject, share, row.assumptions)


class _Lines:
    """Answers as a person reads them; that nothing is kept holds for every approval, and is said with the first."""

    def __init__(self) -> None:
        self._said_unkept = False

    def line(self, row: dict[str, object]) -> str:
        """One answer: identifier, answer, why, and what is taken for granted."""
        name = str(row["id"]) or "the file"
        if "error" in row:
            return printable(f"{name}: error: {row['error']}")
        texts = [f"{name}: {row['consensus']}: {row['reason']}", *self._assumed(row["assumptions"])]
        return "\n".join(printable(text) for text in texts)

    def _assumed(self, assumptions: object) -> Iterator[str]:
        assert isinstance(assumptions, list)
        for assumption in assumptions:
            if assumption != UNKEPT:
                yield f"  assumed: {assumption}"
            elif not self._said_unkept:
                self._said_unkept = True
                yield f"  assumed of every row: {assumption}"
