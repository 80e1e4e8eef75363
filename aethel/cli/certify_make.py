"""`aethel certify make`: certificates of all obligations of a text that can be certified, in one file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import certificate_checker
from aethel.cli import answer_view, terminal
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.cli.lights import AMBER, GREEN, RED
from aethel.cli.rules import default_rules
from aethel.cli.terminal import printable
from aethel.cli.texts import STDIN, read_text
from aethel.intent.obligations import obligations
from aethel.intent.reading import Reading, read
from aethel.prover.certificate.certify import Beyond, Certificate, certify_all
from aethel.prover.certificate.document import document
from aethel.rules import Rules

SUFFIX = ".certificate"
"""How the name of a certificate file ends, in place of the text's."""

_CERTIFIED = "CERTIFIED"


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of each obligation of a text, and the certificate file, empty where nothing is in it."""

    file: str
    reading: Reading
    results: tuple[Certificate | Beyond, ...]
    data: bytes

    @property
    def exit_code(self) -> ExitCode:
        if self.reading.file is None:
            return ExitCode.FAILED
        return ExitCode.FINE if all(isinstance(each, Certificate) for each in self.results) else ExitCode.UNCERTAIN


def make(
    file: Annotated[str, typer.Argument(metavar="INTENT", help="The text of intents; `-` reads standard input.")],
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="The certificate file; otherwise beside the text.")
    ] = None,
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="FILE", help="TOML file with what may be minted and burned.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Certify the obligations of a text for all values, and write what is certified to one file.

    Exit code 0: every obligation is certified; 1: the text is no intent; 2: some obligation is not certified. What is
    written was checked by the stand-alone checker.
    """
    if file == STDIN and output is None:
        raise usage("the text is `-`, expected `-o FILE` for the certificate")
    made = _make(file, default_rules(rules))
    path = str(Path(file).with_suffix(SUFFIX)) if output is None else output
    if made.data:
        _write(path, made.data)
    terminal.write_json(_row(made, path)) if as_json else _show(made, path)
    return made.exit_code


def _make(file: str, rules: Rules) -> _Made:
    reading = read(read_text(file), assets=rules.registry)
    if reading.file is None:
        return _Made(file, reading, (), b"")
    listed = obligations(replace(reading.file, rules=rules))
    results: tuple[Certificate | Beyond, ...] = ()
    for position, program in enumerate(reading.file.programs):
        results += certify_all(program, [each for each in listed if each.program == position])
    certified = [each for each in results if isinstance(each, Certificate)]
    data = document(reading.file, certified) if certified else b""
    if data:
        try:
            certificate_checker.check(data)
        except certificate_checker.Refused as refused:
            raise CommandError(ExitCode.FAULT, f"the checker refuses what was made: {refused}") from refused
    return _Made(file, reading, results, data)


def _write(path: str, data: bytes) -> None:
    try:
        Path(path).write_bytes(data)
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise CommandError(ExitCode.USAGE, f"cannot write `{printable(path)}`: {reason.lower()}") from error


def _show(made: _Made, path: str) -> None:
    console = terminal.out()
    count = sum(isinstance(each, Certificate) for each in made.results)
    if made.reading.file is None:
        terminal.say(console, Text.assemble(printable(made.file), ": ", ("is no intent", f"bold {RED}")))
        for finding in made.reading.findings:
            for part in answer_view.view(finding, made.reading.source):
                console.print(part, soft_wrap=isinstance(part, Text))
        return
    style = GREEN if count == len(made.results) else AMBER
    total = Text.assemble(printable(made.file), ": ", (f"{count} of {len(made.results)} certified", f"bold {style}"))
    terminal.say(console, total)
    rows = [_cells(each) for each in made.results]
    console.print(terminal.table(("obligation", "place", "claim", "certificate"), rows))
    if made.data:
        terminal.say(console, f"{printable(path)}: {len(made.data)} bytes")


def _cells(result: Certificate | Beyond) -> tuple[str | Text, ...]:
    stated = result.obligation
    word = Text(_CERTIFIED, style=GREEN) if isinstance(result, Certificate) else Text(_reason(result), style=AMBER)
    return printable(stated.id), str(stated.span), printable(stated.property), word


def _reason(result: Beyond) -> str:
    return f"{result.why.value}: {result.detail}" if result.detail else result.why.value


def _row(made: _Made, path: str) -> dict[str, object]:
    file = made.reading.file
    return {
        "file": made.file,
        "is_intent": file is not None,
        "program_digest": "" if file is None else file.digest,
        "certificate": path if made.data else None,
        "obligations": [_obligation_row(each) for each in made.results],
    }


def _obligation_row(result: Certificate | Beyond) -> dict[str, object]:
    stated = result.obligation
    return {
        "id": stated.id,
        "kind": stated.kind.value,
        "line": stated.span.line,
        "claim": stated.property,
        "certified": isinstance(result, Certificate),
        "why_not": result.why.name if isinstance(result, Beyond) else None,
        "detail": _reason(result) if isinstance(result, Beyond) else "",
        "effort": result.effort,
    }
