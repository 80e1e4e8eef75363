"""Conclusions from inequalities: whether one follows from those known, and whether those known exclude one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aethel.intent.terms import Op
from aethel.security.intervals import Number
from aethel.security.knowledge import Contradiction, Knowledge
from aethel.security.linear import Fact, Form

MOST_STEPS = 48
"""Inequalities that are tried for one conclusion; ordinary conclusions need two or three."""

MOST_BRANCHES = 4
"""Inequalities that are tried at one place, those that leave least to show first."""

MOST_CANCELLED = 2
"""Atoms of one goal that are made to vanish, those first that keep it farthest from being shown."""

DEEPEST_CHOICE = 3
"""Conditional values of one form that are told apart by cases."""


def follows(knowledge: Knowledge, form: Form, *, strict: bool = False, depth: int = DEEPEST_CHOICE) -> bool:
    """Whether a form is shown never to be negative, nor zero where `strict`; raises Exhausted.

    Inequalities that are known are taken from it, each as often as makes an atom vanish, until what is left is bounded
    by intervals; where that fails, the cases of a conditional value in it are looked at one by one.
    """
    fact = knowledge.forms.fact(form, strict=strict)
    try:
        return _Search(knowledge).shows(fact) or _by_cases(knowledge, form, strict, depth)
    except Contradiction:
        return True


def _by_cases(knowledge: Knowledge, form: Form, strict: bool, depth: int) -> bool:
    forms = knowledge.forms
    chosen = next((atom for atom in form.coefficients if forms.atoms[atom].op is Op.ITE), None)
    if chosen is None or depth == 0:
        return False
    condition, then, other = forms.atoms[chosen].args
    for wanted, value in ((True, then), (False, other)):
        case = knowledge.fork()
        try:
            case.assume(condition, wanted)
            case.assume_all(())
        except Contradiction:
            continue
        coefficient = form.coefficients[chosen]
        replaced = form.plus(Form({chosen: 1}, 0), -coefficient).plus(forms.of(value), coefficient)
        if not follows(case, replaced, strict=strict, depth=depth - 1):
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Goal:
    """What is left to show: that the form is not negative, nor zero where `strict`.

    The form is `scale` times as large as the one asked about. `unbounded` atoms of it have no bound on the side that
    counts; where none is, it is at least minus `missing`.
    """

    form: Form
    strict: bool
    scale: int
    unbounded: int
    missing: Number

    @property
    def is_shown(self) -> bool:
        return self.unbounded == 0 and (self.missing < 0 or (self.missing == 0 and not self.strict))

    @property
    def distance(self) -> tuple[int, Number]:
        """How far it is from being shown."""
        return self.unbounded, self.missing // self.scale

    @property
    def key(self) -> tuple[frozenset[tuple[int, Number]], Number, bool]:
        return frozenset(self.form.coefficients.items()), self.form.constant, self.strict


class _Search:
    """One conclusion: no goal is looked at twice, and none that is farther from being shown than the one before."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._seen: set[tuple[frozenset[tuple[int, Number]], Number, bool]] = set()

    def shows(self, wanted: Fact) -> bool:
        """Whether what is wanted follows."""
        return self._reaches(self._goal(wanted.form, wanted.strict, 1))

    def _reaches(self, goal: _Goal) -> bool:
        if goal.is_shown:
            return True
        if len(self._seen) >= MOST_STEPS:
            return False
        self._seen.add(goal.key)
        rests = sorted(self._rests(goal), key=_distance)
        return any(self._reaches(rest) for rest in rests[:MOST_BRANCHES] if rest.key not in self._seen)

    def _rests(self, goal: _Goal) -> Iterator[_Goal]:
        """What is left after taking away an inequality that makes an atom vanish which stands in the way."""
        form = goal.form
        for atom in self._worst(form):
            mine = form.coefficients[atom]
            for fact in self._knowledge.facts_with(atom):
                theirs = fact.form.coefficients[atom]
                if (mine > 0) is not (theirs > 0):
                    continue
                if mine == theirs:
                    rest, scale = form.plus(fact.form, -1), goal.scale
                else:
                    factor = _magnitude(theirs)
                    rest, scale = form.times(factor).plus(fact.form, -_magnitude(mine)), goal.scale * _ceiling(factor)
                made = self._goal(rest, goal.strict and not fact.strict, scale)
                if made.is_shown or made.distance <= goal.distance:
                    yield made

    def _worst(self, form: Form) -> list[int]:
        """The atoms by which the form is lowest: those without a bound, then those that take away most."""
        taken: list[tuple[bool, Number, int]] = []
        for atom, coefficient in form.coefficients.items():
            found = self._knowledge.interval_of(atom)
            end = found.low if coefficient > 0 else found.high
            if end is None:
                taken.append((False, 0, atom))
            elif (part := coefficient * end) < 0:
                taken.append((True, part, atom))
        return [atom for *_, atom in sorted(taken)[:MOST_CANCELLED]]

    def _goal(self, form: Form, strict: bool, scale: int) -> _Goal:
        unbounded, missing = 0, -form.constant
        for atom, coefficient in form.coefficients.items():
            found = self._knowledge.interval_of(atom)
            end = found.low if coefficient > 0 else found.high
            if end is None:
                unbounded += 1
            else:
                missing -= coefficient * end
        self._knowledge.work.charge(1 + len(form.coefficients))
        return _Goal(form, strict, scale, unbounded, missing)


def _distance(goal: _Goal) -> tuple[int, Number]:
    return goal.distance


def _magnitude(value: Number) -> Number:
    return value if value > 0 else -value


def _ceiling(value: Number) -> int:
    return -(-value // 1)


def excluded(knowledge: Knowledge) -> bool:
    """Whether the inequalities are shown to exclude one another; raises Exhausted."""
    if _has_cycle(knowledge):
        return True
    for form in knowledge.unequal:
        if follows(knowledge, form, depth=0) and follows(knowledge, form.times(-1), depth=0):
            return True
    others = [fact for fact in knowledge.facts if not _is_difference(fact.form)]
    return any(follows(knowledge, fact.form.times(-1), strict=not fact.strict, depth=0) for fact in others)


def _is_difference(form: Form) -> bool:
    return len(form.coefficients) == 2 and set(form.coefficients.values()) == {1, -1}


def _has_cycle(knowledge: Knowledge) -> bool:
    """Whether differences and intervals bound an atom by less than itself (Bellman and Ford).

    An edge from `x` to `y` of length `c` says that `y - x <= c`; a strict edge counts as shorter by an infinitesimal,
    which is the second number of a length.
    """
    edges = list(_edges(knowledge))
    distances: dict[int, tuple[Number, int]] = {end: (0, 0) for edge in edges for end in edge[:2]}
    for _ in range(len(distances)):
        changed = False
        knowledge.work.charge(len(edges))
        for start, end, length, strict in edges:
            base = distances[start]
            reached = (base[0] + length, base[1] - strict)
            if reached < distances[end]:
                distances[end], changed = reached, True
        if not changed:
            return False
    return bool(distances)


_ZERO = -1
"""The node that stands for the number zero."""


def _edges(knowledge: Knowledge) -> Iterator[tuple[int, int, Number, int]]:
    atoms: set[int] = set()
    for fact in knowledge.facts:
        if _is_difference(fact.form):
            (up,) = (atom for atom, coefficient in fact.form.coefficients.items() if coefficient == 1)
            (down,) = (atom for atom, coefficient in fact.form.coefficients.items() if coefficient == -1)
            atoms |= {up, down}
            yield up, down, fact.form.constant, int(fact.strict)
    for atom in sorted(atoms):
        low, high = knowledge.interval(knowledge.forms.atoms[atom])
        if high is not None:
            yield _ZERO, atom, high, 0
        if low is not None:
            yield atom, _ZERO, -low, 0
