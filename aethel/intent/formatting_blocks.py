"""Blocks, lines and statements as layouts: one house style, whoever wrote the text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, assert_never

from aethel.intent import syntax
from aethel.intent.formatting_expressions import ExpressionPrinter
from aethel.intent.formatting_layout import INDENT, Break, Group, Indent, Layout, NewLine, Note, flat_width

WIDTH = 100
"""Columns of a line, comments aside; only what cannot be broken is longer."""

_Node = TypeVar("_Node")
_NESTED = (syntax.CheckIf, syntax.Branch, syntax.For)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a block, which is `left operator right` where rows of one `kind` in a row align their operators."""

    right: Layout
    kind: str = ""
    left: Layout = ""
    operator: Layout = ""

    def layout(self) -> Layout:
        """The line by itself; a long equation ends a line before its operator."""
        match self.kind:
            case "":
                return self.right
            case "equation":
                return Group(Indent((self.left, Break(), self.operator, " ", self.right)))
            case _:
                return self.left, " ", self.operator, " ", self.right

    def aligned(self, columns: int) -> Layout:
        """The line on one line, its operator behind so many columns for what is left of it."""
        return self.left, " " * (columns - self.left_columns + 1), self.operator, " ", self.right

    @property
    def left_columns(self) -> int:
        return flat_width(self.left) or 0


class BlockPrinter(ExpressionPrinter):
    """Prints whole texts in the order in which their tokens stand there."""

    _level = 0

    def file(self, file: syntax.File) -> Layout:
        """The layout of a whole text."""
        parts: list[Layout] = []
        for position, item in enumerate(file.items):
            parts += [NewLine(), self.tokens.lead(opening=position == 0), self._item(item)]
        return (*parts, NewLine(), *self.tokens.end())

    def _item(self, item: syntax.Intent | syntax.Batch) -> Layout:
        if isinstance(item, syntax.Intent):
            return self._intent(item).right
        word = self.tokens.take()
        name: Layout = (" ", self.tokens.take()) if item.name else ""
        return word, name, " ", self._braces(item.intents, self._intent)

    def _intent(self, intent: syntax.Intent) -> _Row:
        head = self.tokens.take(), " ", self.tokens.take()
        parameters: Layout = "()"
        if intent.parameters:
            parameters = self.arguments([partial(self._parameter, each) for each in intent.parameters])
        blocks: list[Callable[[], Layout]] = [partial(self._block, intent.guard, self._guard_line)]
        if intent.settings:
            blocks.append(partial(self._block, intent.settings, self._setting))
        if intent.effect is not None:
            blocks.append(partial(self._block, intent.effect, self._statement))
        blocks.append(partial(self._block, intent.verify, self._verify_line))
        return _Row((head, parameters, " ", self._braces(blocks, self._named)))

    def _named(self, block: Callable[[], Layout]) -> _Row:
        return _Row((self.tokens.take(), " ", block()))

    def _parameter(self, parameter: syntax.Parameter) -> Layout:
        words = self._modifiers(secret=parameter.secret, external=parameter.external)
        name = self.tokens.take()
        return words, name, self.tokens.closing(":"), " ", self._type(parameter.type)

    def _type(self, written: syntax.TypeName) -> Layout:
        if written.size is not None:
            return self.call((self.tokens.take,))
        count = 1 if written.argument is None else 4 if written.second is None else 6
        return tuple(self.tokens.take() for _ in range(count))

    def _modifiers(self, *, secret: bool, external: bool) -> str:
        """Modifiers in one order; comments between them come behind."""
        words = [word for word, stands in (("secret ", secret), ("external ", external)) if stands]
        for _ in words:
            self.tokens.skip()
        return "".join(words)

    def _block(self, nodes: Sequence[_Node], print_line: Callable[[_Node], _Row]) -> Layout:
        return _short(self._braces(nodes, print_line), nodes)

    def _braces(self, nodes: Iterable[_Node], print_line: Callable[[_Node], _Row]) -> Layout:
        opened = self.tokens.take()
        self._level += 1
        leads: list[tuple[Layout, ...]] = []
        rows: list[_Row] = []
        for node in nodes:
            leads.append(self.tokens.lead(opening=not rows))
            rows.append(print_line(node))
        end = self.tokens.end(opening=not rows)
        parts: list[Layout] = []
        for lead, row in zip(leads, _aligned(leads, rows, WIDTH - self._level * INDENT), strict=True):
            parts += [Break(), lead, row]
        self._level -= 1
        return opened, Indent((*parts, *end)), Break(), self.tokens.take()

    def _guard_line(self, line: syntax.Binding | syntax.Check) -> _Row:
        if isinstance(line, syntax.Check):
            return self._check(line)
        left, operator = self.tokens.take(), self.tokens.take()
        return _Row((self.expression(line.value), self.tokens.closing(";")), "binding", left, operator)

    def _setting(self, setting: syntax.Setting) -> _Row:  # noqa: ARG002  a setting is spelled by its tokens alone
        name, colon = self.tokens.take(), self.tokens.closing(":")
        return _Row((name, colon, " ", self.tokens.take(), self.tokens.closing(";")))

    def _check(self, line: syntax.Check) -> _Row:
        words = self._modifiers(secret=line.secret, external=line.external)
        match line.condition:
            case syntax.Compare("==", syntax.Name() | syntax.Old() as cell, value) if not words:
                left, operator = self.expression(cell), self.tokens.take()
                return _Row((self.operand(value), self.tokens.closing(";")), "equation", left, operator)
        condition = self.expression(line.condition, guarded=words != "")
        return _Row((words, condition, self.tokens.closing(";")))

    def _verify_line(self, line: syntax.VerifyLine) -> _Row:
        if isinstance(line, syntax.Check):
            return self._check(line)
        return _Row(self._choice(line, self._verify_line))

    def _choice(self, line: syntax.CheckIf | syntax.Branch, print_line: Callable[[Any], _Row]) -> Layout:
        """An `if` with both branches; an empty `else` stays only for the comments in it."""
        word, condition = self.tokens.take(), self.arguments((partial(self.expression, line.condition),))
        then = self._braces(line.then, print_line)
        if not self.tokens.at("else"):
            return word, " ", condition, " ", _short(then, line.then)
        if not line.other and not self.tokens.has_comment(self.tokens.start(), self.tokens.start(2)):
            for _ in ("else", "{", "}"):
                self.tokens.skip()
            return word, " ", condition, " ", _short(then, line.then)
        otherwise = self.tokens.take()
        return word, " ", condition, " ", then, " ", otherwise, " ", self._other(line.other, print_line)

    def _other(self, other: Sequence[Any], print_line: Callable[[Any], _Row]) -> Layout:
        """What follows `else`: a block, or another `if` where there is nothing but that in it."""
        if self.tokens.at("if"):
            return self._choice(other[0], print_line)
        is_chain = len(other) == 1 and isinstance(other[0], syntax.Branch)
        if not is_chain or self._has_notes_around(other[0]):
            return self._braces(other, print_line)
        self.tokens.skip()
        chained = self._choice(other[0], print_line)
        self.tokens.skip()
        return chained

    def _has_notes_around(self, only: syntax.Branch) -> bool:
        """Whether comments stand before or behind the only statement of the block that begins here."""
        tokens = self.tokens
        before = tokens.has_comment(tokens.start(), tokens.start(1))
        return before or tokens.has_comment(only.end, tokens.start_behind(only.end))

    def _statement(self, statement: syntax.Statement) -> _Row:
        match statement:
            case syntax.Assign(target, _, value):
                left, operator = self.cell(target), self.tokens.take()
                return _Row((self.expression(value), self.tokens.closing(";")), "assignment", left, operator)
            case syntax.Transfer(source, destination, amount):
                cells = partial(self.cell, source), partial(self.cell, destination)
                return _Row((self.call((*cells, partial(self.expression, amount))), self.tokens.closing(";")))
            case syntax.Issue(_, target, amount):
                arguments = partial(self.cell, target), partial(self.expression, amount)
                return _Row((self.call(arguments), self.tokens.closing(";")))
            case syntax.Require(condition):
                return _Row((self.tokens.take(), " ", self.expression(condition), self.tokens.closing(";")))
            case syntax.Branch():
                return _Row(self._choice(statement, self._statement))
            case syntax.For():
                return _Row(self._loop(statement))
            case _:
                assert_never(statement)

    def _loop(self, loop: syntax.For) -> Layout:
        take = self.tokens.take
        head: Layout = take(), " ", take(), " ", take(), " ", take(), take(), take(), " "
        return head, self._block(loop.body, self._statement)


def _short(block: Layout, nodes: Sequence[object]) -> Layout:
    """A block that stays on one line where it fits: at most one line, which is no block itself."""
    return Group(block) if len(nodes) < 2 and not any(isinstance(node, _NESTED) for node in nodes) else block


def _aligned(leads: Sequence[Sequence[Layout]], rows: Sequence[_Row], width: int) -> list[Layout]:
    """The layouts of the rows, the operators aligned of rows of one kind that follow each other directly."""
    found: list[Layout] = []
    for run in _runs(leads, rows, width):
        columns = max(row.left_columns for row in run)
        lines = [row.aligned(columns) for row in run]
        found += lines if len(run) > 1 and _fit(lines, width) else [row.layout() for row in run]
    return found


def _runs(leads: Sequence[Sequence[Layout]], rows: Sequence[_Row], width: int) -> list[list[_Row]]:
    runs: list[list[_Row]] = []
    for lead, row in zip(leads, rows, strict=True):
        # One comment can end the line before; what else leads the row has lines of its own.
        apart = len(lead) > 1 or any(not isinstance(part, Note) or not part.trailing for part in lead)
        joins = runs and not apart and row.kind and runs[-1][-1].kind == row.kind
        if joins and _fit([row.aligned(0), runs[-1][-1].aligned(0)], width):
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _fit(lines: Sequence[Layout], width: int) -> bool:
    columns = [flat_width(line) for line in lines]
    return all(found is not None and found <= width for found in columns)
