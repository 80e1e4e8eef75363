"""In no order of reserving, settling, releasing, executing and the passing of time is more spent than there is."""

from functools import cache

import pytest

from aethel.store.entry import Phase
from tests.store.histories import History, World, beyond_limit_by, overdrawn_by
from tests.store.payments import owner

THREE = History(balance=2, amounts=(1, 1, 1), passes=1)
LIMITED = History(balance=0, amounts=(1, 1, 1), passes=1, most=2)
AGAIN = History(balance=3, amounts=(2, 2), passes=1, begins=2)
LARGE = (
    pytest.param(History(balance=3, amounts=(2, 2), passes=2, begins=3), 18_000, id="two that are asked three times"),
    pytest.param(History(balance=2, amounts=(1, 1, 1), passes=2, begins=2), 400_000, id="three that are asked twice"),
)


@cache
def worlds(history: History) -> tuple[World, ...]:
    """Every state of a small history, searched once for all tests."""
    return tuple(history.worlds())


def settled(world: World) -> int:
    return sum(1 for caller in world.callers if caller.is_settled)


@pytest.mark.parametrize(("history", "at_least"), [(THREE, 3_000), (AGAIN, 1_500)], ids=["three", "asked again"])
def test_no_order_of_steps_overdraws_the_account(history: History, at_least: int) -> None:
    assert [world for world in worlds(history) if overdrawn_by(world, history.amounts) > 0] == []
    assert len(worlds(history)) >= at_least
    print(f"{len(worlds(history))} states of {history}")


def test_no_order_of_steps_uses_a_limit_beyond_what_it_allows() -> None:
    found = worlds(LIMITED)
    assert max(beyond_limit_by(world, LIMITED.amounts) for world in found) == 0
    assert len(found) >= 2_000
    print(f"{len(found)} states of {LIMITED}")


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("history", "at_least"), LARGE)
def test_no_order_of_more_steps_overdraws_the_account(history: History, at_least: int) -> None:
    count = 0
    for world in history.worlds():
        count += 1
        assert overdrawn_by(world, history.amounts) <= 0, world
    assert count >= at_least
    print(f"{count} states of {history}")


def test_every_end_of_a_life_is_reached() -> None:
    phases = set()
    most_settled = 0
    for world in worlds(AGAIN):
        phases |= {entry.phase for entry in world.memory.entries.values()}
        most_settled = max(most_settled, settled(world))
    assert phases >= {Phase.PENDING, Phase.RESERVED, Phase.SETTLED, Phase.RELEASED, Phase.REJECTED}
    assert most_settled == 1


def test_all_that_fits_can_be_spent() -> None:
    assert max(settled(world) for world in worlds(THREE)) == 2


def test_a_settled_id_stays_settled() -> None:
    for world in worlds(AGAIN):
        for number, caller in enumerate(world.callers):
            if caller.is_settled:
                assert world.memory.entries[owner(str(number))].phase is Phase.SETTLED
