"""`aethel explain`: how each obligation of a text was decided, what fails and what would repair it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from aethel.cli import claims, terminal
from aethel.cli.claims import Examined
from aethel.cli.exits import CommandError, ExitCode, worst
from aethel.cli.local_prover import NO_PROVER, prover
from aethel.cli.rules import default_rules
from aethel.cli.terminal import printable


def explain(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Texts of intents; `-` reads standard input.")],
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="FILE", help="TOML file with what may be minted and burned.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each file, a line each.")] = False,
) -> int:
    """Explain intents: each obligation with its outcome, the grade of its evidence, and the time and work it took.

    What fails is shown with the smallest values that make it fail and, where one exists, the weakest guard that repairs
    it, as a diff of the text. Exit codes are those of `aethel check`.
    """
    expert = prover()
    if expert is None:
        raise CommandError(ExitCode.UNCERTAIN, NO_PROVER)
    allowed = default_rules(rules)
    examined = [claims.examine(file, expert, allowed, with_evidence=True) for file in files]
    for one in examined:
        terminal.write_json(_row(one)) if as_json else _show(one)
    return worst(one.exit_code for one in examined)


def _show(examined: Examined) -> None:
    console = terminal.out()
    terminal.say(console, claims.headline(examined))
    if examined.claims:
        rows = [
            (
                printable(claim.id),
                str(claim.span),
                printable(claim.property),
                claims.outcome(result),
                "" if result is None else result.evidence.name,
                "" if result is None else f"{result.took_ms:.1f} ms",
                "" if result is None else str(result.work),
            )
            for claim, result in examined.claims
        ]
        console.print(terminal.table(("obligation", "place", "claim", "outcome", "evidence", "time", "work"), rows))
    if examined.verdict is not None:
        for name, said in examined.verdict.proof_trace:
            terminal.say(console, Text(f"{printable(name)}: {printable(said)}", style="dim"))
        for assumption in examined.verdict.assumptions:
            terminal.say(console, Text(f"assumed: {printable(assumption)}", style="dim"))
    claims.show_findings(examined)


def _row(examined: Examined) -> dict[str, object]:
    verdict = examined.verdict
    return claims.row(examined) | {
        "proof_trace": [] if verdict is None else [list(pair) for pair in verdict.proof_trace],
        "assumptions": [] if verdict is None else list(verdict.assumptions),
        "certificate_bytes": 0 if verdict is None else len(verdict.certificate),
    }
