"""The names to which the sinks' grammars give a meaning, read from versioned data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_PACKAGE = "aethel.security"
_DATA = "sink_names.toml"


@dataclass(frozen=True, slots=True)
class SinkNames:
    """One version of the data: for each section, its lists as sets of lower-case words (variables keep their case)."""

    version: str
    lists: dict[str, frozenset[str]]
    pairs: dict[str, dict[str, frozenset[str]]]

    def __getitem__(self, name: str) -> frozenset[str]:
        """The list `section.name`; raises KeyError for a name that the data does not have."""
        return self.lists[name]


@cache
def sink_names() -> SinkNames:
    """The data that ships with the package, read once; raises ValueError when it is damaged."""
    pack = tomllib.loads(files(_PACKAGE).joinpath(_DATA).read_text("utf-8"))
    lists: dict[str, frozenset[str]] = {}
    pairs: dict[str, dict[str, frozenset[str]]] = {}
    for section, entries in pack.items():
        if isinstance(entries, str):
            continue
        for name, text in entries.items():
            words = text.split()
            if len(words) != len(set(words)):
                raise ValueError(f"list `{section}.{name}` of the rule pack names a word twice")
            key = f"{section}.{name}"
            if words and all(":" in word for word in words):
                split = (word.split(":", 1) for word in words)
                pairs[key] = {head: frozenset(rest.split(",")) for head, rest in split}
            else:
                lists[key] = frozenset(words)
    return SinkNames(pack["version"], lists, pairs)
