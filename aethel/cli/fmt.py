"""`aethel fmt`: texts of intents in the house style, with the same meaning and every comment."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from aethel.cli import answer_view, terminal
from aethel.cli.claims import finding_row
from aethel.cli.exits import ExitCode, usage
from aethel.cli.lights import RED
from aethel.cli.terminal import printable
from aethel.cli.texts import STDIN, read_text
from aethel.intent.formatter import Formatted, format_text


@dataclass(frozen=True, slots=True)
class _File:
    """One text as it is and as it should be."""

    name: str
    read: bytes
    formatted: Formatted

    @property
    def changed(self) -> bool:
        text = self.formatted.text
        return text is not None and text.encode() != self.read

    @property
    def is_refused(self) -> bool:
        return self.formatted.text is None


def fmt(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Texts of intents; `-` filters standard input.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 if a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each file, a line each.")] = False,
) -> int:
    """Write intents in the one house style.

    The syntax tree, so the meaning and the digest, stays the same, and so do the spelling of every name and number and
    every comment. A file is replaced at once or not at all, and only where something changes; a text that does not
    parse is left as it is. Exit code 0: all is formatted; 1: a text does not parse, or with --check would change.
    """
    if STDIN in files and as_json and not (check or diff):
        raise usage("`-` and --json both write to standard output, expected --check or --diff with them")
    code = ExitCode.FINE
    for name in files:
        read = read_text(name)
        file = _File(name, read, format_text(read))
        if file.is_refused or (check and file.changed):
            code = ExitCode.FAILED
        if not (check or diff):
            _write(file)
        if diff and file.changed and not as_json:
            _show_diff(file)
        terminal.write_json(_row(file)) if as_json else _say(file, will_write=not (check or diff))
    return code


def _write(file: _File) -> None:
    """Put the formatted text where the text came from; nothing where there is none."""
    text = file.formatted.text
    if text is None:
        return
    if file.name == STDIN:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    elif file.changed:
        try:
            _replace(Path(file.name).resolve(), text.encode())
        except OSError as error:
            raise usage(f"cannot write `{printable(file.name)}`: {(error.strerror or str(error)).lower()}") from error


def _replace(path: Path, content: bytes) -> None:
    """Replace a file at once, its permissions kept: whoever reads it meanwhile reads all of the old or of the new."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is no ordinary file")
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _say(file: _File, *, will_write: bool) -> None:
    """What becomes of a file, on standard error, where the formatted text does not go."""
    console = terminal.err()
    name = printable(file.name)
    if file.is_refused:
        terminal.say(console, Text.assemble(name, ": ", ("is left as it is", f"bold {RED}")))
        for finding in file.formatted.findings:
            for part in answer_view.view(finding, file.formatted.source):
                console.print(part, soft_wrap=isinstance(part, Text))
    elif file.changed and not (will_write and file.name == STDIN):
        terminal.say(console, f"{name}: formatted" if will_write else f"{name}: would be formatted")


def _show_diff(file: _File) -> None:
    shown = "".join(_diff(file))
    if sys.stdout.isatty():
        shown = "\n".join(printable(line) for line in shown.split("\n"))
    sys.stdout.flush()
    sys.stdout.buffer.write(shown.encode())
    sys.stdout.buffer.flush()


def _diff(file: _File) -> Iterator[str]:
    """The lines of a unified diff, as `patch` reads them."""
    before, after = _lines(file.formatted.source), _lines(file.formatted.text or "")
    for line in unified_diff(before, after, file.name, file.name):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """The lines with their ends, which are line feeds alone."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines


def _row(file: _File) -> dict[str, object]:
    return {
        "file": file.name,
        "is_intent": not file.is_refused,
        "changed": file.changed,
        "findings": [finding_row(finding) for finding in file.formatted.findings],
    }
