"""Judges what the programs of an intent conserve: no asset appears or disappears, and the text issues none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from aethel.intent.evaluation import evaluate
from aethel.intent.instance import Instance, given_values, instantiate
from aethel.intent.obligations import Kind, Obligation, asset_name, deltas, obligations, unauthorised
from aethel.intent.program import IntentFile, Program
from aethel.intent.readings import KEPT
from aethel.intent.rendering import counterexample, decimal_text, untold
from aethel.intent.replay import confirms, fails
from aethel.intent.terms import Sort, Term, Value, variables
from aethel.ledger.checked import LISTED_NUMBERS, Judgement, bounded
from aethel.ledger.conservation import SYMBOLIC_WORK, Conserved, conserved
from aethel.ledger.polynomial import Meter
from aethel.ledger.witness import WITNESS_WORK, search_of, witnesses
from aethel.ledger.wording import quoted
from aethel.request import Question
from aethel.verdict import Disposition, Evidence, Finding, ObligationResult, Outcome

_REPLAYS = 3
"""Witnesses shown to the interpreter; one it does not confirm says that two readings of the text differ."""

NOTHING_MOVES = ObligationResult(
    "conserved", Outcome.NOTHING_TO_CHECK, detail="no intent of the text changes a balance"
)


@dataclass(frozen=True, slots=True)
class _Judged:
    """The outcome of one obligation, with the finding that goes with a refutation."""

    result: ObligationResult
    finding: Finding | None = None


def _assumptions(question: Question, file: IntentFile) -> tuple[str, ...]:
    """That account names are distinct accounts, where the request does not say which accounts they are."""
    bound = given_values(question)
    found = [
        f"distinct accounts: {', '.join(map(quoted, program.accounts[:LISTED_NUMBERS]))}"
        for program in file.programs
        if len(program.accounts) > 1 and not bound.keys() >= set(program.accounts)
    ]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Meters:
    """The work allowed for one question, shared by all its obligations."""

    symbolic: Meter
    witness: Meter


def judge_intent(question: Question) -> Judgement:
    """Decides each `conserved` obligation of each program of the text, on the values given with it.

    Text that cannot be read and values that cannot be bound are rejected with the findings that say why.
    """
    instance = instantiate(question, KEPT)
    file = instance.reading.file
    if file is None:
        return Judgement(findings=instance.reading.findings)
    if any(finding.disposition is Disposition.REJECT for finding in instance.findings):
        return Judgement(findings=instance.findings, program_digest=file.digest)
    if question.expected_digest not in ("", file.digest):
        detail = "the text reads as another program than the one that was sent"
        differs = ObligationResult("digest", Outcome.DISAGREEMENT, detail=detail)
        return Judgement(obligations=(differs,), program_digest=file.digest)
    judged = [
        *(_Judged(_unauthorised(found, file), found) for found in unauthorised_issues(file)),
        *_sums(instance, file),
    ]
    return Judgement(
        obligations=tuple(each.result for each in judged) or (NOTHING_MOVES,),
        findings=bounded(tuple(each.finding for each in judged if each.finding is not None)),
        trace=tuple((each.result.id, each.result.detail) for each in judged),
        assumptions=_assumptions(question, file),
        program_digest=file.digest,
    )


def unauthorised_issues(file: IntentFile) -> Iterable[Finding]:
    """G10: what a text issues or destroys needs an authority and a cap, which only the rules of its client can give.

    At most one for each intent.
    """
    for program in file.programs:
        issues = unauthorised(program, file.rules)
        if not issues:
            continue
        issue = issues[0]
        message = (
            f"{quoted(issue.text)} changes the supply of {asset_name(issue.asset)}, expected an authority to do so"
        )
        yield Finding("G10", message, span=issue.span, intent=program.name)


def _unauthorised(finding: Finding, file: IntentFile) -> ObligationResult:
    name = f"{finding.intent}:G10" if len(file.programs) > 1 else "G10"
    return ObligationResult(name, Outcome.REFUTED, Evidence.EVALUATED, finding.message, finding.span)


def _sums(instance: Instance, file: IntentFile) -> Iterable[_Judged]:
    changes = [dict(_named_deltas(program)) for program in file.programs]
    meters = _Meters(Meter(SYMBOLIC_WORK), Meter(WITNESS_WORK))
    for obligation in obligations(file):
        if obligation.kind is Kind.CONSERVED:
            delta = changes[obligation.program][obligation.subject]
            yield _sum(instance, file.programs[obligation.program], obligation, delta, meters)


def _named_deltas(program: Program) -> Iterable[tuple[str, Term]]:
    return ((asset_name(asset), delta) for asset, delta in deltas(program))


def _sum(instance: Instance, program: Program, obligation: Obligation, delta: Term, meters: _Meters) -> _Judged:
    given = instance.values[obligation.program]
    symbolic = conserved(obligation, delta, given, meters.symbolic)
    scope = " on the given values" if given else ""
    if symbolic.conserved is Conserved.YES:
        detail = f"the changes of {obligation.subject} cancel in every branch{scope}"
        return _Judged(_result(obligation, Outcome.PROVED, detail, Evidence.EVALUATED))
    if symbolic.conserved is Conserved.ASSUMPTION_FALSE:
        values = _with_names(program, given)
        if len(values) == len(program.variables) and fails(instance.reading, obligation, values):
            return _refuted(program, obligation, delta, values, given)
        detail = f"{_named(program, symbolic.broken)} is false{scope}, so there is no execution to judge"
        return _Judged(_result(obligation, Outcome.UNMODELLED, detail))
    tried = False
    for values in islice(witnesses(search_of(program, obligation, delta, given), meters.witness), _REPLAYS):
        tried = True
        if confirms(instance.reading, obligation, values):
            return _refuted(program, obligation, delta, values, given)
    if tried:
        detail = "the reference interpreter does not confirm the values under which the sum would change"
        return _Judged(_result(obligation, Outcome.DISAGREEMENT, detail))
    if symbolic.conserved is Conserved.TOO_MUCH_WORK:
        detail = f"the sum needs more than {SYMBOLIC_WORK} steps to compare"
    else:
        detail = f"the changes do not cancel by themselves, and {WITNESS_WORK} steps found no values that show it"
    return _Judged(_result(obligation, Outcome.BUDGET, detail))


def _with_names(program: Program, given: Mapping[str, Value]) -> dict[str, Value]:
    """The given values, and for each open identity its own name, which is distinct from every other."""
    names: dict[str, Value] = {
        variable.name: variable.name for variable in program.variables if variable.term.sort is Sort.IDENTITY
    }
    return {**names, **given}


def _result(
    obligation: Obligation, outcome: Outcome, detail: str, evidence: Evidence = Evidence.NONE
) -> ObligationResult:
    return ObligationResult(obligation.id, outcome, evidence, detail, obligation.span)


def _refuted(
    program: Program, obligation: Obligation, delta: Term, values: dict[str, Value], given: Mapping[str, Value]
) -> _Judged:
    shown = counterexample(program, values, replayed=True, given=given)
    told = untold(program, given).isdisjoint(variables(delta))
    change = _change(program, obligation.subject, delta, values) if told else ""
    amount = f"by {change}" if change else "by a secret amount"
    message = f"the sum of {obligation.subject} changes {amount}, expected no change"
    cells = tuple(cell.label for cell in program.cells if cell.written)[:LISTED_NUMBERS]
    finding = Finding(
        "G10", message, span=obligation.span, intent=program.name, accounts=cells, delta=change, counterexample=shown
    )
    result = ObligationResult(
        obligation.id, Outcome.REFUTED, Evidence.EVALUATED, message, obligation.span, counterexample=shown
    )
    return _Judged(result, finding)


def _change(program: Program, subject: str, delta: Term, values: Mapping[str, Value]) -> str:
    """The change in one unit of the asset as exact text."""
    scale = next((decimals for asset, decimals in program.scales if asset_name(asset) == subject), 0)
    change = evaluate(delta, dict(values))
    return decimal_text(Fraction(change) / 10**scale) if not isinstance(change, str) else ""


def _named(program: Program, broken: Term | None) -> str:
    for guard in program.guards:
        if guard.term is broken and not guard.secret:
            return f"the guard {quoted(guard.text)}"
    return "an assumption"
