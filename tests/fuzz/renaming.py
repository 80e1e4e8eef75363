"""The same run for others: states whose identities are renamed, and whether the interpreter tells the two apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from aethel.intent.program import Program, Role, Variable
from aethel.intent.terms import Op, Sort, Value, in_order
from aethel.intent.types import Account, Text
from tests.fuzz.oracle import Oracle, Seen
from tests.fuzz.states import State

_STATES = 20
"""States of one program that are renamed."""

_NOBODY = "nobody else"
"""An identity that no text and no state names."""


def told_apart(oracle: Oracle, seen: Sequence[Seen], *, restricted: bool) -> tuple[State, State] | None:
    """Two states of which one is a renaming of the other, and of which the interpreter makes different things.

    Where the intent is `restricted` to some by name, only what becomes of admitted executions counts.
    """
    literals = _literals(oracle.program)
    if not literals:
        return None
    for group in _groups(oracle.program):
        for one in islice((each for each in seen if each.supposed and each.admitted), _STATES):
            for exchanged in _exchanges([one.state[each.name] for each in group], literals):
                names = {each.name for each in group}
                state = {
                    name: exchanged.get(value, value) if name in names else value for name, value in one.state.items()
                }
                other = oracle.see(state)
                if other.supposed and _differ(one, other, exchanged, restricted=restricted):
                    return one.state, state
    return None


def _groups(program: Program) -> Iterator[list[Variable]]:
    """Identities of one type each, cells alone aside; accounts alone where texts may stand in for any other."""
    identities = [each for each in program.variables if each.term.sort is Sort.IDENTITY]
    accounts = [each for each in identities if isinstance(each.type, Account)]
    others = [each for each in identities if not isinstance(each.type, Account)]
    yield accounts
    if not any(isinstance(each.type, Text) for each in others):
        cells = (Role.OLD_CELL, Role.NEW_CELL)
        for name in dict.fromkeys(str(each.type) for each in others if each.role not in cells):
            yield [each for each in others if str(each.type) == name]


def _literals(program: Program) -> list[Value]:
    lines = (term for line in (*program.guards, *program.requires) for term in (line.path, line.term))
    nodes = in_order(*lines, *(cell.after for cell in program.cells))
    found = (node.value for node in nodes if node.op is Op.CONST and node.sort is Sort.IDENTITY)
    return list(dict.fromkeys(value for value in found if value is not None))


def _exchanges(held: Sequence[Value], literals: Sequence[Value]) -> Iterator[dict[Value, Value]]:
    """Every exchange of an identity that is held with one that the text names, or with nobody's."""
    for value in dict.fromkeys(held):
        for other in (*literals, _NOBODY):
            if other != value:
                yield {value: other, other: value}


def _differ(one: Seen, other: Seen, exchanged: Mapping[Value, Value], *, restricted: bool) -> bool:
    """Whether two executions end differently, of which the first is admitted."""
    if not other.run.admitted:
        return not restricted and not (other.guarded and other.divided)
    if other.divided:
        return False
    after = ((value, other.run.after[name]) for name, value in one.run.after.items())
    return any(value != found and exchanged.get(value) != found for value, found in after)
