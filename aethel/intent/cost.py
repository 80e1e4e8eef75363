"""The static cost of an intent: how often its loops turn and how much is evaluated, known before anything is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from aethel.intent import syntax
from aethel.intent.traversal import walk


@dataclass(frozen=True, slots=True)
class Cost:
    """What running a text visits at most, every branch counted as taken.

    `loops` are the loops written, `turns` the turns that all of them make together, `statements` the statements of
    `effect` with one more for each turn, `nodes` the syntax nodes evaluated. Numbers may be of any size.
    """

    loops: int = 0
    turns: int = 0
    statements: int = 0
    nodes: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.loops + other.loops,
            self.turns + other.turns,
            self.statements + other.statements,
            self.nodes + other.nodes,
        )


def cost_of(intent: syntax.Intent) -> Cost:
    """The static cost of one intent; linear in its tree, and nothing is evaluated."""
    total = _block(intent.effect or ()) + Cost(nodes=_lines(intent.verify))
    for guard in intent.guard:
        total += Cost(nodes=_size(guard.value if isinstance(guard, syntax.Binding) else guard.condition))
    return total


def first_loop(intent: syntax.Intent) -> syntax.For | None:
    """The first loop of an intent, None where there is none."""
    pending: list[syntax.Statement] = list(reversed(intent.effect or ()))
    while pending:
        statement = pending.pop()
        if isinstance(statement, syntax.For):
            return statement
        if isinstance(statement, syntax.Branch):
            pending.extend(reversed((*statement.then, *statement.other)))
    return None


def _evaluated(expression: syntax.Expression) -> Cost:
    return Cost(statements=1, nodes=1 + _size(expression))


def _lines(lines: tuple[syntax.VerifyLine, ...]) -> int:
    """The nodes of the lines of a `verify` block."""
    count = 0
    for line in lines:
        count += _size(line.condition)
        if isinstance(line, syntax.CheckIf):
            count += _lines(line.then) + _lines(line.other)
    return count


def _block(statements: tuple[syntax.Statement, ...]) -> Cost:
    total = Cost()
    for statement in statements:
        total += _statement(statement)
    return total


def _statement(statement: syntax.Statement) -> Cost:
    match statement:
        case syntax.Assign(value=value):
            return _evaluated(value)
        case syntax.Transfer(amount=amount) | syntax.Issue(amount=amount):
            return _evaluated(amount)
        case syntax.Require(condition=condition):
            return _evaluated(condition)
        case syntax.Branch(condition=condition, then=then, other=other):
            return _evaluated(condition) + _block(then) + _block(other)
        case syntax.For(low=low, high=high, body=body):
            turns = max(0, high - low)
            inner = _block(body)
            return Cost(
                loops=1 + inner.loops,
                turns=turns * (1 + inner.turns),
                statements=1 + turns * (1 + inner.statements),
                nodes=1 + turns * (1 + inner.nodes),
            )
        case _:
            assert_never(statement)


def _size(expression: syntax.Expression) -> int:
    """The nodes of one expression."""
    return sum(1 for _ in walk(expression))
