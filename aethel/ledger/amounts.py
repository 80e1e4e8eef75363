"""The amount grammar: a hand-written scanner from text to exact numbers, with a sentence for every way to be wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from aethel.ledger.wording import quoted, safe

_SIGNS = frozenset("+-\N{MINUS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}")
_SEPARATORS = frozenset(",_'\N{RIGHT SINGLE QUOTATION MARK}\N{ARABIC THOUSANDS SEPARATOR}\N{ARABIC DECIMAL SEPARATOR}")
_WHOLE_CHARACTERS = frozenset("0123456789")
_NOT_FINITE = frozenset({"nan", "snan", "qnan", "inf", "infinity"})


@dataclass(frozen=True, slots=True)
class Grammar:
    """Which texts are amounts: ASCII digits without leading zeros, where `signed` after one `-`, where
    `fraction_digits` is not 0 with a point between digits; never more digits than the limits say. No limit is below
    `whole_digits`, but for a fraction that is not admitted at all.
    """

    expected: str
    signed: bool
    whole_digits: int
    fraction_digits: int
    total_digits: int


PLAIN = Grammar("an amount such as `12.34`", False, 18, 18, 36)
"""`(0|[1-9][0-9]{0,17})(\\.[0-9]{1,18})?`: what every common decimal column holds."""

LEDGER = Grammar("a decimal such as `-12.34`", True, 80, 80, 80)
"""Amounts of postings and balances: as long as a literal of the intent language may be."""

PRICE = Grammar("a price such as `12.34`", False, 80, 80, 80)
"""Like LEDGER, never negative."""

_WHOLE_DIGITS = 80
WHOLE = Grammar("a whole number such as `1234`", False, _WHOLE_DIGITS, 0, _WHOLE_DIGITS)
"""Counts of the smallest unit: wide enough for every 256-bit number, which has at most 78 digits."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a text is no amount: a whole sentence that quotes it. `too_long` where only its length is wrong."""

    message: str
    too_long: bool = False


def scan(text: str, grammar: Grammar) -> Decimal | Refused:
    """The exact number `text` stands for under `grammar`, or why it stands for none.

    Reads at most `total_digits + 3` characters, however long the text is.
    """
    if len(text) <= grammar.whole_digits:  # too short to break a limit
        try:
            number = Decimal(text)
        except InvalidOperation:
            return _scan(text, grammar)
        # The usual case: what is written back as it came has one sign at most, a digit on both sides of a point, and no
        # zero in front. Only exponents, infinities and NaN are written so as well.
        is_plain = str(number) == text and number.is_finite() and "E" not in text
        if is_plain and (grammar.signed or text[0] != "-") and (grammar.fraction_digits or "." not in text):
            return number
    return _scan(text, grammar)


def scan_all(texts: Sequence[str], grammar: Grammar) -> list[Decimal] | None:
    """What `scan` says of each of many texts, in half the time, where all are amounts of few digits; None where one is
    not or may not be, and then each is to be scanned.
    """
    if max(map(len, texts), default=0) > grammar.whole_digits or not _characters(grammar).issuperset("".join(texts)):
        return None
    try:
        numbers = list(map(Decimal, texts))
    except InvalidOperation:
        return None
    # As in `scan`: none is other than a number in plain digits, or it would not be written as it came.
    return numbers if list(map(str, numbers)) == list(texts) else None


def _characters(grammar: Grammar) -> frozenset[str]:
    """What an amount is written with: neither exponents nor words."""
    return _WHOLE_CHARACTERS | ({"-"} if grammar.signed else set()) | ({"."} if grammar.fraction_digits else set())


def scan_whole_all(texts: Sequence[str]) -> list[int] | None:
    """What `scan_whole` says of each of many texts, as `scan_all` does it."""
    if max(map(len, texts), default=0) > _WHOLE_DIGITS or not _WHOLE_CHARACTERS.issuperset("".join(texts)):
        return None
    try:
        numbers = list(map(int, texts))
    except ValueError:
        return None
    return numbers if list(map(str, numbers)) == list(texts) else None


def scan_whole(text: str) -> int | Refused:
    """The whole number `text` stands for under `WHOLE`, or why it stands for none."""
    if len(text) <= _WHOLE_DIGITS and text.isdigit() and text.isascii() and (text[0] != "0" or text == "0"):
        return int(text)
    found = _scan(text, WHOLE)
    return found if isinstance(found, Refused) else int(found)


def _scan(text: str, grammar: Grammar) -> Decimal | Refused:
    head = text[: grammar.total_digits + 3]
    start = 1 if grammar.signed and head.startswith("-") else 0
    whole, point, fraction = head[start:].partition(".")
    if not _are_digits(whole) or (point and not (grammar.fraction_digits and _are_digits(fraction))):
        return Refused(f"{quoted(text)} {_fault(head, start, grammar)}, expected {grammar.expected}")
    if whole[0] == "0" and len(whole) > 1:
        return Refused(f"{quoted(text)} has a leading zero, expected {grammar.expected}")
    digits = len(whole) + len(fraction)
    if len(whole) > grammar.whole_digits or len(fraction) > grammar.fraction_digits or digits > grammar.total_digits:
        return Refused(f"{quoted(text)} has too many digits, expected {_limits(grammar)}", too_long=True)
    return Decimal(head)


def _are_digits(text: str) -> bool:
    """Whether `text` is one or more of the ten ASCII digits; `isdigit` alone admits those of other scripts."""
    return text.isascii() and text.isdigit()


def _limits(grammar: Grammar) -> str:
    if grammar.whole_digits == grammar.total_digits:
        return f"at most {grammar.total_digits} digits in all"
    return f"at most {grammar.whole_digits} before and {grammar.fraction_digits} after the point"


def _fault(head: str, start: int, grammar: Grammar) -> str:
    """What is wrong first, read from left to right."""
    if not head:
        return "is empty"
    if head.strip("+-").lower() in _NOT_FINITE:
        return "is not a finite number"
    position = _after_digits(head, start)
    if grammar.fraction_digits and start < position and head.startswith(".", position):
        position = _after_digits(head, position + 1)
    if position == len(head):
        return "ends where a digit belongs"
    return f"has {_named(head, position)} `{safe(head[position])}` at position {position + 1}"


def _after_digits(head: str, start: int) -> int:
    position = start
    while position < len(head) and "0" <= head[position] <= "9":
        position += 1
    return position


def _named(head: str, position: int) -> str:
    character = head[position]
    after_digit = position > 0 and head[position - 1].isdecimal()
    if character in _SIGNS:
        return "a sign"
    if character in "eE" and after_digit:
        return "an exponent"
    if character in "xXoObB" and head[:position].lstrip("-") == "0":
        return "a base prefix"
    if character in _SEPARATORS:
        return "a separator"
    if character.isspace():
        return "white space"
    if character == ".":
        return "a misplaced point"
    if character.isnumeric():
        return "a digit other than 0 to 9"
    if unicodedata.category(character) == "Sc":
        return "a currency sign"
    return "an unexpected character"
