"""Counterexamples and witnesses in the reference interpreter: confirmed only where they are ones."""

from __future__ import annotations

from aethel.intent.obligations import Aspect, Obligation, obligations
from aethel.intent.reading import Reading
from aethel.intent.replay import admits, confirms, fails
from aethel.intent.terms import Value
from tests.intent.readings import intent, reading

PAYMENT = "a: Account, b: Account, n: Balance"


def obligation(found: Reading, id_: str) -> Obligation:
    assert found.file is not None
    return next(each for each in obligations(found.file) if each.id == id_)


def state(n: int, a: int, b: int, **others: Value) -> dict[str, Value]:
    return {"a": "a", "b": "b", "n": n, "old a.balance": a, "old b.balance": b, **others}


LEAKING = intent(PAYMENT, "n > 0;", "a_balance == old_a_balance - n;", "a.balance -= n; b.balance += n - 1;")


def test_a_sum_that_changes_is_confirmed() -> None:
    found = reading(LEAKING)
    assert confirms(found, obligation(found, "conserved.default"), state(2, 5, 5))


def test_what_holds_is_not_confirmed() -> None:
    found = reading(LEAKING)
    assert not confirms(found, obligation(found, "post.1"), state(2, 5, 5))


def test_values_that_a_guard_excludes_confirm_nothing() -> None:
    found = reading(LEAKING)
    assert not confirms(found, obligation(found, "conserved.default"), state(0, 5, 5))
    assert not admits(found, 0, state(0, 5, 5))
    assert admits(found, 0, state(1, 5, 5))


def test_a_balance_below_zero_is_confirmed() -> None:
    found = reading(LEAKING)
    assert confirms(found, obligation(found, "solvent.a_balance"), state(6, 5, 5))
    assert not confirms(found, obligation(found, "solvent.a_balance"), state(5, 5, 5))


def test_values_outside_the_hypotheses_confirm_nothing_and_still_fail() -> None:
    found = reading(LEAKING)
    largest = 2**63 - 1
    for values in (state(2, largest, 1), state(2, -1, 5)):
        assert not confirms(found, obligation(found, "conserved.default"), values)
        assert fails(found, obligation(found, "conserved.default"), values)


def test_what_is_minted_counts_for_no_change_and_what_leaks_beside_it_does() -> None:
    """The two cancel here, so that the plain sum does not change."""
    found = reading(intent(PAYMENT, "n > 0;", "n > 0;", "mint(a, n); b.balance -= n;"))
    assert confirms(found, obligation(found, "conserved.default"), state(2, 5, 5))
    clean = reading(intent(PAYMENT, "n > 0;", "n > 0;", "mint(a, n); burn(b, 1);"))
    assert not confirms(clean, obligation(clean, "conserved.default"), state(2, 5, 5))


def test_a_divisor_that_becomes_zero_is_confirmed_where_it_stands() -> None:
    text = intent(PAYMENT + ", k: Int", "n > 0;", "n / k >= 0;", "a.balance += n / k; b.balance -= n / k;")
    found = reading(text)
    assert found.file is not None
    divisors = [each for each in obligations(found.file) if each.aspect is Aspect.DIVISOR]
    assert len({each.span.start for each in divisors}) == 3
    first = min(divisors, key=lambda each: each.span.start)
    assert confirms(found, first, state(2, 5, 5, k=0))
    assert not confirms(found, first, state(2, 5, 5, k=1))


def test_a_divisor_in_a_guard_fails_where_all_other_guards_hold() -> None:
    found = reading(intent("n: Int, k: Int", "6 / k > 1; n > 0;", "n > 0;"))
    divisor = obligation(found, "in_range.1")
    assert confirms(found, divisor, {"n": 1, "k": 0})
    assert not confirms(found, divisor, {"n": 0, "k": 0})
