"""Text fields: their types, the sinks they reach, and what is said of a text that leaves its place."""

from decimal import Decimal

import pytest

from aethel.request import Question
from aethel.rules import Rules, RulesError, read_rules
from aethel.security.classes import SecurityClass
from aethel.security.entropy import looks_encoded
from aethel.security.sinks import EVERY_SINK, Sink, sinks_of, type_of
from aethel.security.text import risen
from aethel.text_types import TextType
from aethel.transaction import TextField
from aethel.verdict import ExpertVerdict, Outcome, Span, Vote
from tests.security.questions import (
    PAYMENT,
    ask_payee,
    ask_text,
    ask_transaction,
    findings,
    flagged,
    outcome,
    sentinel,
    with_comment,
    with_string,
)

ATTACK = "x' or 1=1--"


def _ask(text: str, type_: str = "", rules: Rules | None = None) -> ExpertVerdict:
    question = Question("t-1", transaction=TextField(text, type_), rules=rules or Rules())
    return sentinel().verify(question, 100.0)


def test_a_text_is_approved_where_nothing_is_found() -> None:
    verdict = _ask("O'Brien & Søn - invoice #42 (50% off)", "Reference")
    assert verdict.verdict is Vote.APPROVE
    assert outcome(verdict, "S09") is Outcome.PROVED


@pytest.mark.parametrize("type_", ["", "Name", "Path", "no type at all"])
def test_what_a_sender_says_of_a_field_hides_no_attack(type_: str) -> None:
    verdict = _ask(ATTACK, type_)
    assert (verdict.verdict, verdict.code) == (Vote.REJECT, "S09")
    assert outcome(verdict, "S09") is Outcome.REFUTED


def test_the_operator_may_say_that_a_text_reaches_no_database() -> None:
    assert _ask(ATTACK, rules=Rules(texts={"text": TextType.PATH})).verdict is Vote.APPROVE
    assert _ask(ATTACK, rules=Rules(texts={"text": TextType.SQL})).verdict is Vote.REJECT


def test_names_arguments_and_strings_are_judged_and_comments_are_not() -> None:
    assert ask_payee(ATTACK).code == "S09"
    assert ask_text(PAYMENT, {"memo": ATTACK}).code == "S09"
    assert ask_text(with_string(ATTACK)).code == "S09"
    assert ask_text(with_comment(ATTACK)).verdict is Vote.APPROVE


def test_a_finding_names_the_place_and_shows_no_character_of_the_text() -> None:
    (found,) = findings(_ask(ATTACK), "S09")
    assert (
        found.message == "`text` at characters 2 to 11 is read by a database as the query behind a literal in ' marks"
    )
    assert (found.cwe, found.span) == (89, Span(1, 11, 1, 2))


def test_a_finding_in_a_string_has_its_span() -> None:
    text = with_string(r"x\u0027 or 1=1--")
    (found,) = findings(ask_text(text), "S09")
    assert found.span is not None
    assert text[found.span.start : found.span.end] == r"\u0027 or 1=1--"


def test_what_is_hidden_in_encodings_is_found_and_placed_in_the_original() -> None:
    (found,) = findings(_ask("x%2527 or 1=1--"), "S09")
    assert "characters 2 to 15" in found.message
    assert "once percent in percent is undone" in found.message


def test_confidence_rises_with_every_encoding() -> None:
    texts = ["x' or 1=1--", "x%27 or 1=1--", "x%2527 or 1=1--", "x%252527 or 1=1--"]
    confidences = [findings(_ask(text), "S09")[0].confidence for text in texts]
    assert confidences == sorted(set(confidences))
    assert confidences[0] == Decimal("0.98")
    assert all(risen(Decimal("0.5"), depth) < risen(Decimal("0.5"), depth + 1) < 1 for depth in range(5))


@pytest.mark.parametrize("text", ["50%25 off", "R&amp;D", "Jane\\u0020Doe", "dGhlIHJlbnQgb2YgbWF5"])
def test_an_encoding_alone_is_flagged_and_never_refused(text: str) -> None:
    verdict = _ask(text)
    assert verdict.verdict is Vote.APPROVE
    assert len(flagged(verdict, "S13")) == 1


def test_a_run_that_looks_encoded_is_flagged() -> None:
    assert looks_encoded("ref q7Zx0aP3mK9vB2tW8sLr5YcD")
    assert not looks_encoded("GB29NWBK60161331926819 Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch")
    assert flagged(_ask("ref q7Zx0aP3mK9vB2tW8sLr5YcD"), "S13")


def test_a_text_that_is_too_long_is_refused_unseen() -> None:
    verdict = _ask("' or 1=1--" * 1_000_000)
    assert (verdict.verdict, verdict.code) == (Vote.REJECT, "S08")
    assert findings(verdict, "S09") == []
    assert int(dict(verdict.proof_trace)["characters and nodes looked at one by one"]) == 0


def test_a_secret_argument_is_judged_and_not_shown() -> None:
    text = PAYMENT.replace("memo: Text", "secret memo: Text")
    verdict = ask_text(text, {"memo": ATTACK})
    assert verdict.code == "S09"
    assert all("1=1" not in found.message for found in verdict.findings)


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("`payee`", TextType.NAME),
        ("`code`", TextType.REFERENCE),
        ("`postings[3].account`", TextType.NAME),
        ("argument `memo`", TextType.FREE_TEXT),
        ("account `sender`", TextType.NAME),
        ("`text`", None),
    ],
)
def test_a_field_has_the_type_of_its_place(name: str, type_: TextType | None) -> None:
    assert type_of(name, Rules()) is type_


def test_rules_decide_the_type_of_a_field() -> None:
    rules = read_rules(b'[default.texts]\nmemo = "Url"\npayee = "Reference"\n').of("")
    assert type_of("argument `memo`", rules) is TextType.URL
    assert type_of("`payee`", rules) is TextType.REFERENCE
    with pytest.raises(RulesError, match="`Nmae`, expected one of"):
        read_rules(b'[default.texts]\nmemo = "Nmae"\n')
    with pytest.raises(RulesError, match="is no table"):
        read_rules(b'[default]\ntexts = "Name"\n')


def test_what_people_write_may_reach_everything() -> None:
    for type_ in (TextType.NAME, TextType.REFERENCE, TextType.FREE_TEXT):
        assert sinks_of(type_) == EVERY_SINK
    assert all(Sink.RECORD in sinks_of(type_) for type_ in TextType)
    assert Sink.QUERY not in sinks_of(TextType.SHELL)


def test_every_class_of_texts_states_its_outcome_on_a_transaction() -> None:
    found = {result.id for result in ask_transaction(TextField("rent")).obligations}
    assert {SecurityClass.SQL.value, SecurityClass.ENCODINGS.value} <= found
