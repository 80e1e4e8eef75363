"""Values at which assumptions hold together, checked by exact evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from aethel.intent.program import Variable
from aethel.intent.terms import Op, Sort, Term, Value, divided, in_order


def completed(values: Mapping[str, Value], variables: Iterable[Variable]) -> dict[str, Value]:
    """A value for every variable: those given, and for the others something plain."""
    plain: dict[Sort, Value] = {Sort.BOOL: False, Sort.INT: 0, Sort.RATIONAL: 0}
    found: dict[str, Value] = {}
    for position, variable in enumerate(variables):
        value = values.get(variable.name)
        found[variable.name] = plain.get(variable.term.sort, f"other {position}") if value is None else value
    return found


def all_hold(terms: tuple[Term, ...], values: Mapping[str, Value]) -> bool:
    """Whether every term is true at these values; a division by zero gives 0, as in evaluation."""
    known: dict[Term, Value] = {}
    for node in in_order(*terms):
        known[node] = _value(node, [known[arg] for arg in node.args], values)
    return all(known[term] is True for term in terms)


def _value(node: Term, args: list[Value], values: Mapping[str, Value]) -> Value:
    if node.op is Op.CONST:
        assert node.value is not None
        return node.value
    if node.op is Op.VAR:
        return values[str(node.value)]
    if node.op is Op.ITE:
        return args[1] if args[0] else args[2]
    if node.op is Op.EQ:
        return args[0] == args[1]
    if node.sort is Sort.BOOL and node.op not in (Op.LT, Op.LE, Op.IS_INT):
        return not args[0] if node.op is Op.NOT else all(args) if node.op is Op.AND else any(args)
    return _numeric(node.op, [arg for arg in args if not isinstance(arg, str)])


def _numeric(op: Op, numbers: list[int | Fraction]) -> Value:
    if op in (Op.LT, Op.LE):
        return numbers[0] < numbers[1] if op is Op.LT else numbers[0] <= numbers[1]
    if op is Op.IS_INT:
        return numbers[0].denominator == 1
    if op is Op.ADD:
        return sum(numbers)
    if op is Op.NEG:
        return -numbers[0]
    if op is Op.MUL:
        product: int | Fraction = 1
        for factor in numbers:
            product *= factor
        return product
    return divided(op, numbers[0], numbers[1]) if numbers[1] != 0 else 0
