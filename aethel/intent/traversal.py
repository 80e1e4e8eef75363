"""Walking over expressions without recursion."""

from __future__ import annotations

from collections.abc import Iterator

from aethel.intent import syntax


def walk(expression: syntax.Expression) -> Iterator[syntax.Expression]:
    """Every node of an expression, parents first, left to right."""
    stack: list[syntax.Expression] = [expression]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def children(node: syntax.Expression) -> tuple[syntax.Expression, ...]:
    """The direct operands of a node; the cell inside `old(…)` is not one, it belongs to the node itself."""
    match node:
        case syntax.Negate(operand) | syntax.Not(operand):
            return (operand,)
        case syntax.Chain(first, rest):
            return (first, *(operand for _, operand in rest))
        case syntax.Compare(_, left, right) | syntax.Implies(left, right) | syntax.Call(_, left, right):
            return (left, right)
        case syntax.Junction(_, operands):
            return operands
        case syntax.IfThenElse(condition, then, other):
            return (condition, then, other)
        case syntax.Old() | syntax.Name() | syntax.Number() | syntax.String() | syntax.Truth() | syntax.Zero():
            return ()


def names_in(expression: syntax.Expression) -> Iterator[syntax.Name]:
    for node in walk(expression):
        if isinstance(node, syntax.Name):
            yield node
        elif isinstance(node, syntax.Old):
            yield node.cell
