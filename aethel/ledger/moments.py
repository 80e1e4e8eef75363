"""Dates and times as RFC 3339 writes them, read by hand: no other form is guessed, and nothing is rounded."""

from __future__ import annotations

from datetime import date

_NANOSECOND_DIGITS = 9
_SECOND_NS = 1_000_000_000
_DATE_CHARS = 10
_CLOCK_CHARS = 8
_EPOCH = date(1970, 1, 1).toordinal()


def day_of(text: str) -> int | None:
    """The day number of `2026-01-02` in the proleptic Gregorian calendar; None for any other text or no such day."""
    if len(text) != _DATE_CHARS or text[4] != "-" or text[7] != "-":
        return None
    year, month, day = _digits(text[:4]), _digits(text[5:7]), _digits(text[8:])
    if year is None or month is None or day is None:
        return None
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return None


def nanoseconds_of(text: str) -> int | None:
    """The nanoseconds since 1970 of `2026-01-02T03:04:05.5+01:00` or `…Z`; None for any other text or no such time.

    RFC 3339 with at most nine digits of a second, upper-case letters, and no leap seconds, which no ledger counts.
    """
    day = day_of(text[:_DATE_CHARS])
    rest = text[_DATE_CHARS:]
    if day is None or not rest.startswith("T"):
        return None
    seconds = _clock(rest[1 : 1 + _CLOCK_CHARS])
    rest = rest[1 + _CLOCK_CHARS :]
    fraction = 0
    if rest.startswith("."):
        end = next((at for at, char in enumerate(rest[1:], 1) if not "0" <= char <= "9"), len(rest))
        digits = rest[1:end]
        if not 1 <= len(digits) <= _NANOSECOND_DIGITS:
            return None
        fraction = int(digits.ljust(_NANOSECOND_DIGITS, "0"))
        rest = rest[end:]
    offset = _offset(rest)
    if seconds is None or offset is None:
        return None
    return ((day - _EPOCH) * 86_400 + seconds - offset) * _SECOND_NS + fraction


def _clock(text: str) -> int | None:
    """The seconds of `03:04:05`."""
    if len(text) != _CLOCK_CHARS or text[2] != ":" or text[5] != ":":
        return None
    hour, minute, second = _digits(text[:2]), _digits(text[3:5]), _digits(text[6:])
    if hour is None or minute is None or second is None or hour > 23 or minute > 59 or second > 59:
        return None
    return hour * 3600 + minute * 60 + second


def _offset(text: str) -> int | None:
    """The seconds of `Z`, `+01:00` or `-01:00`."""
    if text == "Z":
        return 0
    if len(text) != 6 or text[0] not in "+-":
        return None
    seconds = _clock(text[1:] + ":00")
    return seconds if seconds is None or text[0] == "+" else -seconds


def _digits(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
