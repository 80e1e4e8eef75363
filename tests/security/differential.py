"""The Sentinel's analysis of a program held against the prover, obligation by obligation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random

from aethel.intent.instance import Instance, instantiate
from aethel.intent.obligations import Aspect, Kind, Obligation, obligations
from aethel.intent.program import Role
from aethel.intent.rendering import rendered
from aethel.intent.types import Account, Boolean, Integer, Money, Rational
from aethel.prover.expert import Z3Expert
from aethel.prover.local import local_expert
from aethel.request import Context, Question
from aethel.security import widths
from aethel.security.admission import Admission
from aethel.security.classes import SecurityClass, Tally
from aethel.security.linear import Work
from aethel.security.program_analysis import MOST_WORK, judge_program
from aethel.security.widths import Check
from aethel.verdict import REFUTING_OUTCOMES, Outcome

_Key = tuple[int, Kind, Aspect, int, str]


@dataclass(slots=True)
class Compared:
    """What a comparison found: `contradictions` in words, and how often each pair of outcomes came up."""

    contradictions: list[str] = field(default_factory=list)
    pairs: Counter[tuple[str, str, str]] = field(default_factory=Counter)


@cache
def prover() -> Z3Expert:
    return local_expert()


def compare(question: Question, compared: Compared) -> None:
    """Hold what both say of one text against one another; nothing is compared where the question cannot be read."""
    instance = instantiate(question)
    file = instance.reading.file
    if file is None or instance.findings:
        return
    verdict = prover().verify(question, 60_000.0)
    proofs = {each.id: each.outcome for each in verdict.obligations}
    listed = obligations(file)
    if not all(each.id in proofs for each in listed):
        return
    by_key: dict[_Key, list[Outcome]] = {}
    for each in listed:
        by_key.setdefault(_key_of(each), []).append(proofs[each.id])
    for key, mine in _checked(instance).items():
        theirs = by_key.get(key, [Outcome.PROVED])  # what holds of a constant is no obligation
        says = _worst(mine)
        compared.pairs["S05", says.value, _worst(theirs).value] += 1
        if says is Outcome.PROVED and Outcome.REFUTED in theirs:
            compared.contradictions.append(f"{key} is proved by intervals, refuted by the prover")
        if says is Outcome.REFUTED and all(each is Outcome.PROVED for each in theirs):
            compared.contradictions.append(f"{key} is refuted by a witness, proved by the prover")
    _compare_guards(question, instance, [proofs[each.id] for each in listed if each.kind in _STARTS], compared)


_STARTS = (Kind.NON_VACUOUS, Kind.CONSISTENT)


def _compare_guards(question: Question, instance: Instance, theirs: list[Outcome], compared: Compared) -> None:
    tally = Tally()
    judge_program(instance.reading, question, tally)
    mine = tally.results[SecurityClass.CONTRADICTION].outcome
    compared.pairs["S15", mine.value, _worst(theirs).value] += 1
    if mine is Outcome.REFUTED and all(each is Outcome.PROVED for each in theirs):
        compared.contradictions.append("the guards contradict one another, and are proved to be satisfiable")
    is_general = not question.arguments and question.context.is_empty()
    if mine is Outcome.PROVED and is_general and any(each in REFUTING_OUTCOMES for each in theirs):
        compared.contradictions.append("an execution is admitted, and is proved not to be")


def _checked(instance: Instance) -> dict[_Key, list[Outcome]]:
    assert instance.reading.file is not None
    found: dict[_Key, list[Outcome]] = {}
    work = Work(MOST_WORK)
    for position, program in enumerate(instance.reading.file.programs):
        given = instance.values[position]
        admission = Admission(program, given, work)
        for each in widths.check_program(instance.reading, position, admission, given):
            found.setdefault(_key_at(position, each.check), []).append(each.outcome)
    return found


def _key_at(position: int, check: Check) -> _Key:
    return position, check.kind, check.aspect, check.span.start, check.subject


def _key_of(obligation: Obligation) -> _Key:
    return obligation.program, obligation.kind, obligation.aspect, obligation.span.start, obligation.subject


def _worst(outcomes: list[Outcome]) -> Outcome:
    """Refuted where anything is, proved where everything is, else what is open."""
    for outcome in outcomes:
        if outcome in REFUTING_OUTCOMES:
            return outcome
    return next((outcome for outcome in outcomes if outcome is not Outcome.PROVED), Outcome.PROVED)


def questions(text: bytes, seed: int, budget: int) -> Iterator[Question]:
    """The text in general, with some values given, and with all; `budget` is the prover's, in its resource units."""
    general = Question("general", text, budget=budget)
    yield general
    random = Random(f"values {seed}")
    reading = instantiate(general).reading
    if reading.file is None:
        return
    for share in (0.5, 1.0):
        given: dict[str, str] = {}
        accounts: dict[str, str] = {}
        for program in reading.file.programs:
            for variable in program.variables:
                if variable.role is Role.NEW_CELL or random.random() > share:
                    continue
                name = variable.name.replace("old ", "old_").replace(".", "_")
                if isinstance(variable.type, Account):
                    accounts[variable.name] = f"id of {variable.name}"
                elif isinstance(variable.type, Money | Integer):
                    value = random.choice((0, 1, 2, 7, 50, 255, 256, 1000, 2**40, 2**63 - 1))
                    given[name] = rendered(value, variable.type, variable.scale)
                elif isinstance(variable.type, Rational):
                    given[name] = random.choice(("0", "0.5", "1", "2.25"))
                elif isinstance(variable.type, Boolean):
                    given[name] = random.choice(("true", "false"))
        yield Question("given", text, context=Context(inputs=given, accounts=accounts), budget=budget)
