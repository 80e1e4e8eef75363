"""What a process keeps is not looked at again and again, and what dies in a cycle is freed all the same."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from aethel.runtime.collection import FULL_EVERY, set_aside_what_is_kept


class _Node:
    def __init__(self) -> None:
        self.other: _Node | None = None


def _cycle() -> _Node:
    node = _Node()
    node.other = node
    return node


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    thresholds, callbacks = gc.get_threshold(), list(gc.callbacks)
    set_aside_what_is_kept()
    try:
        yield
    finally:
        gc.callbacks[:] = callbacks
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@pytest.mark.full
def test_what_outlived_a_collection_is_not_looked_at_by_the_next_one() -> None:
    kept = [[number] for number in range(50_000)]
    gc.collect()
    assert len(gc.get_objects()) < len(kept) // 10


def test_what_was_set_aside_is_freed_as_soon_as_it_is_forgotten() -> None:
    kept = _Node()
    gone = weakref.ref(kept)
    gc.collect()
    del kept
    assert gone() is None


@pytest.mark.full
def test_a_cycle_that_was_set_aside_is_freed_in_the_end() -> None:
    kept = _cycle()
    gone = weakref.ref(kept)
    gc.collect()
    del kept
    gc.collect()
    assert gone() is not None
    for _ in range(FULL_EVERY):
        gc.collect()
    assert gone() is None


def test_asking_twice_changes_nothing() -> None:
    before = list(gc.callbacks)
    set_aside_what_is_kept()
    assert gc.callbacks == before
