"""Given values: under every name a request may use, what is refused and why, and what later intents start in."""

from __future__ import annotations

import pytest

from aethel.intent.instance import Instance, instantiate
from aethel.request import Context, Question
from tests.intent.readings import intent

PAYMENT = intent(
    "a: Account, b: Account, n: Balance, i: Int, u: u8, c: Bool, d: Decimal, t: Text(5), h: Hash",
    "n > 0.01; i > 0; u > 0; c; d > 0; t == t; h == h; a != b; old_a_balance >= n; limit > 0;",
    "a_balance == old_a_balance - n; b_balance == old_b_balance + n; state == old_state + 1;",
)


def bound(text: str = PAYMENT, context: Context | None = None, /, **arguments: str) -> Instance:
    found = instantiate(Question("t", text.encode(), arguments=arguments, context=context or Context()))
    assert found.reading.file is not None, found.reading.findings
    return found


def codes(found: Instance) -> list[str]:
    return [finding.code for finding in found.findings]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("n", "12.5", 1250),
        ("n", "12", 1200),
        ("n", "0.010", 10),
        ("n", "92233720368547758.07", 2**63 - 1),
        ("i", "-9223372036854775808", -(2**63)),
        ("i", "7.0", 7),
        ("i", "-0", 0),
        ("u", "255", 255),
        ("c", "true", True),
        ("c", "false", False),
        ("t", "ab cd", "ab cd"),
        ("h", "00ff", "00ff"),
        ("a", "IBAN:de12 34", "iban:DE1234"),
        ("a", "eip155:1:0xAbC", "eip155:1:0xabc"),
        ("a", "cafe\u0301", "cafe\u0301"),
        ("limit", "5", 5),
    ],
)
def test_a_value_is_what_its_type_says(name: str, text: str, value: object) -> None:
    found = bound(**{name: text})
    assert codes(found) == []
    assert found.values[0][name] == value
    assert type(found.values[0][name]) is type(value)


def test_a_fraction_is_exact() -> None:
    value = bound(d="-0.1").values[0]["d"]
    assert str(value) == "-1/10"


SPELLINGS = (
    *("a.balance", "a_balance", "old_a.balance", "old_a_balance"),
    *("a.balance_old", "a_balance_old", "a.balance_before", "a_balance_before"),
)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("part", ["balances", "inputs", "arguments"])
def test_a_balance_before_is_given_under_every_spelling(spelling: str, part: str) -> None:
    given = {spelling: "7.25"}
    context = Context(balances=given) if part == "balances" else Context(inputs=given)
    found = bound(**given) if part == "arguments" else bound(PAYMENT, context)
    assert codes(found) == []
    assert found.values[0]["old a.balance"] == 725
    assert "old_a_balance" not in found.open_names


@pytest.mark.parametrize("spelling", ["state", "old_state", "state_old", "state_before"])
def test_other_state_is_given_under_every_spelling(spelling: str) -> None:
    assert bound(**{spelling: "4"}).values[0]["old state"] == 4


@pytest.mark.parametrize(
    "spelling", ["new_a_balance", "a_balance_after", "a_balance_new", "A_balance", "nn", "state_new"]
)
def test_an_argument_that_names_nothing_is_refused(spelling: str) -> None:
    found = bound(**{spelling: "7"})
    assert codes(found) == ["UNKNOWN_NAME"]
    assert f"`{spelling}`" in found.findings[0].message
    assert "`n`" in found.findings[0].message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("n", text) for text in ("", "x", "+1", "1e3", "1,5", "1.", ".5", "--1", "-", "1 ", " 1", "0x1", "1_0", "٣")),
        *(("n", text) for text in ("NaN", "inf", "½", "1.5.0")),
        ("i", "1.5"),
        ("i", "one"),
        ("u", "0.1"),
        ("c", "True"),
        ("c", "1"),
        ("c", ""),
        ("d", "1/3"),
        ("t", ""),
        ("a", ""),
        ("h", "f" * 4097),
        ("a", "f" * 4097),
        ("d", "1" * 81),
        ("d", "0." + "1" * 80),
    ],
)
def test_what_a_type_does_not_admit_is_a_bad_value(name: str, text: str) -> None:
    found = bound(**{name: text})
    assert codes(found) == ["BAD_VALUE"]
    assert name not in found.values[0]


@pytest.mark.parametrize("text", ["1" * 80, "-" + "1" * 80, "0." + "1" * 79])
def test_a_number_may_have_eighty_digits(text: str) -> None:
    assert codes(bound(d=text)) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("n", "-0.01"),
        ("n", "92233720368547758.08"),
        ("i", "9223372036854775808"),
        ("i", "-9223372036854775809"),
        ("u", "256"),
        ("u", "-1"),
        ("t", "abcdef"),
    ],
)
def test_what_does_not_fit_is_out_of_range(name: str, text: str) -> None:
    found = bound(**{name: text})
    assert codes(found) == ["OUT_OF_RANGE"]
    assert found.findings[0].span is not None


def test_a_balance_is_finer_than_its_asset_only_by_mistake() -> None:
    text = intent("n: Balance<EUR>", "n > 0;", "n > 0;")
    assert codes(bound(text, n="0.005")) == ["BAD_VALUE"]
    assert codes(bound(text, n="0.050")) == []


def test_one_value_may_be_given_twice_and_two_may_not() -> None:
    both = Context(balances={"a_balance": "5"})
    assert codes(bound(PAYMENT, both, old_a_balance="5")) == []
    assert codes(bound(PAYMENT, both, old_a_balance="6")) == ["BAD_VALUE"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("x", "x"), ("iban:DE1234", "IBAN:de 12 34"), ("eip155:1:0xAB", "eip155:1:0xab")],
)
def test_two_names_of_one_account_are_refused(first: str, second: str) -> None:
    for found in (bound(a=first, b=second), bound(PAYMENT, Context(accounts={"a": first, "b": second}))):
        assert codes(found) == ["ALIASED_ACCOUNTS"]
        assert found.findings[0].accounts == ("a", "b")


def test_accounts_that_differ_are_none_of_that() -> None:
    assert codes(bound(a="x", b="X")) == codes(bound(a="é", b="e\u0301")) == []


def payment(name: str, source: str, target: str, amount: str) -> str:
    verify = f"{target}_balance == old_{target}_balance + {amount};"
    text = intent(f"{source}: Account, {target}: Account, {amount}: Balance", f"{amount} > 0;", verify)
    return text.replace("pay", name, 1).replace(
        "verify {", f"effect {{ transfer({source}, {target}, {amount}); }} verify {{"
    )


def test_an_intent_starts_in_what_earlier_ones_leave() -> None:
    text = payment("one", "a", "b", "n") + payment("two", "b", "c", "m")
    found = bound(text, Context(balances={"a_balance": "9", "b_balance": "1", "c_balance": "0"}), n="5", m="3")
    assert codes(found) == []
    assert found.values[1]["old b.balance"] == 6
    assert found.values[1]["old c.balance"] == 0


def test_what_an_unknown_amount_leaves_is_unknown() -> None:
    text = payment("one", "a", "b", "n") + payment("two", "b", "c", "m")
    found = bound(text, Context(balances={"b_balance": "1"}), m="3")
    assert "old b.balance" not in found.values[1]
    assert {"n", "old_b_balance"} <= set(found.open_names)


def test_aliases_are_seen_across_intents() -> None:
    text = payment("one", "a", "b", "n") + payment("two", "c", "d", "m")
    assert codes(bound(text, a="x", d="x")) == ["ALIASED_ACCOUNTS"]


def test_nothing_given_is_a_template_and_everything_given_is_complete() -> None:
    text = intent("x: Int, y: Int", "x > y;", "x > y;")
    assert bound(text).template
    assert not bound(text, x="1").template
    assert bound(text, x="1").open_names == ("y",)
    assert bound(text, x="1", y="2").complete


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("Balance", "79x19"),
        ("Balance", "7919.7919"),
        ("Balance", "-7919"),
        ("Int", "79190000000000000000000"),
        ("u8", "7919"),
        ("Bool", "7919"),
        ("Decimal", "7919e7919"),
        ("Text(3)", "7919"),
    ],
)
def test_a_secret_value_stands_in_no_message(type_: str, text: str) -> None:
    found = bound(intent(f"secret s: {type_}, n: Balance<EUR>", "s == s; n > 0;", "n > 0;"), s=text)
    both = bound(intent(f"secret s: {type_}", "s == s;", "true;"), s=text, old_s=f"{text}0")
    assert "7919" not in repr((found.findings, both.findings))
    assert "BAD_VALUE" in codes(both)


def test_a_text_that_is_none_has_no_instance() -> None:
    found = instantiate(Question("t", b"pay Bob", arguments={"n": "1"}))
    assert (found.values, found.findings) == ((), ())
    assert found.reading.rejected
