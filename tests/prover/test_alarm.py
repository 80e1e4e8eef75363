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
            assert alarm.delay_ms == 0


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


def searching(context: z3.Context) -> z3.Solver:
    """A solver that has much to do: ten seconds, were it left alone."""
    x, y, z = z3.Ints("x y z", context)
    solver = z3.SimpleSolver(ctx=context)
    solver.set("rlimit", 100_000_000)
    solver.add(x * x * x + y * y * y + z * z * z == 42)
    return solver


def spent(solver: z3.Solver) -> int:
    return int(solver.statistics().get_key_value("rlimit count"))


def test_a_solver_with_much_to_do_is_interrupted() -> None:
    context = z3.Context()
    solver = searching(context)
    with Alarm(200) as alarm:
        alarm.watch(context)
        assert solver.check() == z3.unknown
        assert alarm.rang()
    assert spent(solver) < 20_000_000


def test_an_error_in_the_watched_context_does_not_end_the_watch() -> None:
    broken, context = z3.Context(), z3.Context()
    solver = searching(context)
    with pytest.raises(z3.Z3Exception):
        z3.parse_smt2_string("(", ctx=broken)
    with Alarm(50) as alarm:
        alarm.watch(broken)
        assert alarm._rung.wait(10)
        alarm._over.wait(0.05)
        alarm.watch(context)
        assert solver.check() == z3.unknown
    assert spent(solver) < 20_000_000
