"""On which variables the terms of a lifted program depend, and where its literals would make it nonlinear."""

from __future__ import annotations

from collections.abc import Iterator

from aethel.intent.program import Program
from aethel.intent.skeleton_literals import literal_number
from aethel.intent.terms import Op, Term, in_order

_QUOTIENTS = frozenset({Op.FLOOR_DIV, Op.CEIL_DIV, Op.HALF_EVEN_DIV, Op.EXACT_DIV, Op.MOD})


class Dependence:
    """The variables below each term, as bits: those of literals, and those of names."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._bits: dict[str, int] = {}
        self._literals = 0
        for position, variable in enumerate(program.variables):
            self._bits[variable.name] = 1 << position
            if literal_number(variable.name):
                self._literals |= 1 << position
        self._below: dict[int, int] = {}
        self._varies: dict[int, bool] = {}

    def literals(self, *terms: Term) -> frozenset[int]:
        """The numbers of the literals below the terms."""
        below = 0
        for term in terms:
            below |= self._of(term)
        below &= self._literals
        return frozenset(literal_number(name) for name, bit in self._bits.items() if below & bit)

    def on_literals_alone(self, term: Term) -> bool:
        """Whether the term has a value as soon as the literals have."""
        return not self._of(term) & ~self._literals

    def nonlinear(self) -> frozenset[int]:
        """Literals that must be constants for the program to be linear in all others.

        In a product of two variables, or a quotient by one, these are the literals that are factors or divisors by
        themselves; where there are none, all in it. Fixing some may bring more to light.
        """
        found: frozenset[int] = frozenset()
        for node in in_order(*_roots(self._program)):
            if self._of(node) & self._literals:
                found |= self._coefficients(node)
        return found

    def _coefficients(self, node: Term) -> frozenset[int]:
        factors: tuple[Term, ...] = ()
        if node.op is Op.MUL:
            factors = tuple(arg for arg in node.args if arg.op is not Op.CONST)
        elif node.op in _QUOTIENTS and self._of(node.args[1]):
            factors = node.args
            if self._of(node.args[1]) & self._literals:
                return self.literals(node.args[1])
        if len(factors) < 2:
            return frozenset()
        alone = [factor for factor in factors if self._of(factor) and self.on_literals_alone(factor)]
        return self.literals(*(alone or factors))

    def surely_varies(self, term: Term) -> bool:
        """Whether no values of literals can make the term a constant: a name always counts in it.

        False is not certain: it is also said of terms that are too intricate to tell.
        """
        for node in in_order(term, done=self._varies):
            self._varies[node.order] = self._node_varies(node)
        return self._varies[term.order]

    def _node_varies(self, node: Term) -> bool:
        if not self._of(node) & self._literals:
            return node.op is not Op.CONST
        match node.op:
            case Op.NEG:
                return self._varies[node.args[0].order]
            case Op.MUL:
                return all(arg.op is Op.CONST or self._varies[arg.order] for arg in node.args)
            case Op.ITE:
                return self._varies[node.args[1].order] and self._varies[node.args[2].order]
            case Op.ADD:
                return self._sum_varies(node)
            case _ if node.op in _QUOTIENTS:
                return node.args[1].op is Op.CONST and self._varies[node.args[0].order]
            case _:
                return False

    def _sum_varies(self, node: Term) -> bool:
        """A sum varies with a summand that no literal touches, if none that one touches could take it away.

        Like summands are joined, so those that no literal touches cannot cancel one another; and a literal or a rounded
        quotient cancels nothing but its like.
        """
        free = [arg for arg in node.args if not self._of(arg) & self._literals]
        touched = 0
        for arg in node.args:
            if self._of(arg) & self._literals and _multiplied(arg).op not in (Op.VAR, *_QUOTIENTS):
                touched |= self._of(arg)
        return any(self._of(arg) & ~touched for arg in free)

    def _of(self, term: Term) -> int:
        for node in in_order(term, done=self._below):
            below = self._bits[str(node.value)] if node.op is Op.VAR else 0
            for arg in node.args:
                below |= self._below[arg.order]
            self._below[node.order] = below
        return self._below[term.order]


def _multiplied(term: Term) -> Term:
    """What a summand is a multiple of."""
    if term.op is Op.NEG:
        term = term.args[0]
    return term.args[1] if term.op is Op.MUL and len(term.args) == 2 and term.args[0].op is Op.CONST else term


def _roots(program: Program) -> Iterator[Term]:
    for condition in (*program.guards, *program.requires, *program.posts):
        yield from (condition.term, condition.path)
    for cell in program.cells:
        yield from (cell.before, cell.after)
    for store in program.stores:
        yield from (store.path, store.value)
    for divisor in program.divisors:
        yield from (divisor.term, divisor.path, divisor.reached)
    for transfer in program.transfers:
        yield from (transfer.path, transfer.amount)
    for issue in program.issues:
        yield from (issue.path, issue.delta)
