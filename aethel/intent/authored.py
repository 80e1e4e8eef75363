"""The author's own words for what stands in a program: how a guard would spell each variable and each binding."""

from __future__ import annotations

from collections.abc import Iterator

from aethel.intent import syntax
from aethel.intent.execution import SymbolicExecution
from aethel.intent.limits import DEFAULT_LIMITS, Limits
from aethel.intent.lowering import Lowered, Scales
from aethel.intent.program import Program, Role
from aethel.intent.reading import Analysed
from aethel.intent.scope import Scope, Time
from aethel.intent.traversal import walk


def guard_spellings(analysed: Analysed, program: Program) -> dict[str, str]:
    """How a guard names each variable of the program, by the variable's name; arbitrary values after have no spelling.

    A cell is spelled as the author first spells its value before, else with `old_`.
    """
    written = _spellings_before(analysed)
    declared = {parameter.name for parameter in program.parameters}
    cells = {cell.name: cell for cell in program.cells}
    found: dict[str, str] = {}
    for variable in program.variables:
        match variable.role:
            case Role.PARAMETER | Role.FREE | Role.EXTERNAL:
                found[variable.name] = variable.name
            case Role.OLD_CELL:
                key = variable.name.removeprefix("old ")
                cell = cells[key]
                # Without a declared account, only a balance is known for a cell by a spelling without a dot.
                plain = not cell.account or cell.account in declared or cell.field == "balance"
                found[variable.name] = written.get(key) or (f"old_{cell.label}" if plain else f"old({key})")
            case Role.NEW_CELL:
                pass
    return found


def bindings(analysed: Analysed, program: Program, limits: Limits = DEFAULT_LIMITS) -> dict[str, Lowered]:
    """What each binding of the intent stands for, by its name, as terms of a builder of their own."""
    execution = SymbolicExecution(analysed.typed, Scales({}, dict(program.scales)), limits)
    execution.declare_variables()
    execution.read = execution.read_before
    execution.bind()
    return {name: bound.value for name, bound in execution.bound.items()}


def _spellings_before(analysed: Analysed) -> dict[str, str]:
    """The first spelling of each symbol's value before, by the symbol's key."""
    scope, intent = analysed.typed.scope, analysed.intent
    found: dict[str, str] = {}
    for line in intent.guard:
        expression = line.value if isinstance(line, syntax.Binding) else line.condition
        for key, text, _ in _names(scope, expression):
            found.setdefault(key, text)
    for expression in (*_of_statements(intent.effect or ()), *_of_checks(intent.verify)):
        for key, text, time in _names(scope, expression):
            if time is Time.BEFORE:
                found.setdefault(key, text)
    return found


def _names(scope: Scope, expression: syntax.Expression) -> Iterator[tuple[str, str, Time]]:
    for node in walk(expression):
        name = node.cell if isinstance(node, syntax.Old) else node
        if isinstance(name, syntax.Name):
            reference = scope.reference(name)
            if reference.symbol is not None:
                text = f"old({name})" if isinstance(node, syntax.Old) else str(name)
                yield reference.symbol.key, text, reference.time


def _of_statements(statements: tuple[syntax.Statement, ...]) -> Iterator[syntax.Expression]:
    for statement in statements:
        match statement:
            case syntax.Assign(_, _, value):
                yield value
            case syntax.Transfer(_, _, amount) | syntax.Issue(_, _, amount):
                yield amount
            case syntax.Require(condition):
                yield condition
            case syntax.Branch(condition, then, other):
                yield condition
                yield from _of_statements((*then, *other))
            case syntax.For(_, _, _, body):
                yield from _of_statements(body)


def _of_checks(lines: tuple[syntax.VerifyLine, ...]) -> Iterator[syntax.Expression]:
    for line in lines:
        yield line.condition
        if isinstance(line, syntax.CheckIf):
            yield from _of_checks((*line.then, *line.other))
