"""JSON files of one or many transactions."""

from __future__ import annotations

from aethel.adapters.adapted import MAX_FILE_BYTES, NotUnderstood
from aethel.wire.exact_json import RowError, read_json, shown
from aethel.wire.fields import Fields

MAX_COMMAS = 1_000_000
"""Commas of one file: a hundred for each of the most transactions, since every value takes memory."""


class Members(Fields):
    """The members of an object of a foreign format: what nobody takes of them is not understood."""

    def inside(self, name: str) -> Members:
        """The object that a member is."""
        return Members(self.take(name), self.at(name))

    def maybe(self, name: str) -> object:
        """A member, None where it is absent or null."""
        return self.take(name) if name in self else None

    def flag_or_null(self, name: str) -> bool:
        """A boolean; false where it is absent or null."""
        value = self.maybe(name)
        if value is not None and not isinstance(value, bool):
            raise RowError(f"{shown(self.at(name))} is {shown(value)}, expected true or false")
        return bool(value)

    def refuse_rest(self) -> None:
        """Raises `NotUnderstood` for the first member that nobody took and that says something."""
        for name, value in self.take_all().items():
            if value is not None:
                raise NotUnderstood(self.at(name))


def read_file(content: bytes) -> object:
    """The value of a file, its numbers as text; raises `RowError`."""
    if len(content) > MAX_FILE_BYTES:
        raise RowError(f"the file has {len(content)} bytes, expected at most {MAX_FILE_BYTES}")
    commas = content.count(b",")
    if commas > MAX_COMMAS:
        raise RowError(f"the file has {commas} commas, expected at most {MAX_COMMAS}")
    return read_json(content.removeprefix(b"\xef\xbb\xbf"))


def listed(content: bytes, name: str = "") -> list[object]:
    """The transactions of a file: the items of a list, or of the list `name` that is an object's only member, or the
    one transaction that the file is; raises `RowError`.
    """
    value = read_file(content)
    if isinstance(value, dict) and name and list(value) == [name]:
        value = value[name]
        if not isinstance(value, list):
            raise RowError(f"`{name}` is no list, expected one")
    return value if isinstance(value, list) else [value]
