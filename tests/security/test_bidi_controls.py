"""S02: bidirectional controls are refused in code, and in human text unless they form closed pairs."""

import pytest

from aethel.security.bidi import MAXIMUM_DEPTH, terminated
from aethel.verdict import Outcome, Span, Vote
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

CONTROLS = ("\u061c", "\u200e", "\u200f", *"\u202a\u202b\u202c\u202d\u202e", *"\u2066\u2067\u2068\u2069")
PAIRS = ("\u202a\u202c", "\u202b\u202c", "\u202d\u202c", "\u202e\u202c", "\u2066\u2069", "\u2067\u2069", "\u2068\u2069")
HEBREW = "\u05e9\u05dc\u05d5\u05dd"


def around(pair: str, text: str) -> str:
    return pair[0] + text + pair[1]


def closed(text: str) -> list[int]:
    return sorted(terminated(text, [index for index, character in enumerate(text) if character in CONTROLS]))


@pytest.mark.parametrize("character", CONTROLS)
def test_every_control_is_refused_in_code(character: str) -> None:
    verdict = ask_text(PAYMENT.replace("amount > 0", f"amount{character} > 0"))
    (found,) = findings(verdict, "S02")
    assert verdict.code == "S02"
    assert f"U+{ord(character):04X} " in found.message
    assert found.cwe == 1007


@pytest.mark.parametrize("pair", PAIRS)
def test_a_closed_pair_is_refused_in_code(pair: str) -> None:
    assert len(findings(ask_text(PAYMENT.replace("amount > 0", around(pair, "amount") + " > 0")), "S02")) == 2


@pytest.mark.parametrize("character", CONTROLS)
def test_a_control_alone_is_refused_in_human_text(character: str) -> None:
    for verdict in (
        ask_text(with_comment(f"to {character}{HEBREW}")),
        ask_text(with_string(f"to {character}{HEBREW}")),
        ask_payee(f"to {character}{HEBREW}"),
    ):
        assert verdict.code == "S02"


@pytest.mark.parametrize("pair", PAIRS)
def test_a_closed_pair_in_a_comment_or_string_is_flagged_and_not_refused(pair: str) -> None:
    for text in (with_comment(around(pair, HEBREW)), with_string(around(pair, HEBREW))):
        verdict = ask_text(text)
        assert verdict.verdict is Vote.APPROVE
        assert outcome(verdict, "S02") is Outcome.PROVED
        assert len(flagged(verdict, "S02")) == 2


def test_a_control_written_as_an_escape_counts_like_the_character() -> None:
    (found,) = findings(ask_text(with_string(r"rent\u202e")), "S02")
    start = PAYMENT.index('"rent"') + 5
    assert found.span == Span(start, start + 6, 2, start - PAYMENT.index("\n"))


def test_a_pair_must_close_in_its_own_comment() -> None:
    assert ask_text(with_comment(f"\u2067{HEBREW}") + "# \u2069\n").code == "S02"


def test_a_pair_must_close_in_its_own_string() -> None:
    text = PAYMENT.replace('memo == "rent"', 'memo != "\u2067a" and memo != "\u2069"')
    assert len(findings(ask_text(text), "S02")) == 2


def test_a_pair_must_close_in_its_own_paragraph() -> None:
    assert closed("\u2067a\nb\u2069") == []
    assert closed("\u2067a\u2069\nb") == [0, 2]


def test_an_isolate_that_ends_over_an_embedding_leaves_it_open() -> None:
    assert closed("\u2066\u202ea\u2069") == [0, 3]


def test_an_embedding_is_not_closed_from_inside_an_isolate() -> None:
    assert closed("\u202b\u2066\u202c\u2069") == [1, 3]


def test_what_is_nested_deeper_than_a_display_shows_is_not_closed() -> None:
    deep = "\u2067" * (MAXIMUM_DEPTH + 1) + "\u2069" * (MAXIMUM_DEPTH + 1)
    assert len(closed(deep)) == 2 * MAXIMUM_DEPTH


def test_a_name_of_latin_letters_has_nothing_for_a_pair_to_arrange() -> None:
    assert ask_payee("ACME \u2067LTD\u2069").code == "S02"


def test_a_pair_in_a_right_to_left_name_is_flagged() -> None:
    verdict = ask_payee(f"{HEBREW} \u2066GmbH\u2069 {HEBREW}")
    assert verdict.verdict is Vote.APPROVE
    assert len(flagged(verdict, "S02")) == 2


def test_no_name_needs_an_override() -> None:
    assert ask_payee(f"{HEBREW} \u202eGmbH\u202c").code == "S02"


def test_right_to_left_letters_need_no_control() -> None:
    verdict = ask_payee(f"{HEBREW} \u0634\u0631\u0643\u0629")
    assert verdict.verdict is Vote.APPROVE
    assert verdict.findings == ()
