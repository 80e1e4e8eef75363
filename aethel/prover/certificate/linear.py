"""Terms as polynomials over atoms: variables, and what is not polynomial, where equal arguments give one atom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import lcm
from typing import assert_never

from aethel.intent.terms import Op, Sort, Term, in_order, number
from aethel.prover.certificate.polynomial import (
    Number,
    Polynomial,
    Powers,
    Relation,
    Row,
    constant,
    frozen,
    product,
    tightened,
    total,
)

Spend = Callable[[int], None]


class AtomKind(Enum):
    """What an atom stands for. Of an OPAQUE one nothing is known but that equal arguments give equal values."""

    VARIABLE = "variable"
    FLOOR = "floor"
    CHOICE = "choice"
    OPAQUE = "opaque"


@dataclass(frozen=True, slots=True)
class Atom:
    """`term` is the first that brought it up, a FLOOR as its `place`-th; `exact` is what a FLOOR is the floor of."""

    kind: AtomKind
    term: Term
    is_whole: bool
    exact: Polynomial | None = None
    place: int = 0


_Key = tuple[object, ...]


class Linear:
    """Translates the terms of one program, each distinct node once. `spend` is told the coefficients touched.

    The variables in `given` are taken as these numbers.
    """

    def __init__(self, spend: Spend, given: Mapping[str, Number] = {}) -> None:
        self.atoms: list[Atom] = []
        self._given = given
        self.spend = spend
        self._numbered: dict[_Key, int] = {}
        self._texts: dict[str, int] = {}
        self._numbers: dict[Term, Polynomial] = {}
        self._comparisons: dict[tuple[Term, bool], Row | None] = {}

    def number(self, term: Term) -> Polynomial:
        """The polynomial of a number, or of an identity: distinct numbers stand for distinct texts."""
        found = self._numbers.get(term)
        if found is None:
            for node in in_order(term):
                if node not in self._numbers and node.sort is not Sort.BOOL:
                    made = self._numbers[node] = self._polynomial(node)
                    self.spend(1 + len(made))
            found = self._numbers[term]
        return found

    def nonlinear_variables(self) -> tuple[str, ...]:
        """Variables that leave what came up linear where they are known: divisors, and all but one in a product."""
        found: dict[int, None] = {}
        for atom in self.atoms:
            if atom.kind is AtomKind.OPAQUE:
                found.update((inner, None) for powers in self.number(atom.term.args[1]) for inner in powers)
        for value in list(self._numbers.values()):
            for powers in value:
                open_atoms = [atom for atom in powers if atom not in found]
                found.update((atom, None) for atom in open_atoms[1:])
        named = (self.atoms[atom] for atom in found)
        return tuple(str(atom.term.value) for atom in named if atom.kind is AtomKind.VARIABLE)

    def identity(self, value: Number) -> str:
        """The text that a number stands for where identities are meant; a text of its own where it is none known."""
        known = {number: text for text, number in self._texts.items()}
        if value in known:
            return known[int(value)]
        shown = f"identity {value}"
        while shown in self._texts:
            shown += "'"
        return shown

    def whole(self, value: Polynomial) -> bool:
        """Whether every atom in it is whole."""
        return all(self.atoms[atom].is_whole for powers in value for atom in powers)

    def row(self, value: Polynomial, relation: Relation) -> Row:
        """The tightened row."""
        self.spend(len(value))
        return tightened(value, relation, is_whole=self.whole(value))

    def comparison(self, term: Term, truth: bool) -> Row | None:
        """What a comparison of numbers or identities says where it is true or false; None for `!=`."""
        if (term, truth) not in self._comparisons:
            self._comparisons[term, truth] = self._compared(term, truth)
        return self._comparisons[term, truth]

    def _compared(self, term: Term, truth: bool) -> Row | None:
        match term.op:
            case Op.IS_INT:
                exact = self.number(term.args[0])
                floor = self._floor(term, exact, 0)
                return self.row(total([(1, floor), (-1, exact)]), Relation.EQUAL if truth else Relation.BELOW)
            case Op.EQ if not truth:
                return None
            case Op.EQ:
                return self.row(self.difference(term), Relation.EQUAL)
            case _:
                relation = Relation.AT_MOST if truth is (term.op is Op.LE) else Relation.BELOW
                left, right = term.args if truth else reversed(term.args)
                return self.row(total([(1, self.number(left)), (-1, self.number(right))]), relation)

    def difference(self, term: Term) -> Polynomial:
        """Left less right."""
        return total([(1, self.number(term.args[0])), (-1, self.number(term.args[1]))])

    def choice(self, atom: int, truth: bool) -> Row:
        """What a choice is where its condition is true or false."""
        term = self.atoms[atom].term
        chosen = self.number(term.args[1 if truth else 2])
        return self.row(total([(1, self.number(term)), (-1, chosen)]), Relation.EQUAL)

    def around(self, atom: int) -> tuple[Row, Row]:
        """That a floor is at most what it is the floor of, and that this is less than one above it."""
        found = self.atoms[atom]
        assert found.exact is not None
        beside = total([(1, {(atom,): 1}), (-1, found.exact)])
        return self.row(beside, Relation.AT_MOST), self.row(total([(-1, beside), (1, constant(-1))]), Relation.BELOW)

    def _polynomial(self, node: Term) -> Polynomial:
        match node.op:
            case Op.CONST:
                if isinstance(node.value, str):
                    return constant(self._texts.setdefault(node.value, len(self._texts)))
                return constant(number(node))
            case Op.VAR if node.value in self._given:
                return constant(self._given[str(node.value)])
            case Op.VAR:
                return self._atom(("variable", node.value), AtomKind.VARIABLE, node, node.sort is not Sort.RATIONAL)
            case Op.ADD:
                return total([(1, self._numbers[arg]) for arg in node.args])
            case Op.NEG:
                return total([(-1, self._numbers[node.args[0]])])
            case Op.MUL:
                result = constant(1)
                for arg in node.args:
                    result = product(result, self._numbers[arg])
                return result
            case Op.ITE:
                then, other = self._numbers[node.args[1]], self._numbers[node.args[2]]
                scale = lcm(*(part.denominator for value in (then, other) for part in value.values()))
                if scale != 1:
                    then, other = total([(scale, then)]), total([(scale, other)])
                key = ("ite", node.args[0], frozen(then), frozen(other))
                is_whole = self._integral(then) and self._integral(other)
                chosen = self._atom(key, AtomKind.CHOICE, node, is_whole)
                return total([(Fraction(1, scale), chosen)]) if scale != 1 else chosen
            case Op.FLOOR_DIV | Op.CEIL_DIV | Op.HALF_EVEN_DIV | Op.EXACT_DIV | Op.MOD:
                return self._quotient(node, self._numbers[node.args[0]], self._numbers[node.args[1]])
            case Op.EQ | Op.LT | Op.LE | Op.AND | Op.OR | Op.NOT | Op.IS_INT:
                raise AssertionError("a truth value is no number")
            case _:
                assert_never(node.op)

    def _quotient(self, node: Term, left: Polynomial, right: Polynomial) -> Polynomial:
        if set(right) != {()}:
            is_whole = node.op in (Op.FLOOR_DIV, Op.CEIL_DIV, Op.HALF_EVEN_DIV)
            is_whole = is_whole or (node.op is Op.MOD and self._integral(left) and self._integral(right))
            return self._atom((node.op, frozen(left), frozen(right)), AtomKind.OPAQUE, node, is_whole)
        divisor = right[()]
        exact = total([(1 / Fraction(divisor), left)])
        if node.op is Op.EXACT_DIV:
            return exact
        if node.op is Op.HALF_EVEN_DIV:
            # Halves go to the even neighbour in floor(x/2 + 1/4) + ceil(x/2 - 1/4).
            quarter = constant(Fraction(1, 4))
            low = self._floor(node, total([(Fraction(1, 2), exact), (1, quarter)]), 0)
            return total([(1, low), (-1, self._floor(node, total([(Fraction(-1, 2), exact), (1, quarter)]), 1))])
        if node.op is Op.CEIL_DIV:
            return total([(-1, self._floor(node, total([(-1, exact)]), 0))])
        floor = self._floor(node, exact, 0)
        return total([(1, left), (-divisor, floor)]) if node.op is Op.MOD else floor

    def _floor(self, node: Term, exact: Polynomial, place: int) -> Polynomial:
        key = ("floor", frozen(exact))
        if key not in self._numbered:
            self.atoms.append(Atom(AtomKind.FLOOR, node, True, exact, place))
            self._numbered[key] = len(self.atoms) - 1
        return {(self._numbered[key],): 1}

    def _atom(self, key: _Key, kind: AtomKind, node: Term, is_whole: bool) -> Polynomial:
        if key not in self._numbered:
            self.atoms.append(Atom(kind, node, is_whole))
            self._numbered[key] = len(self.atoms) - 1
        return {(self._numbered[key],): 1}

    def _integral(self, value: Polynomial) -> bool:
        return all(part.denominator == 1 for part in value.values()) and self.whole(value)


def valued(value: Polynomial, found: Callable[[Powers], Number]) -> Number:
    """The value of a polynomial where `found` gives that of each monomial."""
    return sum((part * found(powers) if powers else part) for powers, part in value.items())
