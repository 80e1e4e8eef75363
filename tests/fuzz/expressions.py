"""Random expressions, typed by construction: what stands in them is what the language lets stand there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from tests.fuzz.model import (
    REGISTERED,
    Arith,
    Call,
    Choose,
    Compare,
    Expression,
    Implies,
    Junction,
    Kind,
    Negate,
    Not,
    Number,
    Read,
    Text,
    Type,
    Word,
)

_Item = TypeVar("_Item")

WHOLE = Type(Kind.INTEGER, "Int")
RATIO = Type(Kind.RATIONAL, "Decimal")
TRUTH = Type(Kind.BOOLEAN, "Bool")
_ORDERINGS = ("<", "<=", ">", ">=")


def money(asset: str, written: str = "") -> Type:
    """The type of money of an asset."""
    return Type(Kind.MONEY, written, asset)


@dataclass(slots=True)
class Pool:
    """The leaves an expression may read; identities by the name of their type."""

    money: dict[str, list[Expression]] = field(default_factory=dict)
    integers: list[Expression] = field(default_factory=list)
    rationals: list[Expression] = field(default_factory=list)
    truths: list[Expression] = field(default_factory=list)
    identities: dict[str, list[Expression]] = field(default_factory=dict)


@dataclass(slots=True)
class Expressions:
    """Makes expressions over a pool. `fine` says that literals of unregistered assets may have a decimal."""

    random: Random
    pool: Pool
    fine: bool = False

    def literal(self, asset: str, low: int = 0, high: int = 6) -> Number:
        """A small amount of an asset, mostly of its smallest units."""
        decimals = REGISTERED.get(asset, 1 if self.fine and self.random.random() < 0.6 else 0)
        if self.random.random() < 0.004:
            return Number(str(2**63), asset)
        count = self.random.randint(low, high)
        if decimals == 0 or (decimals == 2 and self.random.random() < 0.2):
            return Number(str(count), asset)
        whole, part = divmod(count if decimals == 2 else 5 * count, 10**decimals)
        return Number(f"{whole}.{part:0{decimals}d}", asset)

    def money(self, asset: str, depth: int) -> Expression:
        """An amount, which may be negative or fractional."""
        leaves = self.pool.money.get(asset, [])
        type_ = money(asset)
        if depth <= 0 or not leaves or self.random.random() < 0.25:
            return self._leaf(leaves, lambda: self.literal(asset))
        match self._pick("sum", "sum", "factor", "quotient", "call", "choose", "share", "negate", "remainder"):
            case "sum":
                # A literal counts for the asset only beside money, so the left side is a name.
                left = self.random.choice(leaves)
                return Arith(self._pick("+", "-"), left, self.money(asset, depth - 1), type_)
            case "factor":
                factor, amount = self.integer(depth - 1), self.random.choice(leaves)
                pair = (factor, amount) if self.random.random() < 0.5 else (amount, factor)
                return Arith("*", *pair, type_)
            case "quotient":
                return Arith("/", self.random.choice(leaves), self.divisor(), type_)
            case "call":
                return self.rounded(asset, self.random.choice(leaves), depth)
            case "choose":
                return Choose(self.condition(depth - 1), self.random.choice(leaves), self.money(asset, depth - 1))
            case "share":
                return Arith("*", self.random.choice(leaves), self.rate(), type_)
            case "negate":
                return Negate(self.random.choice(leaves))
            case _:
                if REGISTERED.get(asset) == 2 or self.fine:
                    return self.random.choice(leaves)
                return Arith("%", self.random.choice(leaves), self.divisor(), type_)

    def rounded(self, asset: str, amount: Expression, depth: int) -> Expression:
        """A function of an amount that is money again."""
        type_ = money(asset)
        function = self._pick("min", "max", "div_ceil", "div_half_even")
        if function in ("min", "max"):
            return Call(function, amount, self.money(asset, depth - 1), type_)
        return Call(function, amount, self.divisor(), type_)

    def rate(self) -> Expression:
        """A pure factor: a percentage, a decimal or a rate."""
        match self._pick("percent", "decimal", "rate"):
            case "percent":
                return Number(self._pick("3", "10", "50", "100", "2.5"), percent=True)
            case "decimal":
                return Number(self._pick("0.5", "1.5", "0.25", "2.0"))
        return self._leaf(self.pool.rationals, lambda: Number("0.5"))

    def divisor(self) -> Expression:
        """Something to divide by, mostly a literal that is not zero."""
        if self.pool.integers and self.random.random() < 0.1:
            return self.random.choice(self.pool.integers)
        number: Expression = Number(str(self.random.randint(1, 5)))
        return Negate(number) if self.random.random() < 0.15 else number

    def integer(self, depth: int) -> Expression:
        """A whole number that is not money."""
        leaves = self.pool.integers
        if depth <= 0 or not leaves or self.random.random() < 0.2:
            return self._leaf(leaves, self.count)
        match self._pick("sum", "sum", "product", "quotient", "quotient", "remainder", "call", "choose", "negate"):
            case "sum":
                return Arith(self._pick("+", "-"), self.integer(depth - 1), self.integer(depth - 1), WHOLE)
            case "product":
                return Arith("*", self.count(), self.integer(depth - 1), WHOLE)
            case "quotient":
                return Arith("/", self.random.choice(leaves), self.divisor(), WHOLE)
            case "remainder":
                return Arith("%", self.integer(depth - 1), self.divisor(), WHOLE)
            case "call":
                function = self._pick("min", "max", "div_ceil", "div_half_even")
                second = self.divisor() if function.startswith("div") else self.integer(depth - 1)
                return Call(function, self.random.choice(leaves), second, WHOLE)
            case "choose":
                return Choose(self.condition(depth - 1), self.integer(depth - 1), self.random.choice(leaves))
            case _:
                return Negate(self.random.choice(leaves))

    def count(self) -> Expression:
        """A small whole literal."""
        return Number(str(self.random.randint(0, 4)))

    def rational(self, depth: int) -> Expression:
        """An exact fraction that is not money, with a name in it; literals divide exactly here."""
        leaf = self.random.choice(self.pool.rationals)
        if depth <= 0:
            return leaf
        match self._pick("sum", "product", "quotient", "thirds", "thirds", "thirds", "call"):
            case "sum":
                # An undeclared name beside a rational would be one itself.
                typed = [found for found in self.pool.integers if isinstance(found, Read) and found.symbol.type.written]
                return Arith(self._pick("+", "-"), leaf, self._leaf(typed, self.rate), RATIO)
            case "product":
                return Arith("*", leaf, self.rate(), RATIO)
            case "quotient":
                return Arith("/", leaf, Number(self._pick("2", "3", "0.5")), RATIO)
            case "thirds":
                exact = Arith("/", Number("1"), Number(self._pick("2", "3")), RATIO)
                return Arith(self._pick("+", "*"), leaf, exact, RATIO)
            case _:
                return Call(self._pick("min", "max"), leaf, self.rate(), RATIO)

    def condition(self, depth: int) -> Expression:
        """A truth."""
        if depth > 0 and self.random.random() < 0.35:
            match self._pick("and", "or", "not", "implies", "guarded"):
                case "and" | "or" as word:
                    count = self._pick(2, 2, 3)
                    return Junction(word, tuple(self.condition(depth - 1) for _ in range(count)))
                case "not":
                    return Not(self.condition(depth - 1))
                case "implies":
                    return Implies(self.condition(depth - 1), self.condition(depth - 1))
                case _:
                    return self.guarded()
        return self._atom(depth)

    def guarded(self) -> Expression:
        """A division that is only reached where its divisor is not zero."""
        if not self.pool.integers:
            return Word("true")
        if self.pool.money and self.random.random() < 0.3:
            return self._ratio()
        divisor = self.random.choice(self.pool.integers)
        amount = self.integer(1)
        safe = Compare(self._pick("!=", ">"), divisor, Number("0"))
        divided: Expression = Compare("<=", Arith("/", amount, divisor, WHOLE), amount)
        if self.random.random() < 0.4:
            divided = Compare("<", Arith("%", amount, divisor, WHOLE), divisor)
        match self._pick("and", "or", "implies", "choose"):
            case "and":
                return Junction("and", (safe, divided))
            case "or":
                return Junction("or", (Compare("==", divisor, Number("0")), divided))
            case "implies":
                return Implies(safe, divided)
            case _:
                return Choose(safe, divided, Word("true"))

    def _ratio(self) -> Expression:
        """Money by money, an exact rational, where the divisor is more than zero."""
        amounts = self.random.choice(list(self.pool.money.values()))
        above, below = self.random.choice(amounts), self.random.choice(amounts)
        ratio = Compare(self._pick(*_ORDERINGS), Arith("/", above, below, RATIO), self.rate())
        return Junction("and", (Compare(">", below, Word("zero")), ratio))

    def _atom(self, depth: int) -> Expression:
        kinds = ["money"] * 3 * bool(self.pool.money) + ["integer"] * 2 * bool(self.pool.integers)
        kinds += ["rational"] * 2 * bool(self.pool.rationals) + ["truth"] * bool(self.pool.truths)
        kinds += ["identity"] * 2 * bool(self.pool.identities)
        match self.random.choice(kinds or ["integer"]):
            case "money":
                asset, leaves = self.random.choice(list(self.pool.money.items()))
                left, right = self.random.choice(leaves), self.money(asset, depth)
                if self.random.random() < 0.1:
                    right = Word("zero")
                return self._compared(left, right)
            case "integer":
                if self.random.random() < 0.1:
                    floored = Arith("/", Number(self._pick("7", "8")), self.divisor(), WHOLE)
                    return self._compared(self.integer(0), floored)
                return self._compared(self.integer(depth), self.integer(depth))
            case "rational":
                return self._compared(self.rational(depth), self.rate())
            case "truth":
                truth = self.random.choice(self.pool.truths)
                if self.random.random() < 0.3:
                    return Compare(self._pick("==", "!="), truth, Word(self._pick("true", "false")))
                return truth
            case _:
                return self.same()

    def same(self) -> Expression:
        """Whether two identities are the same, or one is a text."""
        name, leaves = self.random.choice(list(self.pool.identities.items()))
        left = self.random.choice(leaves)
        others = [leaf for leaf in leaves if leaf != left]
        right: Expression = Text(self._pick("open", "shut"))
        if others and self.random.random() < 0.6:
            right = self.random.choice(others)
        elif name == "Account":
            right = Text("treasury")
        return Compare(self._pick("==", "!="), left, right)

    def _compared(self, left: Expression, right: Expression) -> Expression:
        operator = self._pick(*_ORDERINGS, *_ORDERINGS, "==", "!=")
        if self.random.random() < 0.15:
            left, right = right, left
        return Compare(operator, left, right)

    def _leaf(self, leaves: Sequence[Expression], otherwise: Callable[[], Expression]) -> Expression:
        return self.random.choice(leaves) if leaves and self.random.random() < 0.75 else otherwise()

    def _pick(self, *choices: _Item) -> _Item:
        return self.random.choice(choices)

    def called(self, function: str, left: Expression, right: Expression, asset: str) -> Expression:
        """A function of money."""
        return Call(function, left, right, money(asset))
