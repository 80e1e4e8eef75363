"""Terms back to source text: a condition over parameters and the state before, as a person would write it in a guard.

What has no exact text, or a long one, is Unwritable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm

from aethel.intent.program import Program, Role
from aethel.intent.terms import Op, Sort, Term, Terms, number, variables
from aethel.intent.types import Type
from aethel.intent.writing_numbers import (
    AND,
    ATOM,
    COMPARE,
    IMPLIES,
    NOT,
    OR,
    PRODUCT,
    SUM,
    NumberWriter,
    Parts,
    Unwritable,
    cleared,
    is_decimal,
)


class Writer:
    """Writes conditions over the variables of a program.

    `terms` is the builder of the terms to be written, `spellings` how each variable is named, and `named` what an
    author calls a whole term, with its type.
    """

    def __init__(
        self,
        program: Program,
        terms: Terms,
        spellings: Mapping[str, str],
        named: Mapping[Term, tuple[str, Type]],
    ) -> None:
        self._terms = terms
        self._named = named
        self._cells = {variable.name for variable in program.variables if variable.role is Role.OLD_CELL}
        self._numbers = NumberWriter(program, terms, spellings, named, lambda term: self._truth(term)[0])

    def condition(self, term: Term) -> str:
        """The text of a BOOL term; raises Unwritable."""
        self._numbers.restart()
        return self._truth(term)[0]

    def _truth(self, term: Term) -> tuple[str, int]:
        self._numbers.count()
        if term in self._named:
            return self._named[term][0], ATOM
        match term.op:
            case Op.CONST:
                return ("true" if term.value else "false"), ATOM
            case Op.VAR:
                return self._numbers.spelled(term), ATOM
            case Op.AND:
                return self._joined("and", term.args, AND)
            case Op.OR:
                return self._choice(term.args)
            case Op.NOT:
                return self._negation(term.args[0])
            case Op.EQ:
                return self._equation(term, "==")
            case Op.LE | Op.LT:
                return self._ordering(term.args[0], term.args[1], strict=term.op is Op.LT)
            case Op.IS_INT:
                return self._whole(term.args[0])
            case _:
                raise Unwritable(f"no condition: {term.op.value}")

    def _joined(self, word: str, args: Sequence[Term], power: int) -> tuple[str, int]:
        texts = [self._operand(arg, power + 1) for arg in args]
        text = f" {word} ".join(texts)
        self._numbers.count(text)
        return text, power

    def _operand(self, term: Term, least: int) -> str:
        text, power = self._truth(term)
        return text if power >= least else f"({text})"

    def _choice(self, args: Sequence[Term]) -> tuple[str, int]:
        """`p => q` where some of the alternatives are negations and others are not, else `p or q`."""
        premises = [arg.args[0] for arg in args if arg.op is Op.NOT]
        conclusions = [arg for arg in args if arg.op is not Op.NOT]
        if not premises or not conclusions:
            return self._joined("or", args, OR)
        left = self._operand(self._terms.and_(*premises), OR)
        right = self._operand(self._terms.or_(*conclusions), IMPLIES)
        return f"{left} => {right}", IMPLIES

    def _negation(self, inner: Term) -> tuple[str, int]:
        match inner.op:
            case Op.EQ if inner not in self._named:
                return self._equation(inner, "!=")
            case Op.LE | Op.LT if inner not in self._named:
                return self._ordering(inner.args[1], inner.args[0], strict=inner.op is Op.LE)
            case _:
                return f"not {self._operand(inner, NOT)}", NOT

    def _equation(self, term: Term, operator: str) -> tuple[str, int]:
        left, right = term.args
        match left.sort:
            case Sort.BOOL:
                return f"{self._operand(left, SUM)} {operator} {self._operand(right, SUM)}", COMPARE
            case Sort.IDENTITY:
                return f"{self._identity(left)} {operator} {self._identity(right)}", COMPARE
            case _:
                difference = self._terms.sub(left, right)
                undivided = self._undivided(difference)
                if undivided is not None and operator == "==":
                    return self._whole(undivided)
                return self._of_parts(cleared(self._numbers.parts(difference)), {"more": operator, "less": operator})

    def _ordering(self, low: Term, high: Term, *, strict: bool) -> tuple[str, int]:
        """`low <= high`, or `low < high`; between whole numbers a lone 1 on one side is that very difference."""
        parts = cleared(self._numbers.parts(self._terms.sub(high, low)))
        if all(part is None or part.sort is Sort.INT for _, part in parts):
            return self._whole_ordering(parts, strict=strict)
        return self._of_parts(parts, {"more": ">", "less": "<"} if strict else {"more": ">=", "less": "<="})

    def _whole_ordering(self, parts: Parts, *, strict: bool) -> tuple[str, int]:
        """Between whole numbers: a lone 1 on one side is the very difference of the two orderings.

        Where all unknowns have a common factor, the constant is rounded to a multiple of it.
        """
        constant = next((factor for factor, part in parts if part is None), Fraction(0))
        unknowns: Parts = [(factor, part) for factor, part in parts if part is not None]
        common = gcd(*(int(factor) for factor, _ in unknowns))
        if common > 1:
            constant = Fraction((constant - strict) // common)
            unknowns, strict = [(factor / common, part) for factor, part in unknowns], False
        if constant == (1 if strict else -1):
            constant, strict = Fraction(0), not strict
        parts = [*unknowns, (constant, None)] if constant != 0 else unknowns
        return self._of_parts(parts, {"more": ">", "less": "<"} if strict else {"more": ">=", "less": "<="})

    def _undivided(self, difference: Term) -> Term | None:
        """x / d where the difference is that of x and d · ⌊x / d⌋, which is 0 where that quotient is whole."""
        terms = self._terms
        for factor, part in self._numbers.parts(difference):
            if part is None or part.op is not Op.FLOOR_DIV or part.args[1].op is not Op.CONST or part in self._named:
                continue
            dividend, divisor = part.args[0], number(part.args[1])
            sign = terms.const(1 if factor == divisor else -1)
            remainder = terms.sub(dividend, terms.mul(terms.const(divisor), part))
            if abs(factor) == abs(divisor) and terms.add(difference, terms.mul(sign, remainder)) is terms.const(0):
                return terms.mul(terms.const(1 / Fraction(divisor)), dividend)
        return None

    def _of_parts(self, parts: Parts, operators: Mapping[str, str]) -> tuple[str, int]:
        """A sum compared with 0 as two sums without minus; a cell stands on the left, a lone constant on the right."""
        parts = _lone(parts)
        type_ = self._numbers.type_of(parts)
        more = [(factor, part) for factor, part in parts if factor > 0]
        less = [(-factor, part) for factor, part in parts if factor < 0]
        flipped = self._weight(less) > self._weight(more)
        left, right = (less, more) if flipped else (more, less)
        operator = operators["less" if flipped else "more"]
        sides = [self._numbers.sum(side, type_).within(SUM) for side in (left, right)]
        text = f"{sides[0]} {operator} {sides[1]}"
        self._numbers.count(text)
        return text, COMPARE

    def _weight(self, parts: Parts) -> int:
        """2 for a side with a state cell, 1 for one with any other unknown, 0 for a constant."""
        names = {name for _, part in parts if part is not None for name in variables(part)}
        return 2 if not names.isdisjoint(self._cells) else min(1, len(names))

    def _whole(self, term: Term) -> tuple[str, int]:
        """That n / d is whole: its remainder is 0, or for money with decimals, dividing and multiplying keeps n."""
        parts = [
            (factor, part)
            for factor, part in self._numbers.parts(term)
            if factor.denominator != 1 or (part is not None and part.sort is not Sort.INT)
        ]
        denominator = lcm(*(factor.denominator for factor, _ in parts))
        scaled = [(factor * denominator, part) for factor, part in parts]
        if len(scaled) == 1:
            # The coefficient has no divisor in common with its denominator.
            scaled = [(Fraction(1), scaled[0][1])]
        if any(part is not None and part.sort is not Sort.INT for _, part in scaled):
            raise Unwritable("a fraction that is whole")
        type_ = self._numbers.type_of(scaled)
        numerator = self._numbers.sum(scaled, type_)
        if self._numbers.unit(type_) != 1:
            kept = f"{numerator.within(PRODUCT)} / {denominator} * {denominator}"
            return f"{kept} == {numerator.within(SUM)}", COMPARE
        return f"{numerator.within(PRODUCT)} % {denominator} == 0", COMPARE

    def _identity(self, term: Term) -> str:
        match term.op:
            case Op.CONST:
                return json.dumps(term.value, ensure_ascii=False)
            case Op.VAR:
                return self._numbers.spelled(term)
            case _:
                condition, then, other = term.args
                self._numbers.count()
                texts = self._truth(condition)[0], self._identity(then), self._identity(other)
                return "(if {} then {} else {})".format(*texts)


def _lone(parts: Parts) -> Parts:
    """A lone rational without a coefficient, as one compares a rate, where that leaves a decimal constant."""
    unknowns = [(factor, part) for factor, part in parts if part is not None]
    if len(unknowns) != 1 or unknowns[0][1].sort is not Sort.RATIONAL:
        return parts
    divisor = abs(unknowns[0][0])
    divided = [(factor / divisor, part) for factor, part in parts]
    return divided if all(is_decimal(factor) for factor, _ in divided) else parts
