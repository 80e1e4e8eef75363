"""S01: strict UTF-8, normal form C and ASCII digits in code, no control characters, no half characters."""

import pytest

from aethel.verdict import Outcome, Span, Vote
from tests.security.questions import (
    PAYMENT,
    ask_payee,
    ask_text,
    findings,
    outcome,
    with_comment,
    with_string,
)


def test_an_ordinary_payment_is_canonical() -> None:
    verdict = ask_text(PAYMENT)
    assert verdict.verdict is Vote.APPROVE
    assert outcome(verdict, "S01") is Outcome.PROVED
    assert verdict.findings == ()


def test_a_byte_that_is_not_utf8_is_named_with_its_place() -> None:
    (found,) = findings(ask_text(PAYMENT.encode() + b"\n  \xff"), "S01")
    assert found.message.startswith("7:3: 0xFF ")
    assert found.cwe == 176


def test_text_after_a_bad_byte_is_still_judged() -> None:
    verdict = ask_text(b"\xff\n# \xe2\x80\xae\n" + PAYMENT.encode())
    assert [found.span and found.span.line for found in findings(verdict, "S02")] == [2]


@pytest.mark.parametrize("data", [b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\x80", b"\xe2\x82"])
def test_surrogates_overlong_forms_and_cut_characters_are_not_utf8(data: bytes) -> None:
    verdict = ask_text(b"# " + data + b"\n" + PAYMENT.encode())
    assert outcome(verdict, "S01") is Outcome.REFUTED


def test_half_a_character_written_as_an_escape_is_refused() -> None:
    (found,) = findings(ask_text(with_string(r"a\ud83d")), "S01")
    assert "U+D83D <surrogate> is half a character" in found.message


def test_a_whole_character_written_as_two_escapes_is_text() -> None:
    assert ask_text(with_string(r"\ud83d\ude00")).verdict is Vote.APPROVE


def test_half_a_character_in_a_payee_is_refused() -> None:
    assert ask_payee("Anna\ud800").code == "S01"


@pytest.mark.parametrize(
    ("character", "cwe"), [("\0", 158), ("\x1b", 150), ("\x7f", 150), ("\x85", 150), ("\u2028", 150), ("\x0b", 150)]
)
def test_control_characters_and_foreign_line_ends_are_refused_everywhere(character: str, cwe: int) -> None:
    for verdict in (
        ask_text(PAYMENT + character),
        ask_text(with_comment(f"a{character}b")),
        ask_text(with_string(f"a{character}b")),
        ask_payee(f"a{character}b"),
    ):
        (found,) = findings(verdict, "S01")
        assert found.cwe == cwe
        assert f"U+{ord(character):04X} " in found.message


def test_a_control_character_behind_an_escape_is_refused_where_the_escape_stands() -> None:
    (found,) = findings(ask_text(with_string(r"ab\u0000")), "S01")
    assert found.span is not None
    assert PAYMENT.index('"rent"') + 3 == found.span.start
    assert found.span.end - found.span.start == 6


def test_a_carriage_return_alone_could_hide_code_behind_a_comment() -> None:
    (found,) = findings(ask_text(with_comment("harmless\rsender.balance -= amount;")), "S01")
    assert "without a line feed" in found.message


def test_lines_may_end_with_carriage_return_and_line_feed() -> None:
    assert ask_text(PAYMENT.replace("\n", "\r\n")).verdict is Vote.APPROVE


def test_names_must_be_in_normal_form_c() -> None:
    text = PAYMENT.replace("amount", "e\u0301tat")
    found = findings(ask_text(text), "S01")[0]
    start = text.index("e\u0301tat")
    assert "normal form C" in found.message
    assert found.span == Span(start, start + 1, 1, start + 1)
    assert ask_text(PAYMENT.replace("amount", "\u00e9tat")).verdict is Vote.APPROVE


def test_normal_form_is_not_asked_of_human_text() -> None:
    decomposed = "Andre\u0301"
    assert ask_payee(decomposed).verdict is Vote.APPROVE
    assert ask_text(with_comment(decomposed)).verdict is Vote.APPROVE
    assert ask_text(with_string(decomposed)).verdict is Vote.APPROVE


def test_digits_of_other_scripts_are_refused_in_code_and_allowed_in_names() -> None:
    (found,) = findings(ask_text(PAYMENT.replace("amount > 0", "amount > \u0663")), "S01")
    assert "U+0663 ARABIC-INDIC DIGIT THREE in code, expected the ASCII digits 0 to 9" in found.message
    assert ask_payee("\u0634\u0627\u0631\u0639 \u0663").verdict is Vote.APPROVE


def test_a_name_of_the_request_is_judged_like_code() -> None:
    assert ask_text(PAYMENT, {"amount\u0663": "3"}).code == "S01"
