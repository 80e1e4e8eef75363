"""Checks as a straight list: each names what it found, the first rejection in the list gives the verdict its code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from aethel.verdict import Evidence, Finding, ObligationResult, Outcome

FINDINGS_PER_CHECK = 20
"""A check lists this many findings, and how many more there are: enough to act on, bounded on hostile input."""

LISTED_NUMBERS = 40
"""A finding lists this many numbers or accounts; the transaction itself holds the rest."""

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check saw: `detail` says what was compared, `findings` what is wrong, `trace` what to report.

    `assumptions` is what was taken as given or could not be compared.
    """

    detail: str
    findings: tuple[Finding, ...] = ()
    trace: tuple[tuple[str, str], ...] = ()
    assumptions: tuple[str, ...] = ()


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
    assumed: list[str] = []
    for code, check in checks:
        seen = check(subject)
        if seen is None:
            absent.append(code)
            continue
        if seen.findings:
            detail = seen.findings[0].message
            obligations.append(ObligationResult(code, Outcome.REFUTED, Evidence.EVALUATED, detail))
            findings.extend(bounded(seen.findings))
        else:
            detail = seen.detail
            obligations.append(ObligationResult(code, Outcome.PROVED, Evidence.EVALUATED, detail))
        trace.append((code, detail))
        trace.extend(seen.trace)
        assumed.extend(seen.assumptions)
    return Judgement(tuple(obligations), in_order(findings), tuple(trace), tuple(absent), tuple(assumed))


def merged(*judgements: Judgement) -> Judgement:
    """Several judgements of one question as one, in order of precedence; a check made twice must hold both times."""
    obligations: dict[str, ObligationResult] = {}
    for result in (result for each in judgements for result in each.obligations):
        earlier = obligations.get(result.id)
        obligations[result.id] = result if earlier is None else _both(earlier, result)
    absent = {code for each in judgements for code in each.not_applicable} - obligations.keys()
    return Judgement(
        obligations=tuple(obligations.values()),
        findings=in_order([found for each in judgements for found in each.findings]),
        trace=tuple(line for each in judgements for line in each.trace),
        not_applicable=tuple(sorted(absent)),
        assumptions=tuple(dict.fromkeys(text for each in judgements for text in each.assumptions)),
        program_digest=next((each.program_digest for each in judgements if each.program_digest), ""),
    )


def lacking(judgement: Judgement, codes: Sequence[str]) -> Judgement:
    """`judgement`, and these checks as not applicable where it has not made them: they have no input to work on."""
    made = {result.id for result in judgement.obligations}
    absent = {code for code in (*judgement.not_applicable, *codes) if code not in made}
    return replace(judgement, not_applicable=tuple(sorted(absent)))


def _both(first: ObligationResult, second: ObligationResult) -> ObligationResult:
    """One check made on two parts of a question: what is wrong with either decides, else both are told."""
    if first.outcome is not Outcome.PROVED or second.outcome is not Outcome.PROVED:
        return second if first.outcome is Outcome.PROVED or second.outcome is Outcome.REFUTED else first
    return replace(first, detail=f"{first.detail}; {second.detail}")


def demanding(judgement: Judgement, required: Sequence[str]) -> Judgement:
    """`judgement`, with a finding for each required check that was not made, since its input is absent."""
    made = {result.id for result in judgement.obligations}
    missing = [code for code in required if code not in made]
    if not missing:
        return judgement
    findings = tuple(
        Finding(code, f"the client's rules require {code}, and the transaction gives nothing to check it on")
        for code in missing
    )
    refuted = tuple(
        ObligationResult(found.code, Outcome.REFUTED, Evidence.EVALUATED, found.message) for found in findings
    )
    return replace(
        judgement,
        obligations=tuple(sorted((*judgement.obligations, *refuted), key=lambda result: result.id)),
        findings=in_order((*judgement.findings, *findings)),
        not_applicable=tuple(code for code in judgement.not_applicable if code not in missing),
    )


def in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of precedence of their checks; what is no check of the table comes first."""
    return tuple(sorted(findings, key=lambda found: found.code if found.code[1:].isdigit() else ""))


def bounded(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The first findings, then one that counts the rest."""
    if len(findings) <= FINDINGS_PER_CHECK:
        return findings
    kept = findings[:FINDINGS_PER_CHECK]
    return (*kept, Finding(kept[0].code, f"{len(findings) - len(kept)} more findings of this kind are not listed"))
