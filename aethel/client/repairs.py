"""Applies a proposed repair to a text: strictly, or not at all."""

from __future__ import annotations

from dataclasses import dataclass


class NoRepair(ValueError):
    """The change does not fit the text."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """One change: from line `first` (counted from 1) the lines `removed` give way to `added`."""

    first: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


def hunks(diff: str) -> tuple[Hunk, ...]:
    """The changes of a unified diff without context, as verdicts carry it; raises `NoRepair` for anything else."""
    lines = diff.split("\n")
    if len(lines) < 4 or not lines[0].startswith("--- ") or not lines[1].startswith("+++ ") or lines[-1]:
        raise NoRepair("the repair is no unified diff of a text")
    found: list[Hunk] = []
    for line in lines[2:-1]:
        if line.startswith("@@ "):
            found.append(Hunk(_first(line), (), ()))
        elif found and line.startswith("-"):
            found[-1] = Hunk(found[-1].first, (*found[-1].removed, line[1:]), found[-1].added)
        elif found and line.startswith("+"):
            found[-1] = Hunk(found[-1].first, found[-1].removed, (*found[-1].added, line[1:]))
        else:
            raise NoRepair("the repair has a line that neither removes nor adds")
    return tuple(found)


def repaired(text: str, diff: str) -> str:
    """The text with the change made; raises `NoRepair` where a line to be removed is not where the change says."""
    lines = text.split("\n")
    for hunk in reversed(hunks(diff)):
        start = hunk.first - 1 if hunk.removed else hunk.first
        end = start + len(hunk.removed)
        if not 0 <= start <= len(lines) or lines[start:end] != list(hunk.removed):
            raise NoRepair("the repair is for another text")
        lines[start:end] = hunk.added
    return "\n".join(lines)


def _first(heading: str) -> int:
    """The number of the first line before the change, in `@@ -3 +3 @@` or `@@ -3,0 +4,2 @@`."""
    before = heading.split(" ")[1]
    number = before.removeprefix("-").split(",")[0]
    if not before.startswith("-") or not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise NoRepair("the repair does not say where it belongs")
    return int(number)
