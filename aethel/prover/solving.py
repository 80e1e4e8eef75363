"""Solving: a task carried out in this process, from the text to what became of each obligation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import assert_never

from aethel.intent.instance import given_values, instantiate
from aethel.intent.obligations import variables_of
from aethel.intent.program import IntentFile
from aethel.intent.reading import Reading, read
from aethel.intent.skeleton import lift
from aethel.prover.alarm import Alarm
from aethel.prover.limits import FIRST_ROUND_BUDGET
from aethel.prover.repairing import repaired
from aethel.prover.rounds import examine
from aethel.prover.settled import Settled, Settlement, proved
from aethel.prover.solver import ProgramSolver, Query, Status
from aethel.prover.stops import DeadlinePassed, Unmodelled
from aethel.prover.store import keys_of
from aethel.prover.strengthening import strengthen
from aethel.prover.tasks import Matter, Solved, Task
from aethel.verdict import REFUTING_OUTCOMES, Evidence


def solve(task: Task, deadline_ms: float, clock_ms: Callable[[], float] = lambda: 0) -> Solved:
    """Carry out a task in this process; what is not decided by the deadline says so.

    `clock_ms` measures what each obligation took and decides nothing.
    """
    with Alarm(deadline_ms) as alarm:
        instance = instantiate(task.question)
        file = instance.reading.file
        if file is None:
            return Solved("")
        match task.matter:
            case Matter.GIVEN:
                examined = examine(instance.reading, instance.values, alarm, task.budget, clock_ms)
                return Solved(file.digest, _settled(examined.settled), examined.preconditions)
            case Matter.GENERAL:
                return _general(instance.reading, file, alarm, task, clock_ms)
            case Matter.SKELETON:
                return _skeleton(instance.reading, alarm, task.budget)
            case _:
                assert_never(task.matter)


def _settled(found: Sequence[Settlement]) -> tuple[Settled, ...]:
    return tuple(settled for _, settled in found)


def _general(reading: Reading, file: IntentFile, alarm: Alarm, task: Task, clock_ms: Callable[[], float]) -> Solved:
    examined = examine(reading, [{}] * len(file.programs), alarm, task.budget, clock_ms)
    found = Solved(file.digest, _settled(examined.settled))
    if found.proved:
        return _strengthened(file, examined.settled, alarm)
    if task.question.with_evidence and any(each.outcome in REFUTING_OUTCOMES for each in found.results):
        given = given_values(task.question)
        balances = frozenset(task.question.context.balances)
        again = partial(read, given=given, balances=balances)
        return replace(found, settled=_settled(repaired(reading, examined.settled, alarm, again)))
    return found


def _skeleton(reading: Reading, alarm: Alarm, budget: int) -> Solved:
    """Every obligation on all executions of the lifted text proved, or nothing: there is no text to refute."""
    try:
        skeleton = lift(reading)
        settled = [] if skeleton is None else _proved_for_all_literals(skeleton.file, alarm, budget)
    except (DeadlinePassed, Unmodelled):
        return Solved("")
    if skeleton is None or settled is None:
        return Solved("")
    return _strengthened(skeleton.file, settled, alarm)


def _proved_for_all_literals(file: IntentFile, alarm: Alarm, budget: int) -> list[Settlement] | None:
    """Every obligation of `keys_of` proved; None where one is not, within the budget of the first round."""
    listed = [obligation for obligation, _ in keys_of(file)]
    solvers = [
        ProgramSolver(variables_of(program, *(each for each in listed if each.program == position)), alarm)
        for position, program in enumerate(file.programs)
    ]
    settled: list[Settlement] = []
    for obligation in listed:
        if obligation.claim is file.programs[obligation.program].terms.true:
            settled.append((obligation, proved(obligation, Evidence.EVALUATED, "holds by evaluation")))
            continue
        query = Query(obligation.assumptions, obligation.claim)
        answer = solvers[obligation.program].decide(query, min(FIRST_ROUND_BUDGET, budget))
        if answer.status is not Status.UNSATISFIABLE:
            return None
        settled.append((obligation, proved(obligation, Evidence.SINGLE_SOLVER, "proved by the solver", answer.work)))
    return settled


def _strengthened(file: IntentFile, settled: Sequence[Settlement], alarm: Alarm) -> Solved:
    found = strengthen(file, settled, alarm)
    return Solved(file.digest, _settled(found.settled), (), found.certificate, found.reproducers)
