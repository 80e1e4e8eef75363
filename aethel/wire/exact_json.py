"""JSON read exactly: numbers keep their text, a repeated key is an error, and so is what RFC 8259 does not allow."""

from __future__ import annotations

import json
from typing import NoReturn

SHOWN_CHARS = 80
"""Characters of a caller's text that an error repeats."""


class RowError(Exception):
    """A row that is no request; the text names the field and what was expected there.

    `transaction_id` is the row's `id` where one could be read, else empty.
    """

    def __init__(self, message: str, transaction_id: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.transaction_id = transaction_id


class Number(str):
    """The literal text of a JSON number, never rounded: `0.10` stays `0.10`, `1e3` stays `1e3`."""

    __slots__ = ()


def read_json(text: bytes) -> object:
    """The value of one JSON text in UTF-8: dict, list, str, `Number`, bool or None; raises `RowError`."""
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RowError(f"byte {error.start} is not UTF-8, expected a JSON object in UTF-8") from None
    try:
        value: object = json.loads(
            decoded,
            object_pairs_hook=_object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise RowError(f"{error.lineno}:{error.colno}: not JSON: {error.msg[:1].lower()}{error.msg[1:]}") from None
    except RecursionError:
        raise RowError("the values are nested too deeply, expected a flat row") from None
    return value


def shown(value: object) -> str:
    """A caller's value as an error repeats it: in backticks, bounded, on one line, in printable ASCII."""
    if isinstance(value, str):
        text = value[:SHOWN_CHARS] + ("..." if len(value) > SHOWN_CHARS else "")
        return f"`{json.dumps(text)[1:-1]}`"
    if value is None or isinstance(value, bool):
        return f"`{json.dumps(value)}`"
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "another value"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RowError(f"the key {shown(_first_repeated(pairs))} is given twice, expected it once")
    return members


def _first_repeated(pairs: list[tuple[str, object]]) -> str:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            break
        seen.add(name)
    return name


def _constant(name: str) -> NoReturn:
    raise RowError(f"`{name}` is no JSON number")
