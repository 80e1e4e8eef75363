"""S17 and S18: effects that rest on what is no longer so, and legs that hang on their order."""

import pytest

from tests.security.programs import advises, passes, pay, rejects

COUNTER = ", c: Counter"
TRANSFER = "transfer(sender, receiver, amount);"


@pytest.mark.parametrize(
    "effect",
    [
        "c += 1; c = old(c) + 1;",
        "c += 1; c = old_c + 1;",
        "c = c + 1; c = stale + 1;",
        "c += 1; c = staler * 2;",
        "if (n > 3) { c += 1; } c = old(c);",
        "if (n > 3) { c += 1; } else { if (n < 1) { c = stale; } else { c = c; } c -= 1; } c = stale;",
        "for i in 0..2 { c = old(c) + 1; }",
        "for i in 0..2 { if (n > 3) { c = stale; } c += 2; }",
        "sender.balance -= amount; sender.balance = old_sender_balance - 1;",
        "transfer(sender, receiver, amount); sender.balance = old_sender_balance - 1;",
    ],
)
def test_an_update_that_undoes_another_is_rejected(effect: str) -> None:
    guard = "stale = c; staler = stale + 1;"
    assert rejects(pay(effect, guard=guard, parameters=COUNTER), "S17")


@pytest.mark.parametrize(
    "effect",
    [
        "c = old(c) + 1;",
        "c += 1; c = c + 1;",
        "c += 1; c += stale;",
        "c += 1; c = c + old(c);",
        "c += 1; n = stale;",
        "c = 5; c = 7;",
        "c += n - n; c = stale + 2;",
        "if (n > 3) { c += 1; } else { c = old(c) + 2; }",
        "for i in 0..1 { c = old(c) + 1; }",
        "for i in 3..1 { c = old(c) + 1; c = old(c) + 1; }",
        "c += 1; c = before_that; n = 5;",
    ],
)
def test_an_update_that_loses_nothing_passes(effect: str) -> None:
    guard = "stale = c; before_that = n;"
    assert passes(pay(effect, guard=guard, parameters=COUNTER), "S17")


EXTERNAL = ", external rate: Balance, c: Counter"


@pytest.mark.parametrize(
    "effect",
    [
        "c += 1; transfer(sender, receiver, rate);",
        "c += 1; require rate > 5; transfer(sender, receiver, amount);",
        "c += 1; if (rate > 5) { transfer(sender, receiver, amount); }",
        "c += 1; if (n > 5) { require rate > 5; } transfer(sender, receiver, amount);",
        "if (n > 5) { c += 1; } transfer(sender, receiver, rate);",
        "if (n > 5) { require rate > 5; } c += 1; transfer(sender, receiver, rate);",
        "for i in 0..2 { c += 1; transfer(sender, receiver, rate); }",
    ],
)
def test_an_external_that_comes_in_between_two_effects_is_rejected(effect: str) -> None:
    assert rejects(pay(effect, parameters=EXTERNAL), "S17")


@pytest.mark.parametrize(
    ("guard", "effect"),
    [
        ("rate < 9;", "c += 1; transfer(sender, receiver, rate);"),
        ("held = rate + 0;", "c += 1; transfer(sender, receiver, rate);"),
        ("", "require rate < 9; c += 1; transfer(sender, receiver, rate);"),
        ("", "transfer(sender, receiver, rate); c += 1;"),
        ("", "c += 1; require rate < 9;"),
        ("", "for i in 0..2 { transfer(sender, receiver, rate); }"),
        ("", "if (rate > 5) { c += 1; } else { c += 2; } transfer(sender, receiver, rate);"),
    ],
)
def test_an_external_that_is_read_before_any_effect_or_followed_by_none_passes(guard: str, effect: str) -> None:
    assert passes(pay(effect, guard=guard, parameters=EXTERNAL), "S17")


def test_a_cell_that_others_move_is_not_written() -> None:
    assert rejects(pay("seen += 1; " + TRANSFER, parameters=", external seen: Counter"), "S17")
    assert passes(pay("seen += 1; " + TRANSFER, parameters=", seen: Counter"), "S17")


def test_equations_have_no_order() -> None:
    equations = "receiver_balance == old_receiver_balance + amount; sender_balance == old_sender_balance - amount;"
    assert passes(pay("", verify=equations), "S17")
    assert passes(pay("", verify=equations), "S18")


@pytest.mark.parametrize(
    "effect",
    [
        "transfer(sender, receiver, amount); transfer(receiver, house, receiver.balance / 2);",
        "transfer(receiver, house, sender.balance); transfer(sender, receiver, amount);",
        "c += 1; transfer(sender, receiver, c);",
        "transfer(sender, receiver, amount); c = if sender.balance > 5 then 1 else 2;",
        "sender.balance = 5; sender.balance -= 1;",
        "sender.balance -= 1; sender.balance = 5;",
        "transfer(sender, receiver, amount); if (sender.balance > 5) { transfer(sender, house, 1); }",
        "for i in 0..2 { transfer(sender, receiver, amount); transfer(sender, house, receiver.balance); }",
    ],
)
def test_legs_that_hang_on_their_order_are_advice(effect: str) -> None:
    text = pay(effect, parameters=COUNTER)
    assert advises(text, "S18")
    assert rejects(text, "S18", security={"required": ["S18"]})


@pytest.mark.parametrize(
    "effect",
    [
        "transfer(sender, receiver, amount); transfer(receiver, house, amount / 2);",
        "transfer(sender, receiver, amount); transfer(receiver, house, old_receiver_balance);",
        "sender.balance -= amount; sender.balance = sender.balance - 1;",
        "if (n > 3) { transfer(sender, receiver, amount); } else { transfer(sender, house, receiver.balance); }",
        "transfer(sender, receiver, amount); require sender.balance >= 0;",
        "c += 1; n = c;",
        "for i in 3..1 { transfer(sender, receiver, amount); transfer(sender, house, receiver.balance); }",
    ],
)
def test_legs_that_commute_pass(effect: str) -> None:
    assert passes(pay(effect, parameters=COUNTER), "S18")
