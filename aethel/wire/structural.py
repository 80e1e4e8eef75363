"""Structured values to protobuf messages and JSON and back, by their shape: names are the same on both sides."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from google.protobuf.message import Message

from aethel.runtime.faults import Reason, RequestFault
from aethel.structure import Kind, Part, draft_of, parts_of
from aethel.wire.exact_json import RowError, shown
from aethel.wire.fields import Fields, exact_text_of, text_of

Value = TypeVar("Value")


def fill(message: Message, value: object) -> None:
    """Writes a structured value into an empty message whose fields have the names of its parts.

    Raises `ValueError` when a text cannot be written in UTF-8.
    """
    for part in parts_of(type(value)):
        held = getattr(value, part.name)
        if part.kind is Kind.VALUE:
            _fill_values(message, part, held)
        elif part.is_many:
            getattr(message, part.name).extend(held)
        elif part.kind is Kind.CHOICE:
            setattr(message, part.name, _number(message, part.name, held))
        else:
            setattr(message, part.name, held)


def _fill_values(message: Message, part: Part, held: Any) -> None:
    target = getattr(message, part.name)
    if part.is_many:
        for item in held:
            fill(target.add(), item)
    elif held is not None:
        target.SetInParent()
        fill(target, held)


def _number(message: Message, name: str, choice: Enum | None) -> int:
    """The number of a choice; the first value of every enum of the contract is the one not said."""
    if choice is None:
        return 0
    return next(number for number, known in _numbers(message, name).items() if known == choice.name)


def _numbers(message: Message, name: str) -> dict[int, str]:
    """The names of an enum's values, without the prefix that the contract gives them, by number."""
    return _numbers_of(type(message), name)  # type: ignore[arg-type]  # a class can be hashed, as in `structure`


@cache
def _numbers_of(shape: Hashable, name: str) -> dict[int, str]:
    assert isinstance(shape, type) and issubclass(shape, Message)
    field = shape.DESCRIPTOR.fields_by_name[name]
    assert field.enum_type is not None
    values = field.enum_type.values
    prefix = values[0].name.removesuffix("UNSPECIFIED")
    return {value.number: value.name.removeprefix(prefix) for value in values}


_Trail = tuple[Any, ...]
"""Where a part stands: the trail of what holds it, its name, and its position in a list if any; written out in faults
only, since almost no message has one.
"""


def value_of(message: Message, shape: type[Value], path: str = "") -> Value:
    """The structured value of a message.

    Raises `RequestFault` (INVALID_REQUEST) where a choice is not known, or a part is missing that must be there.
    """
    return _value_of(message, shape, (path,) if path else ())


def _value_of(message: Message, shape: type[Value], trail: _Trail) -> Value:
    getter, draft, others = _reading_of(shape, type(message))  # type: ignore[arg-type]  # a class can be hashed, as in `structure`
    held = getter(message)
    if others:
        held = [*held]
        for position, part, choices in others:
            choice = choices.get(held[position]) if choices is not None else None
            held[position] = choice or _read(message, held[position], part, (trail, part.name))
    value: Value = draft(*held)
    value.__class__ = shape  # so drafts become values, as in `structure`
    return value


_Choices = dict[int, Enum] | None
_Reading = tuple[Callable[[Message], Iterable[Any]], Callable[..., Any], tuple[tuple[int, Part, _Choices], ...]]


@cache
def _reading_of(shape: Hashable, message: Hashable) -> _Reading:
    """How values of a shape are read: what takes all parts from a message in their order, what keeps them, and which of
    them, by position, are not what a message holds under their name, with what the numbers of a choice stand for.
    """
    assert isinstance(shape, type)
    parts = parts_of(shape)
    taken = (Kind.TEXT, Kind.EXACT, Kind.FLAG)
    others = [
        (position, part, _choices_of(message, part.name, part.type) if part.kind is Kind.CHOICE else None)  # type: ignore[arg-type]  # as in `structure`
        for position, part in enumerate(parts)
        if part.is_many or part.kind not in taken
    ]
    return _getter([part.name for part in parts]), draft_of(shape), tuple(others)


def _getter(names: Sequence[str]) -> Callable[[Message], Iterable[Any]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda message: [getattr(message, name) for name in names]


def _read(message: Message, held: Any, part: Part, trail: _Trail) -> object:
    if part.kind is Kind.CHOICE:
        _require_choice(part, held, trail)
        return None
    if part.kind is not Kind.VALUE:
        return tuple(held)
    if part.is_many:
        return tuple([_value_of(item, part.type, (*trail, position)) for position, item in enumerate(held)])
    if not message.HasField(part.name):
        if part.may_be_absent:
            return None
        raise RequestFault(Reason.INVALID_REQUEST, f"`{_written(trail)}` is missing")
    return _value_of(held, part.type, trail)


def _require_choice(part: Part, number: int, trail: _Trail) -> None:
    """Refuses a number that stands for no choice, but for the first where none has to be made."""
    if part.may_be_absent and number == 0:
        return
    expected = ", ".join(f"`{known.value}`" for known in part.type)
    raise RequestFault(Reason.INVALID_REQUEST, f"`{_written(trail)}` is `{number}`, expected one of {expected}")


@cache
def _choices_of(shape: Hashable, name: str, choices: Hashable) -> dict[int, Enum]:
    """What the numbers of an enum of the contract stand for, but for the first, which is the one not said."""
    assert isinstance(choices, type) and issubclass(choices, Enum)
    known = {number: choices.__members__.get(said) for number, said in _numbers_of(shape, name).items() if number}
    return {number: choice for number, choice in known.items() if choice is not None}


def _written(trail: _Trail) -> str:
    """`transfers[3].phase`."""
    if len(trail) < 2:
        return trail[0] if trail else ""
    before, name, *position = trail
    at = f"{_written(before)}.{name}" if before else name
    return f"{at}[{position[0]}]" if position else at


def value_from_json(fields: Fields, shape: type[Value]) -> Value:
    """The structured value that stands in a JSON object; raises `RowError` for whatever is not understood."""
    value = shape(**{part.name: _from_json(fields, part) for part in parts_of(shape)})
    fields.done()
    return value


def _from_json(fields: Fields, part: Part) -> object:
    if part.is_many:
        items = fields.items(part.name, required=part.default is dataclasses.MISSING)
        return tuple(_item(item, part, path) for item, path in items)
    if part.kind is Kind.FLAG:
        return fields.flag(part.name)
    if part.name not in fields and part.default is not dataclasses.MISSING:
        return part.default
    return _item(fields.take(part.name), part, fields.at(part.name))


def _item(item: object, part: Part, path: str) -> object:
    if part.kind is Kind.VALUE:
        return value_from_json(Fields(item, path), part.type)
    if part.kind is Kind.EXACT:
        return exact_text_of(item, path)
    text = text_of(item, path)
    return _choice_of(text, part.type, path) if part.kind is Kind.CHOICE else text


def _choice_of(text: str, type_: type[Any], path: str) -> object:
    known: Mapping[str, object] = {choice.value: choice for choice in type_}
    if text not in known:
        expected = ", ".join(f"`{name}`" for name in known)
        raise RowError(f"{shown(path)} is {shown(text)}, expected one of {expected}")
    return known[text]
