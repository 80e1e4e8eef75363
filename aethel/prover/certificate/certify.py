"""Certifying: from an obligation to a certificate of it, or to why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from aethel.intent.obligations import Kind, Obligation
from aethel.intent.program import Program, Variable
from aethel.intent.terms import Term, Value
from aethel.prover.certificate.effort import Effort
from aethel.prover.certificate.limits import DEFAULT_EFFORT
from aethel.prover.certificate.linear import AtomKind, Linear
from aethel.prover.certificate.proof import Proof
from aethel.prover.certificate.search import Open, Search
from aethel.prover.certificate.stops import OutOfEffort, TooLargeToCertify
from aethel.prover.certificate.witness import all_hold, completed

SATISFIABLE_KINDS = frozenset({Kind.NON_VACUOUS, Kind.CONSISTENT})
"""Kinds that are certified by values, not by a proof."""


class Why(Enum):
    """Why there is no certificate."""

    REFUTED = "the obligation does not hold"
    NONLINEAR = "the linear part of the obligation does not suffice"
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
    linear = Linear(counted.spend)
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
    if given is not None:
        values = completed(given, program.variables)
        if all_hold(obligation.assumptions, values):
            return _witnessed(obligation, values, program.variables, counted)
    try:
        Search(linear, counted).refute(obligation.assumptions, None)
    except Open as found:
        values = completed(found.values, program.variables)
        if all_hold(obligation.assumptions, values):
            return _witnessed(obligation, values, program.variables, counted)
        return Beyond(obligation, _why(program, obligation, linear, found), counted.spent)
    return Beyond(obligation, Why.REFUTED, counted.spent)


def _witnessed(
    obligation: Obligation, values: Mapping[str, Value], variables: tuple[Variable, ...], counted: Effort
) -> Certificate:
    listed = tuple((variable.name, values[variable.name]) for variable in variables)
    return Certificate(obligation, None, listed, counted.spent)


def _why(program: Program, obligation: Obligation, linear: Linear, found: Open) -> Why:
    values = completed(found.values, program.variables)
    if obligation.kind not in SATISFIABLE_KINDS:
        broken: tuple[Term, ...] = (obligation.claim,)
        if all_hold(obligation.assumptions, values) and not all_hold(broken, values):
            return Why.REFUTED
    return Why.NONLINEAR if is_nonlinear(linear) else Why.NOT_FOUND


def is_nonlinear(linear: Linear) -> bool:
    """Whether what was translated has products of unknowns or divisions by them."""
    return linear.has_products or any(atom.kind is AtomKind.OPAQUE for atom in linear.atoms)
