"""Layout: what may stand on one line and where it may break, and the text that comes of it within a width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

INDENT = 4
"""Columns of one level."""


@dataclass(frozen=True, slots=True)
class Break:
    """Where a line may end: what stands there when it does not, such as a space or nothing."""

    flat: str = " "


@dataclass(frozen=True, slots=True)
class NewLine:
    """Where a line ends always; `empty` leaves an empty line."""

    empty: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A comment: at the end of the line it was written on, or on a line of its own. What follows is on the next."""

    text: str
    trailing: bool


@dataclass(frozen=True, slots=True)
class Indent:
    """One level deeper, for the lines that begin inside."""

    inner: Layout


@dataclass(frozen=True, slots=True)
class Group:
    """All on one line where it fits and holds no comment; else every break of it, groups within aside, ends a line."""

    inner: Layout


Layout = str | Break | NewLine | Note | Indent | Group | tuple["Layout", ...]

_Item = tuple[int, bool, Layout]
"""A layout with its level, and whether it stands on one line."""


def render(layout: Layout, width: int) -> str:
    """The text, its lines at most `width` columns long where they can be broken so; comments do not count."""
    page = _Page(width)
    stack: list[_Item] = [(0, False, layout)]
    while stack:
        level, flat, item = stack.pop()
        match item:
            case str(text):
                page.write(text)
            case Break(flat=text) if flat:
                page.write(text)
            case Break():
                page.end_line(level)
            case NewLine(empty=empty):
                page.end_line(level, empty=empty)
            case Note():
                page.note(item, level)
            case Indent(inner=inner):
                stack.append((level + 1, flat, inner))
            case Group(inner=inner):
                fits = flat or _fits(width - page.column, [*_rest(stack), (level, True, inner)])
                stack.append((level, fits, inner))
            case tuple():
                stack.extend((level, flat, part) for part in reversed(item))
            case _:
                assert_never(item)
    return page.text()


def flat_width(layout: Layout) -> int | None:
    """The columns of a layout on one line; None where it cannot stand on one."""
    total = 0
    for part in _leaves(layout):
        match part:
            case str(text) | Break(flat=text):
                total += len(text)
            case NewLine() | Note():
                return None
    return total


def _leaves(layout: Layout) -> Iterator[str | Break | NewLine | Note]:
    stack = [layout]
    while stack:
        match stack.pop():
            case tuple() as parts:
                stack.extend(reversed(parts))
            case Indent(inner=inner) | Group(inner=inner):
                stack.append(inner)
            case leaf:
                yield leaf


def _rest(stack: Sequence[_Item]) -> Sequence[_Item]:
    """What comes next, as far as a line may reach: every level of nesting adds a few items."""
    return stack[-256:]


def _fits(columns: int, stack: list[_Item]) -> bool:
    """Whether the topmost item, on one line, and what must follow it there need no more than so many columns."""
    while stack and columns >= 0:
        level, flat, item = stack.pop()
        match item:
            case str(text):
                columns -= len(text)
            case Break(flat=text):
                if not flat:
                    return True
                columns -= len(text)
            case NewLine() | Note():
                return not flat
            case Indent(inner=inner) | Group(inner=inner):
                stack.append((level, flat, inner))
            case tuple():
                stack.extend((level, flat, part) for part in reversed(item))
    return columns >= 0


class _Page:
    """The lines so far, and the white space that is owed before the next word."""

    def __init__(self, width: int) -> None:
        self._written: list[str] = []
        self._width = width
        self._column = 0
        self._owed_lines = 0
        self._owed_level = 0
        self._owed_space = ""
        self._after_note = False
        self._opening = True

    @property
    def column(self) -> int:
        """Where the next word would begin."""
        return self._owed_level * INDENT if self._owed_lines else self._column + len(self._owed_space)

    def write(self, text: str) -> None:
        """White space waits for what follows it, so that no line ends with it."""
        if not text.strip(" "):
            self._owed_space += text
            return
        start = self.column
        if not self._owed_lines:
            self._written.append(self._owed_space)
        else:
            ends = "\n" * self._owed_lines if self._written else ""
            self._written.append(ends + " " * start)
        self._written.append(text)
        self._column = start + len(text)
        self._opening = (self._opening or self._owed_lines > 0) and not text.strip("(")
        self._owed_lines, self._owed_space, self._after_note = 0, "", False

    def end_line(self, level: int, *, empty: bool = False) -> None:
        self._owed_lines = max(self._owed_lines, 2 if empty else 1)
        self._owed_level, self._owed_space = level, ""

    def note(self, note: Note, level: int) -> None:
        """A comment; behind nothing but `(` it would belong to what follows, so there it has a line of its own."""
        if note.trailing and not self._opening and not self._after_note:
            self._written.append("  " + note.text)
        else:
            self.end_line(level)
            self.write(note.text)
        self._after_note = True
        self.end_line(level)

    def text(self) -> str:
        return "".join(self._written) + "\n"
