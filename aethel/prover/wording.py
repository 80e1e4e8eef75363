"""What a refuted obligation says to a person."""

from __future__ import annotations

from typing import assert_never

from aethel.intent.neutrality import Line
from aethel.intent.obligations import Aspect, Kind, Obligation
from aethel.prover.lines import line_text, listed


def refuted(obligation: Obligation, *, on_given_values: bool) -> str:
    """One sentence that says what fails, lower-case and without a full stop; `on_given_values` says that it does so."""
    message = _failing(obligation) if on_given_values else _fallible(obligation)
    return f"{message} on the given values" if on_given_values else message


def _failing(obligation: Obligation) -> str:
    subject = f"`{obligation.subject}`"
    match obligation.kind:
        case Kind.POST:
            return f"{subject} fails"
        case Kind.CONSERVED:
            return f"the sum of {obligation.subject} changes"
        case Kind.SOLVENT:
            return f"{subject} falls below zero"
        case Kind.ISSUED:
            return f"more of {obligation.subject} is issued than allowed, which is that {obligation.property}"
        case Kind.FRAME:
            return f"{subject} changes what its text does not write"
        case Kind.IDENTITY_NEUTRAL:
            return f"who takes part decides what happens{_by(obligation)}"
        case Kind.NON_VACUOUS:
            return f"the guards of {subject} contradict one another"
        case Kind.CONSISTENT:
            return f"{subject} has no possible execution"
        case Kind.IN_RANGE:
            match obligation.aspect:
                case Aspect.DIVISOR:
                    return f"the divisor {subject} is zero"
                case Aspect.AMOUNT:
                    return f"the amount moved by {subject} is negative"
                case Aspect.STORE:
                    return f"what is stored in {subject} is a fraction or outside its range"
                case Aspect.CONSTANT | Aspect.WHOLE:
                    return f"not so: {obligation.property}"
                case _:
                    assert_never(obligation.aspect)
        case _:
            assert_never(obligation.kind)


def _fallible(obligation: Obligation) -> str:
    subject = f"`{obligation.subject}`"
    match obligation.kind:
        case Kind.POST:
            return f"{subject} can fail"
        case Kind.CONSERVED:
            return f"the sum of {obligation.subject} can change"
        case Kind.SOLVENT:
            return f"{subject} can fall below zero"
        case Kind.ISSUED:
            return f"more of {obligation.subject} can be issued than allowed, which is that {obligation.property}"
        case Kind.FRAME:
            return f"{subject} can change what its text does not write"
        case Kind.IDENTITY_NEUTRAL:
            return f"who takes part can decide what happens{_by(obligation)}"
        case Kind.NON_VACUOUS | Kind.CONSISTENT:
            return _failing(obligation)
        case Kind.IN_RANGE:
            match obligation.aspect:
                case Aspect.DIVISOR:
                    return f"the divisor {subject} can be zero"
                case Aspect.AMOUNT:
                    return f"the amount moved by {subject} can be negative"
                case Aspect.STORE:
                    return f"what is stored in {subject} can be a fraction or outside its range"
                case Aspect.CONSTANT | Aspect.WHOLE:
                    return _failing(obligation)
                case _:
                    assert_never(obligation.aspect)
        case _:
            assert_never(obligation.kind)


def restricting(line: Line) -> str:
    """One sentence about a line whose identity literals only say for whom an intent is."""
    return f"{line_text(line)} says by name for whom the intent is"


def _by(obligation: Obligation) -> str:
    """The lines whose identity literals decide, secret ones by their place alone."""
    lines = () if obligation.neutrality is None else obligation.neutrality.deciding
    return f", by {listed(map(line_text, lines))}" if lines else ""
