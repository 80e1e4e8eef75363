"""Public data: hidden characters in real names are refused, and ordinary names of many languages pass."""

import pytest

from aethel.verdict import Vote
from aethel.wire.rows import question_from_row
from tests.security.questions import (
    PAYMENT,
    ask_payee,
    ask_text,
    corpus,
    row_texts,
    sentinel,
    with_comment,
    with_string,
)

MALICIOUS, BENIGN = "security_malicious.jsonl", "security_benign.jsonl"

FEW = 20
"""Every so many-th ordinary text is tried in the first tier of tests, every one in the full tier."""

HOMOGLYPH = "A-secm-02239"
"""The one row of these categories that hides nothing: a Cyrillic letter beside Latin words, which is class S04's."""

NO_BREAK_SPACE = "A-secm-02243"
"""A row whose only hidden character is U+00A0: refused in code, an ordinary character in human text. As a value it is
refused for the program that it is."""


def quoted_inside(words: str) -> str:
    """Words as the inside of a string literal."""
    return words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def one_line(words: str) -> str:
    return words.replace("\n", " ")


def test_every_name_with_a_hidden_character_is_refused() -> None:
    rows = row_texts(MALICIOUS, "core", "payee_bidi_control", "payee_invisible_char")
    assert len(rows) == 80
    assert [row for row, text in rows if ask_payee(text).code not in ("S02", "S03")] == []


def test_every_name_with_a_hidden_character_is_refused_as_an_argument() -> None:
    rows = row_texts(MALICIOUS, "core", "payee_bidi_control", "payee_invisible_char")
    assert [row for row, text in rows if ask_text(PAYMENT, {"memo": text}).verdict is not Vote.REJECT] == []


def test_no_name_with_a_hidden_character_passes_a_comment_or_string_in_silence() -> None:
    rows = row_texts(MALICIOUS, "core", "payee_bidi_control", "payee_invisible_char")
    silent = [
        row
        for row, text in rows
        if not (ask_text(with_comment(text)).findings and ask_text(with_string(quoted_inside(text))).findings)
    ]
    assert silent == []


def test_every_name_with_an_invisible_character_that_joins_nothing_is_refused_in_comments_and_strings() -> None:
    rows = [(row, text) for row, text in row_texts(MALICIOUS, "core", "payee_invisible_char") if "\u200d" not in text]
    assert len(rows) == 29
    for row, text in rows:
        assert ask_text(with_comment(text)).code == "S03", row
        assert ask_text(with_string(quoted_inside(text))).code == "S03", row


def test_every_name_with_a_letter_of_another_script_is_refused() -> None:
    rows = row_texts(MALICIOUS, "core", "payee_homoglyph")
    assert len(rows) == 40
    assert [row for row, text in rows if ask_payee(text).code != "S04"] == []
    assert [row for row, text in rows if ask_text(PAYMENT, {"memo": text}).code != "S04"] == []
    assert [row for row, text in rows if ask_text(with_string(quoted_inside(text))).code != "S04"] == []


def test_every_trojan_source_is_refused_as_human_text() -> None:
    rows = row_texts(MALICIOUS, "core", "trojan_source")
    assert len(rows) == 7
    for row, text in rows:
        expected = Vote.APPROVE if row == NO_BREAK_SPACE else Vote.REJECT
        assert ask_payee(text).verdict is Vote.REJECT, row
        commented = ask_text(with_comment(one_line(text)))
        assert commented.verdict is (Vote.APPROVE if row == HOMOGLYPH else expected), row
        assert ask_text(with_string(quoted_inside(text))).verdict is Vote.REJECT, row


def test_every_trojan_source_is_refused_as_a_text_of_its_own() -> None:
    for row, text in row_texts(MALICIOUS, "core", "trojan_source"):
        expected = Vote.ABSTAIN if row == HOMOGLYPH else Vote.REJECT
        assert ask_text(text).verdict is expected, row


@pytest.mark.parametrize("way", ["payee", "argument", "comment", "string"])
@pytest.mark.parametrize("step", [FEW, pytest.param(1, marks=pytest.mark.full)])
def test_no_ordinary_text_is_refused(way: str, step: int) -> None:
    rows = row_texts(BENIGN, "core")
    assert len(rows) == 1663
    refused = []
    for row, text in rows[::step]:
        verdict = {
            "payee": lambda text=text: ask_payee(text),
            "argument": lambda text=text: ask_text(PAYMENT, {"memo": text}),
            "comment": lambda text=text: ask_text(with_comment(one_line(text))),
            "string": lambda text=text: ask_text(with_string(quoted_inside(text))),
        }[way]()
        if verdict.verdict is not Vote.APPROVE:
            refused.append((row, verdict.reason))
    assert refused == []


def test_hardly_any_ordinary_text_is_even_flagged() -> None:
    flagged = [row for row, text in row_texts(BENIGN, "core") if ask_payee(text).findings]
    assert len(flagged) == 15


@pytest.mark.parametrize("name", ["double_entry", "utxo", "account_tx", "merkle"])
def test_no_transaction_is_refused_for_its_text(name: str) -> None:
    refused = []
    for row in corpus(f"{name}.jsonl"):
        question = question_from_row({"id": row["id"], "transaction": row["input"]})
        verdict = sentinel().verify(question, 100.0)
        if verdict.verdict is not Vote.APPROVE:
            refused.append((row["id"], verdict.reason))
    assert refused == []


def test_no_plain_amount_is_refused() -> None:
    for row in corpus("amount_text.jsonl"):
        if row["label"] == "plain_decimal":
            question = question_from_row({"id": row["id"], "transaction": row["input"]})
            assert sentinel().verify(question, 100.0).verdict is Vote.APPROVE, row["id"]
