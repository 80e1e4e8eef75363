"""`aethel scan`: what the Sentinel finds in intents or in lines of text, here and without a mesh."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from aethel.cli import answer_view, sarif, terminal
from aethel.cli.exits import ExitCode, usage, worst
from aethel.cli.lights import AMBER, GREEN, RED
from aethel.cli.rules import default_rules
from aethel.cli.scanning import TEXT_TYPES, Scanned, scan_intent, scan_lines
from aethel.cli.terminal import printable
from aethel.security.expert import SentinelExpert


def scan(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Intents or texts; `-` reads standard input.")],
    text: Annotated[
        bool, typer.Option("--text", help="The files hold texts, one in each line, and no intents.")
    ] = False,
    type_: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help=f"What each text is: {', '.join(TEXT_TYPES)}.")
    ] = None,
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="FILE", help="TOML file with the known payees.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each file, a line each.")] = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help="Print one SARIF 2.1.0 log for all files.")] = False,
) -> int:
    """Look for what a text hides and for what it could do to others, by the classes of the Sentinel.

    With --text each line is a text of its own, of the type that --type names. Exit code 0: nothing is refused; 1: a
    finding rejects; 2: a text cannot be read as an intent, so that not every class is decided.
    """
    if as_json and as_sarif:
        raise usage("both `--json` and `--sarif` are given, expected one of them")
    if text != (type_ is not None):
        raise usage("expected `--text` and `--type` together, or neither of them")
    if type_ is not None and type_ not in TEXT_TYPES:
        known = " or ".join(f"`{each}`" for each in TEXT_TYPES)
        raise usage(f"type `{printable(type_)}` is unknown, expected {known}")
    expert, allowed = SentinelExpert(), default_rules(rules)
    found = [
        scan_intent(file, expert, allowed) if type_ is None else scan_lines(file, type_, expert, allowed)
        for file in files
    ]
    if as_sarif:
        terminal.write_json(sarif.log(found, expert.version))
    for one in () if as_sarif else found:
        terminal.write_json(one.row()) if as_json else _show(one)
    return worst(one.exit_code for one in found)


def _show(scanned: Scanned) -> None:
    console = terminal.out()
    word, style = {
        ExitCode.FINE: ("clean", GREEN),
        ExitCode.FAILED: ("refused", RED),
        ExitCode.UNCERTAIN: ("not decided", AMBER),
    }[scanned.exit_code]
    terminal.say(console, Text.assemble(printable(scanned.file), ": ", (word, f"bold {style}")))
    for reason in scanned.undecided:
        terminal.say(console, Text(printable(reason), style=AMBER))
    for finding in scanned.findings:
        for part in answer_view.view(finding, scanned.source):
            console.print(part, soft_wrap=isinstance(part, Text))
