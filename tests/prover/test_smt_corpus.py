"""Scripts of a public corpus through the pool: the known answers, in the same work in every process and every order."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import pytest

from aethel.prover.smt_text import solve_text
from aethel.prover.solver import Answer, Status
from aethel.prover.stops import Unmodelled
from aethel.runtime.worker_pool import PoolPlan, WorkerPool
from tests.tools import REPOSITORY

CORPUS = REPOSITORY.parent / "shared" / "corpora" / "smt.jsonl"

BUDGET = 2_000_000
"""Solver resource units for one script: a fifth more than the costliest decided one takes, and about a second."""

HARD_BUDGET = 200_000
"""Solver resource units for a script that nobody expects to be decided."""

DEADLINE_MS = 60_000.0
"""Far beyond what the budget allows: an answer by the clock would not be the same everywhere."""

SMALL = 12
"""Scripts that are not hard and whose work is compared in every run; all are where large counts are."""

SIMPLE = "(declare-const x Int)(assert (> (* 3 x) 7))(check-sat)"


@dataclass(frozen=True)
class Row:
    """One script and what is known of it."""

    id: str
    text: str
    status: Status
    is_hard: bool


@cache
def rows() -> tuple[Row, ...]:
    """The corpus; skips where it is absent."""
    if not CORPUS.is_file():
        pytest.skip("../shared/corpora is absent")
    found = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    return tuple(Row(row["id"], row["input"], Status(row["label"]), row["tier"] == "hard") for row in found)


def plan(memory_bytes: int = 1_073_741_824) -> PoolPlan:
    return PoolPlan("tests.prover.smt_work:solve", 1, memory_bytes, answers=("aethel.prover.solver",))


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(plan()) as pool:
        yield pool


def solve(pool: WorkerPool, text: str, budget: int = BUDGET) -> Answer:
    answer = pool.run((text, budget), DEADLINE_MS)
    assert isinstance(answer, Answer)
    return answer


def test_every_script_has_its_known_answer(pool: WorkerPool) -> None:
    found = {row.id: (row, solve(pool, row.text, HARD_BUDGET if row.is_hard else BUDGET).status) for row in rows()}
    wrong = {
        name: status
        for name, (row, status) in found.items()
        if status is not row.status and not (row.is_hard and status is Status.UNDECIDED)
    }
    assert len(found) > 80
    assert wrong == {}


def works(size: int, scripts: list[Row], seed: int) -> dict[str, set[int]]:
    """The work that each script took, in a shuffled order in each of some processes."""
    taken: dict[str, set[int]] = {row.id: set() for row in scripts}
    pools = [WorkerPool(plan()) for _ in range(size)]
    orders = [random.Random(seed + number).sample(scripts, len(scripts)) for number in range(size)]

    def all_of(pool: WorkerPool, order: list[Row]) -> list[tuple[str, int]]:
        with pool:
            return [(row.id, solve(pool, row.text).work) for row in order]

    with ThreadPoolExecutor(size) as threads:
        for answers in threads.map(all_of, pools, orders):
            for name, work in answers:
                taken[name].add(work)
    return taken


def test_the_work_of_a_script_is_the_same_in_every_process_and_order() -> None:
    taken = works(2, [row for row in rows() if not row.is_hard][:SMALL], seed=1)
    assert {name: work for name, work in taken.items() if len(work) != 1} == {}


@pytest.mark.full
def test_the_work_of_every_script_is_the_same_over_four_processes() -> None:
    taken = works(4, list(rows()), seed=2)
    assert {name: work for name, work in taken.items() if len(work) != 1} == {}


def test_a_script_is_answered_within_its_budget(pool: WorkerPool) -> None:
    answer = solve(pool, SIMPLE, budget=1)
    assert answer.status is Status.UNDECIDED
    assert answer.reason


def test_a_script_that_takes_all_memory_costs_its_own_answer() -> None:
    wide = (
        "(declare-const a (_ BitVec 4096))(declare-const b (_ BitVec 4096))"
        "(assert (= (bvmul a b) (_ bv1000000007 4096)))(assert (bvugt a (_ bv1 4096)))(check-sat)"
    )
    with WorkerPool(plan(memory_bytes=268_435_456)) as pool:
        assert solve(pool, wide, budget=2**32).reason == "out of memory"
        assert solve(pool, SIMPLE).status is Status.SATISFIABLE


def test_an_interrupted_script_is_undecided() -> None:
    assert solve_text(SIMPLE, BUDGET, deadline_ms=0).status is Status.UNDECIDED


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "0 times `check-sat`"),
        ("(check-sat)(check-sat)", "2 times `check-sat`"),
        ("(check-sat)(assert true)", "expected one, at its end"),
        ('(set-option :regular-output-channel "out")(check-sat)', "`set-option` states no problem"),
        ('(include "other.smt2")(check-sat)', "`include` states no problem"),
        ("(push 1)(check-sat)", "`push` states no problem"),
        ("(assert true", "ends within a command"),
        ("(assert true))(check-sat)", "outside of its commands"),
        ("check-sat", "outside of its commands"),
        ('(set-info :a "(check-sat)', "ends within a quotation"),
        ("(assert " + "(" * 2000, "nests deeper"),
        ("(assert nothing)(check-sat)", "the solver cannot read the script"),
        (";" * 1_000_001, "has 1000001 characters"),
    ],
)
def test_what_is_no_plain_problem_is_refused(text: str, told: str) -> None:
    with pytest.raises(Unmodelled, match=r"script|command") as refused:
        solve_text(text, BUDGET)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "(assert true) ; (check-sat) (exit)\n(check-sat)",
        '(set-info :source |(push 1) "|)(set-info :x "a ""(pop)"" |")(check-sat)',
        "(declare-const |a(b| Bool)(assert |a(b|)(check-sat)",
    ],
)
def test_comments_and_quotations_are_no_commands(text: str) -> None:
    assert solve_text(text, BUDGET).status is Status.SATISFIABLE
