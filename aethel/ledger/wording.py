"""How checks write texts and numbers for people: foreign text made safe and short, numbers exact and plain."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

QUOTED_CHARACTERS = 60
"""Foreign text in a message is cut here: enough to recognise it, too short to flood a log."""

NAME_CHARACTERS = 256
"""Account names in a finding are cut here; ledgers in use stay far below."""


def safe(text: str, most_characters: int = NAME_CHARACTERS) -> str:
    """`text` with every unprintable character and lone surrogate escaped, cut after `most_characters`."""
    head = text[:most_characters]
    shown = head if head.isprintable() else "".join(map(_escaped, head))
    return shown if len(text) <= most_characters else f"{shown}…"


def quoted(text: str) -> str:
    """`text` in backticks, safe and short, for a message."""
    return f"`{safe(text, QUOTED_CHARACTERS)}`"


def counted(count: int, one: str, many: str) -> str:
    """`1 posting`, `2 postings`."""
    return f"{count} {one if count == 1 else many}"


def plain(number: Decimal | int | Fraction) -> str:
    """The exact value as decimal text without exponent or trailing zeros; as `a/b` where no decimal text is exact."""
    if isinstance(number, Decimal):
        text = format(number, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text
    fraction = Fraction(number)
    places = _places(fraction.denominator)
    if places is None:
        return f"{fraction.numerator}/{fraction.denominator}"
    digits = str(abs(fraction.numerator) * 10**places // fraction.denominator).rjust(places + 1, "0")
    sign = "-" if fraction < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def _places(denominator: int) -> int | None:
    """How many decimals a fraction with this denominator needs, None where no number of them suffices."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None


def _escaped(character: str) -> str:
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"
