"""Evaluation of terms: what a term is worth where every variable has a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from aethel.intent.terms import Op, Sort, Term, Value, divided, in_order


def evaluate(term: Term, values: Mapping[str, Value]) -> Value:
    """The value of `term` where every variable has a value; a division by zero gives 0.

    Work is linear in the number of distinct nodes: shared terms are computed once. Raises KeyError for a variable
    without a value.
    """
    known: dict[int, Value] = {}
    for node in in_order(term):
        known[node.order] = apply(node, [known[arg.order] for arg in node.args], values)
    return known[term.order]


def apply(node: Term, args: Sequence[Value], values: Mapping[str, Value]) -> Value:
    """The value of one node from the values of its arguments, and of the variables for one that is a variable."""
    if node.op is Op.CONST:
        assert node.value is not None
        return node.value
    if node.op is Op.VAR:
        return values[str(node.value)]
    if node.sort is Sort.BOOL:
        return _truth(node.op, args)
    if node.op is Op.ITE:
        return args[1] if args[0] else args[2]
    numbers = [arg for arg in args if not isinstance(arg, str)]
    if node.op is Op.ADD:
        return sum(numbers)
    if node.op is Op.MUL:
        product: int | Fraction = 1
        for factor in numbers:
            product *= factor
        return product
    if node.op is Op.NEG:
        return -numbers[0]
    return divided(node.op, numbers[0], numbers[1]) if numbers[1] != 0 else 0


def _truth(op: Op, args: Sequence[Value]) -> bool:
    if op is Op.EQ:
        return args[0] == args[1]
    if op is Op.AND:
        return all(args)
    if op is Op.OR:
        return any(args)
    if op is Op.NOT:
        return not args[0]
    if op is Op.IS_INT:
        return not isinstance(args[0], str) and Fraction(args[0]).denominator == 1
    left, right = args[0], args[1]
    if isinstance(left, str) or isinstance(right, str):
        raise TypeError("identities have no order")
    return left < right if op is Op.LT else left <= right
