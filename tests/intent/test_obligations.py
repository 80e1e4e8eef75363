"""What must hold of a program, and what each obligation may assume."""

from __future__ import annotations

from aethel.intent.evaluation import evaluate
from aethel.intent.obligations import Aspect, Kind, Obligation, deltas, obligations
from aethel.intent.terms import Value
from tests.intent.readings import intent, program, reading

PAYMENT = "a: Account, b: Account, n: Balance"
MOVE = "a.balance -= n; b.balance += n;"


def listed(text: str) -> tuple[Obligation, ...]:
    found = reading(text)
    assert found.file is not None
    return obligations(found.file)


def divisors(text: str) -> list[Obligation]:
    return [each for each in listed(text) if each.aspect is Aspect.DIVISOR]


def holds(obligation: Obligation, **values: Value) -> bool:
    """Whether the claim holds wherever the assumptions do; `x` is also the value before of a lone name `x`."""
    known: dict[str, Value] = dict(values)
    for name, value in values.items():
        known[f"old {name.replace('_', '.')}"] = value
    assumed = all(evaluate(each, known) for each in obligation.assumptions)
    return not assumed or bool(evaluate(obligation.claim, known))


def test_every_kind_is_listed_causes_before_consequences() -> None:
    kinds = list(dict.fromkeys(each.kind for each in listed(intent(PAYMENT, "n > 0;", "n > 0;", MOVE))))
    assert kinds == [
        Kind.NON_VACUOUS,
        Kind.CONSISTENT,
        Kind.SOLVENT,
        Kind.IN_RANGE,
        Kind.POST,
        Kind.CONSERVED,
        Kind.FRAME,
        Kind.IDENTITY_NEUTRAL,
    ]


def test_ids_are_unique_and_carry_the_intent_where_there_are_several() -> None:
    one = intent(PAYMENT, "n > 0;", "n > 0;", MOVE)
    ids = [each.id for each in listed(one + one.replace("pay", "settle"))]
    assert len(set(ids)) == len(ids)
    assert all(each.startswith(("pay:", "settle:")) for each in ids)
    assert all(":" not in each.id for each in listed(one))


def test_a_divisor_may_assume_the_requires_before_it_only() -> None:
    (after,) = divisors(intent("x: Int, k: Int", "x > 0;", "x >= 0;", "require k != 0; x = 6 / k;"))
    (before,) = divisors(intent("x: Int, k: Int", "x > 0;", "x >= 0;", "x = 6 / k; require k != 0;"))
    assert holds(after, k=0, x=1)
    assert not holds(before, k=0, x=1)


def test_a_require_that_reads_a_quotient_does_not_excuse_its_divisor() -> None:
    """With a quotient of zero by zero taken for 0, the require would exclude just the divisions by zero."""
    (found,) = divisors(intent("x: Int, k: Int", "x > 0;", "x >= 0;", "x = 6 / k; require x > 5;"))
    assert not holds(found, k=0, x=1)


def test_a_divisor_in_a_require_is_an_obligation_like_one_in_a_guard() -> None:
    (required,) = divisors(intent("x: Int, k: Int", "x > 0;", "x >= 0;", "require 6 / k > 1; x = 1;"))
    (guarded,) = divisors(intent("x: Int, k: Int", "x > 0; 6 / k > 1;", "x >= 0;"))
    assert not holds(required, k=0, x=1)
    assert not holds(guarded, x=1, k=0)


def test_what_follows_a_division_may_assume_that_it_came_out() -> None:
    found = listed(intent("x: Int, k: Int", "x > 0;", "x * k <= 6;", "x = 6 / k;"))
    (post,) = (each for each in found if each.kind is Kind.POST)
    assert holds(post, k=0, x=1)
    assert holds(post, k=4, x=1)
    assert not holds(post, k=-4, x=1)


def test_order_of_division_and_require_is_part_of_the_digest() -> None:
    before = program(intent("x: Int, k: Int", "x > 0;", "x >= 0;", "require k != 0; x = 6 / k;"))
    after = program(intent("x: Int, k: Int", "x > 0;", "x >= 0;", "x = 6 / k; require k != 0;"))
    assert before.digest != after.digest


def test_order_of_requires_is_not_where_nothing_is_divided() -> None:
    texts = [
        intent("x: Int, k: Int", "x > 0;", "x >= 0;", f"require {first}; require {second}; x = 6 / 2;")
        for first, second in (("k != 0", "x < 9"), ("x < 9", "k != 0"))
    ]
    assert len({program(text).digest for text in texts}) == 1


def test_supply_is_summed_over_the_cells_that_are_written() -> None:
    found = program(intent(PAYMENT + ", c: Account", "old_c_balance > 0; n > 0;", "n > 0;", MOVE))
    ((_, total, maximum),) = found.supply
    values: dict[str, Value] = {"old a.balance": 3, "old b.balance": 4, "old c.balance": 100}
    assert evaluate(total, values) == 7
    assert maximum == 2**63 - 1


def test_the_change_of_an_asset_leaves_what_is_minted_aside() -> None:
    found = program(intent(PAYMENT, "n > 0;", "n > 0;", "mint(a, n); b.balance -= 1;"))
    ((asset, delta),) = deltas(found)
    assert asset == ""
    assert evaluate(delta, {"old a.balance": 3, "old b.balance": 4, "n": 5}) == -1


def test_solvency_looks_at_every_leg() -> None:
    found = listed(intent(PAYMENT, "n > 0;", "n > 0;", "a.balance -= n; a.balance += n; b.balance += 0;"))
    (solvent,) = (each for each in found if each.id == "solvent.a_balance")
    assert not holds(solvent, n=5, a_balance=4, b_balance=0)
    assert holds(solvent, n=4, a_balance=4, b_balance=0)
