"""Linear forms of numeric terms: sums of atoms with exact coefficients, and inequalities over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor, gcd, lcm

from aethel.intent.terms import Op, Sort, Term, number
from aethel.security.intervals import Number

LONGEST_FORM = 48
"""Atoms of one form; a longer sum is an atom itself, so that no text makes forms of forms without bound."""


class Exhausted(Exception):
    """The analysis used up the work it may do."""


@dataclass(slots=True)
class Work:
    """What an analysis may still do, in nodes and operands looked at."""

    limit: int
    spent: int = 0

    def charge(self, amount: int) -> None:
        """Count work; raises Exhausted where there is none left."""
        self.spent += amount
        if self.spent > self.limit:
            raise Exhausted


@dataclass(frozen=True, slots=True)
class Form:
    """`constant` plus each atom, named by the order of its term, times its coefficient, which is not zero."""

    coefficients: Mapping[int, Number]
    constant: Number

    def plus(self, other: Form, factor: Number = 1) -> Form:
        """This form and `factor` times the other."""
        merged = dict(self.coefficients)
        for atom, coefficient in other.coefficients.items():
            total = merged.get(atom, 0) + factor * coefficient
            if total == 0:
                del merged[atom]
            else:
                merged[atom] = total
        return Form(merged, self.constant + factor * other.constant)

    def times(self, factor: Number) -> Form:
        """`factor`, which is not zero, times this form."""
        return Form({atom: factor * each for atom, each in self.coefficients.items()}, factor * self.constant)


@dataclass(frozen=True, slots=True)
class Fact:
    """The form is not negative, and not zero either where `strict`."""

    form: Form
    strict: bool


class Forms:
    """The forms of the terms of one program; `atoms` has the term of each atom. Raises Exhausted."""

    def __init__(self, work: Work) -> None:
        self.atoms: dict[int, Term] = {}
        self._forms: dict[int, Form] = {}
        self._work = work

    def of(self, term: Term) -> Form:
        """The form of a numeric term."""
        found = self._forms.get(term.order)
        if found is None:
            found = self._made(term)
            if len(found.coefficients) > LONGEST_FORM:
                found = self._atom(term)
            self._forms[term.order] = found
        return found

    def difference(self, comparison: Term) -> Form:
        """The right side of a comparison less its left side."""
        found = self._forms.get(comparison.order)
        if found is None:
            left, right = comparison.args
            found = self.of(right).plus(self.of(left), -1)
            self._work.charge(len(found.coefficients))
            self._forms[comparison.order] = found
        return found

    def fact(self, form: Form, *, strict: bool) -> Fact:
        """That a form is not negative; over whole numbers as tight as these allow."""
        if any(self.atoms[atom].sort is not Sort.INT for atom in form.coefficients):
            return Fact(form, strict)
        scale = lcm(*(each.denominator for each in form.coefficients.values()))
        whole = {atom: int(each * scale) for atom, each in form.coefficients.items()}
        divisor = gcd(*whole.values()) or 1
        exact = Fraction(form.constant * scale) / divisor
        constant = floor(exact)
        if strict and exact == constant:
            constant -= 1
        return Fact(Form({atom: each // divisor for atom, each in whole.items()}, constant), strict=False)

    def _made(self, term: Term) -> Form:
        self._work.charge(1 + len(term.args))
        match term.op:
            case Op.CONST:
                return Form({}, number(term))
            case Op.NEG:
                return self.of(term.args[0]).times(-1)
            case Op.MUL if len(term.args) == 2 and term.args[0].op is Op.CONST:
                return self.of(term.args[1]).times(number(term.args[0]))
            case Op.ADD:
                return self._sum(term)
            case _:
                return self._atom(term)

    def _sum(self, term: Term) -> Form:
        coefficients: dict[int, Number] = {}
        constant: Number = 0
        for arg in term.args:
            part = self.of(arg)
            constant += part.constant
            for atom, each in part.coefficients.items():
                coefficients[atom] = coefficients.get(atom, 0) + each
        return Form({atom: each for atom, each in coefficients.items() if each != 0}, constant)

    def _atom(self, term: Term) -> Form:
        self.atoms[term.order] = term
        return Form({term.order: 1}, 0)
