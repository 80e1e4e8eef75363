"""S19 to S23: what makes a payment good once, who pays, what is looked at, what comes along, and what others move."""

import pytest

from aethel.verdict import Outcome
from tests.security.programs import advises, ask, passes, pay, rejects
from tests.security.questions import result

TRANSFER = "transfer(sender, receiver, amount);"
DEMANDS = {"nonces": ["nonce"], "expiries": ["expires_at"], "domains": ["chain"]}
FIELDS = ", expires_at: Timestamp, now: Timestamp, chain: Text, nonce: Nonce"
GOOD = 'now < expires_at; chain == "main"; nonce == old_sender_nonce;'
ONCE = TRANSFER + " sender.nonce += 1;"


def test_without_a_profile_there_is_nothing_to_check() -> None:
    verdict = ask(pay())
    for class_ in ("S19", "S20", "S21", "S23"):
        assert result(verdict, class_).outcome is Outcome.NOTHING_TO_CHECK


def test_a_payment_that_is_good_once_passes() -> None:
    assert passes(pay(ONCE, GOOD, parameters=FIELDS), "S19", security=DEMANDS)


@pytest.mark.parametrize("part", ["now < expires_at;", 'chain == "main";', "sender.nonce += 1;"])
def test_each_part_that_makes_it_good_once_is_missed(part: str) -> None:
    text = pay(ONCE.replace(part, ""), GOOD.replace(part, ""), parameters=FIELDS)
    assert advises(text, "S19", security=DEMANDS)
    assert rejects(text, "S19", security={**DEMANDS, "required": ["S19"]})


@pytest.mark.parametrize(
    "guard",
    [
        'n > 0 or now < expires_at; chain == "main";',
        'now < expires_at; n > 0 or chain == "main";',
        'now == expires_at; chain == "main";',
        'now < expires_at; chain != "main";',
    ],
)
def test_a_guard_that_need_not_hold_or_holds_something_else_makes_nothing_good_once(guard: str) -> None:
    assert advises(pay(ONCE, guard, parameters=FIELDS), "S19", security=DEMANDS)


def test_a_nonce_that_stays_as_it_was_is_not_used_up() -> None:
    assert advises(pay(TRANSFER, GOOD, parameters=FIELDS), "S19", security=DEMANDS)


def test_an_intent_that_pays_nothing_needs_no_nonce() -> None:
    assert passes(pay("n += 1;", verify="n == old_n + 1;"), "S19", security=DEMANDS)


CALLER = {"principals": ["caller"]}
OWNED = ", caller: User, sender_owner: User, receiver_owner: User"


@pytest.mark.parametrize(
    ("guard", "effect"),
    [
        ("", TRANSFER),
        ("old_receiver_owner == caller;", TRANSFER),
        ("old_sender_owner != caller;", TRANSFER),
        ("n > 3 or old_sender_owner == caller;", TRANSFER),
        ("old_sender_owner == caller;", "transfer(receiver, sender, amount);"),
        ("old_sender_owner == caller;", TRANSFER + " if (n > 3) { transfer(house, receiver, amount); }"),
        ("old_sender_owner == caller;", TRANSFER + " house.balance = 0;"),
    ],
)
def test_an_account_that_pays_unbidden_is_advice(guard: str, effect: str) -> None:
    text = pay(effect, guard, parameters=OWNED)
    assert advises(text, "S20", security=CALLER)
    assert rejects(text, "S20", security={**CALLER, "required": ["S20"]})


@pytest.mark.parametrize(
    "effect",
    [
        TRANSFER,
        "if (n > 3) { transfer(sender, receiver, n); } else { transfer(sender, house, n); } sender.balance -= 1;",
    ],
)
def test_an_account_bound_to_the_principal_may_pay(effect: str) -> None:
    assert passes(pay(effect, "old_sender_owner == caller;", parameters=OWNED), "S20", security=CALLER)
    assert passes(pay(effect), "S20", security={"principals": ["sender"]})


def test_equations_are_read_for_who_pays() -> None:
    equations = "receiver_balance == old_receiver_balance + amount; sender_balance == old_sender_balance - amount;"
    assert advises(pay("", verify=equations), "S20", security={"principals": ["receiver"]})
    assert passes(pay("", verify=equations), "S20", security={"principals": ["sender"]})


PARTIAL = [
    "transfer(sender, receiver, min(amount, cap));",
    "transfer(sender, receiver, moved);",
    "sender.balance -= moved; receiver.balance += moved;",
    "transfer(sender, receiver, if amount > cap then cap else amount);",
    "transfer(sender, receiver, if cap <= amount then cap else amount);",
    "transfer(sender, receiver, moved + 1);",
]


@pytest.mark.parametrize("effect", PARTIAL[:2] + PARTIAL[3:])
def test_a_partial_leg_that_nobody_looks_at_is_rejected(effect: str) -> None:
    text = pay(effect, "moved = min(amount, cap);", "amount > 0;", ", cap: Balance")
    assert rejects(text, "S21")


@pytest.mark.parametrize("effect", PARTIAL)
@pytest.mark.parametrize("verify", ["sender_balance <= old_sender_balance;", "receiver_balance >= moved;"])
def test_a_partial_leg_whose_cells_are_looked_at_passes(effect: str, verify: str) -> None:
    text = pay(effect, "moved = min(amount, cap);", verify, ", cap: Balance")
    assert result(ask(text), "S21").outcome is Outcome.PROVED


def test_a_partial_amount_that_a_later_leg_uses_is_looked_at() -> None:
    effect = "transfer(sender, receiver, moved); transfer(sender, house, amount - moved);"
    assert passes(pay(effect, "moved = min(amount, n);", "amount > 0;"), "S21")


def test_the_greater_of_two_is_no_partial_leg() -> None:
    effect = "transfer(sender, receiver, max(amount, n)); transfer(sender, house, if amount > n then amount else n);"
    assert passes(pay(effect, "", "amount > 0;"), "S21")


PRIVILEGES = [
    ("sender.owner = receiver;", ""),
    ("frozen = false;", ", frozen: Bool"),
    ("cap = 1000000;", ", cap: Int"),
    ("cap += 1000;", ", cap: Int"),
    ("if (n > 3) { cap = old(cap) - 1; } else { cap += 1; }", ", cap: Int"),
    ("fee = 0;", ", fee: Rate"),
    ('role = "admin";', ", role: Text"),
    ('rights = "all";', ", rights: UserRole"),
    ("daily_limit += 1;", ", daily_limit: Counter"),
]


@pytest.mark.parametrize(("effect", "parameter"), PRIVILEGES)
def test_authority_that_changes_beside_a_payment_is_rejected(effect: str, parameter: str) -> None:
    guard = "amount <= old_cap;" if "cap" in parameter else ""
    assert rejects(pay(TRANSFER + effect, guard, parameters=parameter), "S22")


@pytest.mark.parametrize(("effect", "parameter"), PRIVILEGES)
def test_a_rule_of_the_client_allows_it(effect: str, parameter: str) -> None:
    written = "sender.owner" if "owner" in effect else parameter.split()[1].rstrip(":")
    assert passes(pay(TRANSFER + effect, parameters=parameter), "S22", writes=[written])


@pytest.mark.parametrize(("effect", "parameter"), PRIVILEGES)
def test_authority_that_changes_by_itself_is_not_hidden(effect: str, parameter: str) -> None:
    assert passes(pay(effect, verify="amount > 0;", parameters=parameter), "S22")


@pytest.mark.parametrize(
    ("effect", "parameter"),
    [
        ("sender.nonce += 1;", ""),
        ("nonce = n;", ", nonce: Nonce"),
        ('status = "paid";', ", status: OrderStatus"),
        ("paid_at = now;", ", paid_at: Timestamp, now: Timestamp"),
        ("count = count + 1;", ", count: Counter"),
        ("spent += n;", ", spent: Int"),
        ("left -= 3;", ", left: Int"),
        ("if (n > 3) { left -= 3; }", ", left: Int"),
        ('memo = "rent";', ", memo: Text"),
        ("owner_count += 1;", ", owner_count: Int"),
    ],
)
def test_records_and_used_allowances_pass(effect: str, parameter: str) -> None:
    guard = "amount <= old_left;" if "left" in parameter else ""
    assert passes(pay(TRANSFER + effect, guard, parameters=parameter), "S22")


PRICE = ", external price: Price, most: Price"
PRICED = "if (price > most) { transfer(sender, receiver, amount); }"


@pytest.mark.parametrize("guard", ["price == 5;", "price == most;", "n > 3 or price - 5 == 0;", "price != 5;"])
def test_an_equality_on_an_external_is_rejected(guard: str) -> None:
    assert rejects(pay(PRICED, guard, parameters=PRICE), "S23")
    assert rejects(pay(f"require {guard} transfer(sender, receiver, amount);", parameters=PRICE), "S23")


def test_an_external_text_can_only_be_equal() -> None:
    assert passes(pay(guard='memo == "rent";', parameters=", external memo: Text"), "S23")


@pytest.mark.parametrize("guard", ["", "price > 5;", "price < most;", "price > 5 or price < 9;", "price < price2;"])
def test_an_external_that_nothing_holds_is_advice(guard: str) -> None:
    extra = PRICE + (", external price2: Price" if "price2" in guard else "")
    verdict = ask(pay(PRICED, guard, parameters=extra))
    found = [each for each in verdict.findings if each.code == "S23"]
    assert found
    assert result(verdict, "S23").outcome is Outcome.PROVED
    assert rejects(pay(PRICED, guard, parameters=extra), "S23", security={"required": ["S23"]})


@pytest.mark.parametrize(
    "guard", ["price > 5; price < 9;", "price >= most - 1 and price <= most;", "not (price < 5 or 9 < price);"]
)
def test_an_external_between_two_bounds_passes(guard: str) -> None:
    assert passes(pay(PRICED, guard, parameters=PRICE), "S23")


@pytest.mark.parametrize(
    ("guard", "holds"),
    [
        ("price > 5; price < 9;", True),
        ("price >= 5; price <= 9.5;", True),
        ("2 * price <= 19; -price <= -5;", True),
        ("price > 4; price < 9;", False),
        ("price > 5; price < 10;", False),
        ("price > 5; price < most;", False),
        ("", False),
    ],
)
def test_guards_keep_an_external_within_its_declared_bound(guard: str, holds: bool) -> None:
    declared = {"bounds": {"price": {"lowest": "5", "highest": "9.5"}}}
    text = pay(PRICED, guard, parameters=PRICE)
    assert passes(text, "S23", security=declared) if holds else rejects(text, "S23", security=declared)


def test_a_declared_bound_on_money_is_in_units_of_it() -> None:
    declared = {"bounds": {"paid": {"lowest": "1", "highest": "10"}}}
    priced = "transfer(sender, receiver, paid);"
    euros = ", external paid: Balance"
    assert passes(pay(priced, "paid >= 1.00; paid <= 10.00;", parameters=euros), "S23", security=declared)
    assert rejects(pay(priced, "paid >= 0.99; paid <= 10.00;", parameters=euros), "S23", security=declared)
    assert rejects(pay(priced, "paid >= 1.00; paid <= 10.01;", parameters=euros), "S23", security=declared)
