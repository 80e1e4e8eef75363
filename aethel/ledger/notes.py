"""What one check reads and finds as it goes: texts become exact numbers and times, or findings that quote them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from aethel.ledger.amounts import LEDGER, PRICE, Grammar, Refused, scan, scan_whole
from aethel.ledger.checked import LISTED_NUMBERS, Checked
from aethel.ledger.moments import day_of, nanoseconds_of
from aethel.ledger.wording import quoted, safe
from aethel.verdict import Finding

DECIMALS_MOST = 30
"""Decimals of a smallest unit: more than any asset in use has (18)."""


class Notes:
    """The findings of the check `code`. A text that is no number is a finding of G04, or of G11 if it is too long."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.findings: list[Finding] = []

    def found(
        self,
        message: str,
        accounts: Sequence[str] = (),
        numbers: Sequence[tuple[str, str]] = (),
        delta: str = "",
    ) -> None:
        """Adds a finding of this check."""
        named = tuple(dict.fromkeys(safe(account) for account in accounts[:LISTED_NUMBERS] if account))
        self.findings.append(
            Finding(self.code, message, accounts=named, numbers=tuple(numbers[:LISTED_NUMBERS]), delta=delta)
        )

    def concluded(
        self, detail: str, trace: tuple[tuple[str, str], ...] = (), assumptions: tuple[str, ...] = ()
    ) -> Checked:
        """What this check saw; `detail` holds where nothing was found."""
        return Checked(detail, tuple(self.findings), trace[:LISTED_NUMBERS], assumptions[:LISTED_NUMBERS])

    def number(self, text: str, what: str, grammar: Grammar = PRICE) -> Decimal | None:
        """The exact number of a text; by default one that is not negative."""
        found = scan(text, grammar)
        if isinstance(found, Refused):
            self._refuse(found, what)
            return None
        return found

    def signed(self, text: str, what: str) -> Decimal | None:
        """The exact number of a text, which may be negative."""
        return self.number(text, what, LEDGER)

    def whole(self, text: str, what: str) -> int | None:
        """The whole number of a text."""
        found = scan_whole(text)
        if isinstance(found, Refused):
            self._refuse(found, what)
            return None
        return found

    def decimals(self, text: str, what: str) -> int | None:
        """How many decimals a smallest unit has."""
        found = self.whole(text, what)
        if found is not None and found > DECIMALS_MOST:
            self.found(f"the {what} are {found}, expected at most {DECIMALS_MOST}", delta=str(found - DECIMALS_MOST))
            return None
        return found

    def fraction(self, text: str, what: str) -> Fraction | None:
        """The exact value of a fraction such as `1/3`, or of a decimal; neither is negative."""
        above, slash, below = text.partition("/")
        if not slash:
            number = self.number(text, what)
            return None if number is None else Fraction(number)
        numerator = self.whole(above, f"{what}, above the line")
        denominator = self.whole(below, f"{what}, below the line")
        if numerator is None or denominator is None:
            return None
        if denominator == 0:
            self.findings.append(Finding("G04", f"the {what}: {quoted(text)} divides by 0"))
            return None
        return Fraction(numerator, denominator)

    def moment(self, text: str, what: str) -> int | None:
        """The nanoseconds since 1970 of a time such as `2026-01-02T03:04:05Z`."""
        found = nanoseconds_of(text)
        if found is None:
            self._refuse_time(text, what, "a time such as `2026-01-02T03:04:05Z`")
        return found

    def day(self, text: str, what: str) -> int | None:
        """The number of the day of a date such as `2026-01-02`."""
        found = day_of(text)
        if found is None:
            self._refuse_time(text, what, "a date such as `2026-01-02`")
        return found

    def _refuse(self, refused: Refused, what: str) -> None:
        self.findings.append(Finding("G11" if refused.too_long else "G04", f"the {what}: {refused.message}"))

    def _refuse_time(self, text: str, what: str, expected: str) -> None:
        self.findings.append(Finding("G29", f"the {what}: {quoted(text)} is none, expected {expected}"))
