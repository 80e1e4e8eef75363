"""Bidirectional formatting characters: which of them are properly closed (UAX #9, BD8 to BD13)."""

from __future__ import annotations

import unicodedata

_EMBEDDINGS = {"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c"}
_ISOLATES = {"\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}
_CLOSER = {**_EMBEDDINGS, **_ISOLATES}
_CLOSERS = frozenset(_CLOSER.values())

OVERRIDES = frozenset("\u202d\u202e")
"""LRO and RLO, which show even Latin letters in another order."""

MAXIMUM_DEPTH = 125
"""max_depth of UAX #9, BD2: a display ignores what is nested deeper, so a reader sees something else."""


def terminated(text: str, positions: list[int]) -> frozenset[int]:
    """Those of `positions` (where bidi controls stand, ascending) that belong to a pair closed in the same paragraph.

    Pairs must nest: an isolate that ends over an open embedding leaves the embedding unterminated. The marks U+061C,
    U+200E and U+200F are never part of a pair. Linear in the text.
    """
    paired: set[int] = set()
    open_: list[int] = []
    paragraph_end = -1
    for position in positions:
        if position > paragraph_end:
            open_.clear()
            found = text.find("\n", position)
            paragraph_end = len(text) if found < 0 else found
        character = text[position]
        if character in _CLOSER:
            open_.append(position)
        elif character in _CLOSERS:
            _close(text, position, open_, paired)
    return frozenset(paired)


def _close(text: str, position: int, open_: list[int], paired: set[int]) -> None:
    """Pair a closer with the opener it ends; what an isolate ends over stays unpaired."""
    closer = text[position]
    isolate = closer == "\u2069"
    while open_:
        opener = open_[-1]
        if _CLOSER[text[opener]] == closer:
            depth = len(open_)
            open_.pop()
            if depth <= MAXIMUM_DEPTH:
                paired.update((opener, position))
            return
        if not isolate:
            return
        open_.pop()


def is_right_to_left(text: str) -> bool:
    """Whether the text holds a letter that is written from right to left (Bidi_Class R or AL)."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
