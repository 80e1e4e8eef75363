"""`aethel check`: whether a text is an intent and what becomes of its obligations, without a mesh."""

from __future__ import annotations

from typing import Annotated

import typer

from aethel.cli import claims, terminal
from aethel.cli.claims import Examined
from aethel.cli.exits import worst
from aethel.cli.local_prover import NO_PROVER, prover
from aethel.cli.rules import default_rules
from aethel.cli.terminal import printable


def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Texts of intents; `-` reads standard input.")],
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="FILE", help="TOML file with what may be minted and burned.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each file, a line each.")] = False,
) -> int:
    """Read intents and prove their obligations for all values, here and without a mesh.

    Only what the text itself claims is looked at; `aethel verify` asks every expert. Exit code 0: all is proved; 1: a
    text is no intent, or an obligation fails; 2: something is not decided, as always where z3 is not installed.
    """
    expert = prover()
    allowed = default_rules(rules)
    examined = [claims.examine(file, expert, allowed) for file in files]
    for one in examined:
        terminal.write_json(claims.row(one)) if as_json else _show(one)
    if expert is None:
        terminal.say(terminal.err(), NO_PROVER)
    return worst(one.exit_code for one in examined)


def _show(examined: Examined) -> None:
    console = terminal.out()
    terminal.say(console, claims.headline(examined))
    if examined.claims:
        rows = [
            (printable(claim.id), str(claim.span), printable(claim.property), claims.outcome(result))
            for claim, result in examined.claims
        ]
        console.print(terminal.table(("obligation", "place", "claim", "outcome"), rows))
    claims.show_findings(examined)
