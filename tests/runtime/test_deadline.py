"""Deadlines: absolute points on the monotonic clock."""

import time

from aethel.runtime.deadline import Deadline


def test_a_deadline_in_the_future_has_time_left() -> None:
    deadline = Deadline.after_ms(60_000)
    assert 59_000 < deadline.remaining_ms() <= 60_000
    assert 59 < deadline.remaining_s() <= 60


def test_a_deadline_in_the_past_has_nothing_left() -> None:
    deadline = Deadline(time.monotonic_ns() - 1)
    assert deadline.remaining_ms() == 0
    assert deadline.remaining_s() == 0


def test_remaining_milliseconds_never_promise_more_than_is_left() -> None:
    assert Deadline(time.monotonic_ns() + 1_900_000).remaining_ms() <= 1


def test_the_smaller_of_two_deadlines_is_the_earlier() -> None:
    early, late = Deadline.after_ms(10), Deadline.after_ms(20)
    assert min(late, early) is early


def test_a_call_without_a_deadline_gets_the_cap() -> None:
    assert 900 < Deadline.of_call(None, 1_000).remaining_ms() <= 1_000


def test_a_call_with_an_earlier_deadline_keeps_it() -> None:
    assert 100 < Deadline.of_call(0.2, 1_000).remaining_ms() <= 200


def test_a_call_with_a_later_deadline_gets_the_cap() -> None:
    assert 900 < Deadline.of_call(86_400.0, 1_000).remaining_ms() <= 1_000


def test_an_absurd_deadline_gets_the_cap() -> None:
    assert 900 < Deadline.of_call(float("inf"), 1_000).remaining_ms() <= 1_000


def test_a_call_whose_deadline_has_passed_has_nothing_left() -> None:
    assert Deadline.of_call(-5.0, 1_000).remaining_ms() == 0
