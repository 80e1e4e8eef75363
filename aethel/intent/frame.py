"""The frame: which cells an intent may write by its text alone, and that lowering leaves all others as they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aethel.intent import syntax
from aethel.intent.program import Program
from aethel.intent.scope import Scope, Time
from aethel.intent.terms import Term
from aethel.intent.traversal import names_in


def mentioned(scope: Scope) -> frozenset[str]:
    """The keys of all names that the text of one intent may give another value, read off the syntax tree.

    With `effect` these are the targets of its statements, reached or not; without, what stands in `verify` in another
    form than that of the state before.
    """
    intent = scope.intent
    found = _after(intent.verify) if intent.effect is None else _targets(intent.effect)
    return frozenset(key for name in found if (key := _key(scope, name)) is not None)


def frame_claim(program: Program) -> Term:
    """That every cell which the text does not write has its value of before, as one BOOL term."""
    terms = program.terms
    return terms.and_(
        *(terms.eq(cell.after, cell.before) for cell in program.cells if cell.name not in program.writable)
    )


def _targets(statements: Iterable[syntax.Statement]) -> Iterator[syntax.Name]:
    stack = list(statements)
    while stack:
        match stack.pop():
            case syntax.Assign(target) | syntax.Issue(_, target):
                yield target
            case syntax.Transfer(source, destination):
                yield source
                yield destination
            case syntax.Branch(_, then, other):
                stack += (*then, *other)
            case syntax.For(_, _, _, body):
                stack += body
            case syntax.Require():
                pass


def _after(lines: Iterable[syntax.VerifyLine]) -> Iterator[syntax.Name]:
    stack = list(lines)
    while stack:
        line = stack.pop()
        yield from names_in(line.condition)
        if isinstance(line, syntax.CheckIf):
            stack += (*line.then, *line.other)


def _key(scope: Scope, name: syntax.Name) -> str | None:
    """The key of what the name stands for, None where that is a value before, a binding or a loop's number."""
    reference = scope.reference(name)
    return None if reference.symbol is None or reference.time is Time.BEFORE else reference.symbol.key
