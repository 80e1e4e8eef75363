"""Takes the fields of one JSON object, each by its type, and refuses every field that nobody took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aethel.wire.exact_json import Number, RowError, shown


class Fields:
    """The members of one JSON object at `path` of its row (empty for the row itself).

    A field is taken once. Every method raises `RowError`, with the path of the field and what was expected.
    """

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, Mapping):
            raise RowError(f"{_quoted(path) or 'the row'} is {_kind(value)}, expected an object")
        self._members: Final[dict[str, object]] = dict(value)
        self._path: Final = path

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def at(self, name: str) -> str:
        """The path of a field."""
        return f"{self._path}.{name}" if self._path else name

    def take(self, name: str) -> object:
        """A field that must be there, whatever its type."""
        if name not in self._members:
            raise RowError(f"{_quoted(self.at(name))} is missing")
        return self._members.pop(name)

    def take_all(self) -> dict[str, object]:
        """Every field that was not taken yet."""
        taken = dict(self._members)
        self._members.clear()
        return taken

    def text(self, name: str, default: str | None = None) -> str:
        """A string; when it is absent the default, and without one an error."""
        if default is not None and name not in self._members:
            return default
        return text_of(self.take(name), self.at(name))

    def exact(self, name: str, default: str | None = None) -> str:
        """A string or a number, as exact text."""
        if default is not None and name not in self._members:
            return default
        return exact_text_of(self.take(name), self.at(name))

    def flag(self, name: str) -> bool:
        """A boolean; false when it is absent."""
        value = self._members.pop(name, False)
        if not isinstance(value, bool):
            raise RowError(f"{_quoted(self.at(name))} is {_kind(value)}, expected true or false")
        return value

    def items(self, name: str, *, required: bool = True) -> list[tuple[object, str]]:
        """The items of a list, each with its path."""
        if not required and name not in self._members:
            return []
        value = self.take(name)
        if not isinstance(value, list):
            raise RowError(f"{_quoted(self.at(name))} is {_kind(value)}, expected a list")
        return [(item, f"{self.at(name)}[{position}]") for position, item in enumerate(value)]

    def texts_by_name(self, name: str, *, flags: bool = False) -> dict[str, str]:
        """An object of exact texts, empty when it is absent. With `flags`, booleans read as `true` and `false`."""
        value = self._members.pop(name, {})
        if not isinstance(value, Mapping):
            raise RowError(f"{_quoted(self.at(name))} is {_kind(value)}, expected an object")
        texts: dict[str, str] = {}
        for key, member in value.items():
            path = f"{self.at(name)}.{text_of(key, self.at(name))}"
            is_flag = flags and isinstance(member, bool)
            texts[key] = ("true" if member else "false") if is_flag else exact_text_of(member, path)
        return texts

    def done(self) -> None:
        """Refuse whatever was not taken."""
        for name in self._members:
            raise RowError(f"{_quoted(self.at(str(name)))} is no field of {_quoted(self._path) or 'a row'}")


def text_of(value: object, path: str) -> str:
    """A string that can be written in UTF-8."""
    if not isinstance(value, str) or isinstance(value, Number):
        raise RowError(f"{_quoted(path)} is {_kind(value)}, expected a string")
    return _whole(value, path)


def exact_text_of(value: object, path: str) -> str:
    """A string or a number as exact text; a float is refused, since its text is lost."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise RowError(f"{_quoted(path)} is {_kind(value)}, expected a string or a number")
    return _whole(str(value), path)


def _whole(text: str, path: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RowError(f"{_quoted(path)} holds half a character at {error.start}, expected whole ones") from None
    return text


def _quoted(path: str) -> str:
    return path and shown(path)


def _kind(value: object) -> str:
    if value is None or isinstance(value, bool | Number):
        return shown(value)
    return "a string" if isinstance(value, str) else shown(value)
