"""`aethel verify --batch`: rows in, answers out in the same order, in bounded memory however many there are."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from aethel.cli import terminal
from aethel.cli.batch_answers import Answer, answers
from aethel.cli.batch_rows import Asked, read_rows
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.cli.mesh_address import no_answer
from aethel.cli.terminal import printable
from aethel.cli.texts import STDIN, open_rows
from aethel.runtime.address import Address
from aethel.runtime.settings import Settings
from aethel.verdict import Consensus
from aethel.wire.absence import MeshUnavailable

_WORDS = (*(consensus.value for consensus in Consensus), "error")


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch reads, where its answers go, and who answers: the mesh at `address`, or this process for None.

    `read` takes the rows from the open file, `write` makes the line of an answer.
    """

    rows: str
    out: str
    address: Address | None
    settings: Settings
    as_json: bool
    read: Callable[[BinaryIO], Iterable[Asked]] = read_rows
    write: Callable[[dict[str, object]], str] = json.dumps


@dataclass(slots=True)
class _Count:
    """Rows answered so far, by what was answered."""

    by_word: Counter[str] = field(default_factory=Counter)

    @property
    def exit_code(self) -> ExitCode:
        """The code of the worst row; a row without an answer is as bad as a rejected one."""
        if self.by_word["error"] or self.by_word[Consensus.REJECTED.value]:
            return ExitCode.FAILED
        return ExitCode.UNCERTAIN if self.by_word[Consensus.UNCERTAIN.value] else ExitCode.FINE

    def sentence(self, elapsed_s: float) -> str:
        """What was answered, in one line."""
        counts = ", ".join(f"{self.by_word[word]} {word.lower()}" for word in _WORDS if self.by_word[word])
        return f"{_rows(self.by_word.total())} in {elapsed_s:.1f} s: {counts or 'nothing was asked'}"


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"


def verify_rows(batch: Batch) -> int:
    """Answer every row; returns the exit code of the worst one.

    Raises `CommandError` where rows cannot be read, answers cannot be written or the mesh is lost; answers that were
    written before stand.
    """
    started_s = time.monotonic()
    count = _Count()
    with ExitStack() as stack:
        rows = stack.enter_context(open_rows(batch.rows))
        out = stack.enter_context(_open_out(batch))
        progress = stack.enter_context(_progress(batch, rows))
        try:
            found = answers(batch.read(rows), batch.address, batch.settings)
            asyncio.run(_write(found, batch.write, out, count, progress))
        except MeshUnavailable as absence:
            assert batch.address is not None
            lost = no_answer(batch.address, absence)
            done = f"; {_rows(count.by_word.total())} answered before" if count.by_word else ""
            raise CommandError(lost.code, lost.sentence + done) from absence
        except OSError as error:
            raise _unwritable(batch.out, error) from error
    elapsed_s = time.monotonic() - started_s
    if batch.as_json and batch.out != STDIN:
        counts = {word.lower(): count.by_word[word] for word in _WORDS}
        terminal.write_json({"rows": count.by_word.total(), **counts, "elapsed_s": round(elapsed_s, 3)})
    else:
        terminal.say(terminal.err(), count.sentence(elapsed_s))
    return count.exit_code


async def _write(
    found: AsyncIterator[Answer],
    line: Callable[[dict[str, object]], str],
    out: TextIO,
    count: _Count,
    progress: Progress,
) -> None:
    task = progress.tasks[0].id
    async for asked, row in found:
        out.write(line(row) + "\n")
        count.by_word[str(row.get("consensus", "error"))] += 1
        progress.update(task, advance=asked.size_bytes, rows=count.by_word.total())
    out.flush()


@contextmanager
def _open_out(batch: Batch) -> Iterator[TextIO]:
    if batch.out == STDIN:
        yield sys.stdout
        return
    path = Path(batch.out)
    if batch.rows != STDIN and path.exists() and path.samefile(batch.rows):
        raise usage(f"`{printable(batch.out)}` holds the rows, expected another file for the answers")
    try:
        stream = path.open("w", encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _unwritable(batch.out, error) from error
    with stream:
        yield stream


def _unwritable(file: str, error: OSError | ValueError) -> CommandError:
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return usage(f"cannot write `{printable(file)}`: {reason.lower()}")


@contextmanager
def _progress(batch: Batch, rows: BinaryIO) -> Iterator[Progress]:
    """How far the rows are read, on standard error and only where somebody looks at it."""
    console = terminal.err()
    total = None if batch.rows == STDIN else os.fstat(rows.fileno()).st_size
    columns = (TextColumn("verifying"), BarColumn(), TextColumn("{task.fields[rows]} rows"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        progress.add_task("", total=total, rows=0)
        yield progress
