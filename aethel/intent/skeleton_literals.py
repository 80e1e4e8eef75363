"""Literals that became parameters: how their variables are named, so that no name of a text can be taken for one."""

from __future__ import annotations

_PREFIX = "literal#"


def literal_name(number: int) -> str:
    """The variable of the lifted literal `number`, counted from 1 through the whole text; no name can hold a `#`."""
    return f"{_PREFIX}{number}"


def literal_number(name: str) -> int:
    """The number of the lifted literal that a variable stands for, 0 for every other variable."""
    return int(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else 0
