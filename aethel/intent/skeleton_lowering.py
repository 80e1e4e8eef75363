"""Lowering with literals lifted: the normal lowering, in which chosen number literals are variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from aethel.intent import syntax
from aethel.intent.canonical import digest_of
from aethel.intent.checking import Typed
from aethel.intent.definitions import Definition
from aethel.intent.limits import Limits
from aethel.intent.lowering import Lowered, Scales, constant_width
from aethel.intent.program import Program, Role, Variable
from aethel.intent.skeleton_dependence import Dependence
from aethel.intent.skeleton_literals import literal_name, literal_number
from aethel.intent.terms import Op, Sort, Term, number
from aethel.intent.transition import Transition
from aethel.intent.types import Integer, Money, Type


@dataclass(frozen=True, slots=True)
class Lifted:
    """A program over literals and what these must fulfil beside their ranges.

    Where some literals must be `fixed`, it is only good for telling which.
    """

    program: Program
    conditions: tuple[Term, ...]
    fixed: frozenset[int]


class LiftedTransition(Transition):
    """Lowers one intent with the number literals in `numbers` (by the identity of their nodes) as variables.

    A literal with d decimals is k/10**d for a whole variable k, so that everything that depends on how it is written
    stays as it is: types, scales, and where two literals divide exactly.
    """

    def __init__(
        self,
        typed: Typed,
        definitions: tuple[Definition, ...],
        scales: Scales,
        limits: Limits,
        numbers: Mapping[int, int],
    ) -> None:
        super().__init__(typed, definitions, scales, limits)
        self._numbers = numbers
        self._widths: dict[tuple[Term, tuple[int, int]], None] = {}

    def lifted(self) -> Lifted:
        """The lifted program; raises IntentError and TooLarge."""
        program = self.program()
        dependence = Dependence(program)
        fixed = dependence.nonlinear()
        if fixed:
            return Lifted(program, (), fixed)
        maxima: dict[str, int] = {}
        conditions: list[Term] = []
        for term, width in self._widths:
            if dependence.on_literals_alone(term):
                bounded = _bound(term, width)
                if bounded is None:
                    least, greatest = (self.terms.const(end) for end in width)
                    conditions += [self.terms.le(least, term), self.terms.le(term, greatest)]
                else:
                    name, maximum = bounded
                    maxima[name] = min(maximum, maxima.get(name, maximum))
            elif not dependence.surely_varies(term):
                # Some literals could make a constant of it, whose width would then be checked.
                fixed |= dependence.literals(term)
        variables = tuple(_bounded(variable, maxima, self.limits) for variable in program.variables)
        return Lifted(digest_of(replace(program, variables=variables)), tuple(dict.fromkeys(conditions)), fixed)

    def lower(self, node: syntax.Expression) -> Lowered:
        if isinstance(node, syntax.Number) and id(node) in self._numbers:
            return Lowered(self._literal(node, self._numbers[id(node)]), self.typed.of(node), node.decimals)
        return super().lower(node)

    def _literal(self, node: syntax.Number, numbered: int) -> Term:
        name = literal_name(numbered)
        term = self.terms.var(name, Sort.INT)
        if name not in self.variables:
            span = self.scope.source.span(node.start, node.end)
            self.variables[name] = Variable(name, Role.FREE, Integer(), term, 0, False, span)
        return self.terms.divide(Op.EXACT_DIV, term, self.terms.const(10**node.decimals))

    def convert(self, lowered: Lowered, target: Type, node: syntax.Expression, beside: Type | None = None) -> Lowered:
        """As for constants, whose width is checked here; that of literals is noted, to be checked with their values."""
        converted = super().convert(lowered, target, node, beside)
        width = constant_width(beside if isinstance(beside, Money | Integer) else target)
        numeric = converted.term.sort in (Sort.INT, Sort.RATIONAL)
        if width is not None and numeric and converted.term.op is not Op.CONST and not self.unreached:
            self._widths[converted.term, width] = None
        return converted


def expressions_of(intent: syntax.Intent) -> Iterator[syntax.Expression]:
    """Every whole expression of an intent, in the order of the text."""
    for line in intent.guard:
        yield line.value if isinstance(line, syntax.Binding) else line.condition
    for statement in intent.effect or ():
        yield from _of_statement(statement)
    for check in intent.verify:
        yield from _of_line(check)


def _of_statement(statement: syntax.Statement) -> Iterator[syntax.Expression]:
    match statement:
        case syntax.Assign(value=value):
            yield value
        case syntax.Transfer(amount=amount) | syntax.Issue(amount=amount):
            yield amount
        case syntax.Require(condition=condition):
            yield condition
        case syntax.Branch(condition=condition, then=then, other=other):
            yield condition
            for inner in (*then, *other):
                yield from _of_statement(inner)
        case syntax.For(body=body):
            for inner in body:
                yield from _of_statement(inner)


def _of_line(line: syntax.VerifyLine) -> Iterator[syntax.Expression]:
    yield line.condition
    if isinstance(line, syntax.CheckIf):
        for inner in (*line.then, *line.other):
            yield from _of_line(inner)


def _bound(term: Term, width: tuple[int, int]) -> tuple[str, int] | None:
    """The literal that a term is a multiple of, with its greatest value within the width; None for other terms."""
    limit = width[1]
    if term.op is Op.NEG:
        term, limit = term.args[0], -width[0]
    factor: int | Fraction = 1
    if term.op is Op.MUL and len(term.args) == 2 and term.args[0].op is Op.CONST:
        factor, term = number(term.args[0]), term.args[1]
    if term.op is not Op.VAR or factor <= 0 or limit < 0:
        return None
    return str(term.value), int(limit // factor)


def _bounded(variable: Variable, maxima: Mapping[str, int], limits: Limits) -> Variable:
    if not literal_number(variable.name):
        return variable
    written = 10**limits.literal_digits - 1
    return replace(variable, type=Integer(0, min(written, maxima.get(variable.name, written)), "Literal"))
