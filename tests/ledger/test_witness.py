"""The search for values: deterministic, inside every assumption, and bounded."""

import pytest

from aethel.intent.evaluation import evaluate
from aethel.intent.obligations import Kind, deltas, obligations
from aethel.intent.reading import read
from aethel.intent.terms import Value
from aethel.ledger.polynomial import Meter
from aethel.ledger.witness import WITNESS_WORK, Search, search_of, witnesses

LEAK = """intent pay(
    sender: Account, receiver: Account, memo: Text, amount: Balance, fee: Balance, rate: Rate, vip: Bool
) {
    guard { %s }
    effect { sender.balance -= amount; receiver.balance += amount - fee; }
    verify { sender_balance >= 0; }
}"""


def search(guard: str, given: dict[str, Value] | None = None, text: str = LEAK) -> Search:
    reading = read(text.replace("%s", guard).encode())
    assert reading.file is not None, reading.findings
    program = reading.file.programs[0]
    (obligation,) = (each for each in obligations(reading.file) if each.kind is Kind.CONSERVED)
    return search_of(program, obligation, deltas(program)[0][1], given or {})


def first(found: Search, work: int = WITNESS_WORK) -> dict[str, Value] | None:
    return next(witnesses(found, Meter(work)), None)


@pytest.mark.parametrize(
    "guard",
    [
        "amount > 0; old_sender_balance >= amount;",
        "amount == 12345; fee == 77; old_sender_balance == 20000;",
        "fee == amount / 50; amount > 100000;",
        "amount == fee + fee; fee > 10;",
        "fee == amount / 2; amount == 2331;",
        'memo == "rent" or memo == "lease";',
        "vip; not (amount == fee); old_receiver_balance == 0;",
        'memo == "rent"; amount > 0;',
        "rate > 1.5; rate < 3; amount >= 1;",
        "amount * amount >= 1000000; old_sender_balance > 999;",
    ],
)
def test_values_are_found_inside_every_assumption(guard: str) -> None:
    found = search(guard)
    values = first(found)
    assert values is not None
    assert all(evaluate(condition, values) for condition in found.conditions)
    assert evaluate(found.delta, values) != 0
    assert set(values) == {variable.name for variable in found.program.variables}


def test_the_same_values_are_found_every_time() -> None:
    guard = "amount > fee; old_sender_balance >= amount;"
    assert first(search(guard)) == first(search(guard))


def test_given_values_are_kept() -> None:
    values = first(search("amount > fee;", {"fee": 41}))
    assert values is not None
    assert values["fee"] == 41


def test_no_values_are_invented_where_none_exist() -> None:
    assert first(search("amount > fee;", {"fee": 0})) is None
    assert first(search("amount > 10; amount < 5;")) is None


def test_numbers_that_could_grow_large_are_not_computed() -> None:
    assert first(search(f"{' * '.join(['rate'] * 20)} > 0;")) is not None
    assert first(search(f"{' * '.join(['rate'] * 40)} > 0;")) is None


def test_the_search_ends_when_its_work_is_spent() -> None:
    found = search("amount > 0;")
    assert first(found, 1) is None
    meter = Meter(WITNESS_WORK)
    for _ in witnesses(search("amount * amount * amount == 8 * fee * fee * fee + 1;"), meter):
        break
    assert meter.spent <= WITNESS_WORK + 1000


def test_a_value_that_divides_by_zero_is_no_witness() -> None:
    text = LEAK.replace("rate: Rate", "parts: Int")
    whole = text.replace("amount - fee", "amount / parts * parts + amount % parts")
    assert first(search("amount > 0;", {"parts": 0}, whole)) is None
    assert first(search("amount > 0;", {"parts": 7}, whole)) is None
    assert first(search("amount > 0;", {"parts": 7}, whole.replace(" + amount % parts", ""))) is not None
