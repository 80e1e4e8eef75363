"""Putting given values into terms: the same terms over the variables that are still open, constants folded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from aethel.intent.terms import Op, Term, Terms, TooLarge, Value, number
from aethel.prover.alarm import Alarm
from aethel.prover.limits import MAXIMUM_BITS, MAXIMUM_PARTS, NODES_PER_LOOK
from aethel.prover.stops import Unmodelled


class Substitution:
    """Rebuilds terms in a builder of its own, so that a program shared between questions is never written to.

    Where every variable is given, each term becomes the constant that `evaluate` gives. `replaced` has whole terms that
    become other ones of `terms`, the builder to go on with.
    """

    def __init__(
        self,
        values: Mapping[str, Value],
        alarm: Alarm,
        terms: Terms | None = None,
        replaced: Mapping[Term, Term] | None = None,
    ) -> None:
        self.terms = terms or Terms()
        self._values = values
        self._alarm = alarm
        self._rebuilt: dict[Term, Term] = dict(replaced or {})
        self._unlooked = NODES_PER_LOOK

    def of(self, term: Term) -> Term:
        """`term` with every given variable replaced by its value; equal terms give identical results.

        Work is linear in the distinct nodes not seen before. Raises DeadlinePassed, and Unmodelled for a constant
        of more than MAXIMUM_BITS.
        """
        rebuilt = self._rebuilt
        stack = [term]
        while stack:
            node = stack[-1]
            missing = [arg for arg in node.args if arg not in rebuilt]
            if missing and node not in rebuilt:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            if node not in rebuilt:
                try:
                    rebuilt[node] = self._rebuild(node)
                except TooLarge as error:
                    raise Unmodelled(str(error)) from None
                self._spend(1 + len(rebuilt[node].args))
        return rebuilt[term]

    def of_all(self, terms: Iterable[Term]) -> tuple[Term, ...]:
        """Each of the terms with the given values put in, in order."""
        return tuple(self.of(term) for term in terms)

    def _rebuild(self, node: Term) -> Term:
        terms = self.terms
        args = [self._rebuilt[arg] for arg in node.args]
        match node.op:
            case Op.CONST:
                assert node.value is not None
                return self._constant(node.value)
            case Op.VAR:
                name = str(node.value)
                value = self._values.get(name)
                return terms.var(name, node.sort) if value is None else self._constant(value)
            case Op.ADD | Op.MUL | Op.EXACT_DIV:
                return self._grow(node.op, args)
            case Op.NEG:
                return terms.neg(args[0])
            case Op.FLOOR_DIV | Op.CEIL_DIV | Op.HALF_EVEN_DIV | Op.MOD:
                return self._divide(node.op, args[0], args[1])
            case Op.ITE:
                return terms.ite(args[0], args[1], args[2])
            case _:
                return self._truth(node.op, args)

    def _truth(self, op: Op, args: list[Term]) -> Term:
        terms = self.terms
        match op:
            case Op.AND:
                return terms.and_(*args)
            case Op.OR:
                return terms.or_(*args)
            case Op.NOT:
                return terms.not_(args[0])
            case Op.EQ:
                return terms.eq(args[0], args[1])
            case Op.LT:
                return terms.lt(args[0], args[1])
            case Op.LE:
                return terms.le(args[0], args[1])
            case Op.IS_INT:
                return terms.is_int(args[0])
            case _:
                raise Unmodelled(f"the operator `{op.value}`")

    def _constant(self, value: Value) -> Term:
        if not isinstance(value, str) and _bits(value) > MAXIMUM_BITS:
            raise Unmodelled(f"a number of more than {MAXIMUM_BITS} bits")
        return self.terms.const(value)

    def _grow(self, op: Op, args: list[Term]) -> Term:
        """The operators whose result may be longer than each argument, refused before the work is done."""
        parts = [part for arg in args for part in (arg.args if arg.op is op else (arg,))]
        if len(parts) > MAXIMUM_PARTS:
            raise Unmodelled(f"a sum or product of more than {MAXIMUM_PARTS} parts")
        constants = [number(part) for part in parts if part.op is Op.CONST]
        if op is Op.ADD:
            longest = max((_bits(value) for value in constants), default=0)
            bits = longest + sum(Fraction(value).denominator.bit_length() - 1 for value in constants)
        else:
            bits = sum(_bits(value) for value in constants)
        if bits > 2 * MAXIMUM_BITS:
            raise Unmodelled(f"an intermediate number of more than {MAXIMUM_BITS} bits")
        match op:
            case Op.ADD:
                made = self.terms.add(*args)
            case Op.MUL:
                made = self.terms.mul(*args)
            case _:
                made = self._divide(op, args[0], args[1])
        if any(_bits(number(part)) > MAXIMUM_BITS for part in (made, *made.args) if part.op is Op.CONST):
            raise Unmodelled(f"a number of more than {MAXIMUM_BITS} bits")
        return made

    def _divide(self, op: Op, left: Term, right: Term) -> Term:
        """A zero divisor gives 0, as in evaluation: lowering makes every line false that would depend on it."""
        if right.op is Op.CONST and right.value == 0:
            return self.terms.const(0)
        return self.terms.divide(op, left, right)

    def _spend(self, parts: int) -> None:
        self._unlooked -= parts
        if self._unlooked < 0:
            self._alarm.look()
            self._unlooked = NODES_PER_LOOK


def _bits(value: int | Fraction) -> int:
    """Bits of the longer of numerator and denominator."""
    exact = Fraction(value)
    return max(exact.numerator.bit_length(), exact.denominator.bit_length())
