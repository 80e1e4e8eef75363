"""Drafts: values of which there are many are made faster, and are what the constructor makes."""

from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import pytest

from aethel.structure import draft_of
from aethel.transaction import AccountState, Posting, Transfer

SHAPES: tuple[type[Any], ...] = (AccountState, Posting, Transfer)


def made(shape: type[Any]) -> Any:
    """A value of a shape by way of its draft, each part the name of itself."""
    value = draft_of(shape)(*shape.__slots__)
    value.__class__ = shape
    return value


@pytest.mark.parametrize("shape", SHAPES)
def test_a_draft_becomes_the_value_that_the_constructor_makes(shape: type[Any]) -> None:
    value, constructed = made(shape), shape(*shape.__slots__)
    assert (value, hash(value), repr(value)) == (constructed, hash(constructed), repr(constructed))


def test_what_was_a_draft_cannot_be_changed_any_more() -> None:
    with pytest.raises(FrozenInstanceError):
        made(Posting).amount = "2"


def test_a_dataclass_that_does_more_than_keep_its_parts_has_no_draft() -> None:
    @dataclass(frozen=True, slots=True)
    class Counted:
        texts: tuple[str, ...]

        def __post_init__(self) -> None:
            assert self.texts

    with pytest.raises(TypeError, match="__post_init__"):
        draft_of(Counted)
