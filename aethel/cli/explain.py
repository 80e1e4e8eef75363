"""`aethel explain`: how each obligation of a text was decided, what fails and what would repair it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from aethel.cli import claims, guards_view, terminal
from aethel.cli.claims import Examined
from aethel.cli.exits import worst
from aethel.cli.local_prover import NO_PROVER, guards_used, prover
from aethel.cli.rules import default_rules
from aethel.cli.terminal import printable
from aethel.intent.obligations import Kind, Obligation
from aethel.prover.guards import IntentGuards
from aethel.verdict import REFUTING_OUTCOMES, ExpertVerdict, ObligationResult, Outcome


def explain(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Texts of intents; `-` reads standard input.")],
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="FILE", help="TOML file with what may be minted and burned.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each file, a line each.")] = False,
) -> int:
    """Explain intents: each obligation with its outcome, the grade of its evidence, the guards that its proof uses,
    and the time and work it took.

    What fails is shown with the smallest values that make it fail and, where one exists, the weakest guard that repairs
    it, as a diff of the text. Of an intent that is proved it is said which guards are implied by the others and which
    ones no proof needs. --json has the whole trace. Exit codes are those of `aethel check`.
    """
    expert = prover()
    allowed = default_rules(rules)
    examined = [claims.examine(file, expert, allowed, with_evidence=True) for file in files]
    for one in examined:
        guards = _guards(one)
        terminal.write_json(_row(one, guards)) if as_json else _show(one, guards)
    if expert is None:
        terminal.say(terminal.err(), NO_PROVER)
    return worst(one.exit_code for one in examined)


def _guards(examined: Examined) -> tuple[IntentGuards, ...]:
    """How the proofs of a text use its guards; nothing where nobody proved anything."""
    if examined.reading.file is None or examined.verdict is None:
        return ()
    proved = {claim.id for claim, result in examined.claims if _is_proved(result)}
    return guards_used(examined.reading.file.programs, [claim for claim, _ in examined.claims], proved)


def _is_proved(result: ObligationResult | None) -> bool:
    return result is not None and result.outcome is Outcome.PROVED


def _show(examined: Examined, guards: tuple[IntentGuards, ...]) -> None:
    console = terminal.out()
    terminal.say(console, claims.headline(examined))
    if examined.claims:
        heads = ("obligation", "place", "claim", "outcome", "evidence", "guards used", "time", "work")
        console.print(terminal.table(heads, _cells(examined, guards)))
    for said in guards_view.view(guards):
        terminal.say(console, said)
    if examined.verdict is not None:
        for line in _how(examined.verdict):
            terminal.say(console, Text(printable(line), style="dim"))
    claims.show_findings(examined)


def _cells(examined: Examined, guards: tuple[IntentGuards, ...]) -> list[tuple[str | Text, ...]]:
    proofs = {proof.obligation: proof for intent in guards for proof in intent.used}
    return [
        (
            printable(claim.id),
            str(claim.span),
            printable(claim.property),
            claims.outcome(result),
            "" if result is None else result.evidence.name,
            guards_view.cell(proofs.get(claim.id)) if _rests_on_guards(claim, result) else "",
            "" if result is None else f"{result.took_ms:.1f} ms",
            "" if result is None else str(result.work),
        )
        for claim, result in examined.claims
    ]


def _rests_on_guards(claim: Obligation, result: ObligationResult | None) -> bool:
    """Whether guards may be part of a proof: of that an execution is possible they never are."""
    return _is_proved(result) and claim.kind not in (Kind.CONSISTENT, Kind.NON_VACUOUS)


def _how(verdict: ExpertVerdict) -> list[str]:
    """What a reader needs of the trace: who decided and how, for which values, what is open and why, what was assumed.

    What becomes of each obligation is in the table already, and the lines that its proof uses are in --json.
    """
    ids = {result.id for result in verdict.obligations}
    facts = [f"{name}: {said}" for name, said in verdict.proof_trace if name not in ids]
    settled = {Outcome.PROVED, *REFUTING_OUTCOMES}
    still_open = [f"{result.id}: {result.detail}" for result in verdict.obligations if result.outcome not in settled]
    return [*facts, *still_open, *(f"assumed: {assumption}" for assumption in verdict.assumptions)]


def _row(examined: Examined, guards: tuple[IntentGuards, ...]) -> dict[str, object]:
    verdict = examined.verdict
    return claims.row(examined) | {
        "guards": [guards_view.row(intent) for intent in guards],
        "proof_trace": [] if verdict is None else [list(pair) for pair in verdict.proof_trace],
        "assumptions": [] if verdict is None else list(verdict.assumptions),
        "certificate_bytes": 0 if verdict is None else len(verdict.certificate),
    }
