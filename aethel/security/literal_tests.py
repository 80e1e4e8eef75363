"""Comparisons with literals in the terms of a program: which of them single out one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from aethel.intent.program import Program, Role, Variable
from aethel.intent.terms import Op, Sort, Term, number
from aethel.intent.types import Integer, Money, bounds_of

NARROW = 2
"""Units that an interval must span at least to be a tier; a narrower one is an equality in disguise."""

Subject = frozenset[tuple[int, Fraction]]
"""What is compared: the terms of a sum, by order, with coefficients whose first is 1."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum of terms with coefficients, and a constant."""

    parts: Mapping[Term, Fraction]
    constant: Fraction


@dataclass(frozen=True, slots=True)
class Comparison:
    """`terms`, with coefficients that make the first 1, against a literal: equal to it, at most it, or at least it."""

    terms: Mapping[Term, Fraction]
    is_equality: bool
    lowest: Fraction | None
    highest: Fraction | None

    @property
    def subject(self) -> Subject:
        return frozenset((term.order, coefficient) for term, coefficient in self.terms.items())

    @property
    def value(self) -> Fraction:
        found = self.lowest if self.lowest is not None else self.highest
        assert found is not None
        return found


def linear(*signed: tuple[int, Term]) -> Linear:
    """The sum of terms, each with its sign; linear in the operands of the sums it is made of."""
    parts: dict[Term, Fraction] = {}
    constant = Fraction(0)
    stack = [(Fraction(sign), term) for sign, term in signed]
    while stack:
        factor, term = stack.pop()
        if term.op is Op.CONST:
            constant += factor * number(term)
        elif term.op is Op.ADD:
            stack.extend((factor, arg) for arg in term.args)
        elif term.op is Op.NEG:
            stack.append((-factor, term.args[0]))
        elif term.op is Op.MUL and len(term.args) == 2 and term.args[0].op is Op.CONST:
            stack.append((factor * number(term.args[0]), term.args[1]))
        else:
            parts[term] = parts.get(term, Fraction(0)) + factor
    return Linear({term: factor for term, factor in parts.items() if factor}, constant)


def comparison(node: Term, *, negated: bool = False) -> Comparison | None:
    """The node, or its negation, as a comparison of numbers with a literal; None where it is none.

    A relation of two numbers that vary, such as `nonce == old_nonce + 1`, is none: its coefficients differ in sign.
    """
    if node.op is Op.NOT:
        return comparison(node.args[0], negated=not negated)
    if node.op not in (Op.EQ, Op.LT, Op.LE) or node.args[0].sort not in (Sort.INT, Sort.RATIONAL):
        return None
    form = linear((1, node.args[0]), (-1, node.args[1]))
    if not form.parts or len({factor > 0 for factor in form.parts.values()}) > 1:
        return None
    scale = form.parts[min(form.parts, key=lambda term: term.order)]
    terms = {term: factor / scale for term, factor in form.parts.items()}
    value = -form.constant / scale
    if node.op is Op.EQ:
        return None if negated else Comparison(terms, True, value, value)
    is_whole = all(term.sort is Sort.INT and factor.denominator == 1 for term, factor in terms.items())
    at_most = (scale > 0) is not negated
    is_strict = (node.op is Op.LT) is not negated
    if is_whole:
        value = Fraction(ceil(value) - 1 if is_strict else floor(value)) if at_most else _next(value, is_strict)
    elif is_strict:
        # An open end of an interval of rationals is never the only value in it.
        return Comparison(terms, False, None if at_most else value, value if at_most else None)
    return Comparison(terms, False, None if at_most else value, value if at_most else None)


def _next(value: Fraction, is_strict: bool) -> Fraction:
    return Fraction(floor(value) + 1 if is_strict else ceil(value))


@dataclass(slots=True)
class LiteralTests:
    """Decides, for one program, which comparisons single out a value. `work` counts operands looked at."""

    program: Program
    work: int = 0
    _by_term: dict[Term, Variable] = field(default_factory=dict)
    _has_time: bool = False

    def __post_init__(self) -> None:
        self._by_term = {each.term: each for each in self.program.variables}
        self._has_time = any(self._is_integer_named(term, "Timestamp") for term in self._by_term)

    def singles_out(self, node: Term) -> bool:
        """Whether a node is true of, or false of, only one value or a few that lie together: an equality with a literal
        or both ends of an interval narrower than NARROW units."""
        match node.op:
            case Op.EQ:
                found = comparison(node)
                return found is not None and not self._is_ordinary(found)
            case Op.AND:
                return _has_orders(node.args) and self._is_narrow(comparison(arg) for arg in node.args)
            case Op.OR:
                return _has_orders(node.args) and self._is_narrow(comparison(arg, negated=True) for arg in node.args)
            case Op.ITE:
                return self._has_narrow_gap(node)
            case _:
                return False

    def compares_time(self, node: Term) -> bool:
        """Whether a node orders a point in time against a literal."""
        if not self._has_time or node.op not in (Op.LT, Op.LE):
            return False
        found = comparison(node)
        return found is not None and any(self._is_integer_named(term, "Timestamp") for term in found.terms)

    def _is_integer_named(self, term: Term, name: str) -> bool:
        variable = self._by_term.get(term)
        return variable is not None and isinstance(variable.type, Integer) and variable.type.name == name

    def _is_ordinary(self, found: Comparison) -> bool:
        """Zero stands for none, the end of a range makes an equality an ordering, and a status may decide."""
        if found.value == 0:
            return True
        if len(found.terms) != 1:
            return False
        (term,) = found.terms
        variable = self._by_term.get(term)
        if variable is not None:
            cells = (Role.OLD_CELL, Role.NEW_CELL)
            if variable.role in cells and self._is_integer_named(term, "Status"):
                return True
            return found.value in bounds_of(variable.type)
        if term.op is Op.MOD and term.args[1].op is Op.CONST:
            return found.value == number(term.args[1]) - 1
        return False

    def _is_narrow(self, found: Iterable[Comparison | None]) -> bool:
        lowest: dict[Subject, Fraction] = {}
        highest: dict[Subject, Fraction] = {}
        for each in found:
            self.work += 1
            if each is None or each.is_equality:
                continue
            subject = each.subject
            if each.lowest is not None:
                lowest[subject] = max(each.lowest, lowest.get(subject, each.lowest))
            if each.highest is not None:
                highest[subject] = min(each.highest, highest.get(subject, each.highest))
            low, high = lowest.get(subject), highest.get(subject)
            if low is not None and high is not None and 0 <= high - low < self._narrow(each, low, high):
                return True
        return False

    def _narrow(self, found: Comparison, low: Fraction, high: Fraction) -> Fraction:
        """Below which width an interval is narrow: of rationals one value only, of money in units of its asset.

        Zero for an interval that ends where the type does, as that is an ordering, and for the number zero.
        """
        first = next(iter(found.terms))
        variable = self._by_term.get(first) if len(found.terms) == 1 else None
        if variable is not None:
            minimum, maximum = bounds_of(variable.type)
            if (minimum is not None and low <= minimum) or (maximum is not None and high >= maximum):
                return Fraction(0)
        if low == high == 0:
            return Fraction(0)
        if first.sort is Sort.RATIONAL:
            return Fraction(1, 10**30)
        scale = next((each.scale for each in map(self._by_term.get, found.terms) if each and _is_money(each)), 0)
        return Fraction(NARROW * 10**scale)

    def _has_narrow_gap(self, node: Term) -> bool:
        """Whether the condition of a choice and that of a choice right inside it leave a narrow interval together."""
        for branch, is_other in ((node.args[1], False), (node.args[2], True)):
            if branch.op is Op.ITE:
                outer = _conjuncts(node.args[0], negated=is_other)
                for inner in (False, True):
                    if self._is_narrow([*outer, *_conjuncts(branch.args[0], negated=inner)]):
                        return True
        return False


def _has_orders(parts: tuple[Term, ...]) -> bool:
    """Whether there are two orderings among some conditions, denied or not: an interval has two ends."""
    bare = (part.args[0] if part.op is Op.NOT else part for part in parts)
    return sum(part.op in (Op.LT, Op.LE) for part in bare) > 1


def _conjuncts(condition: Term, *, negated: bool) -> list[Comparison | None]:
    parts = condition.args if condition.op is (Op.OR if negated else Op.AND) else (condition,)
    return [comparison(each, negated=negated) for each in parts]


def _is_money(variable: Variable) -> bool:
    return isinstance(variable.type, Money)
