"""Amounts of a currency as text: plain digits, exact, with no more decimals than ISO 4217 gives the currency."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, Inexact

from aethel.adapters.adapted import NotUnderstood
from aethel.assets import ISO_4217_DECIMALS, nearest
from aethel.wire.exact_json import RowError, shown

MAX_DIGITS = 18
"""Digits of one amount (ISO 20022, ActiveCurrencyAndAmount: totalDigits 18); the other formats state no limit."""

MAX_SUM_DIGITS = 40
"""Digits of a sum that a file states; no sum of what a file may hold is longer."""

_EXACT = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Inexact])
"""Adds without rounding, whatever the default context of the process is."""


def decimal_of(text: str, path: str, most_digits: int = MAX_DIGITS) -> Decimal:
    """The exact number of plain ASCII digits with at most one point between them; raises `RowError`.

    Signs, exponents, separators, spaces and other digits are refused: XML Schema allows some of them, no amount needs
    them, and readers differ on them.
    """
    if len(text) > most_digits + 1:
        raise RowError(f"{shown(path)} is {shown(text)}, expected at most {most_digits} digits")
    whole, point, fraction = text.partition(".")
    plain = _are_digits(whole) and (_are_digits(fraction) if point else True)
    if not plain or (len(whole) > 1 and whole.startswith("0")):
        raise RowError(f"{shown(path)} is {shown(text)}, expected plain digits such as `12.34`")
    if len(whole) + len(fraction) > most_digits:
        raise RowError(f"{shown(path)} is {shown(text)}, expected at most {most_digits} digits")
    return Decimal(text)


def currency_of(code: str, path: str) -> str:
    """An ISO 4217 code with a minor unit; raises `RowError`, or `NotUnderstood` for metals, funds and test codes."""
    if code not in ISO_4217_DECIMALS:
        known = nearest(code[:8], ISO_4217_DECIMALS)
        raise RowError(f"{shown(path)} is {shown(code)}, expected a currency of ISO 4217 such as {known}")
    if ISO_4217_DECIMALS[code] is None:
        raise NotUnderstood(f"{path} {code}")
    return code


def amount_of(text: str, currency: str, path: str, *, may_be_zero: bool = False) -> str:
    """The text of an amount, above zero unless said otherwise, with the decimals of its currency or fewer.

    Raises `RowError`.
    """
    value = decimal_of(text, path)
    decimals = ISO_4217_DECIMALS[currency]
    assert decimals is not None
    if len(text.partition(".")[2]) > decimals:
        raise RowError(f"{shown(path)} is {shown(text)}, expected at most the {decimals} decimals of `{currency}`")
    if not value and not may_be_zero:
        raise RowError(f"{shown(path)} is {shown(text)}, expected more than 0")
    return text


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    found = Decimal(0)
    for amount in amounts:
        found = _EXACT.add(found, amount)
    return found


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
