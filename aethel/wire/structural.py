"""Structured values to protobuf messages and JSON and back, by their shape: names are the same on both sides."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from google.protobuf.message import Message

from aethel.runtime.faults import Reason, RequestFault
from aethel.structure import Kind, Part, parts_of
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
    return shape(
        *[
            getattr(message, name) if part is None else _read(message, part, (trail, name))
            for name, part in _parts_to_read(shape)  # type: ignore[arg-type]  # a class can be hashed, as in `structure`
        ]
    )


@cache
def _parts_to_read(shape: Hashable) -> tuple[tuple[str, Part | None], ...]:
    """The parts of a shape by name, without what is known of one that is taken from a message as it is."""
    assert isinstance(shape, type)
    taken = (Kind.TEXT, Kind.EXACT, Kind.FLAG)
    return tuple((part.name, None if part.kind in taken and not part.is_many else part) for part in parts_of(shape))


def _read(message: Message, part: Part, trail: _Trail) -> object:
    held = getattr(message, part.name)
    if part.kind is Kind.CHOICE:
        return _choice(message, part, held, trail)
    if part.kind is not Kind.VALUE:
        return tuple(held)
    if part.is_many:
        return tuple([_value_of(item, part.type, (*trail, position)) for position, item in enumerate(held)])
    if not message.HasField(part.name):
        if part.may_be_absent:
            return None
        raise RequestFault(Reason.INVALID_REQUEST, f"`{_written(trail)}` is missing")
    return _value_of(held, part.type, trail)


def _choice(message: Message, part: Part, number: int, trail: _Trail) -> Enum | None:
    if part.may_be_absent and number == 0:
        return None
    name = _numbers(message, part.name).get(number, "") if number else ""
    if name not in part.type.__members__:
        expected = ", ".join(f"`{known.value}`" for known in part.type)
        raise RequestFault(Reason.INVALID_REQUEST, f"`{_written(trail)}` is `{number}`, expected one of {expected}")
    known: Enum = part.type[name]
    return known


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
