"""`aethel certify check`: whether a certificate holds, and whether it is about a text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import certificate_checker
from aethel.cli import terminal
from aethel.cli.exits import ExitCode, usage
from aethel.cli.lights import AMBER, GREEN, RED
from aethel.cli.rules import default_rules
from aethel.cli.terminal import printable
from aethel.cli.texts import STDIN, read_text, unreadable
from aethel.intent.reading import read
from aethel.prover.certificate.comparison import Compared, compare
from aethel.rules import NO_RULES, Rules


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the checker says of a file; `refusal` says why not, and is empty where all holds.

    `missing` are obligations of the text, as pairs of id and claim, that the file does not hold.
    """

    file: str
    digest: str
    obligations: tuple[tuple[str, str, str], ...]
    refusal: str
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        if self.refusal:
            return ExitCode.FAILED
        return ExitCode.UNCERTAIN if self.missing else ExitCode.FINE


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A certificate file.")],
    intent: Annotated[
        str | None, typer.Option("--intent", metavar="TEXT", help="The text it has to be about; `-` reads it.")
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option("--rules", metavar="FILE", help="With --intent, TOML file with what may be minted and burned."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Check every proof of a certificate file, as `certificate_checker.py` does.

    With `--intent` the obligations are derived from the text again, under `--rules` where it mints or burns, and must
    be those of the certificate. Exit code 0: all holds; 1: something is wrong; 2: all holds, but the text has
    obligations that are not in the certificate.
    """
    if file == STDIN:
        raise usage("a certificate cannot be read from standard input, expected a file")
    if rules is not None and intent is None:
        raise usage("rules say what a text may issue, expected `--intent TEXT` with `--rules`")
    answer = _check(_read(file), file, intent, default_rules(rules))
    terminal.write_json(_row(answer)) if as_json else _show(answer)
    return answer.exit_code


def _read(file: str) -> bytes:
    try:
        with Path(file).open("rb") as stream:
            return stream.read(certificate_checker.MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        raise unreadable(file, error) from error


def _check(data: bytes, file: str, intent: str | None, rules: Rules = NO_RULES) -> _Answer:
    try:
        checked = certificate_checker.check(data)
    except certificate_checker.Refused as refused:
        return _Answer(file, "", (), str(refused))
    compared = Compared(None) if intent is None else _compared(data, intent, rules)
    missing = tuple((each.id, each.property) for each in compared.missing)
    return _Answer(file, checked.digest, checked.obligations, compared.difference or "", missing)


def _compared(data: bytes, intent: str, rules: Rules) -> Compared:
    reading = read(read_text(intent), assets=rules.registry)
    if reading.file is None:
        return Compared(f"`{intent}` is no intent: {reading.findings[0].message}")
    return compare(certificate_checker.parse(data), replace(reading.file, rules=rules))


def _show(answer: _Answer) -> None:
    console = terminal.out()
    name = printable(answer.file)
    if answer.refusal:
        refused = Text.assemble(name, ": ", ("refused", f"bold {RED}"), f": {printable(answer.refusal)}")
        terminal.say(console, refused)
        return
    word, style = ("holds in part", AMBER) if answer.missing else ("holds", GREEN)
    terminal.say(console, Text.assemble(name, ": ", (word, f"bold {style}")))
    rows = [(program, identity, Text("holds", style=GREEN)) for program, identity, _ in answer.obligations]
    rows += [("", identity, Text("not in the certificate", style=AMBER)) for identity, _ in answer.missing]
    printed = [(printable(program), printable(identity), held) for program, identity, held in rows]
    console.print(terminal.table(("intent", "obligation", "certificate"), printed))


def _row(answer: _Answer) -> dict[str, object]:
    held = not answer.refusal
    return {
        "file": answer.file,
        "holds": held,
        "reason": answer.refusal,
        "program_digest": answer.digest,
        "obligations": [
            {"intent": program, "id": identity, "kind": kind} for program, identity, kind in answer.obligations if held
        ],
        "missing": [identity for identity, _ in answer.missing],
    }
