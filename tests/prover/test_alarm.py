"""The alarm rings when the time is over, and stops a solver that does not look."""

from __future__ import annotations

import threading
from math import inf, nan

import pytest
import z3

from aethel.prover.alarm import Alarm
from aethel.prover.stops import DeadlinePassed


def test_an_alarm_with_no_time_has_rung() -> None:
    for delay_ms in (0, -1, -inf, nan):
        with Alarm(delay_ms) as alarm:
            assert alarm.rang(), delay_ms


def test_an_alarm_without_end_is_bounded_and_silent() -> None:
    with Alarm(inf) as alarm:
        assert not alarm.rang()
        assert alarm.delay_ms == 3_600_000


def test_looking_after_the_ring_gives_up() -> None:
    with Alarm(0) as alarm, pytest.raises(DeadlinePassed):
        alarm.look()


def test_an_alarm_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    with Alarm(60_000):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_a_solver_that_sets_itself_no_limit_is_interrupted() -> None:
    context = z3.Context()
    x, y, z = z3.Ints("x y z", context)
    solver = z3.SimpleSolver(ctx=context)
    solver.add(x * x * x + y * y * y + z * z * z == 42)
    with Alarm(200) as alarm:
        alarm.watch(context)
        assert solver.check() == z3.unknown
        assert alarm.rang()
