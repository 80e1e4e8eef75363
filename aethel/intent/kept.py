"""Keeping what was worked out, by its key, up to a bound in bytes; the least recently used goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")

LARGEST_SHARE = 8
"""No value takes more than this part of the room, so that one text cannot make all others be forgotten."""

ENTRY_BYTES = 512
"""What an entry takes beside its value, about: its key and its place."""


class Kept(Generic[_Key, _Value]):
    """Values by key, of about `total_bytes` together. Safe in several threads; what is kept must never change."""

    def __init__(self, total_bytes: int) -> None:
        self._total_bytes = total_bytes
        self._values: OrderedDict[_Key, tuple[_Value, int]] = OrderedDict()
        self._taken_bytes = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    @property
    def taken_bytes(self) -> int:
        """About what all entries take, never more than the bound."""
        return self._taken_bytes

    def get(self, key: _Key) -> _Value | None:
        """What is kept under the key, None where nothing is."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: _Key, value: _Value, size_bytes: int) -> None:
        """Keep a value of about this size, unless it is too large a part of all."""
        size = size_bytes + ENTRY_BYTES
        if size > self._total_bytes // LARGEST_SHARE:
            return
        with self._lock:
            self._forget(key)
            self._values[key] = value, size
            self._taken_bytes += size
            while self._taken_bytes > self._total_bytes:
                self._forget(next(iter(self._values)))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self._taken_bytes = 0

    def _forget(self, key: _Key) -> None:
        found = self._values.pop(key, None)
        if found is not None:
            self._taken_bytes -= found[1]
