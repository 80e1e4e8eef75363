"""The Z3 expert in front of its workers: what they answer is passed on, and what befalls them is never a decision."""

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aethel.prover.expert import Z3Expert
from aethel.prover.local import local_expert
from aethel.prover.tasks import Identity, Matter, Solved, Task
from aethel.prover.version import identity
from aethel.request import Context, Question
from aethel.runtime.metrics import Metrics
from aethel.runtime.settings import Process, read_settings
from aethel.runtime.worker_pool import CannotStart, PoolPlan, WorkerPool
from aethel.verdict import Z3_EXPERT, ExpertVerdict, Outcome, Vote
from services.z3_expert.plan import LEAST_WORKERS, pool_plan
from services.z3_expert.pooled import PooledSolver
from services.z3_expert.wiring import open_prover
from services.z3_expert.worker import margin_ms
from tests.prover.asking import HARD, PAY, UNGUARDED, hard
from tests.runtime.pools import MEMORY_BYTES, linux, parent_of, until
from tests.services.workload import STARTS

TIME_MS = 30_000.0

PLAN = replace(pool_plan(read_settings({}, Process.Z3)), size=1)

FULL = Question(
    "full",
    intent_text=PAY.encode(),
    arguments={"sender": "alice", "receiver": "bob", "amount": "5"},
    context=Context({"sender_balance": "10", "receiver_balance": "0"}, {}, {"alice": "a1"}),
    budget=4_000_000,
)
"""A question with something in every field that it may have beside another."""


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(PLAN) as pool:
        pool.wait_until_warm(TIME_MS)
        yield pool


@pytest.fixture
def expert(pool: WorkerPool) -> Z3Expert:
    return Z3Expert(PooledSolver(pool), identity())


@pytest.mark.parametrize(
    "question",
    [
        Question("proved", intent_text=PAY.encode()),
        Question("refuted", intent_text=UNGUARDED.encode()),
        Question("unread", intent_text=b"this is no intent"),
        Question("other", intent_text=PAY.encode(), expected_digest="0" * 64),
        FULL,
    ],
    ids=lambda question: question.transaction_id,
)
def test_workers_give_the_verdict_of_the_expert_in_one_process(expert: Z3Expert, question: Question) -> None:
    assert untimed(expert.verify(question, TIME_MS)) == local_expert().verify(question, TIME_MS)


def untimed(verdict: ExpertVerdict) -> ExpertVerdict:
    return replace(verdict, obligations=tuple(replace(each, took_ms=0.0) for each in verdict.obligations))


def test_what_was_proved_once_asks_no_worker_again(pool: WorkerPool) -> None:
    asked: list[Task] = []

    def counted(task: Task, deadline_ms: float) -> Solved:
        asked.append(task)
        return PooledSolver(pool)(task, deadline_ms)

    expert = Z3Expert(counted, identity())
    expert.verify(Question("first", intent_text=PAY.encode()), TIME_MS)
    again = expert.verify(Question("again", intent_text=PAY.encode()), TIME_MS)
    given = expert.verify(FULL, TIME_MS)
    assert (again.verdict, given.verdict) == (Vote.APPROVE, Vote.APPROVE)
    assert [task.matter for task in asked] == [Matter.GENERAL]


def test_the_workers_say_who_solves(pool: WorkerPool) -> None:
    assert pool.run(None, TIME_MS) == identity()


def test_what_is_decided_by_the_deadline_is_told_and_kills_nobody(expert: Z3Expert, pool: WorkerPool) -> None:
    killed = pool.counts().killed
    verdict = expert.verify(Question("hard", intent_text=hard(HARD["factoring"]).encode()), 1_500)
    outcomes = {one.outcome for one in verdict.obligations}
    assert verdict.verdict is Vote.ABSTAIN
    assert outcomes == {Outcome.PROVED, Outcome.BUDGET}
    assert pool.counts().killed == killed


@pytest.mark.parametrize("left_ms", [0.0, 1.0, 15.0, 100.0, 5_000.0, 30_000.0, 600_000.0])
def test_a_worker_gives_up_before_it_is_killed_and_uses_most_of_the_time(left_ms: float) -> None:
    assert left_ms / 2 >= margin_ms(left_ms) >= min(left_ms / 2, 10.0)
    assert margin_ms(left_ms) <= max(10.0, left_ms / 20)


@pytest.mark.parametrize(
    ("target", "outcome", "told"),
    [
        ("loop", Outcome.BUDGET, "nothing was decided: the worker was killed at the deadline"),
        pytest.param("allocate", Outcome.BUDGET, "nothing was decided: the worker ran out of memory", marks=linux),
        ("end", Outcome.UNMODELLED, "nothing was decided: the worker ended with exit code 3"),
        ("fail", Outcome.UNMODELLED, "nothing was decided: ValueError: no proof today"),
        ("babble", Outcome.UNMODELLED, "nothing was decided: the worker answered with something else"),
        ("nothing", Outcome.UNMODELLED, "has no attribute 'nothing'"),
    ],
)
def test_where_no_worker_answers_the_verdict_abstains_and_says_why(target: str, outcome: Outcome, told: str) -> None:
    with WorkerPool(PoolPlan(f"tests.services.workload:{target}", 1, MEMORY_BYTES)) as pool:
        until(lambda: bool(pool.counts().idle) or target == "nothing")
        patience_ms = 200.0 if target == "loop" else TIME_MS
        verdict = Z3Expert(PooledSolver(pool), Identity("1", "none")).verify(FULL, patience_ms)
    assert verdict.verdict is Vote.ABSTAIN
    assert verdict.confidence == 0
    (undecided,) = verdict.obligations
    assert undecided.outcome is outcome
    assert told in undecided.detail
    assert verdict.reason == undecided.detail
    assert (verdict.expert_name, verdict.version) == (Z3_EXPERT, "1")


@linux
def test_the_first_proof_of_a_fresh_worker_finds_its_memory_at_hand() -> None:
    task = Task(Question("first", intent_text=PAY.encode()), Matter.GENERAL, 4_000_000)
    plan = replace(PLAN, target="tests.services.workload:proof_faults", spares=0, questions=1)
    with WorkerPool(replace(plan, warm="")) as cold, WorkerPool(plan) as warm:
        first, fresh, later = cold.run(task, TIME_MS), warm.run(task, TIME_MS), warm.run(task, TIME_MS)
    assert fresh * 4 < first
    assert later * 4 < first, "one that replaces another is as warm as the first"


@linux
def test_a_worker_in_which_nothing_can_be_proved_is_never_asked() -> None:
    plan = replace(PLAN, prepare="tests.services.workload:lose_the_second_solver")
    with WorkerPool(plan) as pool, pytest.raises(CannotStart, match=r"could not be warmed: .*no second solver today"):
        pool.wait_until_warm(TIME_MS)


def test_one_worker_per_core_is_planned_but_never_a_single_one() -> None:
    assert pool_plan(read_settings({}, Process.Z3)).size == max(LEAST_WORKERS, len(os.sched_getaffinity(0)))


def test_workers_and_memory_are_planned_as_they_are_set() -> None:
    settings = read_settings({"AETHEL_Z3_WORKERS": "7", "AETHEL_Z3_WORKER_MEMORY_MIB": "300"}, Process.Z3)
    assert (pool_plan(settings).size, pool_plan(settings).memory_bytes) == (7, 300 * 2**20)


@linux
async def test_the_process_is_unfit_while_no_worker_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STARTS, str(tmp_path / "loaded"))
    plan = PoolPlan(
        "tests.services.workload:introduce",
        1,
        MEMORY_BYTES,
        prepare="tests.services.workload:load_once",
        answers=("aethel.prover.tasks",),
    )
    with WorkerPool(plan) as pool:
        async with open_prover(pool, read_settings({}, Process.Z3), Metrics()) as servicers:
            changed = asyncio.Event()
            servicers.fitness.follow(changed.set)
            assert servicers.fitness.is_fit
            os.kill(parent_of(pool.processes()[0]), signal.SIGKILL)
            async with asyncio.timeout(TIME_MS / 1000):
                while servicers.fitness.is_fit:
                    changed.clear()
                    await changed.wait()
