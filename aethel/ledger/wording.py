"""How checks write texts and numbers for people: foreign text made safe and short, numbers exact and plain."""

from __future__ import annotations

from decimal import Decimal

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


def plain(number: Decimal) -> str:
    """The exact value as decimal text without exponent or trailing zeros."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _escaped(character: str) -> str:
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"
