"""The shape of a structured value: its parts by name and kind, so that nobody who reads or writes it repeats them."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Value = TypeVar("Value")

Exact = Annotated[str, "exact decimal text"]
"""A number as text: a whole number or a decimal, of any size, never rounded."""


class Kind(Enum):
    """What a part holds."""

    TEXT = "a text"
    EXACT = "a number as text"
    FLAG = "true or false"
    CHOICE = "one of a closed list"
    VALUE = "another structured value"


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a dataclass: `type` is its enum or dataclass where `kind` says so, else str or bool.

    A part that `is_many` holds a tuple; one that `may_be_absent` may be None. `default` is `dataclasses.MISSING` where
    the field has none.
    """

    name: str
    kind: Kind
    type: type[Any]
    is_many: bool
    may_be_absent: bool
    default: object


def parts_of(shape: type[Any]) -> tuple[Part, ...]:
    """The fields of a dataclass in their order; raises TypeError for a field of a type that no text can carry."""
    return _parts_of(shape)  # type: ignore[arg-type]  # a class can be hashed, which mypy does not see


@cache
def _parts_of(shape: Hashable) -> tuple[Part, ...]:
    assert isinstance(shape, type)
    hints = get_type_hints(shape, include_extras=True)
    return tuple(_part(field, hints[field.name]) for field in dataclasses.fields(shape))


def draft_of(shape: type[Value]) -> type[Value]:
    """A class of the same slots as a frozen dataclass, for values of which there are many.

    A frozen dataclass takes a call for each part it is made of, and thus four times as long as this class, which keeps
    each as it is. The parts are given in their order, all of them; then `draft.__class__ = shape` makes the draft a
    value like any other. Raises TypeError where the dataclass does more than to keep its parts.
    """
    return cast("type[Value]", _draft_of(shape))  # type: ignore[arg-type]  # as in `parts_of`


@cache
def _draft_of(shape: Hashable) -> type[Any]:
    assert isinstance(shape, type)
    if hasattr(shape, "__post_init__"):
        raise TypeError(f"`{shape.__name__}` has a `__post_init__`, which a draft would not run")
    draft = dataclasses.make_dataclass(
        f"{shape.__name__}Draft", [each.name for each in dataclasses.fields(shape)], slots=True
    )
    draft(*[None] * len(dataclasses.fields(shape))).__class__ = shape  # a TypeError here, and not with the first value
    return draft


def texts_of(value: object, path: str) -> Iterator[tuple[str, str, bool]]:
    """Every text inside a structured value with its path, and whether it is a number as text."""
    for part in parts_of(type(value)):
        held = getattr(value, part.name)
        each = enumerate(held) if part.is_many else [(None, held)]
        for position, item in each:
            at = f"{path}.{part.name}" if path else part.name
            at = at if position is None else f"{at}[{position}]"
            if part.kind is Kind.VALUE and item is not None:
                yield from texts_of(item, at)
            elif part.kind in (Kind.TEXT, Kind.EXACT):
                yield at, item, part.kind is Kind.EXACT


def size_of(value: object) -> int:
    """How many structured values and listed texts there are in `value`, itself included."""
    size = 1
    for part in parts_of(type(value)):
        held = getattr(value, part.name)
        items = held if part.is_many else (held,)
        if part.kind is Kind.VALUE:
            size += sum(size_of(item) for item in items if item is not None)
        elif part.is_many:
            size += len(items)
    return size


def _part(field: dataclasses.Field[Any], hint: object) -> Part:
    is_many = get_origin(hint) is tuple
    if is_many:
        hint = get_args(hint)[0]
    may_be_absent = get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint)
    if may_be_absent:
        hint = next(each for each in get_args(hint) if each is not NoneType)
    kind, type_ = _kind(hint)
    return Part(field.name, kind, type_, is_many, may_be_absent, field.default)


def _kind(hint: object) -> tuple[Kind, type[Any]]:
    if hint is Exact:
        return Kind.EXACT, str
    if hint is str:
        return Kind.TEXT, str
    if hint is bool:
        return Kind.FLAG, bool
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Kind.CHOICE, hint
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return Kind.VALUE, hint
    raise TypeError(f"a structured value holds `{hint}`, expected text, flag, enum or dataclass")
