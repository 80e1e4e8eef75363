"""What a worker does before its first question: the pool offers nobody who has not done it."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from aethel.runtime.worker_pace import Pace
from aethel.runtime.worker_pool import CannotStart, DeadlinePassed, PoolPlan, WorkerPool
from tests.runtime.pools import PATIENCE_MS, linux, parent_of, plan, state_of, until, wait_for_end, warm_pool
from tests.runtime.workload import STARTS, WARMTH


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that grows whenever a workload counts."""
    path = tmp_path / "starts"
    monkeypatch.setenv(STARTS, str(path))
    return path


@pytest.fixture
def warmth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pipe at which `warm_when_told` waits."""
    path = tmp_path / "warmth"
    os.mkfifo(path)
    monkeypatch.setenv(WARMTH, str(path))
    return path


def test_a_worker_takes_its_first_question_when_it_is_warm() -> None:
    with warm_pool(plan(warm="tests.runtime.workload:warm", questions=2)) as pool:
        assert [pool.run("warmed", PATIENCE_MS) for _ in range(4)] == [1, 1, 1, 1]


def test_a_pool_answers_while_the_replacement_of_a_killed_worker_gets_warm(warmth: Path) -> None:
    with WorkerPool(plan(warm="tests.runtime.workload:warm_when_told")) as pool:
        until(lambda: tells(warmth) and pool.counts().idle == 2)
        with pytest.raises(DeadlinePassed):
            pool.run("loop", 100.0)
        assert pool.run("warmed", PATIENCE_MS) == 1
        until(lambda: pool.counts().killed == 1 and pool.counts().alive == 2)
        assert pool.run("warmed", PATIENCE_MS) == 1
        assert pool.counts().started == 2, "the replacement is not warm yet"
        until(lambda: tells(warmth) and pool.counts().started == 3)


@linux
def test_a_worker_that_gets_ready_stands_still_while_another_one_answers(warmth: Path, tmp_path: Path) -> None:
    with one_starting(plan(2, warm="tests.runtime.workload:warm_when_told"), warmth) as (pool, starting):
        with answering(pool, tmp_path / "first"):
            until(lambda: state_of(starting) == "T")
        until(lambda: tells(warmth) and pool.counts().idle == 3)


@linux
def test_a_worker_gets_ready_during_an_answer_where_no_other_is_ready(warmth: Path, tmp_path: Path) -> None:
    told = plan(2, warm="tests.runtime.workload:warm_when_told")
    with one_starting(told, warmth) as (pool, starting), answering(pool, tmp_path / "first"):
        until(lambda: state_of(starting) == "T")
        with answering(pool, tmp_path / "second"):
            until(lambda: tells(warmth) and pool.counts().idle == 1)
            assert pool.counts().busy == 2


@linux
def test_a_worker_told_to_stand_still_when_it_is_ready_already_goes_on(warmth: Path, tmp_path: Path) -> None:
    with one_starting(plan(2, warm="tests.runtime.workload:warm_when_told"), warmth) as (pool, starting):
        # What is told to the zygote waits, the keeper's word that the worker stand still among it.
        os.kill(parent_of(starting), signal.SIGSTOP)
        with answering(pool, tmp_path / "first"):
            heard = threading.Event()
            pool.follow(lambda _: heard.set())
            heard.wait(PATIENCE_MS / 1000)
            until(lambda: tells(warmth) and pool.counts().idle == 2)
            os.kill(parent_of(starting), signal.SIGCONT)
        # The two that were ready end, and what is asked then is the third one's.
        for other in set(pool.processes()) - {starting}:
            os.kill(other, signal.SIGKILL)
            wait_for_end(other)
        assert pool.run("process", PATIENCE_MS) == starting


@linux
def test_the_time_for_which_a_worker_stands_still_is_not_counted(warmth: Path) -> None:
    slow = plan(2, spares=2, warm="tests.runtime.workload:warm_when_told", warm_ms=1_000.0)
    with one_starting(slow, warmth) as (pool, starting):
        with ThreadPoolExecutor(2) as threads:
            # The end of the first one has the keeper look at who is late, while the second one is being answered.
            asked = [threads.submit(pool.run, "loop", slow.warm_ms * share) for share in (1.2, 1.5)]
            until(lambda: state_of(starting) == "T")
            assert [type(each.exception()) for each in asked] == [DeadlinePassed] * 2
        until(lambda: tells(warmth) and pool.counts().idle == 4)
        assert pool.counts().failed_starts == 0


@linux
def test_no_worker_is_started_while_one_answers_and_another_is_ready(tmp_path: Path) -> None:
    with warm_pool(plan(1, spares=2)) as pool:
        asked_next = pool.run("process", PATIENCE_MS)
        with answering(pool, tmp_path / "first"):
            os.kill(next(each for each in pool.processes() if each != asked_next), signal.SIGKILL)
            until(lambda: pool.counts().faded == 1 and pool.counts().alive == 2)
        until(lambda: pool.counts().idle == 3)


@pytest.mark.full
def test_no_more_workers_get_ready_at_once_than_answer_at_once(starts: Path) -> None:
    with WorkerPool(plan(1, spares=2, warm="tests.runtime.workload:never_warm")) as pool:
        until(lambda: starts.exists() and starts.stat().st_size > 0)
        assert pool.counts().alive == 1


@contextmanager
def one_starting(plan: PoolPlan, warmth: Path) -> Iterator[tuple[WorkerPool, int]]:
    """A pool with all workers ready but one, which gets ready once it is told; and that one's process."""
    with WorkerPool(plan) as pool:
        until(lambda: tells(warmth) and pool.counts().idle == plan.size + plan.spares)
        before = pool.processes()
        os.kill(before[0], signal.SIGKILL)
        until(lambda: set(pool.processes()) - set(before) != set())
        (starting,) = set(pool.processes()) - set(before)
        yield pool, starting


@contextmanager
def answering(pool: WorkerPool, pipe: Path) -> Iterator[None]:
    """One more worker is busy meanwhile, waiting at this pipe."""
    os.mkfifo(pipe)
    busy = pool.counts().busy
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(pool.run, ("wait", str(pipe)), PATIENCE_MS)
        until(lambda: pool.counts().busy == busy + 1)
        yield
        until(lambda: tells(pipe) and asked.done())
        asked.result()


def tells(pipe: Path) -> bool:
    """Let who waits at a pipe go on, if anybody does; True, so that it can stand in a condition."""
    with suppress(OSError):
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    return True


def test_a_worker_that_is_never_warm_is_ended_and_counts_as_failed(starts: Path) -> None:
    with WorkerPool(plan(warm="tests.runtime.workload:never_warm", warm_ms=100.0)) as pool:
        with pytest.raises(CannotStart) as cannot:
            pool.wait_until_warm(PATIENCE_MS)
        assert str(cannot.value) == "no worker can be started: a worker was not ready within 0.1 seconds"
        assert 2 <= pool.counts().failed_starts <= starts.stat().st_size <= 4


@pytest.mark.parametrize(
    ("warm", "told"),
    [
        ("refuse", "a worker could not be warmed: RuntimeError: there is no solver today"),
        ("end", "a worker ended with exit code 3 before it was asked anything"),
        ("leave", "a worker could not be warmed before it was asked anything"),
        ("exhaust", "a worker ran out of memory before it was asked anything"),
    ],
)
def test_a_worker_that_cannot_be_warmed_says_why(starts: Path, warm: str, told: str) -> None:
    with WorkerPool(plan(warm=f"tests.runtime.workload:{warm}")) as pool:
        with pytest.raises(CannotStart) as cannot:
            pool.wait_until_warm(PATIENCE_MS)
        assert str(cannot.value) == f"no worker can be started: {told}"
        assert pool.counts().failed_starts <= 3


def test_answers_do_not_excuse_workers_that_cannot_be_started() -> None:
    pace, now_s, attempts = Pace(), 1_000.0, 0
    pace.failed(now_s, answered=10)
    while now_s < 1_060.0:
        attempts += 1
        pace.failed(now_s, answered=0)
        now_s += pace.left_s(now_s)
    assert attempts < 20
