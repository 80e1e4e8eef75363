"""The words of a human text, and what UTS #39 says of the scripts in each of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import NamedTuple

from fontTools.unicodedata import script, script_extension

from aethel.intent.confusables import prototypes, skeleton

LATIN = "Latn"
_NO_SCRIPT = frozenset({"Zyyy", "Zinh", "Zzzz"})
_TOGETHER = (
    frozenset({LATIN, "Hani", "Hira", "Kana"}),
    frozenset({LATIN, "Hani", "Bopo"}),
    frozenset({LATIN, "Hani", "Hang"}),
)
"""The scripts that one word may mix at the level Highly Restrictive (UTS #39, section 5.2)."""

_RESTRICTED_WITH_LATIN = frozenset({"Cyrl", "Grek"})
"""Scripts that the level Moderately Restrictive does not let mix with Latin (UTS #39, section 5.2)."""


class Level(Enum):
    """How far a word mixes scripts, after the restriction levels of UTS #39, section 5.2."""

    SINGLE = "one script"
    HIGH = "scripts that are written together"
    MODERATE = "Latin and another script"
    MINIMAL = "scripts that are not written together"


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: the scripts it is used in, the ASCII letters it is drawn as (empty for none), and whether it is
    drawn so in either case; `is_rtl` where it runs from right to left."""

    character: str
    scripts: frozenset[str]
    look: str
    loose_look: str
    is_rtl: bool

    @property
    def is_latin(self) -> bool:
        return LATIN in self.scripts


class Word(NamedTuple):
    """A run of letters, digits, marks and characters that are not shown; `start` and `end` are half-open offsets.

    `letters` are those that belong to a script, in order; of a word in ASCII, `has_latin` alone says what it holds.
    `scripts` are the ones that all letters are used in, `level` the least restriction level that admits the word;
    `is_drawn_latin` says whether every letter is drawn as a Latin one. A tuple, since a text has hundreds.
    """

    text: str
    start: int
    end: int
    letters: tuple[Letter, ...]
    has_latin: bool
    scripts: frozenset[str]
    level: Level
    is_drawn_latin: bool = True


_CHUNK = re.compile(r"[^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f\s]++")
"""ASCII letters, digits and `_`, and whatever is neither ASCII nor a space; possessive, so linear in the text."""


def words(text: str) -> Iterator[Word]:
    """Every word of the text in order; each character is looked at a bounded number of times."""
    for match in _CHUNK.finditer(text):
        yield from _words_in(match.group(), match.start())


def distinct_words(text: str) -> Iterator[Word]:
    """Every word of the text at least once, in no order, and with offsets that mean nothing."""
    for chunk in set(_CHUNK.findall(text)):
        yield from _words_in(chunk, 0)


def _words_in(chunk: str, start: int) -> Iterator[Word]:
    if chunk.isascii():
        has_latin = not chunk.isdigit()
        yield Word(chunk, start, start + len(chunk), (), has_latin, _LATIN_ONLY if has_latin else _NONE, Level.SINGLE)
    elif chunk.isalnum():
        yield Word(chunk, start, start + len(chunk), *_makeup(chunk))
    else:
        yield from _words_of(chunk, start)


def _words_of(chunk: str, offset: int) -> Iterator[Word]:
    start = -1
    for index, character in enumerate(f"{chunk} "):
        if _part(character) is not None:
            start = index if start < 0 else start
        elif start >= 0:
            text = chunk[start:index]
            yield Word(text, offset + start, offset + index, *_makeup(text))
            start = -1


def has_one_alphabet(text: str) -> bool:
    """Whether all letters are Latin ones, or none is and all are of one script; each character is looked at once."""
    characters = set(text)
    letters = [part for part in map(_part, characters) if isinstance(part, Letter)]
    if all(letter.is_latin for letter in letters):
        return True
    # A word of digits and `_` counts as a Latin one.
    is_foreign = "_" not in characters and not any(letter.is_latin for letter in letters)
    return is_foreign and bool(frozenset.intersection(*(letter.scripts for letter in letters)))


_Makeup = tuple[tuple[Letter, ...], bool, frozenset[str], Level, bool]
"""The letters of a word, whether one of them is Latin, the scripts they share, its level, and how it is drawn."""

_KEPT_LENGTH = 40
"""Characters of a word whose makeup is kept: ordinary words come again, and what is kept stays small."""


def _makeup(text: str) -> _Makeup:
    return _kept_makeup(text) if len(text) <= _KEPT_LENGTH else _new_makeup(text)


@lru_cache(maxsize=8192)
def _kept_makeup(text: str) -> _Makeup:
    return _new_makeup(text)


def _new_makeup(text: str) -> _Makeup:
    letters = tuple(part for part in map(_part, text) if isinstance(part, Letter))
    kinds = {letter.scripts for letter in letters}
    scripts = frozenset.intersection(*kinds) if kinds else _NONE
    has_latin = any(LATIN in kind for kind in kinds)
    level = Level.SINGLE if scripts or not kinds else _level(kinds, has_latin=has_latin)
    return letters, has_latin, scripts, level, all(letter.look for letter in letters)


def _level(kinds: set[frozenset[str]], *, has_latin: bool) -> Level:
    """The restriction level of a word whose letters share no script."""
    if any(all(kind & together for kind in kinds) for together in _TOGETHER):
        return Level.HIGH
    other = frozenset.intersection(*(kind for kind in kinds if LATIN not in kind))
    return Level.MODERATE if has_latin and other and not other & _RESTRICTED_WITH_LATIN else Level.MINIMAL


_LATIN_ONLY: frozenset[str] = frozenset({LATIN})
_NONE: frozenset[str] = frozenset()


@lru_cache(maxsize=8192)
def _part(character: str) -> Letter | bool | None:
    """A letter of one script, True for what else stands inside words, None for what stands between them."""
    category = unicodedata.category(character)
    if category[0] == "L" or category == "Nl":
        return True if script(character) in _NO_SCRIPT else letter_of(character)
    return True if category[0] in "MN" or category in ("Cf", "Pc") else None


def letter_of(character: str) -> Letter:
    """What is known of a letter."""
    look = ascii_look(character)
    return Letter(
        character,
        frozenset(script_extension(character)),
        look,
        look or ascii_look(character.upper()) or ascii_look(character.lower()),
        unicodedata.bidirectional(character) in ("R", "AL"),
    )


def ascii_look(character: str) -> str:
    """The ASCII letters that a character is drawn as, its marks left out; empty where it is drawn otherwise."""
    drawn = skeleton(character)
    plain = "".join(part for part in drawn if not unicodedata.combining(part))
    return plain if plain.isascii() and plain.isalpha() else ""


@cache
def looks_of(script: str) -> frozenset[str]:
    """The skeletons of the letters of a script, in either case."""
    found = {char for char in prototypes() if script in script_extension(char)}
    found |= {char for char in prototypes().values() if len(char) == 1 and script in script_extension(char)}
    return frozenset(skeleton(char) for char in found if char.isalpha())


def has_lookalike(letter: Letter, script: str) -> bool:
    """Whether the script has a letter that is drawn as this one, or as its other case."""
    drawn = looks_of(script)
    character = letter.character
    return any(skeleton(each) in drawn for each in (character, character.upper(), character.lower()))
