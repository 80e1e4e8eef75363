"""Moments as ISO 8601 text, comparable with one another wherever they were written."""

from __future__ import annotations

from datetime import datetime

from aethel.wire.exact_json import RowError, shown


def moment_of(text: str, path: str) -> datetime:
    """A date and time with its offset from UTC; raises `RowError`, since without one two moments have no order."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise RowError(f"{shown(path)} is {shown(text)}, expected a date and time such as `2026-01-31T12:00:00Z`")
    return moment
