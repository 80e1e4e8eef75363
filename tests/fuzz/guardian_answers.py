"""What the Guardian says of sums, about all values, given ones and some of them, held against the interpreter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from aethel.intent.instance import Instance, instantiate
from aethel.intent.obligations import Kind, Obligation
from aethel.intent.program import Role
from aethel.intent.reading import Reading
from aethel.intent.terms import Sort, Value
from aethel.ledger import intents
from aethel.ledger.conservation import SYMBOLIC_WORK
from aethel.ledger.expert import GuardianExpert
from aethel.ledger.intents import _Meters
from aethel.ledger.polynomial import Meter
from aethel.ledger.witness import WITNESS_WORK
from aethel.prover.template import Template
from aethel.request import Question
from aethel.verdict import REFUTING_OUTCOMES, ExpertVerdict, ObligationResult, Outcome, Vote
from tests.fuzz.instances import Instance as Given
from tests.fuzz.judgement import (
    WRONG_APPROVAL,
    WRONG_REJECTION,
    Disagreement,
    Watched,
    judge_refutation,
    judge_verdict,
    shown_state,
)
from tests.fuzz.oracle import Seen

_AMPLE_MS = 60_000.0


def ask(guardian: GuardianExpert, question: Question) -> ExpertVerdict:
    return guardian.verify(question, _AMPLE_MS)


def about_all_values(verdict: ExpertVerdict, watched: Sequence[Watched]) -> Iterator[Disagreement]:
    """What the answer to a template says that was not so in a state."""
    yield from judge_verdict(verdict, watched)
    issues = any(each.oracle.program.issues for each in watched)
    refuted = any(result.outcome in REFUTING_OUTCOMES for result in verdict.obligations)
    for each in watched if verdict.verdict is Vote.APPROVE else ():
        changed = next((seen for seen in each.seen if seen.supposed and each.oracle.unbalanced(seen)), None)
        if changed is not None:
            yield Disagreement(WRONG_APPROVAL, f"the Guardian approves, a sum changes with {changed.state}")
    if issues and verdict.verdict is not Vote.REJECT:
        yield Disagreement(WRONG_APPROVAL, f"the Guardian says {verdict.verdict.value} though money is issued")
    if verdict.verdict is Vote.REJECT and not refuted:
        yield Disagreement(WRONG_REJECTION, f"the Guardian rejects without a refutation: {verdict.reason}")


def with_everything(
    guardian: GuardianExpert, text: bytes, made: Given, watched: Sequence[Watched], template: Template
) -> Iterator[Disagreement]:
    """One question in which a request gives every value."""
    question = made.question(text)
    verdict = ask(guardian, question)
    results = {result.id: result for result in verdict.obligations}
    for step, each in zip(made.steps, watched, strict=False):
        for obligation in _sums(each):
            if obligation.id in results:
                yield from _sum(results[obligation.id], obligation, Watched(each.oracle, [step], complete=False), None)
            elif not step.divided and obligation.id in step.failing:
                yield Disagreement(WRONG_APPROVAL, f"the Guardian says nothing of {obligation.id} with {step.state}")
    bound = template.bind(question.arguments, question.context)
    if bound is not None and bound != instantiate(question).values[0]:
        yield Disagreement("binding", f"{bound} are bound, expected {instantiate(question).values[0]}")


def in_one_state(reading: Reading, position: int, watched: Watched, seen: Seen, random: Random) -> list[Disagreement]:
    """Each sum of one intent with the values of one state given, or some of them."""
    assert reading.file is not None
    program, programs = watched.oracle.program, reading.file.programs
    everything = random.random() < 0.6
    given = {
        variable.name: seen.state[variable.name]
        for variable in program.variables
        if variable.role is not Role.NEW_CELL and (everything or random.random() < 0.6)
    }
    values = tuple(given if index == position else {} for index in range(len(programs)))
    instance = Instance(reading, values, (), ())
    changes = dict(intents._named_deltas(program))
    meters = _Meters(Meter(SYMBOLIC_WORK), Meter(WITNESS_WORK))
    found: list[Disagreement] = []
    for obligation in _sums(watched):
        judged = intents._sum(instance, program, obligation, changes[obligation.subject], meters)
        some = None if len(given) == len(program.variables) else given
        found += _sum(judged.result, obligation, Watched(watched.oracle, [seen], complete=False), some)
    return found


def _sums(watched: Watched) -> list[Obligation]:
    return [each for each in watched.oracle.obligations if each.kind is Kind.CONSERVED]


def _sum(
    result: ObligationResult, obligation: Obligation, watched: Watched, some: dict[str, Value] | None
) -> Iterator[Disagreement]:
    """What was said of one sum in one state; `some` are the values that were given, None where all were."""
    (seen,) = watched.seen
    where = f"the Guardian says {obligation.id} is {result.outcome.value} given {'all' if some is None else some}"
    if seen.divided:
        # Without an end there is no sum to speak of, and the divisor is another expert's to refute.
        return
    fails = obligation.id in seen.failing
    if result.outcome is Outcome.PROVED and fails and (some is None or seen.supposed):
        yield Disagreement(WRONG_APPROVAL, f"{where}, it fails with {seen.state}")
    if result.outcome is Outcome.DISAGREEMENT:
        yield Disagreement("expert against interpreter", f"{where}: {result.detail}")
    if some is not None:
        if result.outcome in REFUTING_OUTCOMES:
            yield from _refuted(where, obligation, watched, result, some)
        return
    if result.outcome is Outcome.REFUTED and not fails:
        yield Disagreement(WRONG_REJECTION, f"{where}, it holds with {seen.state}")
    if seen.supposed and seen.admitted and result.outcome not in (Outcome.PROVED, Outcome.REFUTED):
        yield Disagreement("open instance", f"{where}: {result.detail} with {seen.state}")


def _refuted(
    where: str, obligation: Obligation, watched: Watched, result: ObligationResult, some: dict[str, Value]
) -> Iterator[Disagreement]:
    """A refutation shows values: those given, under which the sum really changes.

    Where every number is given, these are what is asked about, whether the hypotheses hold of them or not.
    """
    program = watched.oracle.program
    shown = None if result.counterexample is None else shown_state(program, result.counterexample)
    numbers = (found.name for found in program.variables if found.term.sort is not Sort.IDENTITY)
    if any(name not in some for name in numbers) or result.counterexample is None:
        yield from judge_refutation(where, obligation, watched, result)
    elif shown is not None and obligation.id not in watched.oracle.see(shown).failing:
        yield Disagreement(WRONG_REJECTION, f"{where}, it does not fail with the values shown: {shown}")
    if shown is not None and any(shown[name] != value for name, value in some.items()):
        yield Disagreement("counterexample", f"{where} and shows other values: {shown}")
