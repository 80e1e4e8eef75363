"""S01, S02 and S03: what each character of a text may be, by the place where it stands."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Protocol

from fontTools.unicodedata import script_extension

from aethel.security import bidi
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.regions import Place, Region
from aethel.security.rulepack import CharacterRules
from aethel.verdict import Disposition, Finding, Span

_JOINERS = frozenset("\u200c\u200d")
_SELECTORS = frozenset("\ufe0e\ufe0f")
_LINE_BREAK_CONTROLS = frozenset("\u200b\u2060\ufeff")
_KEYCAP_BASES = frozenset("0123456789#*")
_VIRAMA_CLASS = 9
_NORMALIZED_AT_ONCE = (
    128  # ordering the marks on one letter takes quadratic time, asking whether they are ordered does not
)
_PLAIN = re.compile(r"[\t\n -\[\]-~]*+")
_FOREIGN = re.compile(r"\w?[^\x00-\x7f]+")


class Site(Protocol):
    """Where a region stands, which decides how one of its characters is named."""

    def name(self, extent: tuple[int, int], character: str) -> tuple[str, Span | None]:
        """The place and the character as a message begins, and the span where it is intent text."""

    def is_raw_byte(self, extent: tuple[int, int]) -> bool:
        """Whether a surrogate there stands for a byte that is not UTF-8, rather than for an escape in the text."""


@dataclass(frozen=True, slots=True)
class _Judgement:
    class_: SecurityClass
    disposition: Disposition
    cwe: int
    problem: str
    advice: str


def is_plain(text: str) -> bool:
    """Whether a text holds printable ASCII, tabs and line feeds only, and no escape: then there is nothing to find."""
    return _PLAIN.fullmatch(text) is not None


def judge(rules: CharacterRules, region: Region, site: Site, tally: Tally) -> None:
    """Add the findings of S01 to S03 for one region, until there are enough to say that the whole is not to be trusted.

    Every character is looked at a bounded number of times.
    """
    text = region.text
    if tally.has_enough():
        return
    if text.isascii() and text.isprintable():
        return
    pattern = rules.suspicious if region.place.is_human else rules.suspicious_in_code
    hits = [match.start() for match in pattern.finditer(text)]
    if not region.place.is_human and not text.isascii():
        _require_normal_form(region, site, tally)
    if not hits:
        return
    tally.work += len(hits)
    admitted = _admitted_controls(rules, region, hits, tally)
    for index in hits:
        if tally.has_enough():
            return
        extent = region.extent(index)
        judgement = _judgement(rules, region, index, site.is_raw_byte(extent), index in admitted)
        if tally.note(judgement.class_, judgement.disposition):
            tally.findings.append(_finding(judgement, *site.name(extent, text[index])))


def code_point(character: str) -> str:
    """A character as `U+XXXX NAME`, with the label of its category where it has no name (UnicodeData.txt, field 1)."""
    labels = {"Cc": "<control>", "Cs": "<surrogate>", "Co": "<private use>"}
    fallback = labels.get(unicodedata.category(character), "<unassigned>")
    return f"U+{ord(character):04X} {unicodedata.name(character, fallback)}"


def _finding(judgement: _Judgement, named: str, span: Span | None) -> Finding:
    return Finding(
        code=judgement.class_.value,
        message=f"{named} {judgement.problem}",
        disposition=judgement.disposition,
        span=span,
        cwe=judgement.cwe,
        advice=judgement.advice,
    )


def _require_normal_form(region: Region, site: Site, tally: Tally) -> None:
    """What machines read must be in normal form C, or names equal to a reader would be two names (UAX #31, R4)."""
    for match in _FOREIGN.finditer(region.text):
        run = match.group()
        tally.work += len(run)
        if tally.has_enough():
            return
        if unicodedata.is_normalized("NFC", run):
            continue
        index = match.start() + _first_change(run[:_NORMALIZED_AT_ONCE])
        if tally.note(SecurityClass.CANONICAL_TEXT, Disposition.REJECT):
            judgement = _reject(
                SecurityClass.CANONICAL_TEXT,
                Weakness.UNICODE_ENCODING,
                "in a name that is not in Unicode normal form C",
                "write the name in normal form C",
            )
            named = site.name(region.extent(index), region.text[index])
            tally.findings.append(_finding(judgement, *named))


def _first_change(run: str) -> int:
    """Where normal form C first differs from the run."""
    pairs = zip(run, unicodedata.normalize("NFC", run), strict=False)
    return next((index for index, (was, now) in enumerate(pairs) if was != now), 0)


def _admitted_controls(rules: CharacterRules, region: Region, hits: list[int], tally: Tally) -> frozenset[int]:
    """Where bidi controls are flagged instead of refused: closed pairs in human text.

    A comment or a string may hold any closed pair. A name is compared by eye, so it may hold one only where there is
    right-to-left writing for it to arrange, and never an override.
    """
    if not region.place.is_human:
        return frozenset()
    controls = [index for index in hits if region.text[index] in rules.bidi_control]
    if not controls:
        return frozenset()
    closed = bidi.terminated(region.text, controls)
    if region.place is not Place.NAME:
        return closed
    tally.work += len(region.text)
    if not bidi.is_right_to_left(region.text):
        return frozenset()
    return frozenset(index for index in closed if region.text[index] not in bidi.OVERRIDES)


def _judgement(rules: CharacterRules, region: Region, index: int, raw_byte: bool, admitted: bool) -> _Judgement:
    character = region.text[index]
    if character in rules.bidi_control:
        return _direction(region.place, admitted)
    if character in rules.invisible:
        return _invisible(rules, region, index)
    match unicodedata.category(character):
        case "Cs":
            return _surrogate(raw_byte)
        case "Nd":
            return _reject(
                SecurityClass.CANONICAL_TEXT,
                Weakness.UNICODE_ENCODING,
                f"in {region.place.value}, expected the ASCII digits 0 to 9",
                "write numbers and names with the digits 0 to 9",
            )
        case "Zs":
            return _reject(
                SecurityClass.INVISIBLE,
                Weakness.VISUAL_DISTINCTION,
                f"in {region.place.value} looks like a space, expected U+0020 SPACE",
                "replace it by an ordinary space",
            )
        case _:
            return _control(region, character)


def _reject(class_: SecurityClass, cwe: int, problem: str, advice: str) -> _Judgement:
    return _Judgement(class_, Disposition.REJECT, cwe, problem, advice)


def _surrogate(raw_byte: bool) -> _Judgement:
    problem = "is half a character, expected Unicode text without lone surrogates"
    if raw_byte:
        problem = "stands for a byte that is not UTF-8, expected strict UTF-8"
    return _reject(SecurityClass.CANONICAL_TEXT, Weakness.UNICODE_ENCODING, problem, "send the text as strict UTF-8")


def _control(region: Region, character: str) -> _Judgement:
    null = character == "\0"
    problem = f"in {region.place.value}, expected printable text, tabs and line feeds"
    if character == "\r":
        problem = f"in {region.place.value} without a line feed after it, expected a line feed"
    return _reject(
        SecurityClass.CANONICAL_TEXT,
        Weakness.NULL_BYTE if null else Weakness.CONTROL_SEQUENCES,
        problem,
        "remove the character, and end lines with a line feed",
    )


def _direction(place: Place, admitted: bool) -> _Judgement:
    if admitted:
        return _Judgement(
            SecurityClass.BIDI_CONTROLS,
            Disposition.ADVISE,
            Weakness.VISUAL_DISTINCTION,
            f"in {place.value} belongs to a closed pair and changes the order in which the text is shown",
            "remove the pair unless right-to-left writing needs it",
        )
    if not place.is_human:
        problem = f"in {place.value}, where what is shown must be what is read (CVE-2021-42574)"
    elif place is Place.NAME:
        problem = "in a name, which must be shown in the order in which it is compared"
    else:
        problem = f"in {place.value} is not one of a pair closed there (CVE-2021-42574)"
    advice = "remove the character; right-to-left letters are shown rightly without it"
    return _reject(SecurityClass.BIDI_CONTROLS, Weakness.VISUAL_DISTINCTION, problem, advice)


def _invisible(rules: CharacterRules, region: Region, index: int) -> _Judgement:
    place = region.place
    if place.is_human and _is_spelling(rules, region, index):
        return _Judgement(
            SecurityClass.INVISIBLE,
            Disposition.ADVISE,
            Weakness.VISUAL_DISTINCTION,
            f"in {place.value} is not shown, and two texts that differ only there look alike",
            "remove the character unless the spelling needs it",
        )
    return _reject(
        SecurityClass.INVISIBLE,
        Weakness.VISUAL_DISTINCTION,
        f"in {place.value} is not shown, so that a reader cannot know it is there",
        "remove the character",
    )


def _is_spelling(rules: CharacterRules, region: Region, index: int) -> bool:
    """Whether an invisible character stands where a writing system or an emoji needs it."""
    character = region.text[index]
    if character in _SELECTORS or character in _JOINERS:
        return _in_emoji(rules, region.text, index) or (
            character in _JOINERS and _joins_letters(rules, region.text, index, region.place)
        )
    if character in _LINE_BREAK_CONTROLS:
        before = region.text[index - 1 : index]
        return _is_letter(before) and not rules.unspaced_scripts.isdisjoint(script_extension(before))
    return False


def _in_emoji(rules: CharacterRules, text: str, index: int) -> bool:
    """A presentation selector after its base, or a joiner between two pictographs (UTS #51, ED-9a, ED-16)."""
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    if text[index] in _SELECTORS:
        return before in rules.pictographs or (before in _KEYCAP_BASES and after == "\u20e3")
    if before in _SELECTORS or before in rules.modifiers:
        before = text[index - 2 : index - 1]
    return text[index] == "\u200d" and before in rules.pictographs and after in rules.pictographs


def _joins_letters(rules: CharacterRules, text: str, index: int, place: Place) -> bool:
    """A joiner beside a virama, or between letters; in a name between letters of a script that joins.

    The rule for names is RFC 5892, appendices A.1 and A.2, with scripts for joining types, and with the joiner before
    a virama that Bengali ya-phalaa needs (Unicode Standard, section 12.2).
    """
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    if _is_virama(before) or (_is_virama(after) and _is_letter(before)):
        return True
    if not (_is_letter(before) and _is_letter(after)):
        return False
    if place is not Place.NAME:
        return True
    joining = rules.joining_scripts
    return not joining.isdisjoint(script_extension(before)) and not joining.isdisjoint(script_extension(after))


def _is_virama(character: str) -> bool:
    return character != "" and unicodedata.combining(character) == _VIRAMA_CLASS


def _is_letter(character: str) -> bool:
    return character != "" and unicodedata.category(character)[0] in "LM"
