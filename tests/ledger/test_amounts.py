"""The amount grammar: what it admits, what it says of everything else, and how little it reads."""

import re
from fractions import Fraction
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.ledger.amounts import (
    LEDGER,
    PLAIN,
    PRICE,
    WHOLE,
    Grammar,
    Refused,
    scan,
    scan_all,
    scan_whole,
    scan_whole_all,
)

SHAPES = {
    "plain": (PLAIN, re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?", re.ASCII)),
    "ledger": (LEDGER, re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)),
    "price": (PRICE, re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)),
    "whole": (WHOLE, re.compile(r"0|[1-9][0-9]*", re.ASCII)),
}
"""Each grammar beside a naive expression of its shape; none admits more than 80 digits."""

ALMOST_AMOUNTS = st.text(st.sampled_from("0123456789.-+e,_ ٣³½\u00a0€x"), max_size=12) | st.from_regex(
    r"-?[0-9]{1,90}(\.[0-9]{0,90})?", fullmatch=True
)


@pytest.mark.parametrize(("grammar", "shape"), SHAPES.values(), ids=SHAPES)
@given(text=ALMOST_AMOUNTS)
def test_a_text_is_an_amount_exactly_where_the_naive_expression_matches(
    grammar: Grammar, shape: re.Pattern[str], text: str
) -> None:
    matches = shape.fullmatch(text) is not None and sum(map(text.count, "0123456789")) <= 80
    assert isinstance(scan(text, grammar), Refused) == (not matches)


@given(whole=st.integers(0, 10**40), places=st.integers(0, 39), negative=st.booleans())
def test_an_amount_is_read_to_the_last_digit(whole: int, places: int, negative: bool) -> None:
    digits = str(whole).rjust(places + 1, "0")
    text = ("-" if negative else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
    number = scan(text, LEDGER)
    assert not isinstance(number, Refused)
    assert Fraction(number) == Fraction(-whole if negative else whole, 10**places)


@given(text=ALMOST_AMOUNTS)
def test_a_whole_number_is_what_the_grammar_of_whole_numbers_says(text: str) -> None:
    assert scan_whole(text) == scan(text, WHOLE)


@pytest.mark.parametrize("grammar", [grammar for grammar, _ in SHAPES.values()], ids=SHAPES)
@given(texts=st.lists(ALMOST_AMOUNTS | st.integers(-999, 999).map(str), max_size=3))
def test_many_texts_are_what_each_is_alone_or_are_left_to_be_read_alone(grammar: Grammar, texts: list[str]) -> None:
    alone = [scan(text, grammar) for text in texts]
    together = scan_all(texts, grammar)
    assert together is None or list(map(repr, together)) == list(map(repr, alone))


@given(texts=st.lists(ALMOST_AMOUNTS | st.integers(-999, 999).map(str), max_size=3))
def test_many_whole_numbers_are_read_together_exactly_where_each_is_one(texts: list[str]) -> None:
    alone = [scan_whole(text) for text in texts]
    assert scan_whole_all(texts) == (None if any(isinstance(found, Refused) for found in alone) else alone)


@pytest.mark.parametrize(
    "text", ["1E5", "NaN", "NaN5", "Infinity", "-0", "1_0", " 1", "٣", "1.", "00", "+1", "", "9" * 81]
)
def test_what_a_number_type_admits_and_the_grammar_does_not_is_read_alone(text: str) -> None:
    assert scan_all(["1", text], PRICE) is None


def test_an_amount_that_no_float_holds_is_read_exactly() -> None:
    assert str(scan("9007199254740993.000000000000000001", PLAIN)) == "9007199254740993.000000000000000001"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "is empty"),
        ("-1", "a sign `-` at position 1"),
        ("1+", "a sign `+` at position 2"),
        ("−1", "a sign `−` at position 1"),
        ("1e5", "an exponent `e` at position 2"),
        ("1.5E3", "an exponent `E` at position 4"),
        ("1,000", "a separator `,` at position 2"),
        ("1_000", "a separator `_` at position 2"),
        ("1 000", "white space ` ` at position 2"),
        ("1\u00a0000", "white space `\\u{a0}` at position 2"),
        ("٣", "a digit other than 0 to 9 `٣` at position 1"),
        ("1²", "a digit other than 0 to 9 `²` at position 2"),
        ("007", "a leading zero"),
        ("00.5", "a leading zero"),
        ("NaN", "is not a finite number"),
        ("-Infinity", "is not a finite number"),
        ("0x10", "a base prefix `x` at position 2"),
        ("€5", "a currency sign `€` at position 1"),
        (".5", "a misplaced point `.` at position 1"),
        ("1.2.3", "a misplaced point `.` at position 4"),
        ("1.", "ends where a digit belongs"),
        ("five", "an unexpected character `f` at position 1"),
        ("1\u202e", "an unexpected character `\\u{202e}` at position 2"),
        ("1\ud800", "an unexpected character `\\u{d800}` at position 2"),
        ("9" * 19, "too many digits, expected at most 18 before and 18 after the point"),
        ("0." + "1" * 19, "too many digits, expected at most 18 before and 18 after the point"),
    ],
)
def test_a_refusal_names_what_is_wrong(text: str, named: str) -> None:
    refused = scan(text, PLAIN)
    assert isinstance(refused, Refused)
    assert named in refused.message


def test_the_digits_before_and_after_the_point_count_together() -> None:
    assert not isinstance(scan("9" * 40 + "." + "9" * 40, LEDGER), Refused)
    refused = scan("9" * 40 + "." + "9" * 41, LEDGER)
    assert isinstance(refused, Refused)
    assert "at most 80 digits in all" in refused.message


def test_only_a_length_is_a_matter_of_width() -> None:
    for text, too_long in (("9" * 81, True), ("9" * 81 + "e1", False), ("-1", False), ("0" * 81, False)):
        refused = scan(text, WHOLE)
        assert isinstance(refused, Refused)
        assert refused.too_long is too_long


class SlicedOnly(str):
    """A text that can be sliced and measured, and that fails a test when it is read as a whole."""

    __slots__ = ()

    def _read(self, *_: object) -> NoReturn:
        raise AssertionError("the whole text was read")

    __iter__ = __str__ = __format__ = _read
    isdigit = isascii = isprintable = strip = partition = encode = split = _read  # type: ignore[assignment]


@pytest.mark.parametrize("text", ["9" * 1_000_000, "x" * 1_000_000, "1" + " " * 1_000_000, "-" * 1_000_000])
@pytest.mark.parametrize("grammar", [PLAIN, LEDGER, WHOLE])
def test_a_megabyte_is_refused_without_reading_it(text: str, grammar: Grammar) -> None:
    refused = scan(SlicedOnly(text), grammar)
    assert isinstance(refused, Refused)
    assert len(refused.message) < 300


def test_a_megabyte_is_no_whole_number_and_is_not_read() -> None:
    assert isinstance(scan_whole(SlicedOnly("9" * 1_000_000)), Refused)
