"""Texts that mean the same as a given one: other names, other layout, lines and solver seeds in another order."""

from __future__ import annotations

from random import Random

from aethel.intent import syntax
from aethel.intent.lexer import Kind, lex
from aethel.intent.limits import DEFAULT_LIMITS
from aethel.intent.reading import read
from aethel.intent.source import Source

_SYLLABLES = ("ba", "de", "go", "hu", "ki", "lo", "mu", "na", "ro", "sa", "te", "vu")


def mutant(text: str, random: Random) -> str:
    """The one intent of `text` with every declared or bound name renamed and its free lines shuffled."""
    return _renamed(_shuffled(text, random), random)


def _shuffled(text: str, random: Random) -> str:
    """Guards are a set and so are the lines of `verify`: their conditions in another order, bindings where they are."""
    intent = _intent(text)
    pieces: list[tuple[int, int, str]] = []
    conditions = [line for line in intent.guard if isinstance(line, syntax.Check)]
    for block in (conditions, list(intent.verify)):
        order = random.sample(block, len(block))
        pieces += [
            (place.start, place.end, text[line.start : line.end]) for place, line in zip(block, order, strict=True)
        ]
    return _spliced(text, pieces)


def _renamed(text: str, random: Random) -> str:
    intent = _intent(text)
    names = [parameter.name for parameter in intent.parameters]
    names += [line.name for line in intent.guard if isinstance(line, syntax.Binding)]
    made: dict[str, str] = {}
    while len(made) < len(names):
        new = "".join(random.choices(_SYLLABLES, k=3))
        if new not in made.values():
            made[names[len(made)]] = new
    tokens = lex(Source(text), DEFAULT_LIMITS).tokens
    pieces = [
        (token.start, token.end, _written(token.text, made))
        for token in tokens
        if token.kind is Kind.NAME and token.text != intent.name
    ]
    return _spliced(text, pieces)


def _written(token: str, made: dict[str, str]) -> str:
    """A token with the name in it renamed: `old_payer_balance` names `payer`."""
    core = token.removeprefix("old_")
    name = core if core in made else core.removesuffix("_balance")
    return token.replace(name, made[name], 1) if name in made else token


def _intent(text: str) -> syntax.Intent:
    tree = read(text.encode()).syntax
    assert tree is not None
    (intent,) = tree.intents()
    return intent


def _spliced(text: str, pieces: list[tuple[int, int, str]]) -> str:
    """The text with each piece put in the place of what stands between its offsets."""
    made: list[str] = []
    position = 0
    for start, end, piece in sorted(pieces):
        made += [text[position:start], piece]
        position = end
    return "".join([*made, text[position:]])
