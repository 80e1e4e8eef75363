"""Types of the intent language and what each admits."""

from __future__ import annotations

from dataclasses import dataclass

from aethel.intent.terms import Sort

DEFAULT_ASSET = ""
"""The asset of bare `Balance`, `Amount` and of cells of accounts without a declared asset."""

MONEY_MAXIMUM_MINOR = 2**63 - 1
"""Largest amount of unsized money, in minor units: what a signed 64-bit ledger column holds."""


@dataclass(frozen=True, slots=True)
class Money:
    """A non-negative amount of one asset, conserved; `maximum_minor` in minor units of the asset."""

    asset: str = DEFAULT_ASSET
    maximum_minor: int = MONEY_MAXIMUM_MINOR

    def __str__(self) -> str:
        return f"Balance<{self.asset}>" if self.asset else "Balance"


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number that is not money; unsized when both bounds are None."""

    minimum: int | None = None
    maximum: int | None = None
    name: str = "Int"

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Rational:
    """An exact rational that is not money. A `Rate<A/B>` says how many A one B is worth."""

    numerator_asset: str | None = None
    denominator_asset: str | None = None
    name: str = "Decimal"

    def __str__(self) -> str:
        if self.numerator_asset is not None:
            return f"{self.name}<{self.numerator_asset}/{self.denominator_asset}>"
        return self.name


@dataclass(frozen=True, slots=True)
class Boolean:
    """A truth value."""

    def __str__(self) -> str:
        return "Bool"


@dataclass(frozen=True, slots=True)
class Text:
    """Human text, compared only for equality; `maximum_length` in code points, None for the default limit."""

    maximum_length: int | None = None

    def __str__(self) -> str:
        return "Text"


@dataclass(frozen=True, slots=True)
class Hash:
    """A digest, compared only for equality."""

    def __str__(self) -> str:
        return "Hash"


@dataclass(frozen=True, slots=True)
class Account:
    """An account; its `balance` cell holds `asset`."""

    asset: str = DEFAULT_ASSET

    def __str__(self) -> str:
        return f"Account<{self.asset}>" if self.asset else "Account"


@dataclass(frozen=True, slots=True)
class Opaque:
    """A nominal type nothing is known of: only equality."""

    name: str

    def __str__(self) -> str:
        return self.name


Type = Money | Integer | Rational | Boolean | Text | Hash | Account | Opaque


def sort_of(type_: Type) -> Sort:
    """The sort of the terms that hold values of this type; money is a whole number of minor units."""
    match type_:
        case Money() | Integer():
            return Sort.INT
        case Rational():
            return Sort.RATIONAL
        case Boolean():
            return Sort.BOOL
        case Text() | Hash() | Account() | Opaque():
            return Sort.IDENTITY


def bounds_of(type_: Type) -> tuple[int | None, int | None]:
    """The least and the greatest value of a numeric type, in minor units for money; None where unbounded."""
    match type_:
        case Money(maximum_minor=maximum):
            return 0, maximum
        case Integer(minimum=minimum, maximum=maximum):
            return minimum, maximum
        case _:
            return None, None
