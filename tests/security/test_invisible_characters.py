"""S03: characters that are not shown are refused, except where a writing system or an emoji needs them."""

import pytest

from aethel.verdict import Outcome, Vote
from tests.security.questions import (
    PAYMENT,
    ask_payee,
    ask_text,
    findings,
    flagged,
    outcome,
    with_comment,
    with_string,
)

NEVER_NEEDED = (
    *("\u00ad", "\u034f", "\u115f", "\u1160", "\u17b4", "\u180e", "\u2061", "\u2064", "\u2065", "\u206a"),
    *("\u3164", "\uffa0", "\ufff0", "\ufffb", "\u2800", "\U00016fe4", "\U0001d159", "\U0001d173"),
    *("\U000e0001", "\U000e0041", "\U000e0100", "\U000e0fff", "\ufe00"),
)
"""Soft hyphen, fillers, invisible operators, tags, variation selectors and blanks with the look of a letter."""

SOMETIMES_NEEDED = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\ufe0e", "\ufe0f")

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ENGINEER = "\U0001f469\U0001f3fd\u200d\U0001f527"
HEART_ON_FIRE = "\u2764\ufe0f\u200d\U0001f525"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
SINHALA = "\u0dc1\u0dca\u200d\u0dbb\u0dd3"
BENGALI = "\u09b0\u200d\u09cd\u09af\u09be"
MALAYALAM = "\u0d28\u0d4d\u200d"
KHMER = "\u1780\u17b6\u200b\u179f\u17ca"


@pytest.mark.parametrize("character", [*NEVER_NEEDED, *SOMETIMES_NEEDED])
def test_every_invisible_character_is_refused_in_code(character: str) -> None:
    verdict = ask_text(PAYMENT.replace("amount > 0", f"am{character}ount > 0"))
    (found,) = findings(verdict, "S03")
    assert verdict.code == "S03"
    assert f"U+{ord(character):04X} " in found.message
    assert found.cwe == 1007


@pytest.mark.parametrize("character", NEVER_NEEDED)
def test_what_no_writing_needs_is_refused_in_human_text(character: str) -> None:
    for verdict in (
        ask_text(with_comment(f"re{character}nt")),
        ask_text(with_string(f"re{character}nt")),
        ask_payee(f"Re{character}nt"),
    ):
        assert verdict.code == "S03"


@pytest.mark.parametrize("character", SOMETIMES_NEEDED)
def test_what_some_writing_needs_is_refused_in_a_latin_name(character: str) -> None:
    for name in (f"AC{character}ME", f"ACME {character}LTD", f"{character}ACME", f"ACME{character}"):
        assert ask_payee(name).code == "S03"


@pytest.mark.parametrize("character", ["\u200b", "\u2060", "\ufeff", "\ufe0f"])
def test_a_comment_does_not_excuse_what_its_letters_do_not_need(character: str) -> None:
    assert ask_text(with_comment(f"AC{character}ME")).code == "S03"


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
def test_a_joiner_between_letters_of_a_comment_or_string_is_flagged(joiner: str) -> None:
    for text in (with_comment(f"Auf{joiner}lage"), with_string(f"Auf{joiner}lage")):
        verdict = ask_text(text)
        assert verdict.verdict is Vote.APPROVE
        assert len(flagged(verdict, "S03")) == 1


@pytest.mark.parametrize("text", ["a\u200d", "\u200da", "a \u200d b", "a\u200d\u200db", "1\u200d2", "a\u200d.b"])
def test_a_joiner_that_joins_no_letters_is_refused_in_a_comment(text: str) -> None:
    assert ask_text(f"#{text}\n{PAYMENT}").code == "S03"


@pytest.mark.parametrize("name", [FAMILY, ENGINEER, HEART_ON_FIRE, "7\ufe0f\u20e3", "\u260e\ufe0e", "\u2709\ufe0f"])
def test_emoji_are_flagged_and_not_refused(name: str) -> None:
    for verdict in (ask_payee(name), ask_text(with_comment(name)), ask_text(with_string(name))):
        assert verdict.verdict is Vote.APPROVE
        assert flagged(verdict, "S03")
        assert outcome(verdict, "S03") is Outcome.PROVED


@pytest.mark.parametrize(
    "name", ["\U0001f468\u200d", "\u200d\U0001f468", "\U0001f468\u200dLtd", "7\ufe0f", "Ltd\ufe0f"]
)
def test_a_broken_emoji_is_refused(name: str) -> None:
    assert ask_payee(name).code == "S03"


@pytest.mark.parametrize(
    "name", [PERSIAN, SINHALA, BENGALI, MALAYALAM, KHMER, "\u4e2d\u2060\u56fd", "\u30a2\u30fc\ufeff\u30ab"]
)
def test_names_may_hold_what_their_script_spells_with(name: str) -> None:
    verdict = ask_payee(name)
    assert verdict.verdict is Vote.APPROVE
    assert len(flagged(verdict, "S03")) == 1


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u202f", "\u3000"])
def test_a_blank_that_looks_like_a_space_is_refused_in_code_only(blank: str) -> None:
    (found,) = findings(ask_text(PAYMENT.replace("amount > 0", f"amount >{blank}0")), "S03")
    assert "looks like a space" in found.message
    assert ask_payee(f"ACME{blank}Ltd").verdict is Vote.APPROVE


def test_a_byte_order_mark_is_refused_before_an_intent() -> None:
    (found,) = findings(ask_text("\ufeff" + PAYMENT), "S03")
    assert found.message.startswith("1:1: U+FEFF ZERO WIDTH NO-BREAK SPACE in code")


def test_an_invisible_character_behind_an_escape_is_found() -> None:
    assert ask_text(with_string(r"re\u200bnt")).code == "S03"


def test_an_escaped_backslash_begins_no_escape() -> None:
    assert ask_text(with_string(r"\\u200b")).verdict is Vote.APPROVE


@pytest.mark.parametrize(
    "name", ["O'Brien & S\u00f8n", "bar\u00b7He", "Nguy\u1ec5n", "\u7a7a\u98a8", "\u00bfQu\u00e9? (50% off) #42 \u2014"]
)
def test_ordinary_names_have_no_finding(name: str) -> None:
    verdict = ask_payee(name)
    assert verdict.verdict is Vote.APPROVE
    assert verdict.findings == ()
