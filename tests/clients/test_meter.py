"""What may be used up over time: never a unit more than allowed, and never one less."""

from hypothesis import given
from hypothesis import strategies as st

from aethel.clients.meter import NS_PER_S, Meter


def test_a_burst_is_allowed_to_the_last_unit_and_no_further() -> None:
    meter = Meter(3, NS_PER_S, 3)
    for left in (3, 2, 1):
        assert (meter.left(0), meter.wait_ns(0)) == (left, 0)
        meter.charge(0, 1)
    assert meter.left(0) == 0
    assert meter.wait_ns(0) == 333_333_334


def test_the_wait_that_is_told_is_exact() -> None:
    meter = Meter(7, NS_PER_S, 1)
    meter.charge(5, 1)
    wait_ns = meter.wait_ns(5)
    assert meter.wait_ns(5 + wait_ns - 1) == 1
    assert meter.wait_ns(5 + wait_ns) == 0


def test_a_debt_is_waited_for() -> None:
    meter = Meter(10, NS_PER_S, 10)
    meter.charge(0, 30)
    assert meter.left(NS_PER_S) == 0
    assert meter.wait_ns(0) == 2_100_000_000
    assert meter.left(3 * NS_PER_S) == 10


@given(st.integers(1, 50), st.lists(st.integers(0, NS_PER_S // 2), max_size=60))
def test_in_no_window_is_more_used_than_a_burst_and_the_rate(rate: int, pauses: list[int]) -> None:
    meter, now_ns, used = Meter(rate, NS_PER_S, rate), 0, [0]
    used.clear()
    for pause in pauses:
        now_ns += pause
        while not meter.wait_ns(now_ns):
            meter.charge(now_ns, 1)
            used.append(now_ns)
    for first, start in enumerate(used):
        for last in range(first, len(used)):
            assert (last - first + 1 - rate) * NS_PER_S <= rate * (used[last] - start)
