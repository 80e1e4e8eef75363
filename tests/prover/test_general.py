"""What is proved for all values, what holds for the given ones only, and what is remembered of both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import certificate_checker
from aethel.intent.reading import read
from aethel.prover.expert import INSTANCE_ONLY, Z3Expert
from aethel.prover.local import local_expert
from aethel.prover.solving import solve
from aethel.prover.tasks import Matter, NotSolved, Reproducer, Solved, Task
from aethel.prover.version import identity
from aethel.request import Context, Question, Scope
from aethel.verdict import Disposition, Evidence, ExpertVerdict, Outcome, Vote
from tests.prover.asking import HARD, PAY, TIME_MS, UNGUARDED, hard

ARGUMENTS = {"sender": "alice", "receiver": "bob", "amount": "5"}
CONTEXT = Context(balances={"sender_balance": "10", "receiver_balance": "0"})


class Counted:
    """Solves in this process and notes every task."""

    def __init__(self) -> None:
        self.matters: list[Matter] = []

    def __call__(self, task: Task, deadline_ms: float) -> Solved:
        self.matters.append(task.matter)
        return solve(task, deadline_ms)


def about(text: str, **more: Any) -> Question:
    return Question("t1", text.encode(), **more)


def counted() -> tuple[Z3Expert, Counted]:
    solver = Counted()
    return Z3Expert(solver, identity()), solver


def test_an_instance_of_what_is_proved_needs_no_solver() -> None:
    expert, solver = counted()
    assert expert.verify(about(PAY), TIME_MS).verdict is Vote.APPROVE
    given = expert.verify(about(PAY, arguments=ARGUMENTS, context=CONTEXT), TIME_MS)
    assert (given.verdict, given.findings) == (Vote.APPROVE, ())
    assert solver.matters == [Matter.GENERAL]


def test_the_first_instance_teaches_what_holds_in_general() -> None:
    expert, solver = counted()
    first = expert.verify(about(PAY, arguments=ARGUMENTS, context=CONTEXT), TIME_MS)
    again = expert.verify(about(PAY, arguments=ARGUMENTS, context=CONTEXT), TIME_MS)
    assert (first.verdict, again.verdict) == (Vote.APPROVE, Vote.APPROVE)
    assert solver.matters.count(Matter.GIVEN) == 1


def test_texts_that_differ_in_a_literal_share_one_proof() -> None:
    expert, solver = counted()
    capped = PAY.replace("amount > 0;", "amount > 0; amount <= 1000;")
    expert.verify(about(capped, arguments=ARGUMENTS, context=CONTEXT), TIME_MS)
    asked = len(solver.matters)
    verdict = expert.verify(about(capped.replace("1000", "777"), arguments=ARGUMENTS, context=CONTEXT), TIME_MS)
    assert (verdict.verdict, len(solver.matters)) == (Vote.APPROVE, asked)
    refused = expert.verify(about(capped.replace("1000", "4"), arguments=ARGUMENTS, context=CONTEXT), TIME_MS)
    assert (refused.verdict, refused.code) == (Vote.REJECT, "PRECONDITION_FALSE")


def test_what_holds_for_the_given_values_only_says_so_and_shows_why() -> None:
    verdict = local_expert().verify(about(UNGUARDED, arguments=ARGUMENTS, context=CONTEXT), TIME_MS)
    assert verdict.verdict is Vote.APPROVE
    (advice,) = verdict.findings
    assert (advice.code, advice.disposition) == (INSTANCE_ONLY, Disposition.ADVISE)
    assert advice.message == "this holds on the given values only: `sender_balance` can fall below zero"
    assert advice.counterexample is not None
    assert dict(advice.counterexample.after)["sender_balance"].startswith("-")


def test_where_all_values_are_asked_for_an_instance_alone_is_rejected() -> None:
    question = about(UNGUARDED, scope=Scope.TEMPLATE, arguments=ARGUMENTS, context=CONTEXT)
    verdict = local_expert().verify(question, TIME_MS)
    assert (verdict.verdict, verdict.code) == (Vote.REJECT, "SOLVENT")
    approved = local_expert().verify(about(PAY, scope=Scope.TEMPLATE, arguments=ARGUMENTS, context=CONTEXT), TIME_MS)
    assert approved.verdict is Vote.APPROVE


def test_a_false_guard_is_a_rejection_though_the_template_is_proved() -> None:
    expert = local_expert()
    expert.verify(about(PAY), TIME_MS)
    poor = Context(balances={"sender_balance": "4", "receiver_balance": "0"})
    verdict = expert.verify(about(PAY, arguments=ARGUMENTS, context=poor), TIME_MS)
    assert (verdict.verdict, verdict.code) == (Vote.REJECT, "PRECONDITION_FALSE")


def test_evidence_that_is_asked_for_comes_with_a_certificate_that_checks() -> None:
    verdict = local_expert().verify(about(PAY, with_evidence=True), TIME_MS)
    assert verdict.evidence is Evidence.CERTIFIED
    file = read(PAY.encode()).file
    assert file is not None
    checked = certificate_checker.check(verdict.certificate)
    assert checked.digest == file.digest == verdict.program_digest
    assert len(checked.obligations) == len(verdict.obligations)
    assert local_expert().verify(about(PAY), TIME_MS).certificate == b""


def test_what_a_guard_would_repair_is_contingent_and_comes_with_the_change() -> None:
    verdict = local_expert().verify(about(UNGUARDED, with_evidence=True), TIME_MS)
    outcomes = {result.outcome for result in verdict.obligations}
    assert verdict.verdict is Vote.REJECT
    assert outcomes == {Outcome.PROVED, Outcome.CONTINGENT}
    first = next(finding for finding in verdict.findings if finding.repair)
    assert first.advice == "add `old_sender_balance >= amount` to the guard"
    assert "+        old_sender_balance >= amount;" in first.repair.splitlines()


def test_what_is_hard_in_general_is_approved_where_it_is_evaluated() -> None:
    text = hard(HARD["a sum of three cubes"])
    arguments = {**ARGUMENTS, "x": "1", "y": "2", "z": "3"}
    verdict = local_expert().verify(about(text, arguments=arguments, context=CONTEXT), TIME_MS)
    assert (verdict.verdict, verdict.evidence) == (Vote.APPROVE, Evidence.EVALUATED)


@pytest.mark.parametrize("outcome", [Outcome.BUDGET, Outcome.UNMODELLED])
def test_a_lost_solver_is_an_abstention_that_says_why(outcome: Outcome) -> None:
    def lost(task: Task, deadline_ms: float) -> Solved:
        raise NotSolved(outcome, "nothing was decided: the worker ended")

    verdict = Z3Expert(lost, identity()).verify(about(PAY), TIME_MS)
    assert verdict.verdict is Vote.ABSTAIN
    assert [result.outcome for result in verdict.obligations] == [outcome]
    assert verdict.reason == "nothing was decided: the worker ended"


def test_an_answer_about_another_text_decides_nothing() -> None:
    def confused(task: Task, deadline_ms: float) -> Solved:
        return solve(replace(task, question=about(UNGUARDED)), deadline_ms)

    verdict = Z3Expert(confused, identity()).verify(about(PAY), TIME_MS)
    assert (verdict.verdict, outcomes(verdict)) == (Vote.ABSTAIN, [Outcome.DISAGREEMENT])


def test_a_disagreement_of_solvers_is_kept_and_forgets_what_was_proved() -> None:
    kept: list[Reproducer] = []

    def differing(task: Task, deadline_ms: float) -> Solved:
        solved = solve(task, deadline_ms)
        worse = tuple(
            replace(each, result=replace(each.result, outcome=Outcome.DISAGREEMENT, evidence=Evidence.NONE))
            for each in solved.settled
        )
        return replace(solved, settled=worse, certificate=b"", reproducers=(Reproducer("name.smt2", "(check-sat)"),))

    expert = Z3Expert(differing, identity(), keep=kept.append)
    verdict = expert.verify(about(PAY), TIME_MS)
    assert (verdict.verdict, set(outcomes(verdict))) == (Vote.ABSTAIN, {Outcome.DISAGREEMENT})
    assert [each.name for each in kept] == ["name.smt2"]


def outcomes(verdict: ExpertVerdict) -> list[Outcome]:
    return [result.outcome for result in verdict.obligations]
