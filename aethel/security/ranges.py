"""What numbers and conditions of one program can be: an interval for each term, a truth where it is the same always."""

from __future__ import annotations

from aethel.intent.terms import Op, Sort, Term, in_order, number
from aethel.security import intervals
from aethel.security.identities import Identities
from aethel.security.intervals import ALL, Interval, Number, meet, point
from aethel.security.linear import Form, Forms, Work

_DIVISIONS = (Op.FLOOR_DIV, Op.CEIL_DIV, Op.HALF_EVEN_DIV, Op.EXACT_DIV, Op.MOD)
_COMPARISONS = (Op.EQ, Op.LT, Op.LE)


class Ranges:
    """The range of every term, as narrow as what is known so far makes it. Every method may raise Exhausted."""

    def __init__(self, forms: Forms, work: Work) -> None:
        self.forms = forms
        self.work = work
        self.identities = Identities()
        self._known: dict[int, Interval] = {}
        self._assumed: dict[int, bool] = {}
        self.unequal: list[Form] = []
        self._intervals: dict[int, Interval] = {}
        self._truths: dict[int, bool | None] = {}
        self._done: set[int] = set()

    def interval(self, term: Term) -> Interval:
        """An interval that holds every value of a numeric term."""
        self._evaluate(term)
        return self._intervals[term.order]

    def interval_of(self, atom: int) -> Interval:
        """The interval of an atom of a form."""
        found = self._intervals.get(atom)
        return found if found is not None else self.interval(self.forms.atoms[atom])

    def truth(self, term: Term) -> bool | None:
        """Whether a condition always holds, never holds, or neither is known."""
        self._evaluate(term)
        return self._truths[term.order]

    def span_of(self, form: Form) -> Interval:
        """An interval that holds every value of a form."""
        low: Number | None = form.constant
        high: Number | None = form.constant
        for atom, coefficient in form.coefficients.items():
            found = self.interval_of(atom)
            first, last = (found.low, found.high) if coefficient > 0 else (found.high, found.low)
            low = None if low is None or first is None else low + coefficient * first
            high = None if high is None or last is None else high + coefficient * last
        self.work.charge(len(form.coefficients))
        return Interval(low, high)

    def is_nonzero(self, term: Term) -> bool:
        """Whether a number is known not to be zero, also where its interval holds zero."""
        form = self.forms.of(term)
        if not self.span_of(form).contains(0):
            return True
        return any(form in (other, other.times(-1)) for other in self.unequal)

    def settled(self) -> None:
        """Forget what was evaluated before the last assumption, so that what follows is as narrow as can be."""
        self._intervals.clear()
        self._truths.clear()
        self._done.clear()

    def _evaluate(self, root: Term) -> None:
        if root.order in self._done:
            return
        for node in in_order(root, done=self._done):
            self.work.charge(1 + len(node.args) + (node.bits >> 10))
            if node.sort is Sort.BOOL:
                self._truths[node.order] = self._truth_of(node)
            elif node.sort is not Sort.IDENTITY:
                self._intervals[node.order] = self._interval_of(node)
            self._done.add(node.order)

    def _interval_of(self, node: Term) -> Interval:
        found = self._computed(node)
        known = self._known.get(node.order)
        if known is not None:
            found = meet(found, known)
        # An empty interval says that nothing is admitted, which is for what assumes to find.
        return ALL if found.is_empty else found

    def _computed(self, node: Term) -> Interval:
        args = [self._intervals[arg.order] for arg in node.args if arg.sort is not Sort.BOOL]
        match node.op:
            case Op.CONST:
                return point(number(node))
            case Op.ADD:
                total = args[0]
                for part in args[1:]:
                    total = intervals.add(total, part)
                return total
            case Op.NEG:
                return intervals.negate(args[0])
            case Op.MUL if len(args) == 2 and node.args[0] is node.args[1]:
                return intervals.square(args[0])
            case Op.MUL:
                total = args[0]
                for part in args[1:]:
                    total = intervals.multiply(total, part)
                return total
            case Op.ITE:
                return self._choice(node, args[0], args[1])
            case op if op in _DIVISIONS:
                whole = node.args[1].sort is Sort.INT
                return intervals.divide(op, args[0], args[1], nonzero=whole and self.is_nonzero(node.args[1]))
            case _:
                return ALL

    def _choice(self, node: Term, then: Interval, other: Interval) -> Interval:
        condition, first, second = node.args
        chosen = self._truths[condition.order]
        if chosen is not None:
            return then if chosen else other
        negated = condition.op is Op.NOT
        inner = condition.args[0] if negated else condition
        if inner.op is Op.LE and inner.args == (first, second):
            return intervals.greatest_of(then, other) if negated else intervals.least_of(then, other)
        return intervals.join(then, other)

    def _truth_of(self, node: Term) -> bool | None:
        assumed = self._assumed.get(node.order)
        if assumed is not None:
            return assumed
        truths = [self._truths[arg.order] for arg in node.args] if node.op in (Op.AND, Op.OR, Op.NOT) else []
        match node.op:
            case Op.CONST:
                return bool(node.value)
            case Op.NOT:
                return None if truths[0] is None else not truths[0]
            case Op.AND:
                return False if False in truths else None if None in truths else True
            case Op.OR:
                return True if True in truths else None if None in truths else False
            case op if op in _COMPARISONS:
                return self._compared(node)
            case _:
                return None

    def _compared(self, node: Term) -> bool | None:
        left, right = node.args
        if left.sort is Sort.IDENTITY:
            return None if Op.ITE in (left.op, right.op) else self.identities.equal(left, right)
        if left.sort is Sort.BOOL:
            first, second = self._truths[left.order], self._truths[right.order]
            return None if first is None or second is None else first is second
        form = self.forms.difference(node)
        low, high = self.span_of(form)
        if node.op is Op.EQ:
            if low == 0 == high:
                return True
            excluded = not Interval(low, high).contains(0) or form in self.unequal
            return False if excluded else None
        strict = node.op is Op.LT
        if low is not None and (low > 0 or (low == 0 and not strict)):
            return True
        return False if high is not None and (high < 0 or (high == 0 and strict)) else None
