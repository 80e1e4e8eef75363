"""Wrong versions of single functions of the product, each made from the right one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from math import floor
from typing import Any

import z3

from aethel.intent import (
    canonical,
    expressions,
    syntax,
    terms,
)
from aethel.intent.obligations import Aspect, deltas
from aethel.intent.program import Program
from aethel.intent.terms import Op, Sort, Term
from aethel.intent.types import Money, bounds_of
from aethel.ledger.facts import Facts
from aethel.ledger.polynomial import ONE
from aethel.prover import scaled


def divided_towards_zero(divided: Any) -> object:
    def wrong(op: Op, left: Any, right: Any) -> Any:
        return int(Fraction(left) / right) if op is Op.FLOOR_DIV else divided(op, left, right)

    return wrong


def remainder_of_the_dividend(divided: Any) -> object:
    def wrong(op: Op, left: Any, right: Any) -> Any:
        return left - right * int(Fraction(left) / right) if op is Op.MOD else divided(op, left, right)

    return wrong


def added_for_taken(assign: Any) -> object:
    def wrong(self: Any, node: Any, target: Any, operator: str, value: Any, path: Term) -> None:
        assign(self, node, target, "+=" if operator == "-=" else operator, value, path)

    return wrong


def without_else(branch: Any) -> object:
    def wrong(self: Any, condition: Any, then: Any, other: Any, path: Term) -> None:
        branch(self, condition, then, (), path)

    return wrong


def branches_swapped(branch: Any) -> object:
    def wrong(self: Any, condition: Any, then: Any, other: Any, path: Term) -> None:
        branch(self, condition, other, then, path)

    return wrong


def supply_of_all_but_one(supply: Any) -> object:
    return lambda self, cells: supply(self, cells[1:])


def wrong_sign(solved: Any) -> object:
    return lambda self, definition: solved(self, replace(definition, sign=-definition.sign))


def always_current(_: Any) -> object:
    return lambda self, symbol, time: self.current[symbol]


def all_but_the_last(listed: Any) -> object:
    return lambda program: listed(program)[:-1]


def nothing(_: Any) -> object:
    return lambda *_: ()


def without_path(junction: Any) -> object:
    def wrong(self: Any, operator: str, operands: Any) -> Term:
        lowered = [self.lower(operand).term for operand in operands]
        found: Term = self.terms.and_(*lowered) if operator == "and" else self.terms.or_(*lowered)
        return found

    return wrong


def other_function(call: Any) -> object:
    names = {"min": "max", "max": "min"}
    return lambda self, node, function, left, right: call(self, node, names.get(function, function), left, right)


def one_turn_less(statement: Any) -> object:
    def wrong(self: Any, node: Any, path: Term) -> None:
        if isinstance(node, syntax.For) and node.high > node.low:
            node = replace(node, high=node.high - 1)
        statement(self, node, path)

    return wrong


def only_credited(transfer: Any) -> object:
    def wrong(self: Any, node: Any, source: Any, destination: Any, amount: Any, path: Term) -> None:
        held = self.current[self._target(source)]
        transfer(self, node, source, destination, amount, path)
        self.current[self._target(source)] = held

    return wrong


def unscaled(convert: Any) -> object:
    def wrong(self: Any, lowered: Any, target: Any, node: Any, beside: Any = None) -> Any:
        found = convert(self, lowered, target, node, beside)
        return replace(found, term=lowered.term)

    return wrong


def everywhere(store: Any) -> object:
    return lambda self, symbol, value, path, node: store(self, symbol, value, self.terms.true, node)


def last_store(_: Any) -> object:
    def wrong(program: Program, cell: Any) -> Term:
        made, stores = program.terms, [store for store in program.stores if store.cell == cell.name][-1:]
        return made.and_(*(made.implies(store.path, made.le(made.const(0), store.value)) for store in stores))

    return wrong


def all_but_one_cell(_: Any) -> object:
    """The sums as if the last written balance stayed as it is."""

    def wrong(program: Program) -> object:
        last = [cell for cell in program.cells if cell.written and isinstance(cell.type, Money)][-1:]
        cells = (replace(cell, after=cell.before) if cell in last else cell for cell in program.cells)
        return deltas(replace(program, cells=tuple(cells)))

    return wrong


def at_most_as_less(truth: Any) -> object:
    def wrong(self: Any, node: Term) -> Any:
        if node.op is Op.LE:
            left, right = self._compared(*node.args)
            return left < right
        return truth(self, node)

    return wrong


def swapped(chosen: Any) -> object:
    return lambda condition, then, other: chosen(z3.Not(condition), then, other)


def as_if_positive(_: Any) -> object:
    return lambda round_, dividend, divisor, quotient: round_(dividend, divisor, quotient)


def half_up(dividend: Any, divisor: Any, quotient: Any) -> list[Any]:
    twice = 2 * (dividend - divisor * quotient)
    return [-divisor <= twice, twice < divisor]


def never_rounded(divided: Any) -> object:
    def wrong(self: Any, op: Op, left: Any, right: Any) -> Any:
        return divided(self, Op.EXACT_DIV if op in (Op.FLOOR_DIV, Op.CEIL_DIV) else op, left, right)

    return wrong


def never_chosen(number: Any) -> object:
    def wrong(self: Any, node: Term) -> Any:
        return self._numbers[node.args[1].order] if node.op is Op.ITE else number(self, node)

    return wrong


def stuck(_: Any) -> object:
    return lambda self, program, bound: None


def without_operator(_: Any) -> object:
    """A digest in which `<` and `<=`, `+` and `*` are the same."""

    def wrong(self: Any, root: Term) -> str:
        for node in terms.in_order(root, done=self.known):
            parts = [self.known[arg.order] for arg in node.args]
            if node.op in canonical._COMMUTATIVE:
                parts.sort()
            value = self.names[str(node.value)] if node.op is Op.VAR else canonical._constant(node.value)
            framed = canonical._framed(node.sort.value, value, *parts)
            self.known[node.order] = sha256(framed).hexdigest()
        found: str = self.known[root.order]
        return found

    return wrong


def loose_minus(binding: Any) -> object:
    """Unary minus over the whole product that follows."""

    def wrong(self: Any, least: int) -> Any:
        return binding(self, expressions._PRODUCT if least == expressions._UNARY else least)

    return wrong


def integers_first(strongest: Any) -> object:
    def wrong(types: list[Any]) -> Any:
        found = strongest(types)
        return None if isinstance(found, Money) else found

    return wrong


def rounded_up(_: Any) -> object:
    def wrong(self: Any, quotient: Fraction, type_: Any) -> Fraction:
        unit = self._unit(type_)
        return quotient if unit is None else Fraction(-((-quotient * unit) // 1), unit)

    return wrong


def in_smallest_units(rendered: Any) -> object:
    return lambda value, type_, scale: rendered(value, type_, 0)


def always_reached(verify: Any) -> object:
    return lambda self, line, path: verify(self, line, self.terms.true)


def one_too_many(claim: Any) -> object:
    def wrong(program: Program, cell: Any, value: Term) -> Term:
        made, (_, maximum) = program.terms, bounds_of(cell.type)
        held: Term = claim(program, cell, value)
        return held if maximum is None else made.or_(held, made.eq(value, made.const(maximum + 1)))

    return wrong


def both_deny(assume: Any) -> object:
    """Neither of two truths holds where not both of them do."""

    def wrong(self: Facts, truth: Any) -> None:
        assume(self, truth)
        for index in {index for monomial in truth for index, _power in monomial} if truth.get(ONE) == 1 else ():
            if self.algebra.atoms[index].is_truth:
                self.truths.setdefault(index, {})

    return wrong


def denied(_: Any) -> object:
    return lambda self, index: self.truths.setdefault(index, {})


def without_not(parts: Any) -> object:
    return lambda assumption: [(part, True) for part, _ in parts(assumption)]


def or_taken_apart(parts: Any) -> object:
    def wrong(assumption: Term) -> list[tuple[Term, bool]]:
        found: list[tuple[Term, bool]] = []
        for part, holds in parts(assumption):
            taken_apart = part.op in (Op.AND, Op.OR)
            found += [(arg, holds) for arg in part.args] if taken_apart else [(part, holds)]
        return found

    return wrong


def require_everywhere(statement: Any) -> object:
    def wrong(self: Any, node: Any, path: Term) -> None:
        statement(self, node, self.terms.true if isinstance(node, syntax.Require) else path)

    return wrong


def less_as_at_most(compare: Any) -> object:
    return lambda self, node, operator, *sides: compare(self, node, "<=" if operator == "<" else operator, *sides)


def in_its_own_guard(assumptions: Any) -> object:
    return lambda self, divisor: assumptions(self, replace(divisor, guards=frozenset()))


def each_after_the_ones_before(posts: Any) -> object:
    """Each line of `verify` has to hold only where the lines before it do."""

    def wrong(program: Program, assumed: tuple[Term, ...]) -> Iterator[Any]:
        made = program.terms
        before = made.true
        for post in posts(program, assumed):
            yield replace(post, claim=made.implies(before, post.claim))
            before = made.and_(before, post.claim)

    return wrong


def last_missing(listed: Any) -> object:
    return lambda program, assumed: list(listed(program, assumed))[:-1]


def nothing_issued(_: Any) -> object:
    return lambda program: deltas(replace(program, issues=()))


def numerators(_: Any) -> object:
    return lambda numbers: (scaled._of_one_sort([number.numerator for number in numbers]), 1)


def remainder_from_above(_: Any) -> object:
    def wrong(self: Any, node: Term) -> Any:
        left, right = (self._numbers[arg] for arg in node.args)
        return scaled.total([left, scaled.negated(scaled.product([right, self._quotient(node, Op.CEIL_DIV)]))])

    return wrong


def ceiling_as_floor(divided: Any) -> object:
    return lambda self, op, left, right: divided(self, Op.FLOOR_DIV if op is Op.CEIL_DIV else op, left, right)


def one_condition_less(search_of: Any) -> object:
    def wrong(*of: Any) -> Any:
        search = search_of(*of)
        return replace(search, conditions=search.conditions[:-1])

    return wrong


def never_debited(add: Any) -> object:
    return lambda self, target, change, start: add(self, target, max(change, Fraction(0)), start)


def minted(issue: Any) -> object:
    return lambda self, node, _kind, *rest: issue(self, node, "mint", *rest)


def not_under(_: Any) -> object:
    return lambda self, condition: nullcontext()


def given_unscaled(parse_value: Any) -> object:
    return lambda text, variable: parse_value(text, replace(variable, scale=0))


def halves_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def without_guards(section: Any) -> object:
    return lambda name, lines: section(name, [] if name == "guards" else lines)


def as_it_likes(_: Any) -> object:
    return lambda self, cell, other: self._terms.true


def growing(lower: Any) -> object:
    def grown(program: Program, cell: Any) -> Any:
        if cell.written or cell.after.sort is not Sort.INT:
            return cell
        return replace(cell, after=program.terms.add(cell.after, program.terms.const(1)))

    def wrong(*of: Any) -> Program:
        program: Program = lower(*of)
        return replace(program, cells=tuple(grown(program, cell) for cell in program.cells))

    return wrong


def without(aspect: Aspect) -> Callable[[Any], object]:
    """No obligation looks at this."""
    return lambda listed: lambda *of: [found for found in listed(*of) if found.aspect is not aspect]


def whole_or_not(claim: Any) -> object:
    """What is stored has to fit its width, and may lie between two smallest units."""

    def wrong(program: Program, cell: Any, value: Term) -> Term:
        held, made = claim(program, cell, value), program.terms
        parts = held.args if held.op is Op.AND else (held,)
        return made.and_(*(part for part in parts if part.op is not Op.IS_INT))

    return wrong
