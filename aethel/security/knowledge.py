"""What follows from assumptions about one program: intervals, truths and inequalities.

Everything known holds in every execution that satisfies what was assumed, so that what is concluded is so; what is not
concluded may be so or not. No solver is asked, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import ceil, floor

from aethel.intent.terms import Op, Sort, Term, Value, number
from aethel.security.intervals import ALL, Interval, Number, meet
from aethel.security.linear import Fact, Form, Forms, Work
from aethel.security.ranges import Ranges

_ROUNDED = (Op.FLOOR_DIV, Op.CEIL_DIV, Op.HALF_EVEN_DIV)

MOST_CHANGES = 8
"""Times the interval of one atom is narrowed while facts are added: inequalities that chase one another would narrow it
by one for ever."""

MOST_FACTS = 256
"""Inequalities that are kept; what is assumed beyond them still narrows intervals."""


class Contradiction(Exception):
    """What was assumed cannot all hold."""


class Knowledge(Ranges):
    """What holds wherever all assumptions do. Every method may raise Exhausted; those that assume, Contradiction."""

    def __init__(self, forms: Forms, work: Work) -> None:
        super().__init__(forms, work)
        self.facts: list[Fact] = []
        self._using: dict[int, list[int]] = {}
        self._changes: dict[int, int] = {}
        self._clauses: list[tuple[tuple[Term, ...], bool]] = []
        self._described: set[int] = set()

    def fork(self) -> Knowledge:
        """The same knowledge, to assume more; nothing of that is known here."""
        other = Knowledge(self.forms, self.work)
        self.work.charge(4 + (len(self._known) + len(self.facts) + len(self.identities.apart)) // 8)
        other.facts = list(self.facts)
        other.identities = self.identities.copy()
        other._using = {atom: list(found) for atom, found in self._using.items()}
        other._known = dict(self._known)
        other._assumed = dict(self._assumed)
        other._clauses = list(self._clauses)
        other.unequal = list(self.unequal)
        other._described = set(self._described)
        return other

    def facts_with(self, atom: int) -> Iterator[Fact]:
        """The inequalities in which an atom stands, what a quotient is by definition among them."""
        self._describe(self.forms.atoms[atom])
        for position in self._using.get(atom, ()):
            yield self.facts[position]

    def bound(self, term: Term, within: Interval) -> None:
        """Assume that a number lies in an interval."""
        self._narrow(term.order, within, term.sort is Sort.INT)

    def pin(self, term: Term, value: Value) -> None:
        """Assume that a variable has a value."""
        if isinstance(value, bool):
            self.assume(term, value)
        elif isinstance(value, str):
            known = self.identities.literal_of(term)
            if known not in (None, value):
                raise Contradiction
            self.identities.give(term, value)
        else:
            form = self.forms.of(term)
            self._learn(form.plus(Form({}, value), -1), strict=False)
            self._learn(Form({}, value).plus(form, -1), strict=False)

    def separate(self, pairs: Iterable[tuple[Term, Term]]) -> None:
        """Assume that the identities of each pair are different ones."""
        for first, second in pairs:
            self.identities.separate(first, second)

    def assume_all(self, terms: Iterable[Term]) -> None:
        """Assume conditions, and what follows from choices of which all but one are excluded."""
        for term in terms:
            self.assume(term)
        for _ in range(3):
            self.settled()
            clauses, self._clauses = self._clauses, []
            for args, wanted in clauses:
                self._choose(args, wanted)
            if len(clauses) == len(self._clauses):
                break
        for atom in tuple(self._known):
            if atom in self.forms.atoms:
                self._describe(self.forms.atoms[atom])
        self.settled()

    def assume(self, term: Term, wanted: bool = True) -> None:
        """Assume that a condition holds, or does not."""
        stack = [(term, wanted)]
        while stack:
            node, value = stack.pop()
            if self._assumed.get(node.order) is value:
                continue
            self.work.charge(1 + len(node.args))
            if self._assumed.get(node.order) is not None or (node.op is Op.CONST and node.value is not value):
                raise Contradiction
            self._assumed[node.order] = value
            match node.op:
                case Op.NOT:
                    stack.append((node.args[0], not value))
                case Op.AND | Op.OR if (node.op is Op.AND) is value:
                    stack.extend((arg, value) for arg in reversed(node.args))
                case Op.AND | Op.OR:
                    self._clauses.append((node.args, value))
                case Op.EQ | Op.LT | Op.LE:
                    self._compare(node, value)
                case _:
                    pass

    def _choose(self, args: tuple[Term, ...], wanted: bool) -> None:
        """Assume what a choice leaves: at least one argument is as wanted."""
        possible = [arg for arg in args if self.truth(arg) is not (not wanted) and self._admits(arg, wanted)]
        if not possible:
            raise Contradiction
        if len(possible) == 1:
            self.assume(possible[0], wanted)
        else:
            self._clauses.append((args, wanted))

    def _admits(self, term: Term, wanted: bool) -> bool:
        """Whether a condition of several parts does not contradict what is known, as far as intervals tell."""
        if term.op not in (Op.AND, Op.OR, Op.NOT):
            return True
        case = self.fork()
        try:
            case.assume(term, wanted)
        except Contradiction:
            return False
        return True

    def _compare(self, node: Term, value: bool) -> None:
        left, right = node.args
        if left.sort is Sort.IDENTITY:
            self._identify(left, right, value)
            return
        if left.sort is Sort.BOOL:
            for one, other in ((left, right), (right, left)):
                if (known := self.truth(one)) is not None:
                    self.assume(other, known is value)
            return
        form = self.forms.difference(node)
        if node.op is not Op.EQ:
            # What is not below is not above the other way round.
            self._learn(form if value else form.times(-1), strict=(node.op is Op.LT) is value)
        elif value:
            self._learn(form, strict=False)
            self._learn(form.times(-1), strict=False)
        else:
            self._differ(form)

    def _identify(self, left: Term, right: Term, value: bool) -> None:
        if Op.ITE in (left.op, right.op):
            return
        if self.identities.equal(left, right) is (not value):
            raise Contradiction
        if value:
            self.work.charge(len(self.identities.apart) // 8)
            self.identities.unite(left, right)
        else:
            self.identities.separate(left, right)

    def _differ(self, form: Form) -> None:
        """Assume that a form is not zero: an end of the interval of a lone whole atom moves by one."""
        self.unequal.append(form)
        if not form.coefficients and form.constant == 0:
            raise Contradiction
        if len(form.coefficients) == 1:
            ((atom, coefficient),) = form.coefficients.items()
            excluded = Fraction(-form.constant) / coefficient
            found = self._known_of(atom)
            if self.forms.atoms[atom].sort is Sort.INT and excluded.denominator == 1:
                low = found.low + 1 if found.low is not None and found.low == excluded else None
                high = found.high - 1 if found.high is not None and found.high == excluded else None
                self._narrow(atom, Interval(low, high), whole=True)

    def _learn(self, form: Form, *, strict: bool) -> None:
        fact = self.forms.fact(form, strict=strict)
        coefficients = fact.form.coefficients
        self.work.charge(len(coefficients))
        if not coefficients:
            if fact.form.constant < 0 or (fact.strict and fact.form.constant == 0):
                raise Contradiction
            return
        if len(coefficients) == 1 and fact.strict and fact.form.constant == 0:
            self.unequal.append(Form(dict.fromkeys(coefficients, 1), 0))
        if len(self.facts) < MOST_FACTS and (len(coefficients) > 1 or fact.strict):
            for atom in coefficients:
                self._using.setdefault(atom, []).append(len(self.facts))
            self.facts.append(fact)
        self._propagate(fact)

    def _propagate(self, first: Fact) -> None:
        """Narrow what inequalities bound, until nothing changes or often enough."""
        pending: set[int] = set()
        form = first.form
        while True:
            self._bound_by(form, pending)
            if not pending:
                return
            form = self.facts[pending.pop()].form

    def _bound_by(self, form: Form, pending: set[int]) -> None:
        """Narrow the atoms of one inequality; `pending` gets the others that these stand in."""
        self.work.charge(len(form.coefficients))
        highest = self._highest_parts(form)
        unbounded = sum(part is None for part in highest.values())
        if unbounded > 1:
            return
        total = form.constant + sum(part for part in highest.values() if part is not None)
        for atom, coefficient in form.coefficients.items():
            own = highest[atom]
            if unbounded == 1 and own is not None:
                continue
            limit = -(total - (own or 0))
            bound = limit if coefficient == 1 else -limit if coefficient == -1 else Fraction(limit) / coefficient
            within = Interval(bound, None) if coefficient > 0 else Interval(None, bound)
            if self._narrow(atom, within, self.forms.atoms[atom].sort is Sort.INT):
                pending.update(self._using.get(atom, ()))

    def _highest_parts(self, form: Form) -> dict[int, Number | None]:
        parts: dict[int, Number | None] = {}
        for atom, coefficient in form.coefficients.items():
            found = self._known_of(atom)
            end = found.high if coefficient > 0 else found.low
            parts[atom] = None if end is None else coefficient * end
        return parts

    def _known_of(self, atom: int) -> Interval:
        known = self._known.get(atom)
        return known if known is not None else self.interval(self.forms.atoms[atom])

    def _narrow(self, order: int, within: Interval, whole: bool) -> bool:
        """Whether this narrowed the interval, so that what depends on it should be looked at again."""
        if whole:
            within = Interval(
                None if within.low is None else ceil(within.low), None if within.high is None else floor(within.high)
            )
        found = self._known.get(order) or self._intervals.get(order) or ALL
        narrowed = meet(found, within)
        if narrowed.is_empty:
            raise Contradiction
        self._known[order] = narrowed
        if narrowed == found:
            return False
        if order in self._intervals:
            self._intervals[order] = narrowed
        self._changes[order] = self._changes.get(order, 0) + 1
        return self._changes[order] <= MOST_CHANGES

    def _describe(self, atom: Term) -> None:
        """Learn what a quotient by a positive constant is, unless that is known."""
        if atom.order in self._described or atom.op not in _ROUNDED or atom.args[1].op is not Op.CONST:
            return
        self._described.add(atom.order)
        divisor = number(atom.args[1])
        if divisor <= 0:
            return
        over = self.forms.of(atom.args[0]).plus(Form({atom.order: 1}, 0), -divisor)
        below, above = {
            Op.FLOOR_DIV: (Fraction(0), Fraction(divisor)),
            Op.CEIL_DIV: (Fraction(-divisor), Fraction(0)),
            Op.HALF_EVEN_DIV: (Fraction(-divisor, 2), Fraction(divisor, 2)),
        }[atom.op]
        self._learn(over.plus(Form({}, -below)), strict=atom.op is Op.CEIL_DIV)
        self._learn(Form({}, above).plus(over, -1), strict=atom.op is Op.FLOOR_DIV)
