"""Wrong versions of single functions of what is compiled, each made from the right one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aethel.intent.compiled import Hypothesis, Reason
from aethel.intent.terms import Op, Term


def ceiling_as_floor(quotient: Any) -> object:
    return lambda self, op, *rest: quotient(self, Op.FLOOR_DIV if op is Op.CEIL_DIV else op, *rest)


def at_most_as_less(write: Any) -> object:
    def wrong(self: Any, node: Term, args: Any) -> Any:
        written = write(self, node, args)
        return replace(written, text=written.text.replace(" <= ", " < ")) if node.op is Op.LE else written

    return wrong


def numerators(_: Any) -> object:
    return lambda args: ([arg.text for arg in args], 1)


def last_one_forgotten(many: Any) -> object:
    """Many rows are never blamed for their last hypothesis."""

    def wrong(self: Any, columns: Any) -> list[int | None]:
        last = len(self.hypotheses) - 1
        return [None if found == last else found for found in many(self, columns)]

    return wrong


def without_ranges(hypotheses_of: Any) -> object:
    def wrong(program: Any, conditions: Sequence[Term] = ()) -> tuple[Hypothesis, ...]:
        return tuple(
            replace(each, term=program.terms.true) if each.reason is Reason.RANGE else each
            for each in hypotheses_of(program, conditions)
        )

    return wrong


def missing_as_false(known: Any) -> object:
    """A comparison with a value that is missing is false, where it is open."""

    def wrong(node: Term, args: Any, values: Any) -> Any:
        found = known(node, args, values)
        return False if found is None and node.op in (Op.EQ, Op.LT, Op.LE) else found

    return wrong


def open_as_fulfilled(partly: Any) -> object:
    """What depends on missing values is taken to hold."""

    def wrong(self: Any, values: Any) -> tuple[int | None, tuple[int, ...]]:
        first, _ = partly(self, values)
        return first, ()

    return wrong


def rejected_as_open(_: Any) -> object:
    return frozenset({Reason.GUARD})


def in_one_unit(parser: Any) -> object:
    return lambda variable: parser(replace(variable, scale=0))


def literals_as_they_were(values: Any) -> object:
    """A skeleton is always filled with the literals of the text it was made of."""
    return lambda self, _: {literal.name: literal.value for literal in self.literals}
