"""Bugs planted one at a time in reading, lowering, obligations, solver encoding and Guardian, for the test to find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import z3

from aethel.intent import (
    canonical,
    execution,
    expressions,
    inference,
    instance,
    interpreter,
    lowering,
    obligations,
    rendering,
    spellings,
    syntax,
    terms,
    transition,
)
from aethel.intent.obligations import deltas
from aethel.intent.program import Program
from aethel.intent.scope import Symbol, Time
from aethel.intent.terms import Op, Term
from aethel.intent.types import Money
from aethel.ledger import intents, translation
from aethel.ledger.facts import Facts
from aethel.prover import encode, rounding, scaled


@dataclass(frozen=True, slots=True)
class Planted:
    """One bug: `plant` puts it in for as long as its context lasts; it is found `within` so many seeds."""

    name: str
    within: int
    plant: Callable[[], AbstractContextManager[object]]


def _instead(owner: object, name: str, made: Callable[[Any], object]) -> Callable[[], AbstractContextManager[object]]:
    """Replace an attribute by what `made` makes of it."""

    @contextmanager
    def planted() -> Iterator[object]:
        with patch.object(owner, name, made(getattr(owner, name))):
            yield None

    return planted


def _entry(table: dict[Any, Any], key: object, value: object) -> Callable[[], AbstractContextManager[object]]:
    """Replace one entry of a table."""
    return lambda: patch.dict(table, {key: value})


def _divided_towards_zero(divided: Any) -> object:
    def wrong(op: Op, left: Any, right: Any) -> Any:
        return int(Fraction(left) / right) if op is Op.FLOOR_DIV else divided(op, left, right)

    return wrong


def _remainder_of_the_dividend(divided: Any) -> object:
    def wrong(op: Op, left: Any, right: Any) -> Any:
        return left - right * int(Fraction(left) / right) if op is Op.MOD else divided(op, left, right)

    return wrong


def _added_for_taken(assign: Any) -> object:
    def wrong(self: Any, node: Any, target: Any, operator: str, value: Any, path: Term) -> None:
        assign(self, node, target, "+=" if operator == "-=" else operator, value, path)

    return wrong


def _without_else(branch: Any) -> object:
    def wrong(self: Any, condition: Any, then: Any, other: Any, path: Term) -> None:
        branch(self, condition, then, (), path)

    return wrong


def _branches_swapped(branch: Any) -> object:
    def wrong(self: Any, condition: Any, then: Any, other: Any, path: Term) -> None:
        branch(self, condition, other, then, path)

    return wrong


def _supply_of_all_but_one(supply: Any) -> object:
    return lambda self, cells: supply(self, cells[1:])


def _wrong_sign(solved: Any) -> object:
    return lambda self, definition: solved(self, replace(definition, sign=-definition.sign))


def _always_current(_: Any) -> object:
    return lambda self, symbol, time: self.current[symbol]


def _first_store_only(self: Any, symbol: Symbol, time: Time) -> Term:
    before: Term = self.before[symbol]
    return before


def _all_but_the_last(listed: Any) -> object:
    return lambda program: listed(program)[:-1]


def _nothing(_: Any) -> object:
    return lambda *_: ()


def _without_path(junction: Any) -> object:
    def wrong(self: Any, operator: str, operands: Any) -> Term:
        lowered = [self.lower(operand).term for operand in operands]
        found: Term = self.terms.and_(*lowered) if operator == "and" else self.terms.or_(*lowered)
        return found

    return wrong


def _other_function(call: Any) -> object:
    names = {"min": "max", "max": "min"}
    return lambda self, node, function, left, right: call(self, node, names.get(function, function), left, right)


def _one_turn_less(statement: Any) -> object:
    def wrong(self: Any, node: Any, path: Term) -> None:
        if isinstance(node, syntax.For) and node.high > node.low:
            node = replace(node, high=node.high - 1)
        statement(self, node, path)

    return wrong


def _only_credited(transfer: Any) -> object:
    def wrong(self: Any, node: Any, source: Any, destination: Any, amount: Any, path: Term) -> None:
        held = self.current[self._target(source)]
        transfer(self, node, source, destination, amount, path)
        self.current[self._target(source)] = held

    return wrong


def _unscaled(convert: Any) -> object:
    def wrong(self: Any, lowered: Any, target: Any, node: Any, beside: Any = None) -> Any:
        found = convert(self, lowered, target, node, beside)
        return replace(found, term=lowered.term)

    return wrong


def _everywhere(store: Any) -> object:
    return lambda self, symbol, value, path, node: store(self, symbol, value, self.terms.true, node)


def _last_store(_: Any) -> object:
    def wrong(program: Program, cell: Any) -> Term:
        made, stores = program.terms, [store for store in program.stores if store.cell == cell.name][-1:]
        return made.and_(*(made.implies(store.path, made.le(made.const(0), store.value)) for store in stores))

    return wrong


def _all_but_one_cell(_: Any) -> object:
    """The sums without the last written cell."""
    return lambda program: deltas(replace(program, cells=program.cells[:-1]))


def _at_most_as_less(truth: Any) -> object:
    def wrong(self: Any, node: Term) -> Any:
        if node.op is Op.LE:
            left, right = self._compared(*node.args)
            return left < right
        return truth(self, node)

    return wrong


def _swapped(chosen: Any) -> object:
    return lambda condition, then, other: chosen(z3.Not(condition), then, other)


def _as_if_positive(_: Any) -> object:
    return lambda round_, dividend, divisor, quotient: round_(dividend, divisor, quotient)


def _half_up(dividend: Any, divisor: Any, quotient: Any) -> list[Any]:
    twice = 2 * (dividend - divisor * quotient)
    return [-divisor <= twice, twice < divisor]


def _never_rounded(divided: Any) -> object:
    def wrong(self: Any, op: Op, left: Any, right: Any) -> Any:
        return divided(self, Op.EXACT_DIV if op in (Op.FLOOR_DIV, Op.CEIL_DIV) else op, left, right)

    return wrong


def _never_chosen(number: Any) -> object:
    def wrong(self: Any, node: Term) -> Any:
        return self._numbers[node.args[1].order] if node.op is Op.ITE else number(self, node)

    return wrong


def _stuck(_: Any) -> object:
    return lambda self, program, bound: None


def _without_operator(term: Any) -> object:
    """A digest in which `+` and `*`, `<` and `<=` are the same."""

    def wrong(self: Any, root: Term) -> str:
        known: dict[int, str] = {}
        for node in terms.in_order(root):
            parts = [known[arg.order] for arg in node.args]
            value = self.names[str(node.value)] if node.op is Op.VAR else str(node.value)
            known[node.order] = canonical._framed(node.sort.value, value, *parts).hex()
        return known[root.order]

    return wrong


def _in_order_of_text(self: Any, root: Term) -> str:
    """A digest in which an equation and its mirror image differ."""
    for node in terms.in_order(root, done=self.known):
        value = self.names[str(node.value)] if node.op is Op.VAR else canonical._constant(node.value)
        order = [str(node.order)] if node.op is Op.EQ else []
        parts = [self.known[arg.order] for arg in node.args]
        self.known[node.order] = canonical._framed(node.op.value, value, *order, *parts).hex()
    found: str = self.known[root.order]
    return found


def _loose_minus(binding: Any) -> object:
    """Unary minus over the whole product that follows."""

    def wrong(self: Any, least: int) -> Any:
        return binding(self, expressions._PRODUCT if least == expressions._UNARY else least)

    return wrong


def _integers_first(strongest: Any) -> object:
    def wrong(types: list[Any]) -> Any:
        found = strongest(types)
        return None if isinstance(found, Money) else found

    return wrong


def _rounded_up(_: Any) -> object:
    def wrong(self: Any, quotient: Fraction, type_: Any) -> Fraction:
        unit = self._unit(type_)
        return quotient if unit is None else Fraction(-((-quotient * unit) // 1), unit)

    return wrong


def _in_smallest_units(rendered: Any) -> object:
    return lambda value, type_, scale: rendered(value, type_, 0)


def _always_reached(verify: Any) -> object:
    return lambda self, line, path: verify(self, line, self.terms.true)


def _one_too_many(claim: Any) -> object:
    def wrong(program: Program, cell: Any, value: Term) -> Term:
        if value.sort is terms.Sort.INT:
            value = program.terms.sub(value, program.terms.const(1))
        found: Term = claim(program, cell, value)
        return found

    return wrong


def _both_deny(_: Any) -> object:
    """Neither of two truths holds where not both of them do."""

    def wrong(self: Facts, truth: Any) -> None:
        for monomial in truth:
            for index, _power in monomial:
                if self.algebra.atoms[index].is_truth:
                    self.truths.setdefault(index, {})

    return wrong


_SUFFIXES = tuple((suffix, Time.AFTER if suffix == "_before" else time) for suffix, time in spellings.SUFFIXES)

PLANTED = (
    Planted("floor division goes towards zero", 1, _instead(terms, "divided", _divided_towards_zero)),
    Planted("a remainder has the sign of the dividend", 1, _instead(terms, "divided", _remainder_of_the_dividend)),
    Planted("-= adds", 1, _instead(execution.SymbolicExecution, "_assign", _added_for_taken)),
    Planted("else is dropped", 1, _instead(execution.SymbolicExecution, "_branch", _without_else)),
    Planted("then and else are swapped", 1, _instead(execution.SymbolicExecution, "_branch", _branches_swapped)),
    Planted("a transfer debits nobody", 1, _instead(execution.SymbolicExecution, "_transfer", _only_credited)),
    Planted("a loop turns once too little", 1, _instead(execution.SymbolicExecution, "statement", _one_turn_less)),
    Planted("old is read as current", 1, _instead(execution.SymbolicExecution, "read_current", _always_current)),
    Planted("stores lose their branch", 1, _instead(execution.SymbolicExecution, "store", _everywhere)),
    Planted("a ceiling is a floor", 1, _entry(lowering._ROUNDINGS, "div_ceil", Op.FLOOR_DIV)),
    Planted("min is max", 1, _instead(lowering.ExpressionLowerer, "_call", _other_function)),
    Planted("a rate loses the scale", 1, _instead(lowering, "converts", lambda _: lambda *_: False)),
    Planted("a literal loses the scale", 1, _instead(lowering.ExpressionLowerer, "convert", _unscaled)),
    Planted("and does not guard its divisors", 1, _instead(lowering.ExpressionLowerer, "_junction", _without_path)),
    Planted("a definition has the wrong sign", 1, _instead(transition.Transition, "_solved", _wrong_sign)),
    Planted("a line under if counts always", 1, _instead(transition.Transition, "_verify", _always_reached)),
    Planted("the supply misses a cell", 1, _instead(transition.Transition, "_supply", _supply_of_all_but_one)),
    Planted("a guard is dropped", 1, _instead(obligations, "admitted", _all_but_the_last)),
    Planted("money may be negative", 1, _instead(obligations, "type_ranges", _nothing)),
    Planted("accounts may be one", 1, _instead(obligations, "distinctness", _nothing)),
    Planted("solvency looks at the last leg", 1, _instead(obligations, "_solvent", _last_store)),
    Planted("a width is one too wide", 1, _instead(obligations, "_store_claim", _one_too_many)),
    Planted("the solver's sums miss a cell", 1, _instead(obligations, "deltas", _all_but_one_cell)),
    Planted("the solver takes else for then", 1, _instead(scaled, "chosen", _swapped)),
    Planted("the solver takes <= for <", 1, _instead(encode.Encoder, "_truth", _at_most_as_less)),
    Planted("the solver's floor is a ceiling", 1, _entry(rounding.ROUNDINGS, Op.FLOOR_DIV, rounding.ceiling)),
    Planted("the solver rounds halves up", 1, _entry(rounding.ROUNDINGS, Op.HALF_EVEN_DIV, _half_up)),
    Planted("the solver forgets signs of divisors", 1, _instead(encode, "by_sign", _as_if_positive)),
    Planted("the Guardian's sums miss a cell", 1, _instead(intents, "deltas", _all_but_one_cell)),
    Planted("the Guardian does not round", 1, _instead(translation.Translation, "_divided", _never_rounded)),
    Planted("the Guardian takes then always", 1, _instead(translation.Translation, "_number", _never_chosen)),
    Planted("the Guardian denies too much", 1, _instead(Facts, "assume", _both_deny)),
    Planted("a later intent starts in the old state", 1, _instead(instance._Binder, "_advance", _stuck)),
    Planted("values are shown in smallest units", 1, _instead(rendering, "rendered", _in_smallest_units)),
    Planted("operators do not count in digests", 1, _instead(canonical._Canonical, "term", _without_operator)),
    Planted("mirror images differ", 1, _instead(canonical._Canonical, "term", lambda _: _in_order_of_text)),
    Planted("minus binds loosely", 1, _instead(expressions.ExpressionParser, "_binding", _loose_minus)),
    Planted("x_before is after", 1, _instead(spellings, "SUFFIXES", lambda _: _SUFFIXES)),
    Planted("undeclared money is a number", 1, _instead(inference, "_strongest", _integers_first)),
    Planted("the interpreter rounds up", 1, _instead(interpreter._Machine, "_floored", _rounded_up)),
)
