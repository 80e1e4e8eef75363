"""Texts that are no intents any more: one or a few tokens lost, doubled, swapped or replaced."""

from __future__ import annotations

import re
from random import Random

OVERRIDE = "\u202e"
"""RIGHT-TO-LEFT OVERRIDE: a text that holds it in a comment is an intent, and the Sentinel rejects it all the same."""

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_STRANGE = (
    "{",
    "}",
    "(",
    ";",
    "==",
    "%",
    "old(",
    "9" * 90,
    "é",
    OVERRIDE,
    "\x00",
    "not",
    "€",
    "0x1",
    '"',
    "intent",
    "\r",
)


def garbled(text: str, random: Random) -> str:
    """The text with one to three changes; it may still be an intent, with whatever meaning."""
    tokens = _TOKEN.findall(text)
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(tokens))
        match random.choice(("lose", "double", "swap", "replace", "cut")):
            case "lose":
                tokens[place] = ""
            case "double":
                tokens[place] *= 2
            case "swap":
                other = random.randrange(len(tokens))
                tokens[place], tokens[other] = tokens[other], tokens[place]
            case "replace":
                tokens[place] = random.choice(_STRANGE)
            case _:
                if random.random() < 0.3:
                    tokens = tokens[: place + 1]
    return "".join(tokens)
