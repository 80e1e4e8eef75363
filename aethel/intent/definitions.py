"""Which equation of `verify` defines which cell or fresh name: rule 3 of the declarative form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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


_DEFINED = "defined"


@dataclass(slots=True, eq=False)
class _Candidate:
    """An equation with the names in it that nothing defines yet, and what it would define each name as."""

    line: int
    equation: syntax.Compare
    unknowns: set[Symbol]
    solutions: dict[Symbol, Definition]


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
    used: set[int] = set()
    ready = candidates
    while undefined:
        settled = _round(scope, ready, used)
        if not settled:
            _refuse_cycles(scope, candidates, used)
        symbols = {definition.symbol for definition in settled} or {each for each in undefined if each.may_be_fresh}
        if not symbols:
            break
        found.extend(settled)
        used.update(definition.line for definition in settled)
        undefined -= symbols
        ready = [candidate for symbol in symbols for candidate in containing.get(symbol, ())]
        for symbol in symbols:
            for candidate in containing.get(symbol, ()):
                candidate.unknowns.discard(symbol)
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
                times = _after_symbols(scope, equation)
                solutions = {
                    each.symbol: each
                    for each in _solutions(scope, index, equation)
                    if each.symbol in unknowns and times[each.symbol] == 1
                }
                found.append(_Candidate(index, equation, times.keys() & unknowns, solutions))
    return found


def _after_symbols(scope: Scope, expression: syntax.Expression) -> Counter[Symbol]:
    """The symbols whose value after (or whose only value) an expression of `verify` reads, with how often it does."""
    references = (scope.reference(name) for name in names_in(expression))
    return Counter(found.symbol for found in references if found.symbol is not None and found.time is not Time.BEFORE)


def _solutions(scope: Scope, line: int, equation: syntax.Compare) -> Iterator[Definition]:
    """The equation solved for each summand that is a name, as if that stood in it only once."""
    for on_left, side in ((True, equation.left), (False, equation.right)):
        for name, sign in _summands(side):
            if not isinstance(name, syntax.Name):
                continue
            reference = scope.reference(name)
            if reference.symbol is not None and reference.time is not Time.BEFORE:
                yield Definition(reference.symbol, line, equation, on_left, sign, side is name)


def _summands(node: syntax.Expression) -> Iterator[tuple[syntax.Expression, int]]:
    """What a sum is made of, each part with its sign, whatever parentheses stand in it; else the expression itself."""
    pending: list[tuple[syntax.Expression, int]] = [(node, 1)]
    while pending:
        part, sign = pending.pop()
        match part:
            case syntax.Negate(operand):
                pending.append((operand, -sign))
            case syntax.Chain(first, rest) if rest[0][0] in "+-":
                pending.append((first, sign))
                pending.extend((operand, sign if operator == "+" else -sign) for operator, operand in rest)
            case _:
                yield part, sign


def _steps(node: syntax.Chain) -> tuple[syntax.Expression, list[tuple[str, syntax.Expression]]]:
    """A run of `* / %` from its very first operand on, whatever parentheses stand around its beginning."""
    first: syntax.Expression = node
    steps: list[tuple[str, syntax.Expression]] = []
    while isinstance(first, syntax.Chain) and first.rest[0][0] not in "+-":
        steps[:0] = first.rest
        first = first.first
    return first, steps


def _round(scope: Scope, candidates: list[_Candidate], used: set[int]) -> list[Definition]:
    """Everything that can be defined now, one definition a symbol."""
    possible: dict[Symbol, list[Definition]] = {}
    for candidate in dict.fromkeys(candidates):
        if candidate.line in used or len(candidate.unknowns) != 1:
            continue
        definition = candidate.solutions.get(next(iter(candidate.unknowns)))
        if definition is not None:
            possible.setdefault(definition.symbol, []).append(definition)
    chosen = [
        found[0] if len(found) == 1 else min(found, key=lambda definition: _key(scope, definition.equation))
        for found in possible.values()
    ]
    return sorted(chosen, key=lambda definition: definition.line)


def _refuse_cycles(scope: Scope, candidates: list[_Candidate], used: set[int]) -> None:
    """Raise when different equations would define symbols in terms of one another."""
    open_candidates = {candidate.line: candidate for candidate in candidates if candidate.line not in used}
    try:
        TopologicalSorter(_needs(open_candidates)).prepare()
    except CycleError as error:
        line, symbol = min((node[1:] for node in error.args[1] if node[0] == _DEFINED), key=lambda node: node[0])
        equation = open_candidates[line].equation
        message = f"the definition of {quoted(symbol.label)} needs itself, expected definitions without a cycle"
        raise scope.source.error("CYCLE", message, equation.start, equation.end) from None


_Node = tuple[object, ...]


def _needs(candidates: Mapping[int, _Candidate]) -> dict[_Node, list[_Node]]:
    """What each possible definition needs: the definitions, by other lines, of the other names in its line.

    There can be as many such pairs as the square of the text, so neither step (from a line to the other names in it,
    from a name to the other lines that define it) is written out: see `_others`.
    """
    needs: dict[_Node, list[_Node]] = {}
    definers: dict[Symbol, list[_Node]] = {}
    for line, candidate in candidates.items():
        unknowns = sorted(candidate.unknowns, key=lambda found: found.start)
        needed: list[_Node] = [("needed", line, symbol) for symbol in unknowns]
        for symbol, others in zip(unknowns, _others(needs, line, needed), strict=True):
            if symbol in candidate.solutions:
                definers.setdefault(symbol, []).append((_DEFINED, line, symbol))
                needs[_DEFINED, line, symbol] = others
    for symbol, defined in definers.items():
        for (_, definer, _), others in zip(defined, _others(needs, symbol, defined), strict=True):
            needs["needed", definer, symbol] = others
    for line, candidate in candidates.items():
        for symbol in candidate.unknowns - candidate.solutions.keys():
            needs["needed", line, symbol] = _up_to(symbol, len(definers.get(symbol, ())) - 1)
    # Definitions first, so that the cycle found is the one that the text begins with.
    return dict(sorted(needs.items(), key=lambda item: item[0][0] != _DEFINED))


def _others(needs: dict[_Node, list[_Node]], owner: object, nodes: list[_Node]) -> list[list[_Node]]:
    """For each node the way to all others, by two rows of nodes: those up to a place, and those from a place on."""
    last = len(nodes) - 1
    for index, node in enumerate(nodes):
        needs["up to", owner, index] = [node, *_up_to(owner, index - 1)]
        needs["from", owner, index] = [node, *_from(owner, index + 1, last)]
    return [[*_up_to(owner, index - 1), *_from(owner, index + 1, last)] for index in range(len(nodes))]


def _up_to(owner: object, index: int) -> list[_Node]:
    return [("up to", owner, index)] if index >= 0 else []


def _from(owner: object, index: int, last: int) -> list[_Node]:
    return [("from", owner, index)] if index <= last else []


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
        case syntax.Negate() | syntax.Chain(_, (("+" | "-", _), *_)):
            return f"({' '.join(sorted(f'{sign:+d} {_text(part, name)}' for part, sign in _summands(node)))})"
        case syntax.Chain():
            first, steps = _steps(node)
            return f"({_text(first, name)}{''.join(f' {operator} {_text(part, name)}' for operator, part in steps)})"
        case syntax.Compare(operator, left, right):
            return f"({_text(left, name)} {operator} {_text(right, name)})"
        case syntax.Call(function, left, right):
            return f"{function}({_text(left, name)}, {_text(right, name)})"
        case syntax.Junction(operator, operands):
            return f"{operator}({', '.join(_text(operand, name) for operand in operands)})"
        case syntax.Not() | syntax.Implies() | syntax.IfThenElse():
            return f"{type(node).__name__}({', '.join(_text(operand, name) for operand in children(node))})"
