"""A claim made short: what the guards already say is left out, each time only after the solver has shown it."""

from __future__ import annotations

from collections.abc import Sequence

from aethel.intent.terms import Op, Sort, Term, Terms, in_order
from aethel.prover.alarm import Alarm
from aethel.prover.limits import REPAIR_BUDGET, REPAIR_QUERY_BUDGET, REPAIR_SPLITS, REPAIR_TERMS
from aethel.prover.solver import ProgramSolver, Query, Status
from aethel.prover.substitution import Substitution

_RELATIONS = frozenset({Op.EQ, Op.LT, Op.LE, Op.IS_INT})


class TooMuch(Exception):
    """A claim that is too large to be made short."""


class Assumed:
    """What a program assumes, and what follows from it within an allowance of solver work.

    Methods raise DeadlinePassed and Unmodelled.
    """

    def __init__(self, solver: ProgramSolver, terms: Terms, assumptions: tuple[Term, ...]) -> None:
        self._solver = solver
        self._terms = terms
        self._assumptions = assumptions
        self._left = REPAIR_BUDGET

    def gives(self, claim: Term, context: Sequence[Term] = ()) -> bool:
        """Whether the claim is proved from the assumptions and the context; false where that is not known."""
        claim = self._terms.implies(self._terms.and_(*context), claim)
        return claim is self._terms.true or self._status(claim) is Status.UNSATISFIABLE

    def allows(self, *further: Term) -> bool:
        """Whether the assumptions and more are shown to be satisfiable together."""
        return self._status(self._terms.not_(self._terms.and_(*further))) is Status.SATISFIABLE

    def _status(self, denied: Term) -> Status:
        if self._left <= 0:
            return Status.UNDECIDED
        answer = self._solver.decide(Query(self._assumptions, denied), REPAIR_QUERY_BUDGET)
        self._left -= answer.work
        return answer.status


class Simplifier:
    """Shortens conditions that are equal under the assumptions; `split` takes choices of numbers apart."""

    def __init__(self, assumed: Assumed, terms: Terms, alarm: Alarm, *, split: bool) -> None:
        self._assumed = assumed
        self._terms = terms
        self._alarm = alarm
        self._splits = REPAIR_SPLITS if split else 0

    def simplified(self, claim: Term) -> Term:
        """A condition that the assumptions make equal to the claim; raises TooMuch for one that is not short."""
        _refuse_large(claim)
        return self._simplify(claim, ())

    def _simplify(self, term: Term, context: tuple[Term, ...]) -> Term:
        terms = self._terms
        match term.op:
            case Op.AND | Op.OR:
                return self._junction(term, context)
            case Op.NOT if term.args[0].op in (Op.AND, Op.OR):
                inner = term.args[0]
                join = terms.or_ if inner.op is Op.AND else terms.and_
                return self._simplify(join(*(terms.not_(arg) for arg in inner.args)), context)
            case Op.CONST:
                return term
            case _:
                return self._atom(term, context)

    def _junction(self, term: Term, context: tuple[Term, ...]) -> Term:
        """Each part where the others hold, or for alternatives where they do not; the longest parts go first."""
        terms = self._terms
        every = term.op is Op.AND
        parts = list(term.args)
        for index in sorted(range(len(parts)), key=lambda each: (-_size(parts[each]), each)):
            others = [part for at, part in enumerate(parts) if at != index]
            beside = others if every else [terms.not_(part) for part in others]
            parts[index] = self._simplify(parts[index], (*context, *beside))
        return terms.and_(*parts) if every else terms.or_(*parts)

    def _atom(self, atom: Term, context: tuple[Term, ...]) -> Term:
        if self._assumed.gives(atom, context):
            return self._terms.true
        if self._assumed.gives(self._terms.not_(atom), context):
            return self._terms.false
        choices = _choices(atom)
        for choice in choices:
            condition, then, other = choice.args
            for branch, holds in ((then, condition), (other, self._terms.not_(condition))):
                if self._assumed.gives(holds, context):
                    return self._atom(self._replaced(atom, choice, branch), context)
        if not choices or self._splits == 0:
            return atom
        self._splits -= 1
        return self._simplify(self._taken_apart(atom, choices[0]), context)

    def _taken_apart(self, atom: Term, choice: Term) -> Term:
        terms = self._terms
        condition, then, other = choice.args
        return terms.and_(
            terms.implies(condition, self._replaced(atom, choice, then)),
            terms.or_(condition, self._replaced(atom, choice, other)),
        )

    def _replaced(self, atom: Term, choice: Term, branch: Term) -> Term:
        return Substitution({}, self._alarm, self._terms, {choice: branch}).of(atom)


def _choices(atom: Term) -> list[Term]:
    """The choices of numbers or identities in an atom, inner ones first."""
    return [node for node in in_order(atom) if node.op is Op.ITE and node.sort is not Sort.BOOL]


def _size(term: Term) -> int:
    return sum(1 for _ in in_order(term))


def _refuse_large(claim: Term) -> None:
    """Refuse what would be long when written out, shared terms counted wherever they stand."""
    sizes: dict[Term, int] = {}
    for node in in_order(claim):
        sizes[node] = min(1 + sum(sizes[arg] for arg in node.args), REPAIR_TERMS + 1)
    if sizes[claim] > REPAIR_TERMS:
        raise TooMuch
