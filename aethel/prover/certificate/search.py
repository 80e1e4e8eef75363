"""The search for a proof: facts and rows of one branch, propagation, splits, and what each refutation rests on.

Every fact rests on the root or on one decision. A branch whose refutation does not use its decision stands for both
branches, so that proofs stay small where much that is assumed does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import floor

from aethel.intent.terms import Op, Sort, Term, Value
from aethel.prover.certificate.effort import Effort
from aethel.prover.certificate.limits import MAXIMUM_CUTS, MAXIMUM_DEPTH
from aethel.prover.certificate.linear import AtomKind, Linear, valued
from aethel.prover.certificate.polynomial import Polynomial, Relation, Row, constant, total
from aethel.prover.certificate.proof import Added, Case, Clash, Cut, Differ, Farkas, Named, Proof, Split
from aethel.prover.certificate.simplex import Simplex
from aethel.prover.certificate.stops import TooLargeToCertify
from aethel.prover.certificate.theory import LEAST, Refutation, Theory

_ROOT: frozenset[int] = frozenset()


class Open(Exception):
    """No proof: in some branch all facts and rows hold at these values, though atoms may not have what they mean."""

    def __init__(self, values: dict[str, Value]) -> None:
        super().__init__()
        self.values = values


@dataclass(frozen=True, slots=True)
class Refuted:
    """A proof that the branch is impossible, and the decisions it rests on."""

    proof: Proof
    decisions: frozenset[int]


_Propagated = tuple[int, Term, bool, Term]
"""A decision, the term that it makes true or false, and the term that clashes with the opposite."""


class Search:
    """Refutes that `assumptions` are true and `claim`, where given, is false."""

    def __init__(self, linear: Linear, effort: Effort, least: Fraction = LEAST) -> None:
        self._linear = linear
        self._effort = effort
        self._theory = Theory(linear, Simplex(effort.spend), least)
        self._facts: dict[Term, bool] = {}
        self._origins: dict[Term, frozenset[int]] = {}
        self._choices: dict[Term, None] = {}
        self._decisions = 0
        self._depth = 0

    def refute(self, assumptions: Sequence[Term], claim: Term | None) -> Proof:
        """The proof; raises Open, OutOfEffort and TooLargeToCertify."""
        stated = [(claim, False)] if claim is not None else []
        for term, truth in [*stated, *((each, True) for each in assumptions)]:
            refuted = self._state(term, truth, _ROOT)
            if refuted is not None:
                return refuted.proof
        return self._solve(0).proof

    def _solve(self, cuts: int) -> Refuted:
        propagated: list[_Propagated] = []
        refuted = self._propagate(propagated) or self._settle() or self._of(self._theory.check()) or self._branch(cuts)
        for decision, term, truth, clashing in reversed(propagated):
            if decision in refuted.decisions:
                others = self._clash(clashing, without=term).decisions
                clash = Clash(clashing)
                true, false = (refuted.proof, clash) if truth else (clash, refuted.proof)
                refuted = Refuted(Case(term, true, false), (refuted.decisions - {decision}) | others)
        return refuted

    def _propagate(self, propagated: list[_Propagated]) -> Refuted | None:
        """State what follows from a true or false term and all but one of its arguments, until nothing does."""
        progress = True
        while progress:
            progress = False
            for term in [each for each in self._choices if each.op in (Op.AND, Op.OR, Op.EQ)]:
                self._effort.spend(len(term.args))
                missing = self._missing(term)
                if missing is None or len(missing) > 1:
                    continue
                if not missing:
                    return self._clash(term)
                decision = self._decide()
                ((last, truth),) = missing
                propagated.append((decision, last, truth, term))
                refuted = self._state(last, truth, frozenset((decision,)))
                if refuted is not None:
                    return refuted
                progress = True
        return None

    def _missing(self, term: Term) -> list[tuple[Term, bool]] | None:
        """The arguments not known yet, with what would agree with the term; None where nothing is to be decided."""
        facts, truth = self._facts, self._facts.get(term)
        if truth is None or (term.op is Op.EQ and term.args[0].sort is not Sort.BOOL):
            return None
        if term.op is Op.EQ:
            known = [facts[arg] for arg in term.args if arg in facts]
            if len(known) == 2:
                return None if (known[0] == known[1]) is truth else []
            return [(arg, known[0] is truth if known else True) for arg in term.args if arg not in facts]
        wanted = term.op is Op.OR
        if truth is not wanted or any(facts.get(arg) is wanted for arg in term.args):
            return None
        return [(arg, wanted) for arg in term.args if arg not in facts]

    def _branch(self, cuts: int) -> Refuted:
        """Decide something that is open: a truth value, on which side of an inequation, between which integers."""
        for term in self._choices:
            self._effort.spend(1)
            if term.op is Op.EQ and term.args[0].sort is not Sort.BOOL:
                difference = self._linear.difference(term)
                if self._facts.get(term) is False and valued(difference, self._theory.value) == 0:
                    return self._differ(term, difference)
                continue
            missing = self._missing(term)
            if missing:
                return self._case(*missing[0])
        for atom in self._theory.atoms:
            condition = self._condition(atom)
            if condition is not None and condition not in self._facts:
                return self._case(condition, True)
        return self._between(cuts)

    def _between(self, cuts: int) -> Refuted:
        fractional = list(self._theory.fractional())
        if cuts < MAXIMUM_CUTS:
            for atom, _ in fractional:
                cut = self._theory.cut(atom)
                if cut is not None:
                    row = self._theory.summed(cut.rows)
                    if not _holds(row, self._theory):
                        return self._cut(cut, row, cuts + 1)
        for atom, value in fractional:
            term = self._linear.atoms[atom].term
            parts = {} if term.sort is Sort.BOOL else self._linear.number(term)
            if set(parts) == {(atom,)} and abs(parts[(atom,)]) == 1:
                return self._split(term, floor(value * parts[(atom,)]), parts, cuts)
        raise Open(self._values())

    def _case(self, term: Term, first: bool) -> Refuted:
        found: dict[bool, Refuted] = {}
        for truth in (first, not first):
            decision = self._decide()
            refuted = self._below(partial(self._state, term, truth, frozenset((decision,))), 0)
            if decision not in refuted.decisions:
                return refuted
            found[truth] = Refuted(refuted.proof, refuted.decisions - {decision})
        decisions = found[True].decisions | found[False].decisions
        return Refuted(Case(term, found[True].proof, found[False].proof), decisions)

    def _differ(self, term: Term, difference: Polynomial) -> Refuted:
        sides = (difference, total([(-1, difference)]))
        rows = [self._linear.row(side, Relation.BELOW) for side in sides]
        first, second = self._sides(rows, self._origins[term], 0)
        if second is None:
            return first[1]
        decisions = first[1].decisions | second[1].decisions | self._origins[term]
        return Refuted(Differ(term, first[0], first[1].proof, second[0], second[1].proof), decisions)

    def _split(self, term: Term, most: int, parts: Polynomial, cuts: int) -> Refuted:
        low = self._linear.row(total([(1, parts), (1, constant(-most))]), Relation.AT_MOST)
        high = self._linear.row(total([(-1, parts), (1, constant(most + 1))]), Relation.AT_MOST)
        first, second = self._sides([low, high], _ROOT, cuts)
        if second is None:
            return first[1]
        decisions = first[1].decisions | second[1].decisions
        proof = Split(most, ((1, term),), first[0], first[1].proof, second[0], second[1].proof)
        return Refuted(proof, decisions)

    def _sides(
        self, rows: list[Row], given: frozenset[int], cuts: int
    ) -> tuple[tuple[int, Refuted], tuple[int, Refuted] | None]:
        """Refute each row in turn; only the first where its refutation, or only the second's, does not use the row."""
        found: list[tuple[int, Refuted]] = []
        for row in rows:
            step = self._decide()
            refuted = self._below(partial(self._add, row, step, given | {step}), cuts)
            if step not in refuted.decisions:
                return (step, refuted), None
            found.append((step, Refuted(refuted.proof, refuted.decisions - {step})))
        return found[0], found[1]

    def _cut(self, cut: Refutation, row: Row, cuts: int) -> Refuted:
        step = self._decide()
        refuted = self._below(partial(self._add, row, step, frozenset((step,))), cuts)
        if step not in refuted.decisions:
            return refuted
        return Refuted(Cut(cut.rows, step, refuted.proof), (refuted.decisions - {step}) | cut.decisions)

    def _below(self, begin: Callable[[], Refuted | None], cuts: int) -> Refuted:
        """Refute a branch that begins with something stated, and take everything back."""
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise TooLargeToCertify(f"more than {MAXIMUM_DEPTH} branches within one another")
        marks = len(self._facts), len(self._choices), self._theory.mark()
        refuted = begin() or self._solve(cuts)
        facts, choices, rows = marks
        while len(self._facts) > facts:
            term, _ = self._facts.popitem()
            del self._origins[term]
        while len(self._choices) > choices:
            self._choices.popitem()
        self._theory.undo(rows)
        self._depth -= 1
        return refuted

    def _state(self, term: Term, truth: bool, origin: frozenset[int]) -> Refuted | None:
        """Take a term as true or false, and what is plain then; the refutation where that cannot be."""
        stack = [(term, truth)]
        while stack:
            node, holds = stack.pop()
            self._effort.spend(1)
            known = self._facts.get(node)
            if known is not None:
                if known is holds:
                    continue
                return Refuted(Clash(node), origin | self._origins[node])
            if node.op is Op.CONST:
                if node.value is holds:
                    continue
                return Refuted(Clash(node), origin)
            self._facts[node] = holds
            self._origins[node] = origin
            refuted = self._meaning(node, holds, origin, stack)
            if refuted is not None:
                return refuted
        return None

    def _meaning(
        self, node: Term, holds: bool, origin: frozenset[int], stack: list[tuple[Term, bool]]
    ) -> Refuted | None:
        if node.op is Op.NOT:
            stack.append((node.args[0], not holds))
        elif node.op is (Op.AND if holds else Op.OR):
            stack.extend((arg, holds) for arg in reversed(node.args))
        elif node.op in (Op.AND, Op.OR) or (node.op is Op.EQ and node.args[0].sort is Sort.BOOL):
            self._choices[node] = None
        elif node.op in (Op.EQ, Op.LT, Op.LE, Op.IS_INT):
            row = self._linear.comparison(node, holds)
            if row is not None:
                return self._of(self._theory.add(row, Named("true" if holds else "false", node), origin))
            self._choices[node] = None
            return self._of(self._theory.know(self._linear.difference(node)))
        return None

    def _add(self, row: Row, step: int, decisions: frozenset[int]) -> Refuted | None:
        return self._of(self._theory.add(row, Added(step), decisions))

    def _settle(self) -> Refuted | None:
        """Give every choice the value that it has where its condition is known."""
        settled = 0
        while settled < len(self._theory.atoms):
            for atom in list(self._theory.atoms)[settled:]:
                settled += 1
                condition = self._condition(atom)
                if condition is None or condition not in self._facts:
                    continue
                holds = self._facts[condition]
                source = Named("then" if holds else "else", self._linear.atoms[atom].term)
                if not self._theory.has(source):
                    row = self._linear.choice(atom, holds)
                    refuted = self._of(self._theory.add(row, source, self._origins[condition]))
                    if refuted is not None:
                        return refuted
        return None

    def _condition(self, atom: int) -> Term | None:
        found = self._linear.atoms[atom]
        return found.term.args[0] if found.kind is AtomKind.CHOICE else None

    def _of(self, refutation: Refutation | None) -> Refuted | None:
        return None if refutation is None else Refuted(Farkas(refutation.rows), refutation.decisions)

    def _clash(self, term: Term, without: Term | None = None) -> Refuted:
        known = [each for each in (term, *term.args) if each is not without]
        return Refuted(Clash(term), _ROOT.union(*(self._origins.get(each, _ROOT) for each in known)))

    def _decide(self) -> int:
        self._decisions += 1
        return self._decisions

    def _values(self) -> dict[str, Value]:
        """A value for every variable that came up; the numbers of identities are written as text."""
        values: dict[str, Value] = {}
        for term, truth in self._facts.items():
            if term.op is Op.VAR:
                values[str(term.value)] = truth
        for number, atom in enumerate(self._linear.atoms):
            if atom.kind is AtomKind.VARIABLE:
                value = self._theory.value((number,))
                named = self._linear.identity(value) if atom.term.sort is Sort.IDENTITY else value
                values[str(atom.term.value)] = named
        return values


def _holds(row: Row, theory: Theory) -> bool:
    value = valued(row.parts, theory.value) + row.free
    return value == 0 if row.relation is Relation.EQUAL else value <= 0
