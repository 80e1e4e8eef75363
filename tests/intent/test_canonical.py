"""The laws of the digest: how a program is written changes nothing, whatever it means changes it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethel.intent.reading import read
from tests.intent.readings import intent, program

PARAMETERS = ("{a}: Account", "{b}: Account", "secret {n}: Balance", "external {r}: Decimal", "{c}: Bool", "{k}: Int")
GUARDS = (
    *("{n} > 1.5;", "{r} > 0 and {r} < 5%;", "{b}_limit >= {n};", "old_{a}_balance >= {n} + {fee};"),
    *("{c} or {k} == 7 or cap != 3;", "{n} / 3 > 1 => not {c};", "{k} % 5 != min({k}, 2);"),
)
POSTS = (
    *("{a}_balance == old_{a}_balance - {n};", "{b}_balance == old({b}.balance) + {n};", "{left} == {a}_balance * 2;"),
    *("if ({c}) { {left} >= 0; }", "{left} + {n} > 0 or {c};"),
)
NAMES = ("a", "b", "n", "r", "c", "k", "fee", "left")
NEW_NAMES = tuple(f"{first}{second}" for first in "bdghkvwz" for second in ("ara", "olim", "estin"))
"""Names that look like no other and read as no before, after or cell."""


def written(names: dict[str, str], guards: tuple[str, ...] = GUARDS, posts: tuple[str, ...] = POSTS) -> str:
    def fill(text: str) -> str:
        for name, new in names.items():
            text = text.replace(f"{{{name}}}", new)
        return text

    lines = "{fee} = {n} * 2;", *guards
    return fill(intent(", ".join(PARAMETERS), " ".join(lines), " ".join(posts)))


PLAIN = {name: name for name in NAMES}
TEXT = written(PLAIN)
DIGEST = program(TEXT).digest


@settings(max_examples=25)
@given(st.permutations(NEW_NAMES))
def test_other_names_for_what_is_declared_bound_or_fresh_change_nothing(names: list[str]) -> None:
    assert program(written(dict(zip(NAMES, names, strict=False)))).digest == DIGEST


@settings(max_examples=25)
@given(st.permutations(GUARDS), st.permutations(POSTS))
def test_conditions_are_a_set(guards: list[str], posts: list[str]) -> None:
    assert program(written(PLAIN, tuple(guards), tuple(posts))).digest == DIGEST
    assert program(written(PLAIN, (*guards, guards[0]), tuple(posts))).digest == DIGEST


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_comments_and_layout_change_nothing(seed: int) -> None:
    random = Random(seed)
    gaps = ("\n", "\t", "  ", " # if (n) {\n", " // ' \u00e9\n", "\r\n")
    text = "".join(random.choice(gaps) if char == " " else char for char in TEXT)
    assert program(text).digest == DIGEST


def changed(old: str, new: str, text: str = TEXT) -> str:
    assert text.count(old) == 1, old
    found = read(text.replace(old, new).encode())
    assert found.file is not None, found.findings
    return found.file.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("k: Int", "k: u8"),
        ("k: Int", "k: i64"),
        ("k: Int", "k: Nonce"),
        ("r: Decimal", "r: Rate"),
        ("secret n", "n"),
        ("secret n", "secret external n"),
        ("external r", "r"),
        ("c: Bool, k: Int", "k: Int, c: Bool"),
        ("a: Account, b: Account", "b: Account, a: Account"),
        ("k: Int", "k: Int, z: Int"),
        ("cap", "lid"),
        ("b_limit", "b_bound"),
        ("b_limit", "a_limit"),
        ("n > 1.5;", "n > 1.50;"),
        ("n > 1.5;", "n > 1.6;"),
        ("n > 1.5;", "n >= 1.5;"),
        ("n > 1.5;", "secret n > 1.5;"),
        ("n > 1.5;", "n > 1.5; n > 1.4;"),
        ("n > 1.5;", ""),
        ("r > 0 and", "r > 0 or"),
        ("r < 5%", "r < 5"),
        ("c or k", "not c or k"),
        ("k == 7", "k != 7"),
        ("c or k == 7", "external c or k == 7"),
        ("n / 3 > 1 => not c", "not c => n / 3 > 1"),
        ("n / 3", "div_ceil(n, 3)"),
        ("n / 3", "div_half_even(n, 3)"),
        ("k % 5", "5 % k"),
        ("min(k, 2)", "max(k, 2)"),
        ("fee = n * 2", "fee = n * 3"),
        ("old_a_balance - n", "old_a_balance + n"),
        ("old(b.balance) + n", "old(a.balance) + n"),
        ("a_balance * 2", "old_a_balance * 2"),
        ("if (c)", "if (not c)"),
        ("left >= 0", "left > 0"),
    ],
)
def test_what_counts_changes_the_digest(old: str, new: str) -> None:
    assert changed(old, new) != DIGEST


def test_the_asset_changes_the_digest_and_the_name_of_money_does_not() -> None:
    text = intent("n: Balance", "n > 1;", "n > 1;")
    assert changed("Balance", "USD", text) != program(text).digest
    assert changed("Balance", "Amount", text) == program(text).digest


EFFECT = intent(
    "a: Account, b: Account, d: Account, n: Balance",
    "n > 0;",
    "true;",
    "require n < 9; transfer(a, b, n); transfer(b, d, 1); if (n > 5) { burn(d, 1); } for i in 0..3 { a.balance -= i; }",
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("transfer(a, b, n); transfer(b, d, 1);", "transfer(b, d, 1); transfer(a, b, n);"),
        ("transfer(a, b, n)", "transfer(b, a, n)"),
        ("transfer(b, d, 1)", "transfer(b, d, 2)"),
        ("burn", "mint"),
        ("n > 5", "n > 6"),
        ("0..3", "1..3"),
        ("0..3", "0..4"),
        ("require n < 9;", ""),
        ("require n < 9;", "require n <= 9;"),
        ("transfer(a, b, n);", "a.balance -= n; b.balance += n;"),
        ("effect", "solve { priority: security; } effect"),
    ],
)
def test_what_an_effect_does_changes_the_digest(old: str, new: str) -> None:
    assert changed(old, new, EFFECT) != program(EFFECT).digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("for i in 0..3 { a.balance -= i; }", "for turn in 0..3 { a_balance -= turn; }"),
        ("a.balance -= i", "a.balance = a.balance - i"),
        ("transfer(a, b, n)", "transfer(a.balance, b_balance, n)"),
        ("n > 5", "5 < n"),
        ("intent pay(", "intent other("),
    ],
)
def test_how_an_effect_is_written_does_not(old: str, new: str) -> None:
    assert changed(old, new, EFFECT) == program(EFFECT).digest


def test_the_order_of_settings_does_not_count_and_their_values_do() -> None:
    first, second, third = (
        program(intent("n: Int", "n > 0;", "n > 0;").replace("verify", f"solve {{ {settings} }} verify")).digest
        for settings in (
            "priority: security; target: ledger;",
            "target: ledger; priority: security;",
            "target: ledger;",
        )
    )
    assert first == second
    assert first != third


def test_a_text_that_means_the_same_under_a_given_scale_does_not() -> None:
    text = intent("n: Balance", "n > 1;", "n > 1;")
    assert program(text, {"n": "5"}).digest == program(text).digest
    assert program(text, {"n": "5.25"}).digest != program(text).digest
