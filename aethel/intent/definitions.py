"""Which equation of `verify` defines which cell or fresh name: rule 3 of the declarative form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from aethel.intent import syntax
from aethel.intent.scope import Scope, Symbol, Time
from aethel.intent.source import quoted
from aethel.intent.traversal import children, names_in


@dataclass(frozen=True, slots=True)
class Definition:
    """Line `line` of `verify` defines `symbol`: it is `sign` times (the other side less the rest of its own side).

    `on_left` says on which side the symbol stands; `whole` that it is that side entirely, so that any type fits.
    """

    symbol: Symbol
    line: int
    equation: syntax.Compare
    on_left: bool
    sign: int
    whole: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    line: int
    equation: syntax.Compare
    unknowns: frozenset[Symbol]


def define(scope: Scope) -> tuple[Definition, ...]:
    """Definitions in the order they can be computed; raises IntentError (CYCLE) for definitions that need one another.

    The choice between two equations for one symbol does not depend on their order. A symbol that nothing defines
    stays arbitrary if it is a cell, and is a constant if it is a free name.
    """
    undefined = _unknowns(scope)
    candidates = _candidates(scope, undefined)
    containing: dict[Symbol, list[_Candidate]] = {}
    for candidate in candidates:
        for symbol in candidate.unknowns:
            containing.setdefault(symbol, []).append(candidate)
    found: list[Definition] = []
    ready = candidates
    while undefined:
        used = {definition.line for definition in found}
        settled = {definition.symbol: definition for definition in _round(scope, ready, undefined, used)}
        if not settled:
            _refuse_cycles(scope, candidates, undefined, used)
            constants = {symbol for symbol in undefined if symbol.may_be_fresh}
            if not constants:
                break
            settled_symbols = constants
        else:
            found.extend(settled.values())
            settled_symbols = set(settled)
        undefined -= settled_symbols
        ready = [candidate for symbol in settled_symbols for candidate in containing.get(symbol, ())]
    for definition in found:
        definition.symbol.defined_by = definition.line
    return tuple(found)


def _unknowns(scope: Scope) -> set[Symbol]:
    declarative = scope.intent.effect is None
    return {
        symbol
        for symbol in scope.symbols.values()
        if symbol.may_be_fresh or (declarative and symbol.changeable and symbol.after_occurs)
    }


def _candidates(scope: Scope, unknowns: set[Symbol]) -> list[_Candidate]:
    found: list[_Candidate] = []
    for index, line in enumerate(scope.intent.verify):
        if isinstance(line, syntax.Check) and isinstance(line.condition, syntax.Compare):
            equation = line.condition
            if equation.operator == "==":
                used = frozenset(_after_symbols(scope, equation) & unknowns)
                found.append(_Candidate(index, equation, used))
    return found


def _after_symbols(scope: Scope, expression: syntax.Expression) -> set[Symbol]:
    """The symbols whose value after (or whose only value) an expression of `verify` reads."""
    references = (scope.reference(name) for name in names_in(expression))
    return {found.symbol for found in references if found.symbol is not None and found.time is not Time.BEFORE}


def _round(scope: Scope, candidates: list[_Candidate], undefined: set[Symbol], used: set[int]) -> list[Definition]:
    """Everything that can be defined now, one definition a symbol."""
    possible: dict[Symbol, list[Definition]] = {}
    for candidate in dict.fromkeys(candidates):
        open_symbols = candidate.unknowns & undefined
        if candidate.line in used or len(open_symbols) != 1:
            continue
        definition = _solve(scope, candidate, next(iter(open_symbols)))
        if definition is not None:
            possible.setdefault(definition.symbol, []).append(definition)
    chosen = [
        found[0] if len(found) == 1 else min(found, key=lambda definition: _key(scope, definition.equation))
        for found in possible.values()
    ]
    return sorted(chosen, key=lambda definition: definition.line)


def _solve(scope: Scope, candidate: _Candidate, symbol: Symbol) -> Definition | None:
    """The equation solved for the symbol, where it stands in it exactly once, linearly, with coefficient 1 or -1."""
    equation = candidate.equation
    if sum(_is_after(scope, name, symbol) for name in names_in(equation)) != 1:
        return None
    for on_left, side in ((True, equation.left), (False, equation.right)):
        sign = _sign(scope, side, symbol)
        if sign:
            whole = isinstance(side, syntax.Name)
            return Definition(symbol, candidate.line, equation, on_left, sign, whole)
    return None


def _is_after(scope: Scope, name: syntax.Name, symbol: Symbol) -> bool:
    reference = scope.reference(name)
    return reference.symbol is symbol and reference.time is not Time.BEFORE


def _sign(scope: Scope, node: syntax.Expression, symbol: Symbol) -> int:
    """1 or -1 where the symbol is a summand of this side, 0 where it is not."""
    match node:
        case syntax.Name():
            return 1 if _is_after(scope, node, symbol) else 0
        case syntax.Negate(operand):
            return -_sign(scope, operand, symbol)
        case syntax.Chain(first, rest) if rest[0][0] in "+-":
            total = _sign(scope, first, symbol)
            for operator, operand in rest:
                total += _sign(scope, operand, symbol) * (1 if operator == "+" else -1)
            return total
        case _:
            return 0


def _refuse_cycles(scope: Scope, candidates: list[_Candidate], undefined: set[Symbol], used: set[int]) -> None:
    """Raise when different equations would define symbols in terms of one another."""
    definable = [
        (candidate, symbol)
        for candidate in candidates
        if candidate.line not in used
        for symbol in sorted(candidate.unknowns & undefined, key=lambda found: found.start)
        if _solve(scope, candidate, symbol) is not None
    ]
    by_symbol: dict[Symbol, list[int]] = {}
    for candidate, symbol in definable:
        by_symbol.setdefault(symbol, []).append(candidate.line)
    needs = {
        (candidate.line, symbol): [
            (line, needed)
            for needed in sorted((candidate.unknowns & undefined) - {symbol}, key=lambda found: found.start)
            for line in by_symbol.get(needed, ())
            if line != candidate.line
        ]
        for candidate, symbol in definable
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        line, symbol = min(error.args[1], key=lambda node: node[0])
        equation = next(candidate.equation for candidate in candidates if candidate.line == line)
        message = f"the definition of {quoted(symbol.label)} needs itself, expected definitions without a cycle"
        raise scope.source.error("CYCLE", message, equation.start, equation.end) from None


def _key(scope: Scope, expression: syntax.Expression) -> str:
    """A text of the expression in which two differ unless names, spellings and layout are all that differs."""
    parameters = {parameter.name: index for index, parameter in enumerate(scope.intent.parameters)}
    bindings = {name: index for index, name in enumerate(scope.bindings)}

    def name(node: syntax.Name) -> str:
        reference = scope.reference(node)
        symbol = reference.symbol
        if symbol is None:
            return f"binding {bindings[reference.binding]}" if reference.binding in bindings else "turn"
        if symbol.may_be_fresh:
            return "fresh"
        owner = symbol.account or symbol.key
        time = "before" if reference.time is Time.BEFORE else "after"
        return f"{time} {parameters.get(owner, owner)} {symbol.cell_field}"

    return _text(expression, name)


def _text(node: syntax.Expression, name: Callable[[syntax.Name], str]) -> str:
    match node:
        case syntax.Number(value, decimals, percent):
            return f"{value} {decimals} {percent}"
        case syntax.Zero():
            return "zero"
        case syntax.String(value) | syntax.Truth(value):
            return repr(value)
        case syntax.Name():
            return name(node)
        case syntax.Old(cell):
            return name(cell)
        case syntax.Chain(first, rest):
            return (
                f"({_text(first, name)}{''.join(f' {operator} {_text(operand, name)}' for operator, operand in rest)})"
            )
        case syntax.Compare(operator, left, right):
            return f"({_text(left, name)} {operator} {_text(right, name)})"
        case syntax.Call(function, left, right):
            return f"{function}({_text(left, name)}, {_text(right, name)})"
        case syntax.Junction(operator, operands):
            return f"{operator}({', '.join(_text(operand, name) for operand in operands)})"
        case syntax.Negate() | syntax.Not() | syntax.Implies() | syntax.IfThenElse():
            return f"{type(node).__name__}({', '.join(_text(operand, name) for operand in children(node))})"
