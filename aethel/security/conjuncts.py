"""What the guards of a program say at the top: comparisons that hold of every admitted execution."""

from __future__ import annotations

from collections.abc import Iterator

from aethel.intent.program import Program, Variable
from aethel.intent.terms import Op, Term


def guard_conjuncts(program: Program) -> Iterator[Term]:
    """The conjuncts of all guards and of all demands outside branches; linear in their operands."""
    reached = (line.term for line in program.requires if line.path is program.terms.true)
    stack = [*(guard.term for guard in program.guards), *reached]
    while stack:
        node = stack.pop()
        if node.op is Op.AND:
            stack.extend(node.args)
        elif node.op is Op.NOT and node.args[0].op is Op.OR:
            stack.extend(program.terms.not_(part) for part in node.args[0].args)
        else:
            yield node


def called(variable: Variable) -> str:
    """What a profile calls a variable: its name, or the field of an account, without its state."""
    return variable.name.removeprefix("old ").removeprefix("new ").rpartition(".")[2]
