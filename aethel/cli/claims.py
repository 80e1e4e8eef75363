"""A text with what it claims and what the prover says of each claim: what `check` and `explain` show."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from rich.text import Text

from aethel.cli import answer_view, terminal
from aethel.cli.exits import ExitCode
from aethel.cli.lights import AMBER, GREEN, RED
from aethel.cli.terminal import printable
from aethel.cli.texts import read_text
from aethel.intent.obligations import Obligation, obligations
from aethel.intent.program import LANGUAGE_VERSION
from aethel.intent.reading import Reading, read
from aethel.ledger.intents import unauthorised_issues
from aethel.request import Expert, Question
from aethel.rules import NO_RULES, Rules
from aethel.verdict import REFUTING_OUTCOMES, Disposition, ExpertVerdict, Finding, ObligationResult, Outcome

DEADLINE_MS = 30_000.0
"""Time for the obligations of one text, in milliseconds."""

NOT_DECIDED = "not decided"


@dataclass(frozen=True, slots=True)
class Examined:
    """One text: how it reads, what it claims, what became of each claim, and what was found.

    `verdict` is the prover's, None where it was not asked.
    """

    file: str
    reading: Reading
    claims: tuple[tuple[Obligation, ObligationResult | None], ...]
    findings: tuple[Finding, ...]
    verdict: ExpertVerdict | None = None

    @property
    def exit_code(self) -> ExitCode:
        outcomes = {None if result is None else result.outcome for _, result in self.claims}
        rejected = any(finding.disposition is Disposition.REJECT for finding in self.findings)
        if self.reading.file is None or rejected or outcomes & REFUTING_OUTCOMES:
            return ExitCode.FAILED
        return ExitCode.FINE if outcomes <= {Outcome.PROVED} else ExitCode.UNCERTAIN


def examine(file: str, expert: Expert | None, rules: Rules = NO_RULES, *, with_evidence: bool = False) -> Examined:
    """Read one file (`-` is standard input) and have its obligations decided for all values; raises CommandError."""
    text = read_text(file)
    reading = read(text, assets=rules.registry)
    if reading.file is None:
        return Examined(file, reading, (), reading.findings)
    ruled = replace(reading.file, rules=rules)
    claims, stated = obligations(ruled), (*unauthorised_issues(ruled), *reading.file.advice)
    if expert is None:
        return Examined(file, reading, tuple((claim, None) for claim in claims), stated)
    question = Question("check", intent_text=text, with_evidence=with_evidence, rules=rules)
    verdict = expert.verify(question, DEADLINE_MS)
    results = {result.id: result for result in verdict.obligations}
    findings = tuple(dict.fromkeys((*verdict.findings, *stated)))
    return Examined(file, reading, tuple((claim, results.get(claim.id)) for claim in claims), findings, verdict)


def headline(examined: Examined) -> Text:
    """The name of the file and what holds of it."""
    word, style = {
        ExitCode.FINE: ("proved", GREEN),
        ExitCode.FAILED: ("fails", RED),
        ExitCode.UNCERTAIN: (NOT_DECIDED, AMBER),
    }[examined.exit_code]
    word = "is no intent" if examined.reading.file is None else word
    return Text.assemble(printable(examined.file), ": ", (word, f"bold {style}"))


def outcome(result: ObligationResult | None) -> Text:
    """An outcome in its colour."""
    word = NOT_DECIDED if result is None else result.outcome.value
    is_refuted = result is not None and result.outcome in REFUTING_OUTCOMES
    style = GREEN if result is not None and result.outcome is Outcome.PROVED else RED if is_refuted else AMBER
    return Text(word, style=style)


def show_findings(examined: Examined) -> None:
    """Every finding with its place, its counterexample and its repair."""
    for finding in examined.findings:
        for part in answer_view.view(finding, examined.reading.source):
            terminal.out().print(part, soft_wrap=isinstance(part, Text))


def row(examined: Examined) -> dict[str, object]:
    """The text as a JSON object."""
    file = examined.reading.file
    return {
        "file": examined.file,
        "is_intent": file is not None,
        "program_digest": "" if file is None else file.digest,
        "language_version": LANGUAGE_VERSION,
        "obligations": [_claim_row(claim, result) for claim, result in examined.claims],
        "findings": [finding_row(finding) for finding in examined.findings],
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
        "work": None if result is None else result.work,
        "took_ms": None if result is None else round(result.took_ms, 3),
        "counterexample": None if shown is None else asdict(shown),
    }


def finding_row(finding: Finding) -> dict[str, object]:
    """A finding as JSON."""
    return {
        "code": finding.code,
        "message": finding.message,
        "disposition": finding.disposition.value,
        "impact": None if finding.impact is None else finding.impact.name,
        "intent": finding.intent,
        "line": None if finding.span is None else finding.span.line,
        "column": None if finding.span is None else finding.span.column,
        "repair": finding.repair,
    }
