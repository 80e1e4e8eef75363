"""`aethel check`: whether a text is an intent and what becomes of its obligations, without a mesh."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.text import Text

from aethel.cli import answer_view, terminal
from aethel.cli.asked import read_text
from aethel.cli.exits import ExitCode
from aethel.cli.lights import AMBER, GREEN, RED
from aethel.cli.local_panel import NO_PROVER, prover
from aethel.cli.terminal import printable
from aethel.intent.obligations import Obligation, obligations
from aethel.intent.program import LANGUAGE_VERSION
from aethel.intent.reading import Reading, read
from aethel.request import Expert, Question
from aethel.verdict import REFUTING_OUTCOMES, Finding, ObligationResult, Outcome

DEADLINE_MS = 30_000.0
"""Time for the obligations of one text, in milliseconds."""

_UNDECIDED = "not decided"


@dataclass(frozen=True, slots=True)
class _Checked:
    """One text: how it reads, what it claims, what became of each claim, and what was found."""

    file: str
    reading: Reading
    claims: tuple[tuple[Obligation, ObligationResult | None], ...]
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> ExitCode:
        outcomes = {None if result is None else result.outcome for _, result in self.claims}
        if self.reading.file is None or outcomes & REFUTING_OUTCOMES:
            return ExitCode.FAILED
        return ExitCode.FINE if outcomes <= {Outcome.PROVED} else ExitCode.UNCERTAIN


def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Texts of intents; `-` reads standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each file, a line each.")] = False,
) -> int:
    """Read intents and prove their obligations for all values, here and without a mesh.

    Only what the text itself claims is looked at; `aethel verify` asks every expert. Exit code 0: all is proved; 1: a
    text is no intent, or an obligation fails; 2: something is not decided, as always where z3 is not installed.
    """
    expert = prover()
    checked = [_check(file, expert) for file in files]
    for one in checked:
        terminal.write_json(_row(one)) if as_json else _show(one)
    if expert is None:
        terminal.say(terminal.err(), NO_PROVER)
    codes = {one.exit_code for one in checked}
    return next((code for code in (ExitCode.FAILED, ExitCode.UNCERTAIN) if code in codes), ExitCode.FINE)


def _check(file: str, expert: Expert | None) -> _Checked:
    text = read_text(file)
    reading = read(text)
    if reading.file is None:
        return _Checked(file, reading, (), reading.findings)
    claims = obligations(reading.file)
    if expert is None:
        return _Checked(file, reading, tuple((claim, None) for claim in claims), reading.file.advice)
    verdict = expert.verify(Question("check", intent_text=text), DEADLINE_MS)
    results = {result.id: result for result in verdict.obligations}
    findings = tuple(dict.fromkeys((*verdict.findings, *reading.file.advice)))
    return _Checked(file, reading, tuple((claim, results.get(claim.id)) for claim in claims), findings)


def _show(checked: _Checked) -> None:
    console = terminal.out()
    code = checked.exit_code
    word, style = {
        ExitCode.FINE: ("proved", GREEN),
        ExitCode.FAILED: ("fails", RED),
        ExitCode.UNCERTAIN: (_UNDECIDED, AMBER),
    }[code]
    word = "is no intent" if checked.reading.file is None else word
    terminal.say(console, Text.assemble(printable(checked.file), ": ", (word, f"bold {style}")))
    if checked.claims:
        rows = [_cells(claim, result) for claim, result in checked.claims]
        console.print(terminal.table(("obligation", "place", "claim", "outcome"), rows))
    for finding in checked.findings:
        for part in answer_view.view(finding, checked.reading.source):
            console.print(part, soft_wrap=isinstance(part, Text))


def _cells(claim: Obligation, result: ObligationResult | None) -> tuple[str | Text, ...]:
    outcome = _UNDECIDED if result is None else result.outcome.value
    is_refuted = result is not None and result.outcome in REFUTING_OUTCOMES
    style = GREEN if result is not None and result.outcome is Outcome.PROVED else RED if is_refuted else AMBER
    return printable(claim.id), str(claim.span), printable(claim.property), Text(outcome, style=style)


def _row(checked: _Checked) -> dict[str, object]:
    file = checked.reading.file
    return {
        "file": checked.file,
        "is_intent": file is not None,
        "program_digest": "" if file is None else file.digest,
        "language_version": LANGUAGE_VERSION,
        "obligations": [_claim_row(claim, result) for claim, result in checked.claims],
        "findings": [_finding_row(finding) for finding in checked.findings],
    }


def _claim_row(claim: Obligation, result: ObligationResult | None) -> dict[str, object]:
    shown = None if result is None else result.counterexample
    return {
        "id": claim.id,
        "kind": claim.kind.value,
        "line": claim.span.line,
        "column": claim.span.column,
        "claim": claim.property,
        "outcome": None if result is None else result.outcome.value,
        "evidence": None if result is None else result.evidence.name,
        "counterexample": None if shown is None else asdict(shown),
    }


def _finding_row(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "message": finding.message,
        "disposition": finding.disposition.value,
        "intent": finding.intent,
        "line": None if finding.span is None else finding.span.line,
        "column": None if finding.span is None else finding.span.column,
    }
