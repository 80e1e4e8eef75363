"""Advice about names that stand in a text only once: unused or misspelt ones. It is never part of a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from aethel.intent.scope import Scope, Symbol
from aethel.intent.source import Source, quoted
from aethel.verdict import Disposition, Finding

LISTED_ADVICE = 100
"""Pieces of advice about one text; more than these nobody reads."""


def advice(source: Source, scopes: Sequence[Scope]) -> tuple[Finding, ...]:
    """What nothing uses (UNUSED), and undeclared names used once in the whole text (USED_ONCE), in source order."""
    uses: Counter[str] = Counter()
    for scope in scopes:
        for reference in scope.references.values():
            uses[_undeclared(scope, reference.symbol)] += 1
    found = [each for scope in scopes for each in (*_unused(source, scope), *_used_once(source, scope, uses))]
    return tuple(sorted(found, key=lambda each: each.span.start if each.span else 0)[:LISTED_ADVICE])


def _unused(source: Source, scope: Scope) -> Iterator[Finding]:
    """Parameters and bindings that stand where they are declared and nowhere else."""
    used = {symbol.account or symbol.key for symbol in scope.symbols.values() if symbol.blocks}
    for parameter in scope.intent.parameters:
        if parameter.name not in used:
            message = f"parameter {quoted(parameter.name)} is not used, expected a line that names it"
            yield _advice(source, scope, "UNUSED", message, parameter.start, parameter.end)
    bound = {reference.binding for reference in scope.references.values()}
    for name, binding in scope.bindings.items():
        if name not in bound:
            message = f"binding {quoted(name)} is not used, expected a line that names it"
            yield _advice(source, scope, "UNUSED", message, binding.start, binding.end)


def _used_once(source: Source, scope: Scope, uses: Counter[str]) -> Iterator[Finding]:
    for symbol in scope.symbols.values():
        name = _undeclared(scope, symbol)
        if name and uses[name] == 1 and symbol.blocks:
            message = f"{quoted(name)} is not declared and used once, expected a name that stands elsewhere too"
            yield _advice(source, scope, "USED_ONCE", message, symbol.start, symbol.end)


def _undeclared(scope: Scope, symbol: Symbol | None) -> str:
    """What is not declared of a symbol: its account, or the lone name; empty where there is nothing such."""
    if symbol is None or symbol.parameter is not None:
        return ""
    if symbol.account:
        return symbol.account if symbol.account in scope.free_accounts else ""
    return symbol.key


def _advice(source: Source, scope: Scope, code: str, message: str, start: int, end: int) -> Finding:
    return Finding(code, message, Disposition.ADVISE, source.span(start, end), scope.intent.name)
