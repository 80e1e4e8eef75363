"""What the assumptions of an obligation say of its atoms: truths that are settled, and linear equations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from aethel.intent.terms import Op, Term, Value
from aethel.ledger.polynomial import ONE, Algebra, Polynomial, constant_polynomial, scaled
from aethel.ledger.translation import Translation


@dataclass(slots=True)
class Facts:
    """Consequences of assumptions, each sound by itself: using fewer of them proves less and never anything false.

    `truths` replaces atoms that are settled by 1 or 0; `solved` replaces variables, in order, by what they equal.
    `broken` is the first assumption that is false whatever is open.
    """

    algebra: Algebra
    truths: dict[int, Polynomial] = field(default_factory=dict)
    solved: list[tuple[int, Polynomial]] = field(default_factory=list)
    broken: Term | None = None

    def reduced(self, subject: Polynomial) -> Polynomial:
        """A polynomial equal to `subject` wherever the assumptions hold; zero if these facts show it to be zero."""
        subject = self.algebra.substituted(subject, self.truths)
        for variable, equal in self.solved:
            subject = self.algebra.substituted(subject, {variable: equal})
        return subject

    def assume(self, truth: Polynomial) -> None:
        """Settles what follows at once from `truth`, which is 1 or 0 whatever its atoms are, being 1.

        A product of truths is 1 where each of them is. `1 - a - b` is 1 where none of them is, as none is negative; no
        other sum of 1 and lone truths is always 1 or 0.
        """
        if len(truth) == 1 and ONE not in truth:
            (monomial,) = truth
            for atom, _ in monomial:
                self._hold(atom)
        elif truth.get(ONE) == 1:
            denied = [monomial for monomial in truth if monomial != ONE]
            if all(len(monomial) == 1 for monomial in denied):
                for monomial in denied:
                    self.truths.setdefault(monomial[0][0], {})

    def solve(self) -> None:
        """Turns each polynomial whose two signs are both denied into an equation for one of its variables."""
        for atom in list(self.algebra.atoms):
            opposite = atom.opposite
            if opposite is None or opposite < atom.index or atom.subject is None:
                continue
            if self.truths.get(atom.index) == {} and self.truths.get(opposite) == {}:
                self._solve(self.reduced(atom.subject))

    def _hold(self, index: int) -> None:
        self.truths.setdefault(index, constant_polynomial(1))
        opposite = self.algebra.atoms[index].opposite
        if opposite is not None:
            self.truths.setdefault(opposite, {})

    def _solve(self, zero: Polynomial) -> None:
        occurrences: dict[int, int] = {}
        for monomial in zero:
            for index, _ in monomial:
                occurrences[index] = occurrences.get(index, 0) + 1
        for monomial, coefficient in zero.items():
            if len(monomial) != 1 or monomial[0][1] != 1:
                continue
            index = monomial[0][0]
            if self.algebra.atoms[index].is_variable and occurrences[index] == 1:
                rest = {other: number for other, number in zero.items() if other != monomial}
                self.solved.append((index, scaled(rest, -1 / Fraction(coefficient))))
                return


def facts_of(translation: Translation, assumptions: Iterable[Term]) -> Facts:
    """The facts that `assumptions`, all true together, have; compound ones are taken apart."""
    facts = Facts(translation.algebra)
    for assumption in assumptions:
        for part, holds in _parts(assumption):
            truth = translation.polynomial(part)
            if not holds:
                truth = translation.algebra.sum((constant_polynomial(1), scaled(truth, -1)))
            if not truth and facts.broken is None:
                facts.broken = assumption
            facts.assume(truth)
    facts.solve()
    return facts


def settled(assumptions: Iterable[Term]) -> dict[str, Value]:
    """The values of the variables that an assumption equates with a constant, or is, or denies."""
    values: dict[str, Value] = {}
    for assumption in assumptions:
        for part, holds in _parts(assumption):
            if part.op is Op.VAR:
                values.setdefault(str(part.value), holds)
            elif part.op is Op.EQ and holds:
                for side, other in (part.args, part.args[::-1]):
                    if side.op is Op.VAR and other.op is Op.CONST and other.value is not None:
                        values.setdefault(str(side.value), other.value)
    return values


def _parts(assumption: Term) -> list[tuple[Term, bool]]:
    """What an assumption says: each term with whether it holds, where `and` joins them or `not` denies an `or`."""
    found: list[tuple[Term, bool]] = []
    waiting = [(assumption, True)]
    while waiting:
        part, holds = waiting.pop()
        if part.op is Op.NOT:
            waiting.append((part.args[0], not holds))
        elif part.op is (Op.AND if holds else Op.OR):
            waiting.extend((arg, holds) for arg in reversed(part.args))
        else:
            found.append((part, holds))
    return found
