"""Checks as a straight list: each names what it found, the first rejection in the list gives the verdict its code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aethel.verdict import Evidence, Finding, ObligationResult, Outcome

FINDINGS_PER_CHECK = 20
"""A check lists this many findings, and how many more there are: enough to act on, bounded on hostile input."""

LISTED_NUMBERS = 40
"""A finding lists this many numbers or accounts; the transaction itself holds the rest."""

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check saw: `detail` says what was compared, `findings` what is wrong, `trace` what to report."""

    detail: str
    findings: tuple[Finding, ...] = ()
    trace: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that was said of one question, in order of precedence.

    `assumptions` could not be checked on what was given; `program_digest` is empty for structured transactions.
    """

    obligations: tuple[ObligationResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    trace: tuple[tuple[str, str], ...] = ()
    not_applicable: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    program_digest: str = ""


def run(checks: Sequence[tuple[str, Callable[[Subject], Checked | None]]], subject: Subject) -> Judgement:
    """Runs every check in order; one that returns None has no input to work on and is listed as not applicable."""
    obligations: list[ObligationResult] = []
    findings: list[Finding] = []
    trace: list[tuple[str, str]] = []
    absent: list[str] = []
    for code, check in checks:
        seen = check(subject)
        if seen is None:
            absent.append(code)
            continue
        outcome = Outcome.REFUTED if seen.findings else Outcome.PROVED
        detail = seen.findings[0].message if seen.findings else seen.detail
        obligations.append(ObligationResult(code, outcome, Evidence.EVALUATED, detail))
        findings.extend(bounded(seen.findings))
        trace.append((code, detail))
        trace.extend(seen.trace)
    return Judgement(tuple(obligations), tuple(findings), tuple(trace), tuple(absent))


def joined(first: Judgement, second: Judgement) -> Judgement:
    """Both judgements of one question, the first one's findings before the second one's."""
    return Judgement(
        first.obligations + second.obligations,
        first.findings + second.findings,
        first.trace + second.trace,
        first.not_applicable + second.not_applicable,
        first.assumptions + second.assumptions,
        first.program_digest or second.program_digest,
    )


def bounded(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The first findings, then one that counts the rest."""
    if len(findings) <= FINDINGS_PER_CHECK:
        return findings
    kept = findings[:FINDINGS_PER_CHECK]
    return (*kept, Finding(kept[0].code, f"{len(findings) - len(kept)} more findings of this kind are not listed"))
