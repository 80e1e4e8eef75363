"""Terms as formulas of the solver, over mathematical integers and reals.

Identities are integers that are only ever compared for equality; a divisor of zero gives 0, as in evaluation, so that
a formula and the term it encodes have one value wherever every variable has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

import z3

from aethel.intent.terms import Op, Sort, Term, in_order, number
from aethel.prover import scaled
from aethel.prover.alarm import Alarm
from aethel.prover.limits import NODES_PER_LOOK
from aethel.prover.rounding import ROUNDINGS, by_constant, by_sign, floor
from aethel.prover.scaled import Scaled
from aethel.prover.stops import Unmodelled


class Encoder:
    """Encodes the terms of one program in one solver context (`z3.Context`), each distinct node once.

    `names` gives every variable its name in the solver, so that an author's spelling never steers it. `literals`
    gives each known identity the integer that stands for it.
    """

    def __init__(self, context: Any, names: Mapping[str, str], alarm: Alarm) -> None:
        self.context = context
        self.literals: dict[str, int] = {}
        self._names = names
        self._alarm = alarm
        self._truths: dict[Term, Any] = {}
        self._numbers: dict[Term, Scaled] = {}
        self._identities: dict[Term, Any] = {}
        self._quotients: dict[tuple[Op, Term, Term], tuple[Scaled, list[Any]]] = {}
        self._definitions: dict[Term, list[Any]] = {}
        self._fresh = 0

    def formula(self, term: Term) -> Any:
        """The formula of a BOOL term; raises DeadlinePassed and Unmodelled."""
        if term not in self._truths:
            for count, node in enumerate(in_order(term), 1):
                if count % NODES_PER_LOOK == 0:
                    self._alarm.look()
                self._encode(node)
        return self._truths[term]

    def definitions(self, terms: Iterable[Term]) -> list[Any]:
        """What ties the fresh unknowns below these encoded terms to their meaning; never a restriction."""
        if not self._definitions:
            return []
        lists = {id(made): made for node in in_order(*terms) if (made := self._definitions.get(node)) is not None}
        return [formula for made in lists.values() for formula in made]

    def unknown(self, variable: Term) -> Any:
        """The solver's unknown for a variable."""
        self._encode(variable)
        match variable.sort:
            case Sort.BOOL:
                return self._truths[variable]
            case Sort.INT | Sort.RATIONAL:
                return self._numbers[variable].numerator
            case Sort.IDENTITY:
                return self._identities[variable]
            case _:
                assert_never(variable.sort)

    def _encode(self, node: Term) -> None:
        match node.sort:
            case Sort.BOOL:
                if node not in self._truths:
                    self._truths[node] = self._truth(node)
            case Sort.IDENTITY:
                if node not in self._identities:
                    self._identities[node] = self._identity(node)
            case Sort.INT | Sort.RATIONAL:
                if node not in self._numbers:
                    self._numbers[node] = self._number(node)
            case _:
                assert_never(node.sort)

    def _truth(self, node: Term) -> Any:
        args = node.args
        match node.op:
            case Op.CONST:
                return z3.BoolVal(node.value is True, self.context)
            case Op.VAR:
                return z3.Bool(self._names[str(node.value)], self.context)
            case Op.AND:
                return z3.And(*(self._truths[arg] for arg in args))
            case Op.OR:
                return z3.Or(*(self._truths[arg] for arg in args))
            case Op.NOT:
                return z3.Not(self._truths[args[0]])
            case Op.EQ:
                return self._equal(args[0], args[1])
            case Op.LT:
                left, right = self._compared(args[0], args[1])
                return left < right
            case Op.LE:
                left, right = self._compared(args[0], args[1])
                return left <= right
            case Op.IS_INT:
                return self._is_whole(node, self._numbers[args[0]])
            case _:
                raise Unmodelled(f"the operator `{node.op.value}` with a truth value")

    def _equal(self, left: Term, right: Term) -> Any:
        match left.sort:
            case Sort.BOOL:
                return self._truths[left] == self._truths[right]
            case Sort.IDENTITY:
                return self._identities[left] == self._identities[right]
            case Sort.INT | Sort.RATIONAL:
                first, second = self._compared(left, right)
                return first == second
            case _:
                assert_never(left.sort)

    def _compared(self, left: Term, right: Term) -> tuple[Any, Any]:
        (first, second), _ = scaled.on_one_denominator([self._numbers[left], self._numbers[right]])
        return first, second

    def _is_whole(self, node: Term, value: Scaled) -> Any:
        """n / d is whole exactly where it equals its floor, a fresh unknown."""
        below = self._whole_unknown()
        self._definitions[node] = by_constant(floor, value.numerator, value.denominator, below)
        return value.numerator == value.denominator * below

    def _identity(self, node: Term) -> Any:
        match node.op:
            case Op.CONST:
                position = self.literals.setdefault(str(node.value), len(self.literals))
                return z3.IntVal(position, self.context)
            case Op.VAR:
                return z3.Int(self._names[str(node.value)], self.context)
            case Op.ITE:
                condition, then, other = node.args
                return z3.If(self._truths[condition], self._identities[then], self._identities[other])
            case _:
                raise Unmodelled(f"the operator `{node.op.value}` with an identity")

    def _number(self, node: Term) -> Scaled:
        match node.op:
            case Op.CONST:
                return scaled.constant(number(node), self.context)
            case Op.VAR:
                make = z3.Int if node.sort is Sort.INT else z3.Real
                return Scaled(make(self._names[str(node.value)], self.context), 1, 1)
            case Op.ADD:
                return scaled.total([self._numbers[arg] for arg in node.args])
            case Op.MUL:
                return scaled.product([self._numbers[arg] for arg in node.args])
            case Op.NEG:
                return scaled.negated(self._numbers[node.args[0]])
            case Op.ITE:
                condition, then, other = node.args
                return scaled.chosen(self._truths[condition], self._numbers[then], self._numbers[other])
            case Op.FLOOR_DIV | Op.CEIL_DIV | Op.HALF_EVEN_DIV:
                return self._quotient(node, node.op)
            case Op.MOD:
                return self._remainder(node)
            case Op.EXACT_DIV:
                return self._ratio(node)
            case _:
                raise Unmodelled(f"the operator `{node.op.value}` with a number")

    def _quotient(self, node: Term, op: Op) -> Scaled:
        """The rounded quotient of the node's operands, a fresh whole unknown; `/` and `%` of the same ones share it."""
        left, right = node.args
        if (op, left, right) not in self._quotients:
            operands = [self._numbers[left], self._numbers[right]]
            (dividend, divisor), denominator = scaled.on_one_denominator(operands)
            made, rounding = self._whole_unknown(), ROUNDINGS[op]
            known = int(number(right) * denominator) if right.op is Op.CONST else 0
            if known != 0:
                defined = by_constant(rounding, dividend, known, made)
            else:
                defined = by_sign(rounding, dividend, divisor, made)
            self._quotients[op, left, right] = (Scaled(made, 1, 1), defined)
        quotient, self._definitions[node] = self._quotients[op, left, right]
        return quotient

    def _remainder(self, node: Term) -> Scaled:
        """a − b·⌊a/b⌋, so with the divisor's sign."""
        left, right = (self._numbers[arg] for arg in node.args)
        quotient = self._quotient(node, Op.FLOOR_DIV)
        remainder = scaled.total([left, scaled.negated(scaled.product([right, quotient]))])
        return scaled.chosen(right.numerator == 0, scaled.constant(0, self.context), remainder)

    def _ratio(self, node: Term) -> Scaled:
        """The exact quotient by an unknown: a fresh real that times the divisor is the dividend."""
        dividend, divisor = self._compared(*node.args)
        made = z3.Real(self._fresh_name(), self.context)
        self._definitions[node] = [
            z3.Implies(divisor != 0, divisor * made == dividend),
            z3.Implies(divisor == 0, made == 0),
        ]
        return Scaled(made, 1, 1)

    def _whole_unknown(self) -> Any:
        return z3.Int(self._fresh_name(), self.context)

    def _fresh_name(self) -> str:
        self._fresh += 1
        return f"q{self._fresh}"
