"""S04: letters drawn as letters of another script, within one word and between words of one text."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

from aethel.security.characters import Site
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.regions import Place, Region
from aethel.security.words import LATIN, Letter, Level, Word, distinct_words, has_lookalike, has_one_alphabet, words
from aethel.verdict import Disposition, Finding

_ADVICE = "write each word in the letters of one script"


@dataclass(frozen=True, slots=True)
class ScriptRules:
    """One version of what is known of alphabets beside UTS #39; `homoglyphs.toml` says what each list is."""

    version: str
    lookalike_scripts: frozenset[str]
    greek_symbols: frozenset[str]
    legal_forms: frozenset[str]
    latin_legal_forms: frozenset[str]


def load_script_rules() -> ScriptRules:
    """Read the rule pack that ships with the package, and the tables of UTS #39, so that no question waits for them."""
    pack = tomllib.loads(files("aethel.security").joinpath("homoglyphs.toml").read_text("utf-8"))
    rules = ScriptRules(
        version=pack["version"],
        lookalike_scripts=frozenset(pack["lookalike_scripts"]),
        greek_symbols=frozenset(pack["greek_symbols"]),
        legal_forms=frozenset(pack["legal_forms"]),
        latin_legal_forms=frozenset(pack["latin_legal_forms"]),
    )
    for script in rules.lookalike_scripts:
        has_lookalike(Letter("é", frozenset({LATIN}), "", "", is_rtl=False), script)
    return rules


@dataclass(frozen=True, slots=True)
class Suspect:
    """A letter, by its offset in the text, that is not what it looks like."""

    index: int
    disposition: Disposition
    problem: str


def judge_letters(rules: ScriptRules, region: Region, site: Site, tally: Tally) -> None:
    """Add the findings of S04 for one region; each character is looked at a bounded number of times.

    A comment is compared by nobody, so there nothing rejects.
    """
    if region.text.isascii() or tally.has_enough():
        return
    tally.work += len(region.text)
    for suspect in suspects(rules, region.text, region.place):
        if tally.has_enough():
            return
        disposition = Disposition.ADVISE if region.place is Place.COMMENT else suspect.disposition
        if not tally.note(SecurityClass.HOMOGLYPHS, disposition):
            continue
        named, span = site.name(region.extent(suspect.index), region.text[suspect.index])
        tally.findings.append(
            Finding(
                code=SecurityClass.HOMOGLYPHS.value,
                message=f"{named} in {region.place.value} {suspect.problem}",
                disposition=disposition,
                span=span,
                cwe=Weakness.VISUAL_DISTINCTION,
                advice=_ADVICE,
            )
        )


def suspects(rules: ScriptRules, text: str, place: Place) -> Iterator[Suspect]:
    """At most one letter for each word of a text, by UTS #39, sections 4 and 5.2, applied to one word at a time.

    A word of its own script is ordinary beside words of another one, unless each of its letters is drawn as a Latin
    one and nothing else in the text is unmistakably of its script.
    """
    if has_one_alphabet(text):
        return
    # What is said of a word depends on its letters and on which other words there are, so that each is asked once.
    once = list(distinct_words(text))
    around = _Surroundings(rules, once)
    ordinary = rules.legal_forms
    suspected = {each.text for each in once if each.text not in ordinary and _suspect(rules, each, around, place)}
    if not suspected:
        return
    found = list(words(text))
    for word, is_form in zip(found, _legal_forms(rules, found, text), strict=True):
        if word.text in suspected and not is_form:
            suspect = _suspect(rules, word, around, place)
            assert suspect is not None
            yield suspect


def _suspect(rules: ScriptRules, word: Word, around: _Surroundings, place: Place) -> Suspect | None:
    """The letter of one word that is not what it looks like, None for an ordinary word."""
    if word.text.isascii():
        return None
    if word.level is Level.SINGLE:
        return _whole(rules, word, around) if place.is_human else None
    return _mixed(rules, word, around, place)


class _Surroundings:
    """What the words of one text say together: which scripts are at home in it."""

    def __init__(self, rules: ScriptRules, found: Sequence[Word]) -> None:
        self.beside_latin = any(
            word.has_latin and word.text.upper() not in rules.latin_legal_forms
            for word in found
            if word.level is Level.SINGLE
        )
        self.at_home = {
            script
            for word in found
            if not word.has_latin and (not word.is_drawn_latin or word.text in rules.legal_forms)
            for script in word.scripts
        }


_END = Word("", -1, -1, (), has_latin=False, scripts=frozenset(), level=Level.SINGLE)


def _legal_forms(rules: ScriptRules, found: Sequence[Word], text: str) -> list[bool]:
    """Which words are a legal form, or one of the letters of a form written with dots."""
    are = [word.text in rules.legal_forms for word in found]
    if "." not in text:
        return are
    start = 0
    for index, (left, right) in enumerate(pairwise((*found, _END))):
        if len(left.letters) == 1 and len(right.letters) == 1 and text[left.end : right.start] == ".":
            continue
        if index > start and "".join(word.text for word in found[start : index + 1]) in rules.legal_forms:
            are[start : index + 1] = [True] * (index + 1 - start)
        start = index + 1
    return are


def _whole(rules: ScriptRules, word: Word, around: _Surroundings) -> Suspect | None:
    """A word of one script whose letters are all drawn as Latin ones, beside Latin words."""
    if word.has_latin or word.scripts.isdisjoint(rules.lookalike_scripts) or not around.beside_latin:
        return None
    if not word.is_drawn_latin:
        return None
    only = word.letters[0].character
    if len(word.letters) == 1 and only in rules.greek_symbols:
        return None
    problem = "begins a word that reads as a Latin one beside Latin words"
    if around.at_home & word.scripts:
        return Suspect(_offset(word, only), Disposition.ADVISE, f"{problem}, as words of its script beside it do not")
    return Suspect(_offset(word, only), Disposition.REJECT, problem)


def _mixed(rules: ScriptRules, word: Word, around: _Surroundings, place: Place) -> Suspect | None:
    """A word that mixes scripts: refused where it could be written in one of them and look the same."""
    foreign = [letter for letter in word.letters if not letter.is_latin]
    first = _offset(word, foreign[0].character)
    if place.is_human and _is_symbol(rules, word, foreign):
        return None
    if word.has_latin and all(letter.loose_look for letter in foreign):
        at_home = all(letter.is_rtl and letter.scripts & around.at_home for letter in foreign)
        is_ending = not all(letter.look for letter in foreign) and _is_declined(word)
        disposition = Disposition.ADVISE if (at_home or is_ending) and place.is_human else Disposition.REJECT
        return Suspect(first, disposition, "stands among Latin letters and is drawn as one of them")
    used = frozenset[str]().union(*(letter.scripts for letter in word.letters))
    for script in sorted(rules.lookalike_scripts & used):
        others = [letter for letter in word.letters if script not in letter.scripts]
        if len(others) < len(word.letters) and all(has_lookalike(letter, script) for letter in others):
            disposition = Disposition.ADVISE if _is_declined(word) and place.is_human else Disposition.REJECT
            problem = "stands among letters of another script and is drawn as one of them"
            return Suspect(_offset(word, others[0].character), disposition, problem)
    if not place.is_human and word.level is not Level.HIGH:
        return Suspect(first, Disposition.REJECT, "mixes scripts that are not written together")
    if word.level is Level.MINIMAL:
        return Suspect(first, Disposition.ADVISE, "mixes scripts that are seldom written together in one word")
    return None


def _is_symbol(rules: ScriptRules, word: Word, foreign: Sequence[Letter]) -> bool:
    """One Greek letter in front of or behind a Latin word, as in `μTorrent`; one that is drawn as a Latin letter only
    where the Latin ones are capitals, as in `TNFα`."""
    if len(foreign) != 1 or foreign[0].character not in rules.greek_symbols:
        return False
    if foreign[0] not in (word.letters[0], word.letters[-1]):
        return False
    latin = [letter.character for letter in word.letters if letter.is_latin]
    return not foreign[0].look or (len(latin) > 1 and all(character.isupper() for character in latin))


def _is_declined(word: Word) -> bool:
    """Latin capitals, two or more, with an ending of small letters in another script: `SMSка`."""
    latin = [letter.is_latin for letter in word.letters]
    count = latin.index(False)
    head, ending = word.letters[:count], word.letters[count:]
    return (
        count > 1
        and len(ending) > 1
        and not any(latin[count:])
        and all(letter.character.isupper() for letter in head)
        and all(letter.character.islower() for letter in ending)
    )


def _offset(word: Word, character: str) -> int:
    return word.start + word.text.index(character)
