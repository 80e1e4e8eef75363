"""`aethel export smt`: every obligation of an intent as a question that any solver can answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from aethel.cli import answer_view, terminal
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.cli.terminal import printable
from aethel.cli.texts import STDIN, read_text
from aethel.intent.obligations import Kind, Obligation, obligations
from aethel.intent.program import IntentFile, Program
from aethel.intent.reading import Reading, read
from aethel.prover.smtlib import exported
from aethel.prover.stops import Unmodelled


@dataclass(frozen=True, slots=True)
class _Exported:
    """One obligation: the answer that says it holds, and its file, or why it has none."""

    obligation: str
    line: int
    column: int
    holds_if: str
    file: str
    not_modelled: str = ""


def smt(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Text of an intent; `-` reads standard input.")],
    out: Annotated[
        str | None, typer.Option("-o", "--out", metavar="DIR", help="Where the files go; by default `NAME-smt`.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of the files as JSON.")] = False,
) -> int:
    """Write one SMT-LIB file for each obligation of an intent, for all values, and say what its answer means.

    No solver is needed here. The numbers of the text stand in the files, those of secret lines too. Exit code 0: all
    are written; 1: the text is no intent; 2: something is not modelled.
    """
    reading = read(read_text(file))
    if reading.file is None:
        _show_findings(reading)
        return ExitCode.FAILED
    folder = Path(f"{'intent' if file == STDIN else Path(file).stem}-smt" if out is None else out)
    rows = _write_all(reading.file, folder)
    if as_json:
        terminal.write_json([asdict(row) for row in rows])
    else:
        cells = [_cells(row) for row in rows]
        terminal.out().print(terminal.table(("obligation", "place", "holds if", "file"), cells))
    return ExitCode.UNCERTAIN if any(row.not_modelled for row in rows) else ExitCode.FINE


def _show_findings(reading: Reading) -> None:
    console = terminal.err()
    for finding in reading.findings:
        for part in answer_view.view(finding, reading.source):
            console.print(part, soft_wrap=isinstance(part, Text))


def _write_all(file: IntentFile, folder: Path) -> list[_Exported]:
    listed = obligations(file)
    width = len(str(len(listed)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [
            _write(file.programs[each.program], each, folder / f"{number:0{width}}-{_file_name(each.id)}.smt2")
            for number, each in enumerate(listed, 1)
        ]
    except (OSError, ValueError) as error:
        raise _unwritable(folder, error) from error


def _write(program: Program, obligation: Obligation, path: Path) -> _Exported:
    holds_if = "sat" if obligation.kind in (Kind.NON_VACUOUS, Kind.CONSISTENT) else "unsat"
    place = (obligation.span.line, obligation.span.column)
    try:
        text = exported(program, obligation)
    except Unmodelled as error:
        return _Exported(obligation.id, *place, holds_if, "", str(error))
    path.write_text(text, encoding="ascii")
    return _Exported(obligation.id, *place, holds_if, str(path))


def _cells(row: _Exported) -> tuple[str, ...]:
    file = row.file or f"not modelled: {row.not_modelled}"
    return printable(row.obligation), f"{row.line}:{row.column}", row.holds_if, printable(file)


def _file_name(obligation: str) -> str:
    """The id with only such characters as every file system takes; the number before it tells two files apart."""
    kept = "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "-" for each in obligation)
    return kept[:80]


def _unwritable(folder: Path, error: OSError | ValueError) -> CommandError:
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return usage(f"cannot write to `{printable(str(folder))}`: {reason.lower()}")
