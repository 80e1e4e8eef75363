"""Which cells and externals the expressions of one intent read, as sets of bits, so that walking stays linear."""

from __future__ import annotations

from dataclasses import dataclass

from aethel.intent import syntax
from aethel.intent.scope import Scope, Symbol, Time
from aethel.intent.traversal import names_in


@dataclass(frozen=True, slots=True)
class Read:
    """What an expression reads: cells in their `current` state, cells as they were `before` (through bindings too),
    and `externals`. Each is a set of bits, one of each symbol of the intent."""

    current: int = 0
    before: int = 0
    externals: int = 0

    def __or__(self, other: Read) -> Read:
        return Read(self.current | other.current, self.before | other.before, self.externals | other.externals)


class Reads:
    """Bits for the symbols of one scope, and what its expressions read; `work` counts the names looked at."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._symbols = list(scope.symbols.values())
        self._bits = {symbol: 1 << index for index, symbol in enumerate(self._symbols)}
        self._bindings: dict[str, Read] | None = None
        self.work = 0

    def bit(self, symbol: Symbol) -> int:
        return self._bits[symbol]

    def target(self, name: syntax.Name) -> Symbol:
        """The cell that a statement names to write it."""
        symbol = self._scope.reference(name).symbol
        assert symbol is not None
        return symbol

    def current(self, expression: syntax.Expression) -> int:
        """The cells that an expression reads in their current state, as bits; a binding reads none."""
        bits = 0
        for name in names_in(expression):
            self.work += 1
            reference = self._scope.reference(name)
            if reference.symbol is not None and reference.time is not Time.BEFORE:
                bits |= self._bits[reference.symbol]
        return bits

    def of(self, expression: syntax.Expression) -> Read:
        current = before = externals = 0
        for name in names_in(expression):
            self.work += 1
            reference = self._scope.reference(name)
            if reference.binding is not None:
                bound = self._bound()[reference.binding]
                before, externals = before | bound.before, externals | bound.externals
            elif reference.symbol is not None:
                bit = self._bits[reference.symbol]
                if reference.time is Time.BEFORE:
                    before |= bit
                else:
                    current |= bit
                if reference.symbol.external:
                    externals |= bit
        return Read(current, before, externals)

    def _bound(self) -> dict[str, Read]:
        """What each binding reads; one uses earlier ones only, and is evaluated once, in the old state."""
        if self._bindings is None:
            self._bindings = {}
            for name, binding in self._scope.bindings.items():
                found = self.of(binding.value)
                self._bindings[name] = Read(0, found.current | found.before, found.externals)
        return self._bindings

    def first_of(self, bits: int) -> Symbol:
        """One of the symbols in a set that is not empty."""
        return self._symbols[(bits & -bits).bit_length() - 1]
