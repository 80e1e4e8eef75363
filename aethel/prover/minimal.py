"""Canonical counterexamples: each variable in turn gets the first value that leaves the rest satisfiable.

What results is defined by the formula alone, not by which model a solver happened to find: it is the first model in
the lexicographic order of `in_canonical_order`, each variable's values in the order its sort gives them.

- truth: false, true;
- whole numbers: 0, 1, −1, 2, −2, …;
- rationals: by the fewest decimals, then as the numerator over that power of ten is ordered as a whole number;
- identities: one of its own, then those of the identities before it, then the literals of the formula by their text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import z3

from aethel.intent.program import Program, Role, Variable
from aethel.intent.terms import Op, Sort, Term, in_order, variables
from aethel.prover.encode import Encoder
from aethel.prover.limits import MINIMAL_BOXES, MINIMAL_DECIMALS, MINIMAL_QUERY_BUDGET
from aethel.prover.model import Found, values_of


@dataclass(slots=True)
class Allowance:
    """Effort that is left for canonical values: `work` in solver resource units, `undecided` questions in number.

    `over` says whether the time for it has passed too.
    """

    work: int
    undecided: int
    over: Callable[[], bool]

    def spent(self) -> bool:
        """Whether no more question may be asked."""
        return self.work <= 0 or self.undecided <= 0 or self.over()


@dataclass(frozen=True, slots=True)
class Least:
    """A value for each variable; `minimal` where they are the canonical ones of a linear formula."""

    found: Found
    minimal: bool


def in_canonical_order(program: Program) -> tuple[Variable, ...]:
    """Parameters as declared, other names by their spelling, then cells before and cells that are arbitrary after.

    Cells go by the position of their account among the parameters, so that neither names nor the order of lines count.
    """
    declared = {parameter.name: index for index, parameter in enumerate(program.parameters)}
    owners = {cell.name: (cell.account or cell.name, cell.field) for cell in program.cells}

    def place(variable: Variable) -> tuple[int, int, str, str]:
        after_others = len(declared)
        match variable.role:
            case Role.PARAMETER | Role.FREE | Role.EXTERNAL:
                position = declared.get(variable.name, after_others)
                return 0, position, "" if position < after_others else variable.name, ""
            case Role.OLD_CELL | Role.NEW_CELL:
                owner, cell_field = owners[variable.name.partition(" ")[2]]
                position = declared.get(owner, after_others)
                when = 1 if variable.role is Role.OLD_CELL else 2
                return when, position, "" if position < after_others else owner, cell_field
            case _:
                assert_never(variable.role)

    return tuple(sorted(program.variables, key=place))


def is_linear(terms: Iterable[Term]) -> bool:
    """Whether no two unknowns are multiplied and none divides: then every question about the terms is decidable."""
    for node in in_order(*terms):
        match node.op:
            case Op.MUL if sum(arg.op is not Op.CONST for arg in node.args) > 1:
                return False
            case Op.FLOOR_DIV | Op.CEIL_DIV | Op.HALF_EVEN_DIV | Op.EXACT_DIV | Op.MOD:
                if node.args[1].op is not Op.CONST:
                    return False
            case _:
                pass
    return True


def canonical(
    solver: Any,
    encoder: Encoder,
    order: Sequence[Variable],
    terms: Sequence[Term],
    check: Callable[[int], tuple[Any, int]],
    allowance: Allowance,
) -> Least:
    """The canonical values of the satisfiable formula that `solver` (`z3.Solver`) holds and has just found a model of.

    `terms` are what it holds, `order` the variables in their order; a variable that does not occur gets its first
    value. `check` asks the solver within a budget and tells the work done. Where the allowance runs out, or the formula
    is not linear, the values are the best that were found and are not called minimal. Constraints stay in the solver.
    """
    search = _Search(solver, encoder, terms, check, allowance)
    linear = is_linear(terms)
    occurring = set(variables(*terms))
    chosen = [variable for variable in order if variable.name in occurring]
    if not linear:
        search.box(chosen)
    for variable in chosen:
        search.fix(variable)
    return Least(values_of(search.model, encoder, order), linear and search.complete)


class _Search:
    """Narrows the formula of a solver down to one model; `model` always satisfies what was fixed so far."""

    def __init__(
        self,
        solver: Any,
        encoder: Encoder,
        terms: Sequence[Term],
        check: Callable[[int], tuple[Any, int]],
        allowance: Allowance,
    ) -> None:
        self.model = solver.model()
        self.complete = True
        self._solver = solver
        self._encoder = encoder
        self._check = check
        self._allowance = allowance
        texts = {str(node.value) for node in in_order(*terms) if node.op is Op.CONST and node.sort is Sort.IDENTITY}
        self._literals = [self._literal(encoder.literals[text]) for text in sorted(texts)]
        self._identities: list[Any] = []
        self._numerators = 0

    def box(self, chosen: Iterable[Variable]) -> None:
        """Keep all numbers within the least of some bounds that allows it: bounded, a hard formula is easier."""
        numeric = [each.term for each in chosen if each.term.sort in (Sort.INT, Sort.RATIONAL)]
        unknowns = [self._encoder.unknown(term) for term in numeric]
        for bound in MINIMAL_BOXES:
            within = [constraint for unknown in unknowns for constraint in _within(unknown, bound)]
            if self._can(*within):
                self._solver.add(within)
                return

    def fix(self, variable: Variable) -> None:
        """Fix the variable at the first value that the rest allows, else at the one it has in the best model."""
        unknown = self._encoder.unknown(variable.term)
        match variable.term.sort:
            case Sort.BOOL:
                if z3.is_true(self._value(unknown)):
                    self._can(z3.Not(unknown))
                self._solver.add(unknown == self._value(unknown))
            case Sort.INT:
                self._whole(unknown)
            case Sort.RATIONAL:
                self._rational(unknown)
            case Sort.IDENTITY:
                self._identity(unknown)
            case _:
                assert_never(variable.term.sort)

    def _whole(self, unknown: Any) -> None:
        if self._number(unknown) != 0 and self._can(unknown == 0) is False:
            self._narrow(unknown)
        self._solver.add(unknown == self._number(unknown))

    def _narrow(self, unknown: Any) -> None:
        """Search for the least magnitude from both ends: above, where solvers like to stand; below, by doubling."""
        impossible, step = 0, 1
        while abs(self._number(unknown)) > impossible + 1:
            high = abs(self._number(unknown))
            if not self._can(*_within(unknown, high - 1)):
                break
            high = abs(self._number(unknown))
            middle = min(impossible + step, (impossible + high) // 2)
            if middle == impossible:
                break
            answer = self._can(*_within(unknown, middle))
            if answer is None:
                return
            if not answer:
                impossible, step = middle, 2 * step
        value = self._number(unknown)
        if value < 0:
            self._can(unknown == -value)

    def _rational(self, unknown: Any) -> None:
        found = self._value(unknown)
        for decimals in range(MINIMAL_DECIMALS + 1):
            numerator = self._numerator()
            tied = unknown * 10**decimals == z3.ToReal(numerator)
            answer = self._can(tied)
            if answer:
                self._solver.add(tied)
                self._whole(numerator)
                return
            if answer is None:
                break
            if decimals == 0 and z3.is_rational_value(found) and self._can(unknown != found) is False:
                # The only value there is, decimal or not.
                self._solver.add(unknown == found)
                return
        self.complete = False
        self._solver.add(unknown == self._value(unknown))

    def _identity(self, unknown: Any) -> None:
        """Of its own means: no literal that anything here names, and nobody before it."""
        others = [*map(self._literal, self._encoder.literals.values()), *self._identities]
        candidates = [
            [unknown != other for other in others],
            *([unknown == other] for other in (*self._identities, *self._literals)),
        ]
        self._identities.append(unknown)
        for constraints in candidates:
            if self._holds(constraints) or self._can(*constraints):
                self._solver.add(constraints)
                return

    def _can(self, *constraints: Any) -> bool | None:
        """Whether the constraints can hold too, which then the model shows; None where that stays open."""
        if self._allowance.spent():
            self.complete = False
            return None
        self._solver.push()
        self._solver.add(list(constraints))
        found, work = self._check(min(MINIMAL_QUERY_BUDGET, self._allowance.work))
        self._allowance.work -= work
        if found == z3.sat:
            self.model = self._solver.model()
        self._solver.pop()
        if found == z3.unknown:
            self._allowance.undecided -= 1
            self.complete = False
            return None
        return bool(found == z3.sat)

    def _holds(self, constraints: Iterable[Any]) -> bool:
        return all(z3.is_true(self.model.eval(each, model_completion=True)) for each in constraints)

    def _value(self, unknown: Any) -> Any:
        return self.model.eval(unknown, model_completion=True)

    def _number(self, unknown: Any) -> int:
        return int(self._value(unknown).as_long())

    def _literal(self, position: int) -> Any:
        return z3.IntVal(position, self._encoder.context)

    def _numerator(self) -> Any:
        self._numerators += 1
        return z3.Int(f"n{self._numerators}", self._encoder.context)


def _within(unknown: Any, bound: int) -> tuple[Any, Any]:
    return -bound <= unknown, unknown <= bound
