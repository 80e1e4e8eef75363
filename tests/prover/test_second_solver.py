"""The second solver: what it confirms, how it is bounded, and that it agrees with the first one."""

from __future__ import annotations

from pathlib import Path

import pytest
import z3

from aethel.intent.obligations import Kind, obligations, variables_of
from aethel.intent.program import Program
from aethel.intent.reading import Reading, read
from aethel.intent.terms import Sort, Terms
from aethel.prover import second_solver
from aethel.prover.alarm import Alarm
from aethel.prover.limits import FIRST_ROUND_BUDGET
from aethel.prover.minimal import is_linear
from aethel.prover.reproducer import Said, may_be_told, reproducer
from aethel.prover.second_solver import (
    CROSS_CHECK_BUDGET,
    LONGEST_TEXT_CHARACTERS,
    CrossChecker,
    cross_check,
    second_solver_version,
)
from aethel.prover.smtlib import exported, script
from aethel.prover.solver import ProgramSolver, Query, Status
from aethel.prover.stops import DeadlinePassed, Unmodelled
from aethel.verdict import REFUTING_OUTCOMES, Outcome
from tests.fuzz.generator import generate
from tests.intent.readings import intent, program
from tests.prover.asking import PAY, ask, outcomes
from tests.prover.building import variable

CORPUS = sorted((Path(__file__).parent.parent / "corpus").glob("*.ae"))
QUESTIONS = (Kind.NON_VACUOUS, Kind.CONSISTENT)
TIME_MS = 60_000


def queries(found: Reading, position: int) -> dict[str, Query]:
    assert found.file is not None
    return {
        each.id: Query(each.assumptions, None if each.kind in QUESTIONS else each.claim)
        for each in obligations(found.file)
        if each.program == position
    }


def cubes(terms: Terms) -> Query:
    """Whether 42 is a sum of three cubes, as a claim that it is not."""
    numbers = [terms.var(name, Sort.INT) for name in ("i", "j", "k")]
    total = terms.add(*(terms.mul(number, number, number) for number in numbers))
    return Query((), terms.not_(terms.eq(total, terms.const(42))))


def test_every_obligation_of_a_payment_is_confirmed_within_a_hundredth_of_the_budget() -> None:
    found = read(PAY.encode())
    asked = queries(found, 0)
    assert found.file is not None
    checker = CrossChecker(found.file.programs[0].variables, asked.values(), Alarm(TIME_MS))
    answers = {name: checker.check(query) for name, query in asked.items()}
    satisfiable = {name for name, answer in answers.items() if answer.status is Status.SATISFIABLE}
    assert satisfiable == {"non_vacuous", "consistent"}
    assert all(answer.status is not Status.UNDECIDED for answer in answers.values())
    assert sum(answer.work for answer in answers.values()) < CROSS_CHECK_BUDGET // 100


def test_questions_about_other_assumptions_do_not_leave_theirs_behind() -> None:
    terms = Terms()
    i, five = terms.var("i", Sort.INT), terms.const(5)
    low, high = Query((terms.lt(i, five),), None), Query((terms.lt(five, i),), terms.lt(five, i))
    checker = CrossChecker([variable(terms, "i")], (low, high), Alarm(TIME_MS))
    asked = [low, high, low, high, high]
    expected = [Status.SATISFIABLE if query is low else Status.UNSATISFIABLE for query in asked]
    assert [checker.check(query).status for query in asked] == expected


def test_what_the_shared_solver_leaves_open_a_solver_of_its_own_may_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_solver, "_SHARED_BUDGET", 1)
    terms = Terms()
    low, high = (terms.const(value) for value in (3, 1000))
    i, j = (terms.var(name, Sort.INT) for name in ("i", "j"))
    query = Query((terms.le(high, i), terms.le(terms.mul(low, i), j)), terms.le(high, j))
    checker = CrossChecker([variable(terms, "i"), variable(terms, "j")], [query], Alarm(TIME_MS))
    assert checker.check(query, budget=1).status is Status.UNDECIDED
    assert checker.check(query).status is Status.UNSATISFIABLE


def test_a_hard_question_is_undecided_after_its_budget_and_burdens_no_other() -> None:
    terms = Terms()
    i = terms.var("i", Sort.INT)
    hard, easy = cubes(terms), Query((), terms.le(i, terms.add(i, terms.const(1))))
    checker = CrossChecker([variable(terms, name) for name in ("i", "j", "k")], (hard, easy), Alarm(TIME_MS))
    answer = checker.check(hard, 30_000)
    assert answer.status is Status.UNDECIDED
    assert 20_000 <= answer.work < 35_000
    assert "RESOURCEOUT" in answer.reason
    assert checker.check(easy).status is Status.UNSATISFIABLE


def test_equal_questions_cost_and_answer_the_same() -> None:
    terms = Terms()
    hard = cubes(terms)
    text = script([variable(terms, name) for name in ("i", "j", "k")], hard.assumptions, hard.denied)
    assert cross_check(text, 10_000, TIME_MS) == cross_check(text, 10_000, TIME_MS)


@pytest.mark.parametrize("text", ["(check-sat", "(assert v0)\n(check-sat)", "(set-logic QF_LIA)\n", "(exit)"])
def test_what_is_no_question_is_undecided_with_a_reason(text: str) -> None:
    answer = cross_check(text, 1_000, TIME_MS)
    assert answer.status is Status.UNDECIDED
    assert answer.reason


@pytest.mark.parametrize(
    "lines",
    [
        "(pop 1)\n(assert (< x x))\n(check-sat)",
        "(get-value (x))\n(assert (< x x))\n(check-sat)",
        "(check-sat)\n(assert (< x x))\n(check-sat)",
        "(check-sat)\n(get-unsat-core)",
    ],
)
def test_whatever_is_said_beside_an_answer_spoils_it(lines: str) -> None:
    """It may be the answer to another question than the one that was meant."""
    answer = cross_check(f"(set-logic QF_LIA)\n(declare-const x Int)\n{lines}\n", 1_000, TIME_MS)
    assert answer.status is Status.UNDECIDED


def test_a_text_without_end_is_not_read() -> None:
    text = f"(set-logic QF_LIA)\n; {'a' * LONGEST_TEXT_CHARACTERS}\n(check-sat)\n"
    assert cross_check(text, 1_000, TIME_MS).reason == "the question has more than 100000 characters as text"


def test_after_the_deadline_nothing_is_asked() -> None:
    terms = Terms()
    with pytest.raises(DeadlinePassed), Alarm(0) as alarm:
        CrossChecker([], [query := Query((terms.true,), None)], alarm).check(query)


def test_a_question_beyond_the_limits_is_undecided_and_the_others_are_answered() -> None:
    terms = Terms()
    power = terms.var("i", Sort.INT)
    for _ in range(5):
        power = terms.mul(power, power)
    beyond, easy = Query((), terms.le(power, terms.const(0))), Query((terms.true,), None)
    checker = CrossChecker([variable(terms, "i")], (beyond, easy), Alarm(TIME_MS))
    assert "a product of more than 16 unknowns" in checker.check(beyond).reason
    assert checker.check(easy).status is Status.SATISFIABLE


def test_the_second_solver_is_part_of_the_experts_version(monkeypatch: pytest.MonkeyPatch) -> None:
    from aethel.prover import version  # noqa: PLC0415

    before = version.source_digest()
    assert second_solver_version().startswith("cvc5 1.")
    monkeypatch.setattr(version, "second_solver_version", lambda: "cvc5 0")
    assert version.source_digest() != before


def test_all_questions_about_one_program_share_a_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []

    class Counted(second_solver._Session):
        def __init__(self, budget: int, time_ms: int, *, is_shared: bool) -> None:
            made.append(is_shared)
            super().__init__(budget, time_ms, is_shared=is_shared)

    monkeypatch.setattr(second_solver, "_Session", Counted)
    found = read(PAY.encode())
    assert found.file is not None
    asked = queries(found, 0)
    checker = CrossChecker(found.file.programs[0].variables, asked.values(), Alarm(TIME_MS))
    for query in asked.values():
        checker.check(query)
    assert made == [True]


def by_z3(text: str) -> str:
    solver = z3.Solver(ctx=z3.Context())
    solver.set("rlimit", FIRST_ROUND_BUDGET)
    solver.from_string(text)
    return str(solver.check())


def compare_with_the_expert(path: Path) -> int:
    """Both solvers on the exported files of one text against the expert's outcomes; returns how many were compared.

    A solver may leave open what is not linear, which the expert asked about in other words.
    """
    found = read(path.read_bytes())
    if found.file is None:
        return 0
    told = outcomes(ask(path.read_text(), budget=FIRST_ROUND_BUDGET))
    compared = 0
    for each in obligations(found.file):
        outcome = told[each.id]
        if outcome is not Outcome.PROVED and outcome not in REFUTING_OUTCOMES:
            continue
        holds = "sat" if each.kind in QUESTIONS else "unsat"
        expected = holds if outcome is Outcome.PROVED else "unsat" if holds == "sat" else "sat"
        text = exported(found.file.programs[each.program], each)
        answers = {by_z3(text), cross_check(text, CROSS_CHECK_BUDGET, TIME_MS).status.value}
        undecided = set() if is_linear((*each.assumptions, each.claim)) else {"unknown"}
        assert answers - undecided == {expected}, (path.name, each.id)
        compared += 1
    return compared


@pytest.mark.parametrize("first", range(0, 48, 12))
def test_both_solvers_answer_exports_of_the_corpus_as_the_expert_does(first: int) -> None:
    assert sum(compare_with_the_expert(path) for path in CORPUS[first::48]) > 5


@pytest.mark.full
@pytest.mark.timeout(600)
def test_both_solvers_answer_all_exports_of_the_corpus_as_the_expert_does() -> None:
    assert sum(compare_with_the_expert(path) for path in CORPUS) > 1_000


def compare_solvers(seed: int) -> int:
    """Both solvers, each with its own encoding, on one random program; returns how many obligations both decided."""
    found = read(generate(seed).text.encode())
    if found.file is None:
        return 0
    decided = 0
    for position, one in enumerate(found.file.programs):
        asked = queries(found, position)
        own = variables_of(one, *(each for each in obligations(found.file) if each.program == position))
        first = ProgramSolver(own, Alarm(TIME_MS))
        second = CrossChecker(own, asked.values(), Alarm(TIME_MS))
        for name, query in asked.items():
            try:
                answer = first.quick(query, 100_000).status
            except Unmodelled:
                assert second.check(query).status is Status.UNDECIDED
                continue
            answers = {answer, second.check(query, 30_000).status} - {Status.UNDECIDED}
            assert len(answers) <= 1, (seed, name)
            decided += 1
    return decided


@pytest.mark.parametrize("first", range(0, 20, 10))
def test_the_solvers_never_contradict_one_another_on_random_programs(first: int) -> None:
    assert sum(compare_solvers(seed) for seed in range(first, first + 10)) > 20


@pytest.mark.full
@pytest.mark.timeout(1_800)
def test_the_solvers_never_contradict_one_another_on_many_random_programs() -> None:
    assert sum(compare_solvers(seed) for seed in range(20, 2_020)) > 8_000


SECRET = intent("a: Account, b: Account, secret n: Balance", "n > 0;", "n > 0;", "transfer(a, b, n);")
SAID = (Said("z3 5.4", Status.UNSATISFIABLE), Said("cvc5 1.4", Status.SATISFIABLE, "a reason\nof two lines"))


def reproduced(one: Program, text: str | None) -> tuple[str, str]:
    found = reproducer(one, "post.1", SAID, text)
    return found.name, found.text


def test_a_reproducer_holds_both_answers_and_is_a_script_that_answers_again() -> None:
    one = program(PAY)
    (_, post) = next(item for item in queries(read(PAY.encode()), 0).items() if item[0] == "post.1")
    _, text = reproduced(one, script(one.variables, post.assumptions, post.denied))
    heads = [line for line in text.splitlines() if line.startswith("; ")]
    assert f"; program {one.digest}" in heads
    assert "; obligation post.1" in heads
    assert "; z3 5.4: unsat" in heads
    assert "; cvc5 1.4: sat, a reason\\u{a}of two lines" in heads
    assert cross_check(text, CROSS_CHECK_BUDGET, TIME_MS).status is Status.UNSATISFIABLE


def test_equal_disagreements_have_one_name_and_others_another() -> None:
    one = program(PAY)
    assert reproduced(one, "(check-sat)") == reproduced(one, "(check-sat)")
    assert reproduced(one, "(check-sat)")[0] != reproduced(one, "(exit)")[0]


def test_a_question_that_could_tell_a_secret_is_left_out() -> None:
    one = program(SECRET)
    assert may_be_told(one, ())
    assert not may_be_told(one, ("n",))
    assert not may_be_told(program(SECRET.replace("{ n > 0;", "{ secret n > 17;")), ())
    assert "left out" in reproduced(one, None)[1]
    assert "(assert" not in reproduced(one, None)[1]
