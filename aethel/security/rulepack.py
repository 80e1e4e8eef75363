"""The rule pack of the character classes: which code points S01, S02 and S03 look for, read from versioned data."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

_PACKAGE = "aethel.security"
_DATA = "characters.toml"

CodePoints = tuple[tuple[int, int], ...]
"""Inclusive ranges of code points, ascending."""


@dataclass(frozen=True, slots=True)
class CharacterRules:
    """The sets of one version of the rule pack.

    `bidi_control` is S02's; `invisible` (default-ignorable or drawn as nothing, less the bidi controls) is S03's.
    `pictographs` and `modifiers` are what a joiner may stand between in an emoji. `joining_scripts` and
    `unspaced_scripts` hold ISO 15924 codes: where a joiner, and where U+200B, U+2060 and U+FEFF are spelling.
    `suspicious` finds the next character that any class looks at in human text, `suspicious_in_code` also blanks
    other than U+0020 and digits other than 0 to 9.
    """

    version: str
    unicode_version: str
    bidi_control: frozenset[str]
    invisible: frozenset[str]
    pictographs: frozenset[str]
    modifiers: frozenset[str]
    joining_scripts: frozenset[str]
    unspaced_scripts: frozenset[str]
    suspicious: re.Pattern[str]
    suspicious_in_code: re.Pattern[str]


_CONTROLS: CodePoints = ((0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0x9F), (0x2028, 0x2029), (0xD800, 0xDFFF))
"""General categories Cc, Zl, Zp and Cs, less tab and line feed; carriage return is judged with what follows it."""


def load_rules() -> CharacterRules:
    """Read the rule pack that ships with the package; raises ValueError when it is damaged."""
    pack = tomllib.loads(files(_PACKAGE).joinpath(_DATA).read_text("utf-8"))
    bidi = _ranges(pack["bidi_control"])
    invisible = (*_ranges(pack["default_ignorable"]), *((item["first"], item["last"]) for item in pack["blank"]))
    human = _class(_CONTROLS, bidi, invisible)
    return CharacterRules(
        version=pack["version"],
        unicode_version=pack["unicode_version"],
        bidi_control=_characters(bidi),
        invisible=_characters(invisible) - _characters(bidi),
        pictographs=_characters(_ranges(pack["extended_pictographic"])),
        modifiers=_characters(_ranges(pack["emoji_modifier"])),
        joining_scripts=frozenset(pack["scripts"]["joining"]),
        unspaced_scripts=frozenset(pack["scripts"]["unspaced"]),
        suspicious=re.compile(rf"[{human}]|\r(?!\n)"),
        # In code every blank but U+0020 and line ends, and every decimal digit that is not ASCII, is looked at too.
        suspicious_in_code=re.compile(rf"[{human}]|\r(?!\n)|(?![ \t\r\n])\s|(?![0-9])\d"),
    )


def package_digest() -> str:
    """Hexadecimal SHA-256 over the package's own sources and rule data, which names the version of this expert."""
    digest = hashlib.sha256()
    for path, content in _sources(files(_PACKAGE), ""):
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _sources(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".py", ".toml")):
            yield prefix + entry.name, entry.read_bytes()


def _ranges(listed: Iterable[Iterable[int]]) -> CodePoints:
    ranges: list[tuple[int, int]] = []
    for item in listed:
        first, last = item
        if not (ranges[-1][1] if ranges else -1) < first <= last <= 0x10FFFF:
            raise ValueError(f"range {first:04X}..{last:04X} of the rule pack is not ascending")
        ranges.append((first, last))
    return tuple(ranges)


def _characters(ranges: CodePoints) -> frozenset[str]:
    return frozenset(chr(code) for first, last in ranges for code in range(first, last + 1))


def _class(*sets: CodePoints) -> str:
    """The inside of a character class that holds all the sets."""
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for ranges in sets for first, last in ranges)
