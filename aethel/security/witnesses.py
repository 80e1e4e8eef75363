"""Concrete values inside what is known: candidates that are evaluated before anything is said on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import count

from aethel.intent import evaluation
from aethel.intent.program import Program, Variable
from aethel.intent.terms import Sort, Term, Value, in_order
from aethel.security.intervals import Interval, Number
from aethel.security.knowledge import Contradiction, Knowledge
from aethel.security.linear import Form

FARTHEST = 2**63
"""What stands for the end of an interval that has none."""


class Aim(Enum):
    """Where in its interval a value is chosen; NEAREST is that nearest to zero, UNIT that nearest to one."""

    LOW = "low"
    HIGH = "high"
    NEAREST = "nearest"
    UNIT = "unit"


def candidate(
    program: Program, given: Mapping[str, Value], knowledge: Knowledge, aims: Mapping[str, Aim], default: Aim
) -> dict[str, Value] | None:
    """A value for every variable of the program, chosen one after the other inside what is known.

    The variables that have an aim of their own come first. None where a choice excludes all values of a later one;
    raises Exhausted.
    """
    state = knowledge.fork()
    values: dict[str, Value] = dict(given)
    ordered = sorted(program.variables, key=lambda each: each.name not in aims)
    try:
        for variable in ordered:
            if variable.name not in values:
                chosen = _chosen(state, variable, aims.get(variable.name, default), values)
                state.pin(variable.term, chosen)
                state.settled()
                values[variable.name] = chosen
    except Contradiction:
        return None
    return values


def aims_below(knowledge: Knowledge, form: Form) -> dict[str, Aim]:
    """Where to look for values that make a form as small as they can: the variables it is made of, each to its side."""
    aims: dict[str, Aim] = {}
    atoms = knowledge.forms.atoms
    for atom, coefficient in form.coefficients.items():
        for node in in_order(atoms[atom]):
            if isinstance(node.value, str) and node.sort in (Sort.INT, Sort.RATIONAL):
                aims.setdefault(node.value, Aim.LOW if coefficient > 0 else Aim.HIGH)
    knowledge.work.charge(len(aims))
    return aims


def satisfies(values: Mapping[str, Value], conditions: tuple[Term, ...], knowledge: Knowledge) -> bool:
    """Whether all of these are true of the values, by evaluation."""
    known: dict[int, Value] = {}
    for node in in_order(*conditions):
        knowledge.work.charge(1 + len(node.args) + (node.bits >> 10))
        known[node.order] = evaluation.apply(node, [known[arg.order] for arg in node.args], values)
    return all(known[term.order] is True for term in conditions)


def _chosen(state: Knowledge, variable: Variable, aim: Aim, values: Mapping[str, Value]) -> Value:
    match variable.term.sort:
        case Sort.BOOL:
            return state.truth(variable.term) is True
        case Sort.IDENTITY:
            return state.identities.literal_of(variable.term) or _new_identity(variable.name, values)
        case Sort.INT | Sort.RATIONAL:
            within = state.interval(variable.term)
            chosen = _number(within, aim)
            if chosen == 0 and state.is_nonzero(variable.term):
                chosen = 1 if within.contains(1) else -1
            return chosen


def _number(within: Interval, aim: Aim) -> Number:
    low, high = within
    match aim:
        case Aim.LOW:
            return low if low is not None else min(-FARTHEST, high or 0)
        case Aim.HIGH:
            return high if high is not None else max(FARTHEST, low or 0)
        case Aim.NEAREST:
            return _clamped(0, within)
        case Aim.UNIT:
            return _clamped(1, within)


def _clamped(value: int, within: Interval) -> Number:
    if within.low is not None and within.low > value:
        return within.low
    return within.high if within.high is not None and within.high < value else value


def _new_identity(name: str, values: Mapping[str, Value]) -> str:
    """An identity that no other variable has, called after its own."""
    taken = {value for value in values.values() if isinstance(value, str)}
    names: Iterator[str] = (name if number == 1 else f"{name}{number}" for number in count(1))
    return next(text for text in names if text not in taken)
