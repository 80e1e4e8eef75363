"""Divisors in a row: an evaluation ends at the first that is zero, and each is judged where one comes to it."""

from __future__ import annotations

import pytest

from aethel.intent.execution import MOST_MET
from aethel.intent.obligations import Aspect, obligations
from aethel.intent.reading import read
from aethel.verdict import Outcome, Vote
from tests.prover.asking import ask, outcomes, results

REFUTED, PROVED, NOTHING = Outcome.REFUTED, Outcome.PROVED, Outcome.NOTHING_TO_CHECK


def text(guard: str = "", effect: str = "x = 1;", verify: str = "x > 0 or true;") -> str:
    blocks = f"guard {{ x > 0; {guard} }} effect {{ {effect} }} verify {{ {verify} }}"
    return f"intent pay(x: Int, k: Int, m: Int) {{ {blocks} }}"


def divisors(written: str, **given: str) -> list[Outcome]:
    """What becomes of each divisor, in the order of the text."""
    file = read(written.encode()).file
    assert file is not None
    found = outcomes(ask(written, given))
    return [found[each.id] for each in obligations(file) if each.aspect is Aspect.DIVISOR]


IN_A_ROW = {
    "one statement": text("LINK", "x = 6 / k + 7 / m;"),
    "two statements": text("LINK", "x = 6 / k; x = 7 / m;"),
    "a require": text("LINK", "x = 6 / k; require 7 / m > 1;"),
    "a condition and its branch": text("LINK", "if (6 / k > 1) { x = 1; } else { x = 7 / m; }"),
    "a line of verify": text("LINK", verify="6 / k + 7 / m > 1 or true;"),
    "effect and verify": text("LINK", "x = 6 / k;", "7 / m > 1 or true;"),
    "a guard": text("LINK 6 / k != 7 / m or true;"),
    "bindings": text("d = 6 / k; e = 7 / m; LINK"),
    "a binding that a guard uses": text("d = 6 / k + 7 / m; LINK d > 1 or true;"),
    "bindings that a guard uses": text("d = 6 / k; e = 7 / m; LINK d > e or true;"),
    "a binding and what follows it in a guard": text("d = 6 / k; LINK d > 1 or 7 / m > 1 or true;"),
}
"""Two divisors each, of which the second is come to after the first."""


@pytest.mark.parametrize("written", IN_A_ROW.values(), ids=IN_A_ROW)
def test_a_later_divisor_that_can_be_zero_alone_is_refuted_too(written: str) -> None:
    assert divisors(written.replace("LINK", "")) == [REFUTED, REFUTED]


@pytest.mark.parametrize("written", IN_A_ROW.values(), ids=IN_A_ROW)
def test_a_divisor_that_is_zero_only_where_an_earlier_one_is_needs_no_check(written: str) -> None:
    assert divisors(written.replace("LINK", "k == m;")) == [REFUTED, NOTHING]


@pytest.mark.parametrize("written", IN_A_ROW.values(), ids=IN_A_ROW)
def test_divisors_that_are_never_zero_are_proved_whatever_their_order(written: str) -> None:
    assert divisors(written.replace("LINK", "k > 0; m > 0;")) == [PROVED, PROVED]


@pytest.mark.parametrize(
    "written",
    [
        text("k == m;", verify="6 / k > 1 or true; 7 / m > 1 or true;"),
        text("k == m;", "if (x > 5) { x = 6 / k; } else { x = 7 / m; }"),
        text("k == m; (x > 5 and 6 / k > 1) or 7 / m > 1 or true;"),
        text("k == m;", "if (x > 5) { x = 6 / k; } x = 7 / m;"),
    ],
    ids=["two lines of verify", "two branches", "what a guard may leave out", "what an effect may leave out"],
)
def test_a_divisor_is_refuted_where_an_evaluation_comes_to_it_past_one_that_is_zero(written: str) -> None:
    assert divisors(written) == [REFUTED, REFUTED]


IN_GUARDS = {
    "alone": ("d = 6 / k; d > 1;", [REFUTED]),
    "in two guards": ("d = 6 / k; d > 1; d < 9;", [REFUTED]),
    "behind a condition": ("d = 6 / k; x > 5 and d > 1;", [REFUTED]),
    "behind a condition in one of two guards": ("d = 6 / k; x > 5 and d > 1; d < 9;", [REFUTED]),
    "in the other order": ("d = 6 / k; e = 7 / m; k == m; e > d;", [NOTHING, REFUTED]),
    "in both orders": ("d = 6 / k; e = 7 / m; k == m; e > d; d > e - 3;", [NOTHING, NOTHING]),
    "in a binding of bindings": ("d = 6 / k; e = 7 / m + d; k == m; e > 1;", [NOTHING, REFUTED]),
    "through another binding": ("d = 6 / k; e = d + 1; e > 1;", [REFUTED]),
    "left out behind another one": ("d = 6 / k; e = 7 / m; k == m; x > 5; x > 5 or e > 1;", [REFUTED, NOTHING]),
    "past a divisor of the guard": ("d = 6 / k; 7 / m > 1 or d > 1;", [REFUTED, REFUTED]),
    "behind a divisor of the guard": ("d = 6 / k; k == m; 7 / m > 1 or d > 1;", [NOTHING, REFUTED]),
    "left out where it is zero": ("d = 6 / k; k == 0 or d > 1;", [REFUTED]),
    "in a guard that is false where it is zero": ("d = 6 / k; k != 0 and d > 1;", [NOTHING]),
    "ruled out by another guard": ("d = 6 / k; k != 0; d > 1;", [PROVED]),
}
"""Guards with bindings in them, and what becomes of each divisor."""


@pytest.mark.parametrize(("guard", "became"), IN_GUARDS.values(), ids=IN_GUARDS)
def test_a_binding_is_judged_where_a_guard_or_what_follows_all_guards_comes_to_it(
    guard: str, became: list[Outcome]
) -> None:
    assert divisors(text(guard)) == became


def test_what_only_a_false_guard_keeps_from_dividing_by_zero_is_left_to_a_person() -> None:
    verdict = ask(text("d = 6 / k; k != 0 and d > 1;"))
    assert verdict.verdict is Vote.ABSTAIN
    found = results(verdict)["in_range.1"].detail
    assert found == "wherever it is zero, a guard is false or a divisor before it is zero too"


@pytest.mark.parametrize(("uses", "is_said"), [(MOST_MET, True), (MOST_MET + 1, False)])
def test_how_guards_come_to_a_divisor_is_said_as_long_as_it_is_short(uses: int, is_said: bool) -> None:
    file = read(text(f"d = 6 / k; {' + '.join(['d'] * uses)} > 1;").encode()).file
    assert file is not None
    (divisor,) = file.programs[0].divisors
    assert (divisor.earlier is not None) is is_said


def test_the_same_divisor_twice_is_refuted_once() -> None:
    assert divisors(text(effect="x = 6 / k; x = 7 / k;")) == [REFUTED, NOTHING]


@pytest.mark.parametrize(("k", "m", "became"), [("0", "0", [REFUTED, NOTHING]), ("1", "0", [PROVED, REFUTED])])
def test_given_values_end_an_evaluation_as_any_others(k: str, m: str, became: list[Outcome]) -> None:
    written = "intent pay(k: Int, m: Int) { guard { k >= 0; } verify { 6 / k + 7 / m > 1 or true; } }"
    assert divisors(written, k=k, m=m) == became


def test_nothing_is_approved_for_a_divisor_that_needs_no_check() -> None:
    verdict = ask(text("k == m;", "x = 6 / k + 7 / m;"))
    assert verdict.verdict is Vote.REJECT
    assert results(verdict)["in_range.2"].detail == "wherever it is zero, a divisor before it is zero too"


def test_which_divisor_comes_first_is_no_part_of_the_digest() -> None:
    files = [read(text(effect=f"x = {sum_};").encode()).file for sum_ in ("6 / k + 7 / m", "7 / m + 6 / k")]
    assert len({file.digest for file in files if file is not None}) == 1
