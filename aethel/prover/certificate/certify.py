"""Certifying: from an obligation to a certificate of it, or to why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from aethel.intent.obligations import Kind, Obligation
from aethel.intent.program import Program, Variable
from aethel.intent.terms import Term, Value
from aethel.prover.certificate.effort import Effort
from aethel.prover.certificate.limits import DEFAULT_EFFORT
from aethel.prover.certificate.linear import Linear
from aethel.prover.certificate.proof import Proof
from aethel.prover.certificate.search import Open, Search
from aethel.prover.certificate.stops import OutOfEffort, TooLargeToCertify
from aethel.prover.certificate.theory import LEAST
from aethel.prover.certificate.witness import all_hold, completed

SATISFIABLE_KINDS = frozenset({Kind.NON_VACUOUS, Kind.CONSISTENT})
"""Kinds that are certified by values, not by a proof."""


GUESSES = (1, 100, 2, 10_000)
"""Values tried for the variables that are multiplied or divided by, where a witness needs them to be known."""


PLAIN_LEAST = Fraction(1, 100)
"""How far below a bound a value is first sought that must be below it: people read such values."""


class Why(Enum):
    """Why there is no certificate."""

    REFUTED = "the obligation does not hold"
    NONLINEAR = "the linear part of the obligation does not suffice"
    TWO_RUNS = "it compares two runs, which no certificate states"
    NOT_FOUND = "no proof was found in the fragment that certificates cover"
    EFFORT = "the effort allowed is spent"
    TOO_LARGE = "a limit of certificates is passed"


@dataclass(frozen=True, slots=True)
class Certificate:
    """An obligation with its proof, or with `values` of all variables at which its assumptions hold.

    It is a claim until the checker has checked its document. `effort` counts the coefficients touched to find it.
    """

    obligation: Obligation
    proof: Proof | None
    values: tuple[tuple[str, Value], ...] | None
    effort: int


@dataclass(frozen=True, slots=True)
class Beyond:
    """There is no certificate; `detail` says more where there is more to say."""

    obligation: Obligation
    why: Why
    effort: int
    detail: str = ""


def certify(
    program: Program,
    obligation: Obligation,
    effort: int = DEFAULT_EFFORT,
    look: Callable[[], None] = lambda: None,
    values: Mapping[str, Value] | None = None,
) -> Certificate | Beyond:
    """Search for a certificate, touching at most `effort` coefficients; the same question has the same answer.

    `look` is called now and then and may raise to end the search. `values`, such as a solver has found, are tried first
    where values are asked for. Nothing of the program is changed.
    """
    counted = Effort(effort, look)
    return _certified(program, obligation, Linear(counted.spend), counted, values)


def certify_all(
    program: Program,
    obligations: Iterable[Obligation],
    effort: int = DEFAULT_EFFORT,
    look: Callable[[], None] = lambda: None,
    values: Mapping[str, Mapping[str, Value]] | None = None,
) -> tuple[Certificate | Beyond, ...]:
    """Search for certificates of several obligations of one program, which share the translation of their terms.

    As `certify`, with `effort` for each and `values` by the id of an obligation; the whole has the same answer always.
    """
    linear = Linear(Effort(effort, look).spend)
    found: list[Certificate | Beyond] = []
    for obligation in obligations:
        counted = Effort(effort, look)
        linear.spend = counted.spend
        found.append(_certified(program, obligation, linear, counted, (values or {}).get(obligation.id)))
    return tuple(found)


def _certified(
    program: Program,
    obligation: Obligation,
    linear: Linear,
    counted: Effort,
    values: Mapping[str, Value] | None,
) -> Certificate | Beyond:
    if obligation.neutrality is not None and (obligation.neutrality.others or obligation.neutrality.too_large):
        return Beyond(obligation, Why.TWO_RUNS, 0)
    try:
        if obligation.kind in SATISFIABLE_KINDS:
            return _valued(program, obligation, linear, counted, values)
        proof = Search(linear, counted).refute(obligation.assumptions, obligation.claim)
    except OutOfEffort:
        return Beyond(obligation, Why.EFFORT, counted.spent)
    except TooLargeToCertify as error:
        return Beyond(obligation, Why.TOO_LARGE, counted.spent, str(error))
    except Open as found:
        return Beyond(obligation, _why(program, obligation, linear, found), counted.spent)
    return Certificate(obligation, proof, None, counted.spent)


def _valued(
    program: Program, obligation: Obligation, linear: Linear, counted: Effort, given: Mapping[str, Value] | None
) -> Certificate | Beyond:
    variables, assumptions = program.variables, obligation.assumptions
    attempts: list[Mapping[str, Value]] = [] if given is None else [given]
    if not any(all_hold(assumptions, completed(each, variables)) for each in attempts):
        solved = _solution(obligation, linear, counted, PLAIN_LEAST) or _solution(obligation, linear, counted)
        if solved is None:
            return Beyond(obligation, Why.REFUTED, counted.spent)
        attempts.append(solved)
    names = linear.nonlinear_variables()
    guesses = iter(GUESSES if names else ())
    while True:
        values = completed(attempts[-1], variables)
        if all_hold(assumptions, values):
            return _witnessed(obligation, values, variables, counted)
        guess = next(guesses, None)
        if guess is None:
            return Beyond(obligation, Why.NONLINEAR if names else Why.NOT_FOUND, counted.spent)
        attempts.append(_guessed(dict.fromkeys(names, guess), obligation, counted))


def _guessed(fixed: dict[str, int], obligation: Obligation, counted: Effort) -> Mapping[str, Value]:
    """Values at which the assumptions may hold where some variables have these; no others where there are none."""
    return {**(_solution(obligation, Linear(counted.spend, fixed), counted) or {}), **fixed}


def _solution(
    obligation: Obligation, linear: Linear, counted: Effort, least: Fraction = LEAST
) -> Mapping[str, Value] | None:
    """Values at which the linear part of the assumptions holds, `least` away from where it does not."""
    try:
        Search(linear, counted, least).refute(obligation.assumptions, None)
    except Open as found:
        return found.values
    return None


def _witnessed(
    obligation: Obligation, values: Mapping[str, Value], variables: tuple[Variable, ...], counted: Effort
) -> Certificate:
    listed = tuple((variable.name, values[variable.name]) for variable in variables)
    return Certificate(obligation, None, listed, counted.spent)


def _why(program: Program, obligation: Obligation, linear: Linear, found: Open) -> Why:
    values = completed(found.values, program.variables)
    broken: tuple[Term, ...] = (obligation.claim,)
    if all_hold(obligation.assumptions, values) and not all_hold(broken, values):
        return Why.REFUTED
    return Why.NONLINEAR if linear.nonlinear_variables() else Why.NOT_FOUND
