"""The pool of workers: whatever a question does to its worker costs that question alone."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from aethel.runtime.worker_pace import Pace
from aethel.runtime.worker_pool import (
    CannotStart,
    DeadlinePassed,
    PoolClosed,
    WorkerLost,
    WorkerPool,
    WorkFailed,
)
from tests.runtime.pools import (
    PATIENCE_MS,
    children,
    linux,
    overshoot_ms,
    parent_of,
    plan,
    round_trip_ms,
    until,
    wait_for_end,
    warm_pool,
)
from tests.runtime.workload import STARTS
from tests.tools import REPOSITORY

SOON_MS = 100.0
"""A deadline that a question which never ends will pass, in milliseconds."""

LATE_MS = 1_000.0
"""How late a caller may hear on a machine that is busy with something else; the goal is far below."""


@pytest.fixture(scope="module")
def shared() -> Iterator[WorkerPool]:
    """One worker at a time, and a spare; tests leave it in order."""
    with warm_pool(plan()) as pool:
        yield pool


@pytest.fixture
def pool(shared: WorkerPool) -> WorkerPool:
    """The shared pool with its worker and its spare ready, whatever the test before did to them."""
    until(lambda: shared.counts().idle == 2)
    return shared


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that grows whenever a workload is prepared."""
    path = tmp_path / "starts"
    monkeypatch.setenv(STARTS, str(path))
    return path


def run(pool: WorkerPool, question: object) -> object:
    return pool.run(question, PATIENCE_MS)


def test_a_question_is_answered_in_another_process(pool: WorkerPool) -> None:
    assert run(pool, "process") in set(pool.processes()) - {os.getpid()}


def test_a_worker_is_told_the_time_that_is_left(pool: WorkerPool) -> None:
    left_ms = pool.run("left", PATIENCE_MS)
    assert 0 < left_ms <= PATIENCE_MS


def test_values_arrive_as_they_were_sent(pool: WorkerPool) -> None:
    value = {"a": (1, b"\0", "é", None), "b": [1.5, frozenset({2})]}
    assert run(pool, ("echo", value)) == value


def test_a_question_may_hold_a_view_of_a_mapping(pool: WorkerPool) -> None:
    assert pool.run(MappingProxyType({"a": 1}), PATIENCE_MS) is None


def test_a_long_value_travels_whole(pool: WorkerPool) -> None:
    value = bytes(5_000_000)
    assert run(pool, ("echo", value)) == value


def test_a_worker_answers_one_question_after_another(pool: WorkerPool) -> None:
    assert len({run(pool, "process") for _ in range(5)}) == 1


@pytest.mark.parametrize("endless", ["loop", "native loop", "stop"])
def test_what_ignores_every_interrupt_is_ended_at_its_deadline(pool: WorkerPool, endless: str) -> None:
    before = set(pool.processes())
    assert overshoot_ms(pool, endless, SOON_MS) < LATE_MS
    until(lambda: len(before - set(pool.processes())) == 1)
    (ended,) = before - set(pool.processes())
    wait_for_end(ended)


def test_the_next_question_after_a_kill_finds_a_worker_that_was_ready_before(pool: WorkerPool) -> None:
    before = set(pool.processes())
    with pytest.raises(DeadlinePassed):
        pool.run("loop", SOON_MS)
    assert run(pool, "process") in before


def test_a_killed_worker_is_replaced_although_nobody_asks(pool: WorkerPool) -> None:
    started = pool.counts().started
    with pytest.raises(DeadlinePassed) as passed:
        pool.run("loop", SOON_MS)
    assert passed.value.was_begun
    until(lambda: pool.counts().started == started + 1 and pool.counts().idle == 2)


def test_a_question_that_nobody_was_free_for_kills_nobody(pool: WorkerPool) -> None:
    killed = pool.counts().killed
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(pool.run, "loop", SOON_MS * 5)
        until(lambda: pool.counts().busy == 1)
        with pytest.raises(DeadlinePassed, match="no worker was free") as passed:
            pool.run("process", SOON_MS)
        assert not passed.value.was_begun
        assert isinstance(other.exception(), DeadlinePassed)
    assert pool.counts().killed == killed + 1


def test_no_time_left_is_a_deadline_that_has_passed(pool: WorkerPool) -> None:
    with pytest.raises(DeadlinePassed):
        pool.run("process", -1)


@linux
def test_a_worker_killed_in_the_middle_of_its_work_costs_that_answer_only(pool: WorkerPool, tmp_path: Path) -> None:
    told = tmp_path / "process"
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(pool.run, ("tell and loop", str(told)), PATIENCE_MS)
        until(lambda: told.exists() and told.read_text(encoding="ascii").endswith("\n"))
        victim = int(told.read_text(encoding="ascii"))
        os.kill(victim, signal.SIGKILL)
        lost = asked.exception()
    assert isinstance(lost, WorkerLost)
    assert str(lost) == "the worker was ended by SIGKILL"
    assert run(pool, "process") != victim


@linux
def test_a_worker_that_dies_idle_costs_nothing(pool: WorkerPool) -> None:
    victim = run(pool, "process")
    assert isinstance(victim, int)
    os.kill(victim, signal.SIGKILL)
    wait_for_end(victim)
    assert run(pool, "process") != victim


@pytest.mark.parametrize(
    ("fatal", "told"), [("exit", "the worker ended with exit code 3"), ("crash", "the worker was ended by SIGSEGV")]
)
def test_how_a_worker_ended_is_told(pool: WorkerPool, fatal: str, told: str) -> None:
    with pytest.raises(WorkerLost) as lost:
        run(pool, fatal)
    assert str(lost.value) == told
    assert not lost.value.lacked_memory


@linux
def test_a_worker_gets_no_more_memory_than_it_may_take(pool: WorkerPool) -> None:
    with pytest.raises(WorkerLost, match="the worker ran out of memory") as lost:
        run(pool, "allocate")
    assert lost.value.lacked_memory
    assert run(pool, ("echo", 1)) == 1


def test_an_error_is_told_and_ends_no_worker(pool: WorkerPool) -> None:
    worker = run(pool, "process")
    with pytest.raises(WorkFailed, match="ValueError: no such thing"):
        run(pool, "raise")
    assert run(pool, "process") == worker


def test_an_answer_that_cannot_be_written_is_an_error(pool: WorkerPool) -> None:
    with pytest.raises(WorkFailed):
        run(pool, "unpicklable")


@pytest.mark.parametrize("wrong", ["stranger", "garbage"])
def test_an_answer_that_may_not_be_read_costs_the_worker(pool: WorkerPool, wrong: str) -> None:
    lost = pool.counts().lost
    with pytest.raises(WorkerLost, match="the worker was killed, since an answer"):
        run(pool, wrong)
    assert pool.counts().lost == lost + 1


def test_a_worker_ignores_the_signals_that_stop_a_server(pool: WorkerPool) -> None:
    worker = run(pool, "process")
    assert isinstance(worker, int)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(worker, number)
    assert run(pool, "process") == worker


@linux
def test_fifty_questions_at_once_keep_their_deadlines_on_two_workers() -> None:
    with warm_pool(plan(2)) as pool, ThreadPoolExecutor(50) as threads:
        zygote = parent_of(pool.processes()[0])
        asked = [threads.submit(overshoot_ms, pool, "loop", SOON_MS * 3) for _ in range(50)]
        most_busy, most_alive = 0, 0
        while not all(one.done() for one in asked):
            most_busy = max(most_busy, pool.counts().busy)
            most_alive = max(most_alive, len(children(zygote)))
        assert max(one.result() for one in asked) < LATE_MS
        assert (most_busy, most_alive) == (2, 3), "two at work, and a spare"


@linux
def test_a_pool_stays_at_its_size_under_repeated_kills() -> None:
    with warm_pool(plan(2)) as pool:
        zygote = parent_of(pool.processes()[0])
        for _ in range(10):
            with pytest.raises(DeadlinePassed):
                pool.run("loop", 10)
            assert len(children(zygote)) <= 3
        until(lambda: pool.counts().idle == 3)
        assert pool.counts().killed > 1
        assert pool.counts().started == 3 + pool.counts().killed


def test_a_worker_is_replaced_when_it_has_answered_enough() -> None:
    with warm_pool(plan(questions=2, spares=0)) as pool:
        workers = [run(pool, "process") for _ in range(4)]
        assert workers[0] == workers[1] != workers[2] == workers[3]
        assert pool.counts().recycled == 2


def test_a_worker_is_replaced_when_it_has_taken_half_of_its_memory() -> None:
    with warm_pool(plan(spares=0)) as pool:
        first = run(pool, ("take", 20))
        assert run(pool, ("take", 140)) == first
        assert run(pool, "process") != first
        assert pool.counts().recycled == 1


def test_what_is_too_long_is_refused_on_both_ways() -> None:
    with warm_pool(plan(frame_bytes=1_000)) as pool:
        worker = run(pool, "process")
        with pytest.raises(WorkFailed, match="the question is too long"):
            run(pool, bytes(2_000))
        with pytest.raises(WorkFailed, match="expected at most 1000"):
            run(pool, ("echo", "x" * 990))
        assert run(pool, "process") == worker


@linux
def test_the_death_of_the_zygote_ends_its_workers_and_is_survived() -> None:
    with ThreadPoolExecutor(1) as threads, warm_pool(plan()) as pool:
        workers = pool.processes()
        asked = threads.submit(pool.run, "loop", PATIENCE_MS)
        until(lambda: pool.counts().busy == 1)
        os.kill(parent_of(workers[0]), signal.SIGKILL)
        for worker in workers:
            wait_for_end(worker)
        assert isinstance(asked.exception(), WorkerLost)
        assert run(pool, "process") not in workers


@linux
def test_no_process_outlives_its_pool() -> None:
    with warm_pool(plan()) as pool:
        processes = (parent_of(pool.processes()[0]), *pool.processes())
    for process in processes:
        wait_for_end(process)


@linux
def test_no_process_outlives_the_killed_process_that_had_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.runtime.pool_process"], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        processes = [int(word) for word in parent.stdout.readline().split()]
        assert len(processes) == 4, "a zygote, two at work and a spare"
        parent.kill()
    for process in processes:
        wait_for_end(process)


def test_closing_ends_what_is_being_answered() -> None:
    with ThreadPoolExecutor(2) as threads, warm_pool(plan()) as pool:
        asked = threads.submit(pool.run, "loop", PATIENCE_MS)
        until(lambda: pool.counts().busy == 1)
        waiting = threads.submit(pool.run, "process", PATIENCE_MS)
        pool.close()
        assert isinstance(asked.exception(), PoolClosed)
        assert isinstance(waiting.exception(), PoolClosed)
        with pytest.raises(PoolClosed):
            run(pool, "process")


def test_closing_may_wait_for_what_is_being_answered() -> None:
    with ThreadPoolExecutor(1) as threads, warm_pool(plan()) as pool:
        asked = threads.submit(pool.run, "loop", SOON_MS * 2)
        until(lambda: pool.counts().busy == 1)
        pool.close(grace_ms=PATIENCE_MS)
        assert isinstance(asked.exception(), DeadlinePassed)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"target": "tests.runtime.nowhere:answer"}, "No module named 'tests.runtime.nowhere'"),
        ({"target": "tests.runtime.workload:nothing"}, "has no attribute 'nothing'"),
        ({"warm": "tests.runtime.workload:nothing"}, "has no attribute 'nothing'"),
        ({"prepare": "tests.runtime.workload:refuse"}, "RuntimeError: there is no solver today"),
        ({"prepare": "tests.runtime.workload:start_a_thread"}, "started 1 threads, expected none"),
    ],
)
def test_a_pool_that_cannot_start_says_why(starts: Path, changes: dict[str, Any], told: str) -> None:
    with WorkerPool(plan(**changes)) as pool:
        with pytest.raises(CannotStart, match="no worker can be started: ") as cannot:
            pool.wait_until_warm(PATIENCE_MS)
        assert told in str(cannot.value)
        with pytest.raises(CannotStart):
            run(pool, "process")


def test_a_pool_that_can_start_no_more_says_so_to_who_follows_it(starts: Path) -> None:
    warmth: list[bool] = []
    told = threading.Event()

    def follow(is_warm: bool) -> None:
        warmth.append(is_warm)
        if not is_warm:
            told.set()

    with warm_pool(plan(prepare="tests.runtime.workload:prepare_once")) as pool:
        pool.follow(follow)
        os.kill(parent_of(pool.processes()[0]), signal.SIGKILL)
        assert told.wait(PATIENCE_MS / 1000)
        assert warmth == [True, False]
        with pytest.raises(CannotStart, match="the process that starts workers went away"):
            run(pool, "process")


def test_what_cannot_start_is_not_tried_without_pause() -> None:
    pace, now_s, attempts = Pace(), 1_000.0, 0
    while now_s < 1_060.0:
        attempts += 1
        pace.failed(now_s, answered=0)
        now_s += pace.left_s(now_s)
    assert attempts < 20


def test_one_failure_among_answers_is_followed_by_an_attempt_at_once() -> None:
    pace = Pace()
    for answered in range(1, 10):
        assert not pace.failed(1_000.0 + answered, answered)
        assert pace.left_s(1_000.0 + answered) == 0


def test_a_pool_counts_what_it_did() -> None:
    with warm_pool(plan()) as pool:
        assert round_trip_ms(pool, "process") < LATE_MS
        with pytest.raises(DeadlinePassed):
            pool.run("loop", 10)
        with pytest.raises(WorkerLost):
            run(pool, "exit")
        until(lambda: pool.counts().alive == pool.counts().idle == 2)
        counts = pool.counts()
        assert (counts.answered, counts.killed, counts.lost, counts.started) == (1, 1, 1, 4)
        assert (counts.busy, counts.recycled, counts.faded, counts.failed_starts) == (0, 0, 0, 0)
