"""What a worker does before its first question: the pool offers nobody who has not done it."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from aethel.runtime.worker_pace import Pace
from aethel.runtime.worker_pool import CannotStart, DeadlinePassed, WorkerPool
from tests.runtime.pools import PATIENCE_MS, plan, until, warm_pool
from tests.runtime.workload import STARTS, WARMTH


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that grows whenever a workload counts."""
    path = tmp_path / "starts"
    monkeypatch.setenv(STARTS, str(path))
    return path


def test_a_worker_takes_its_first_question_when_it_is_warm() -> None:
    with warm_pool(plan(warm="tests.runtime.workload:warm", questions=2)) as pool:
        assert [pool.run("warmed", PATIENCE_MS) for _ in range(4)] == [1, 1, 1, 1]


def test_a_pool_answers_while_the_replacement_of_a_killed_worker_gets_warm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "warmth"
    os.mkfifo(pipe)
    monkeypatch.setenv(WARMTH, str(pipe))
    with WorkerPool(plan(warm="tests.runtime.workload:warm_when_told")) as pool:
        until(lambda: tells(pipe) and pool.counts().idle == 2)
        with pytest.raises(DeadlinePassed):
            pool.run("loop", 100.0)
        assert pool.run("warmed", PATIENCE_MS) == 1
        until(lambda: pool.counts().killed == 1 and pool.counts().alive == 2)
        assert pool.run("warmed", PATIENCE_MS) == 1
        assert pool.counts().started == 2, "the replacement is not warm yet"
        until(lambda: tells(pipe) and pool.counts().started == 3)


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
