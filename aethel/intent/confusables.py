"""Names that look alike: the skeleton of Unicode Technical Standard 39, in which names of one intent must differ."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import confusable_homoglyphs

_MARK = "\u200e"
"""The left-to-right mark that the shipped data puts around letters of scripts that run from right to left."""


def skeleton(name: str) -> str:
    """What `name` looks like: equal for two names exactly where UTS #39, section 4, calls them confusable."""
    if name.isascii():
        return name.translate(_ASCII)
    table = prototypes()
    mapped = "".join(table.get(char, char) for char in unicodedata.normalize("NFD", name))
    return unicodedata.normalize("NFD", mapped)


_ASCII = str.maketrans({"I": "l", "1": "l", "0": "O", "m": "rn"})
"""The ASCII letters and digits of confusables.txt, so that ordinary texts need no table."""


@cache
def prototypes() -> Mapping[str, str]:
    """What each character stands for that is drawn as another, by the confusables.txt of `confusable-homoglyphs`.

    Its table lists both directions. A source has one entry, its prototype; a prototype has one or more sources. Where
    both sides have one entry, the prototype is the longer one, or either of them, as long as both map to the same.
    """
    shipped = json.loads(files(confusable_homoglyphs).joinpath("confusables.json").read_text("utf-8"))
    table = {_bare(key): [_bare(entry["c"]) for entry in entries] for key, entries in shipped.items()}
    found: dict[str, str] = {}
    for char, others in table.items():
        other = others[0]
        is_source = len(others) == 1 and (len(table.get(other, ())) > 1 or (len(other), other) > (len(char), char))
        if is_source and len(char) == 1:
            found[char] = other
    return found


def _bare(text: str) -> str:
    return text.removeprefix(_MARK).removesuffix(_MARK) or text
