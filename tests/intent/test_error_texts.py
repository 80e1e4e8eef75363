"""Every error says what was found and what was expected, in one form, whichever stage of reading it comes from."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from aethel.intent.instance import instantiate
from aethel.intent.limits import DEFAULT_LIMITS, Limits
from aethel.intent.reading import read
from aethel.request import Question
from tests.intent.test_corpus import TEXTS

FORM = re.compile(r"([0-9]+:[0-9]+: )?(?![A-Z]).*\bexpected .*[^.]")
"""A place where there is one, lower case, what was expected, no full stop."""

LOOP = """intent drip(ann: Account, bob: Account, rate: Balance) {
    guard { rate > 0; old_ann_balance >= 9 * rate; }
    effect { for k in 0..9 { transfer(ann, bob, rate); } }
    verify { bob_balance == old_bob_balance + 9 * rate; }
}
"""

VALUES = """intent note(n: u8, money: Balance<EUR>, fair: Bool, name: Text(3), id: Hash) {
    guard { n > 0; money > 0.01; fair; name == name; id == id; }
    verify { n > 0; }
}
"""


def refused(text: str, limits: Limits = DEFAULT_LIMITS) -> list[str]:
    return [found.message for found in read(text.encode(), limits=limits).findings]


def test_every_text_of_the_corpus_that_is_no_intent_is_told_what_was_expected() -> None:
    readings = [read(text.read_bytes()) for text in TEXTS]
    told = [found.message for reading in readings if reading.file is None for found in reading.findings]
    assert len(told) > 90
    assert [message for message in told if not FORM.fullmatch(message)] == []


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (replace(DEFAULT_LIMITS, tokens=5), "at most 5"),
        (replace(DEFAULT_LIMITS, nodes=5), "at most 5"),
        (replace(DEFAULT_LIMITS, depth=0), "at most 0 levels"),
        (replace(DEFAULT_LIMITS, parameters=2), "at most 2"),
        (replace(DEFAULT_LIMITS, evaluated_statements=5), "at most 5"),
        (replace(DEFAULT_LIMITS, evaluated_nodes=5), "at most 5"),
        (replace(DEFAULT_LIMITS, legs=5), "at most 5"),
        (replace(DEFAULT_LIMITS, terms=5), "at most 5"),
        (replace(DEFAULT_LIMITS, lowering_steps=5), "at most 5"),
        (replace(DEFAULT_LIMITS, evaluation_bits=5), "at most 5 in all"),
    ],
)
def test_a_text_beyond_a_limit_is_told_the_limit(limits: Limits, expected: str) -> None:
    (message,) = refused(LOOP, limits)
    assert FORM.fullmatch(message)
    assert message.endswith(f"expected {expected}")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("Rate<EUR>", "type `Rate` with one asset, expected two"),
        ("Int<EUR>", "type `Int` with one asset, expected one only with `Balance`, `Amount` or `Account`"),
        ("Balance<EUR/USD>", "type `Balance` with two assets, expected two only with `Rate` or `Price`"),
        ("Bool(3)", "type `Bool` with a size, expected one only with `Text`"),
        ("Balance<EURR>", "unknown asset `EURR`, expected an asset such as `EUR`"),
    ],
)
def test_a_type_that_there_is_not_is_told_which_there_is(declared: str, expected: str) -> None:
    (message,) = refused(f"intent p(x: {declared}) {{ guard {{ x == x; }} verify {{ x == x; }} }}")
    assert message.removeprefix("1:13: ") == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", "256"),
        ("n", "1.5"),
        ("n", "1e3"),
        ("n", "1" * 1000),
        ("money", "0.001"),
        ("fair", "yes"),
        ("name", "long"),
        ("id", ""),
        ("id", "x" * 10_000),
        ("nobody", "1"),
    ],
)
def test_a_value_that_its_type_does_not_admit_is_told_what_was_expected(name: str, value: str) -> None:
    (found,) = instantiate(Question("t", VALUES.encode(), arguments={name: value})).findings
    assert FORM.fullmatch(found.message)


def test_the_length_of_a_secret_value_is_not_told() -> None:
    text = VALUES.replace("name: Text", "secret name: Text")
    (found,) = instantiate(Question("t", text.encode(), arguments={"name": "x" * 77})).findings
    assert "77" not in found.message
