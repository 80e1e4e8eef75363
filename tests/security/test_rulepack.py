"""The rule pack: its sets agree with the Unicode data of the standard library where both speak."""

import sys
import unicodedata
from importlib.resources import files

import pytest
from fontTools.unicodedata import script
from fontTools.unicodedata.Scripts import NAMES

from aethel.security import rulepack
from aethel.security.rulepack import CharacterRules, load_rules, package_digest
from tests.tools import REPOSITORY

ALL = [chr(code) for code in range(sys.maxunicode + 1)]

SHOWN_FORMAT_CHARACTERS = set(map(chr, (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD)))
"""Format characters that are drawn: signs that span the digits after them."""

BIDI_FORMATTING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@pytest.fixture(scope="module")
def rules() -> CharacterRules:
    return load_rules()


def test_the_data_is_of_the_unicode_version_of_the_oldest_supported_python(rules: CharacterRules) -> None:
    assert rules.unicode_version == "14.0.0"
    assert tuple(map(int, unicodedata.unidata_version.split("."))) >= (14, 0, 0)


def test_bidi_controls_are_the_formatting_classes_and_the_three_marks(rules: CharacterRules) -> None:
    formatting = {character for character in ALL if unicodedata.bidirectional(character) in BIDI_FORMATTING}
    assert rules.bidi_control == formatting | {"\u061c", "\u200e", "\u200f"}


def test_every_format_character_is_looked_for_unless_it_is_drawn(rules: CharacterRules) -> None:
    formats = {character for character in ALL if unicodedata.category(character) == "Cf"}
    assert formats - rules.invisible - rules.bidi_control == SHOWN_FORMAT_CHARACTERS


def test_nothing_that_is_drawn_or_ends_a_line_counts_as_invisible(rules: CharacterRules) -> None:
    letters = {character for character in rules.invisible if unicodedata.category(character)[0] not in "CM"}
    named = {unicodedata.name(character) for character in letters}
    assert named == {
        "HANGUL CHOSEONG FILLER",
        "HANGUL JUNGSEONG FILLER",
        "HANGUL FILLER",
        "HALFWIDTH HANGUL FILLER",
        "BRAILLE PATTERN BLANK",
        "MUSICAL SYMBOL NULL NOTEHEAD",
    }


def test_every_filler_is_looked_for_but_the_drawn_gap_fillers(rules: CharacterRules) -> None:
    fillers = {name: character for character in ALL if (name := unicodedata.name(character, "")).endswith("FILLER")}
    assert len(fillers) > 5
    assert {name for name, character in fillers.items() if character not in rules.invisible} == {
        "DEVANAGARI GAP FILLER",
        "NEWA GAP FILLER",
        "DIVES AKURU GAP FILLER",
        "MANICHAEAN PUNCTUATION LINE FILLER",
    }


def test_pictographs_are_symbols_punctuation_or_reserved(rules: CharacterRules) -> None:
    letters = {character for character in rules.pictographs if unicodedata.category(character)[0] == "L"}
    categories = {unicodedata.category(character) for character in rules.pictographs - letters}
    assert {unicodedata.name(character) for character in letters} == {"INFORMATION SOURCE"}
    assert categories <= {"So", "Sm", "Po", "Pd", "Cn"}
    assert rules.pictographs.isdisjoint(rules.invisible)


def test_modifiers_are_the_five_skin_tones(rules: CharacterRules) -> None:
    assert {unicodedata.name(character) for character in rules.modifiers} == {
        f"EMOJI MODIFIER FITZPATRICK TYPE-{kind}" for kind in ("1-2", "3", "4", "5", "6")
    }


def test_scripts_are_known_and_of_one_kind(rules: CharacterRules) -> None:
    assert rules.joining_scripts | rules.unspaced_scripts <= NAMES.keys()
    assert rules.joining_scripts.isdisjoint(rules.unspaced_scripts)
    assert {script(letter) for letter in "\u0627\u0710\u1820\u07ca\U0001e900"} <= rules.joining_scripts
    assert {script(letter) for letter in "\u0e01\u0e81\u1780\u1000\u4e00\u3042\u30a2"} <= rules.unspaced_scripts


def test_the_patterns_find_what_they_promise_and_nothing_else(rules: CharacterRules) -> None:
    hidden = rules.invisible | rules.bidi_control
    for character in ALL:
        category = unicodedata.category(character)
        control = category in ("Cc", "Zl", "Zp", "Cs") and character not in "\t\n"
        found = control or character in hidden
        assert (rules.suspicious.search(character) is not None) == found, f"{ord(character):04X}"
        foreign = category in ("Zs", "Nd") and not character.isascii()
        assert (rules.suspicious_in_code.search(character) is not None) == (found or foreign), f"{ord(character):04X}"


def test_a_carriage_return_is_looked_at_only_without_a_line_feed(rules: CharacterRules) -> None:
    assert rules.suspicious.search("a\r\nb") is None
    assert rules.suspicious.search("a\rb") is not None


@pytest.mark.parametrize("ranges", [[[5, 4]], [[1, 3], [3, 4]], [[2, 3], [1, 1]], [[0, 0x110000]]])
def test_ranges_that_do_not_ascend_are_refused(ranges: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="not ascending"):
        rulepack._ranges(ranges)


def test_the_version_covers_every_source_and_all_rule_data() -> None:
    named = [path for path, _ in rulepack._sources(files("aethel.security"), "")]
    on_disk = (REPOSITORY / "aethel" / "security").rglob("*")
    assert sorted(named) == sorted(
        str(path.relative_to(REPOSITORY / "aethel" / "security")) for path in on_disk if path.suffix in (".py", ".toml")
    )


def test_the_version_is_a_digest_that_changes_with_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    before = package_digest()
    sources = list(rulepack._sources(files("aethel.security"), ""))
    changed = [(name, data[:-1] + b"#" if name.endswith(".toml") else data) for name, data in sources]
    monkeypatch.setattr(rulepack, "_sources", lambda folder, prefix: iter(changed))
    assert len(before) == 64
    assert package_digest() != before
