"""Programs as their generator means them: trees of their own, which no part of the product reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import Enum
from fractions import Fraction
from typing import Any


class Kind(Enum):
    """What values a type has."""

    MONEY = "money"
    INTEGER = "integer"
    RATIONAL = "rational"
    BOOLEAN = "boolean"
    IDENTITY = "identity"


class Time(Enum):
    """Which state a name is read in; what is no state has one value, which is its value before."""

    BEFORE = "before"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Type:
    """A type: `written` as a parameter declares it, empty where it is left to inference; bounds in smallest units."""

    kind: Kind
    written: str
    asset: str = ""
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Symbol:
    """A lone name, or the cell `field` of the account `name`; `local` is a name that `verify` defines."""

    name: str
    type: Type
    field: str = ""
    state: bool = False
    declared: bool = True
    local: bool = False
    secret: bool = False
    external: bool = False

    @property
    def key(self) -> str:
        """How the reference interpreter names it."""
        joint = "_" if self.declared else "."
        return f"{self.name}{joint}{self.field}" if self.field else self.name


@dataclass(frozen=True, slots=True)
class Number:
    """A literal; `asset` is the asset it counts for, None for a pure factor, rate or whole number."""

    text: str
    asset: str | None = None
    percent: bool = False

    @property
    def value(self) -> Fraction:
        return Fraction(self.text) / (100 if self.percent else 1)

    @property
    def decimals(self) -> int:
        return len(self.text.partition(".")[2])


@dataclass(frozen=True, slots=True)
class Word:
    """`zero`, `true` or `false`."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text literal."""

    value: str


@dataclass(frozen=True, slots=True)
class Read:
    """The value of a symbol."""

    symbol: Symbol
    time: Time = Time.BEFORE


@dataclass(frozen=True, slots=True)
class Named:
    """A binding or a loop variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Negate:
    operand: Expression


@dataclass(frozen=True, slots=True)
class Arith:
    """`+ - * / %`; `type` is that of the result, which says to what a quotient is rounded."""

    operator: str
    left: Expression
    right: Expression
    type: Type


@dataclass(frozen=True, slots=True)
class Call:
    """`min`, `max`, `div_ceil` or `div_half_even`."""

    function: str
    left: Expression
    right: Expression
    type: Type


@dataclass(frozen=True, slots=True)
class Compare:
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Junction:
    """`and` or `or` of several conditions, evaluated from left to right."""

    word: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expression


@dataclass(frozen=True, slots=True)
class Implies:
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Choose:
    """`if condition then … else …`."""

    condition: Expression
    then: Expression
    other: Expression


Expression = Number | Word | Text | Read | Named | Negate | Arith | Call | Compare | Junction | Not | Implies | Choose


@dataclass(frozen=True, slots=True)
class Assign:
    target: Symbol
    operator: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Transfer:
    source: Symbol
    destination: Symbol
    amount: Expression


@dataclass(frozen=True, slots=True)
class Issue:
    """`mint` or `burn`."""

    kind: str
    target: Symbol
    amount: Expression


@dataclass(frozen=True, slots=True)
class Require:
    condition: Expression


@dataclass(frozen=True, slots=True)
class Branch:
    condition: Expression
    then: tuple[Statement, ...]
    other: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class For:
    name: str
    low: int
    high: int
    body: tuple[Statement, ...]


Statement = Assign | Transfer | Issue | Require | Branch | For


@dataclass(frozen=True, slots=True)
class Binding:
    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Check:
    """A condition line; in a guard `bounds` marks a line that keeps a variable small and is never mutated."""

    condition: Expression
    secret: bool = False
    external: bool = False
    bounds: bool = False


@dataclass(frozen=True, slots=True)
class CheckIf:
    condition: Expression
    then: tuple[VerifyLine, ...]
    other: tuple[VerifyLine, ...]


@dataclass(frozen=True, slots=True)
class Define:
    """An equation that gives `symbol` its value after; `form` picks one of the ways to write it."""

    symbol: Symbol
    value: Expression
    form: int = 0

    def equation(self) -> Compare:
        """The equation as written: the symbol once, linearly, on either side."""
        own, value = Read(self.symbol, Time.NOW), self.value
        if self.form == 1:
            return Compare("==", value, own)
        if isinstance(value, Arith) and value.operator == "+" and self.form in (2, 3):
            if self.form == 2:
                return Compare("==", Arith("-", own, value.right, value.type), value.left)
            return Compare("==", value.right, Arith("-", own, value.left, value.type))
        if isinstance(value, Arith) and value.operator == "-" and self.form in (2, 3):
            if self.form == 2:
                return Compare("==", Arith("+", own, value.right, value.type), value.left)
            return Compare("==", Arith("-", value.left, own, value.type), value.right)
        if self.form == 4 and self.symbol.type.kind in (Kind.MONEY, Kind.INTEGER):
            return Compare("==", Negate(own), Negate(value))
        return Compare("==", own, value)


VerifyLine = Check | CheckIf | Define


@dataclass(frozen=True, slots=True)
class Account:
    """An account name; `asset` is what its balance holds, `written` its declared type, empty where undeclared."""

    name: str
    asset: str
    written: str


@dataclass(frozen=True, slots=True)
class Intent:
    """One intent; `effect` is None in the declarative form. `parameters` in declaration order."""

    name: str
    parameters: tuple[Symbol | Account, ...]
    accounts: tuple[Account, ...]
    guard: tuple[Binding | Check, ...]
    settings: tuple[tuple[str, str], ...]
    effect: tuple[Statement, ...] | None
    verify: tuple[VerifyLine, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    name: str
    intents: tuple[Intent, ...]


@dataclass(frozen=True, slots=True)
class File:
    """Everything one text holds."""

    items: tuple[Intent | Batch, ...]

    @property
    def intents(self) -> tuple[Intent, ...]:
        return tuple(intent for item in self.items for intent in (item.intents if isinstance(item, Batch) else (item,)))


def walk(node: Any) -> Iterator[Any]:
    """Every node of a tree, parents first."""
    if isinstance(node, tuple):
        for part in node:
            yield from walk(part)
    elif hasattr(node, "__dataclass_fields__") and not isinstance(node, Type):
        yield node
        if not isinstance(node, Symbol | Account):
            for each in fields(node):
                yield from walk(getattr(node, each.name))


def symbols_of(node: Any) -> tuple[Symbol, ...]:
    """Every symbol of a tree, each once, in order of occurrence."""
    return tuple(dict.fromkeys(found for found in walk(node) if isinstance(found, Symbol)))


REGISTERED = {"EUR": 2, "USD": 2, "JPY": 0}
"""The assets of the registry that programs use, with their decimals (ISO 4217)."""


def scales_of(file: File) -> dict[str, int]:
    """Decimals of every asset: the registered ones, else the most of any literal that counts for the asset."""
    found = dict(REGISTERED)
    for node in _counted(file.items, meets_money=True):
        if node.asset is not None and node.asset not in REGISTERED:
            found[node.asset] = max(found.get(node.asset, 0), node.decimals)
    return found


def _counted(node: Any, *, meets_money: bool) -> Iterator[Number]:
    """The literals whose digits count: those that meet money as they stand or in a sum or choice of literals."""
    if isinstance(node, tuple):
        for part in node:
            yield from _counted(part, meets_money=meets_money)
    elif isinstance(node, Number):
        if meets_money:
            yield node
    elif isinstance(node, Arith | Call | Choose | Negate):
        operands = _operands(node)
        if not _keeps(node):
            # A factor or a dividend is no amount.
            counts = [not _is_constant(operand) for operand in operands]
        elif all(map(_is_constant, operands)):
            counts = [meets_money and all(map(_is_literal, operands))] * len(operands)
        else:
            counts = [True] * len(operands)
        for operand, counted in zip(operands, counts, strict=True):
            yield from _counted(operand, meets_money=counted)
        if isinstance(node, Choose):
            yield from _counted(node.condition, meets_money=True)
    elif hasattr(node, "__dataclass_fields__") and not isinstance(node, Symbol | Account | Type):
        for each in fields(node):
            yield from _counted(getattr(node, each.name), meets_money=True)


def _operands(node: Arith | Call | Choose | Negate) -> tuple[Expression, ...]:
    match node:
        case Arith() | Call():
            return (node.left, node.right)
        case Choose():
            return (node.then, node.other)
        case Negate():
            return (node.operand,)


def _keeps(node: Arith | Call | Choose | Negate) -> bool:
    """Whether a value of this expression is one of its operands, or a sum of them."""
    match node:
        case Arith():
            return node.operator in "+-"
        case Call():
            return node.function in ("min", "max")
        case Choose() | Negate():
            return True


def _is_constant(node: Expression) -> bool:
    """Whether it is made of literals alone, by whatever operators."""
    if isinstance(node, Arith | Call | Choose | Negate):
        return all(map(_is_constant, _operands(node)))
    return isinstance(node, Number) or (isinstance(node, Word) and node.text == "zero")


def _is_literal(node: Expression) -> bool:
    """Whether it is a literal, or a sum or choice of literals."""
    if isinstance(node, Arith | Call | Choose | Negate):
        return _keeps(node) and all(map(_is_literal, _operands(node)))
    return _is_constant(node)
