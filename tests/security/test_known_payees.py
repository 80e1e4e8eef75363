"""S04 against the known payees: their own names pass in every ordinary spelling, names drawn like them do not."""

from dataclasses import replace

import pytest

from aethel.request import Question
from aethel.rules import Rules, RulesError, read_rules
from aethel.verdict import ExpertVerdict, Vote
from tests.security.questions import PAYMENT, entry, findings, sentinel, with_string

ABROAD = ("Газпром", "ソニー株式会社", "Сосо", "Café Zoé")
KNOWN = ("PayPal", "Coca-Cola HBC", "O'Brien & Søn", "Ian Ltd", "Barn 10 Ltd", *ABROAD)
RULES = Rules(payees=KNOWN)


def ask(payee: str, rules: Rules = RULES) -> ExpertVerdict:
    return sentinel().verify(Question("t", transaction=entry(payee=payee), rules=rules), 100.0)


@pytest.mark.parametrize(
    "name",
    [
        *KNOWN,
        "PAYPAL",
        "paypal",
        " PayPal ",
        "Coca-Cola  HBC",
        "Coca‐Cola HBC",
        "O’Brien & Søn",
        "Cafe\u0301 Zoe\u0301",
        "ＰａｙＰａｌ",
        "ｿﾆｰ株式会社",
        "IAN LTD",
        "Lan Ltd",
        "LAN LTD",
        "Cafe Zoe",
        "Barn 11 Ltd",
        "PayPals",
        "Gazprom",
        "PayPal Europe",
    ],
)
def test_a_known_payee_and_a_name_that_looks_otherwise_pass(name: str) -> None:
    assert ask(name).verdict is Vote.APPROVE


@pytest.mark.parametrize(
    ("name", "imitated"),
    [
        ("PayPaI", "PayPal"),
        ("PayPa1", "PayPal"),
        ("PAYPA1", "PayPal"),
        ("раураⅼ", "PayPal"),
        ("𝐏𝐚𝐲𝐏𝐚𝐥", "PayPal"),
        ("Pɑypal", "PayPal"),
        ("Coca-Co1a HBC", "Coca-Cola HBC"),
        ("lan Ltd", "Ian Ltd"),
        ("1an Ltd", "Ian Ltd"),
        ("Bam 10 Ltd", "Barn 10 Ltd"),
        ("Barn lO Ltd", "Barn 10 Ltd"),
        ("Coco", "Сосо"),
    ],
)
def test_another_name_drawn_like_a_known_payee_is_refused_with_the_one_it_imitates(name: str, imitated: str) -> None:
    (found, *_) = [each for each in findings(ask(name), "S04") if "known payee" in each.message]
    assert found.message == f"`payee` is drawn like the known payee `{imitated}` and is another name"


@pytest.mark.parametrize("name", ["Pay\u200bPal", "\u202ePayPal\u202c", "Pay\u00adPal"])
def test_what_is_not_drawn_makes_no_other_name(name: str) -> None:
    assert any("known payee" in each.message for each in findings(ask(name), "S04"))


def test_without_known_payees_a_name_of_one_script_passes() -> None:
    for name in ("раура", "PayPaI", "Pɑypal"):
        assert ask(name, Rules()).verdict is Vote.APPROVE


def test_strings_and_text_arguments_of_an_intent_are_compared_too() -> None:
    in_string = Question("t", intent_text=with_string("PayPaI").encode(), rules=RULES)
    (found,) = findings(sentinel().verify(in_string, 100.0), "S04")
    assert found.span is not None
    assert (found.span.line, found.message[:5]) == (2, "2:64:")
    given = Question("t", intent_text=PAYMENT.encode(), arguments={"memo": "PayPaI"}, rules=RULES)
    assert sentinel().verify(given, 100.0).code == "S04"
    hidden = replace(given, intent_text=PAYMENT.replace("memo: Text", "secret memo: Text").encode())
    (kept,) = findings(sentinel().verify(hidden, 100.0), "S04")
    assert kept.message == "argument `memo` is drawn like a known payee and is another name"


def test_the_operator_lists_known_payees_for_each_client() -> None:
    book = read_rules('[default]\npayees = ["PayPal"]\n[clients.acme]\npayees = ["Ωμέγα ΑΕ"]\n'.encode())
    assert book.of("").payees == ("PayPal",)
    assert book.of("acme").payees == ("Ωμέγα ΑΕ",)
    assert not Rules(payees=("a",)).is_empty()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'[default]\npayees = "PayPal"', "`default.payees` is no list of texts, expected names of payees"),
        (b'[default]\npayees = [" "]', "`default`: payee ` `, expected 1 to 140 characters without controls"),
        (
            b'[default]\npayees = ["\\n"]',
            "`default`: payee `\\u000a`, expected 1 to 140 characters without controls",
        ),
    ],
)
def test_what_is_no_payee_is_named(content: bytes, sentence: str) -> None:
    with pytest.raises(RulesError) as raised:
        read_rules(content)
    assert str(raised.value) == sentence
