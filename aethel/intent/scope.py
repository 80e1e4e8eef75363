"""What name resolution finds: symbols, the references to them, and the scope of one intent."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from aethel.intent import syntax
from aethel.intent.source import Source
from aethel.intent.types import Type


class Time(Enum):
    """Which state a spelling names: before, after, or the current one of the block it stands in."""

    BEFORE = "before"
    AFTER = "after"
    PLAIN = "plain"


def spellings_before(key: str) -> tuple[str, ...]:
    """Every way a request may name the value before of the symbol `key`: the state given is the state before."""
    spelled: list[str] = []
    for name in dict.fromkeys((key, key.replace(".", "_"))):
        spelled += (name, f"old_{name}", f"{name}_old", f"{name}_before")
    return tuple(spelled)


class Block(Enum):
    """Where a line stands, which decides what a plain name means."""

    GUARD = "guard"
    EFFECT = "effect"
    VERIFY = "verify"


@dataclass(slots=True, eq=False)
class Symbol:
    """One name or state cell of an intent, completed while the intent is analysed.

    `key` is unique in the intent: `amount`, or `sender.balance` for a cell of an account; `label` names it for people
    (`sender_balance`). `type` is None until
    inferred. `nominal` is the written name of a type that is money or opaque depending on use.
    """

    key: str
    label: str
    account: str
    cell_field: str
    start: int
    end: int
    parameter: syntax.Parameter | None = None
    type: Type | None = None
    nominal: str | None = None
    secret: bool = False
    external: bool = False
    timed: bool = False
    assigned: bool = False
    after_occurs: bool = False
    blocks: set[Block] = field(default_factory=set)
    defined_by: int | None = None

    @property
    def is_balance(self) -> bool:
        """A balance cell of an account, declared or not."""
        return self.account != "" and (self.cell_field == "balance" or self.cell_field.endswith("_balance"))

    @property
    def changeable(self) -> bool:
        """Whether the intent may change it: a balance cell, a name with a before or after form, or one assigned."""
        return self.is_balance or self.timed or self.assigned

    @property
    def known_type(self) -> Type:
        """The type, once inference is done."""
        assert self.type is not None
        return self.type

    def spellings(self) -> tuple[str, ...]:
        """Every way a request may name this symbol, or the value it has before."""
        return spellings_before(self.key)

    @property
    def may_be_fresh(self) -> bool:
        """An undeclared lone name that stands in `verify` only, without other forms: a definition may make it local."""
        return self.parameter is None and self.account == "" and not self.changeable and self.blocks == {Block.VERIFY}


@dataclass(frozen=True, slots=True)
class Reference:
    """What one written name means: a symbol at a time, a binding, or a loop variable."""

    symbol: Symbol | None
    time: Time
    binding: str | None = None
    loop: str | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """All that resolution found in one intent; `references` is keyed by the identity of each `syntax.Name`."""

    intent: syntax.Intent
    source: Source
    symbols: dict[str, Symbol] = field(default_factory=dict)
    references: dict[int, Reference] = field(default_factory=dict)
    bindings: dict[str, syntax.Binding] = field(default_factory=dict)
    accounts: list[str] = field(default_factory=list)
    free_accounts: list[str] = field(default_factory=list)

    def reference(self, name: syntax.Name) -> Reference:
        return self.references[id(name)]
