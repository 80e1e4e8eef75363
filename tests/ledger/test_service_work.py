"""How much the service does for one question, in Python functions called: what would be lost without a clock."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from aethel.request import Question
from aethel.transaction import (
    AccountState,
    AchBatch,
    AchControl,
    AchEntry,
    DoubleEntry,
    Posting,
    Side,
    Transaction,
    Transfer,
    TransferAccount,
    TransferBatch,
    Unspent,
    UtxoBatch,
    UtxoSpend,
)
from aethel.v1 import intent_pb2
from aethel.verdict import Vote
from aethel.wire.convert import question_from_proto, question_to_proto, verdict_to_proto
from tests.ledger.entries import DEADLINE_MS, GUARDIAN


def legs(count: int) -> Transaction:
    return DoubleEntry(tuple(Posting(f"a{n % 20}", f"{'-' if n % 2 else ''}{n // 2}.25", "EUR") for n in range(count)))


def states(count: int) -> Transaction:
    described = (AccountState(f"a{n}", "EUR", "1000.00", lower="0", version="7") for n in range(count))
    return DoubleEntry((Posting("a0", "1", "EUR"), Posting("a1", "-1", "EUR")), states=tuple(described))


def transfers(count: int) -> Transaction:
    made = (Transfer(str(n), str(n % 20 + 1), str((n + 1) % 20 + 1), "5", "1", "1") for n in range(1, count + 1))
    return TransferBatch(tuple(made), tuple(TransferAccount(str(n), "1", "0", "0", "0", "0") for n in range(1, 21)))


def outputs(count: int) -> Transaction:
    coins = tuple(Unspent(f"{n:064x}:0", "10") for n in range(count))
    return UtxoBatch(coins, (UtxoSpend("ab" * 32, tuple(coin.outpoint for coin in coins), ("5",) * count),))


def entries(count: int) -> Transaction:
    made = tuple(AchEntry(Side.CREDIT, "22", "1", "021000021") for _ in range(count))
    return AchBatch("PPD", made, AchControl("0", str(count), str(count * 2_100_002), str(count)))


def calls(transaction: Transaction) -> int:
    """How many Python functions are called from the bytes of a question to those of its answer."""
    request = question_to_proto(Question("t", transaction=transaction)).SerializeToString()
    assert serve(request) is Vote.APPROVE  # and what is worked out once is known from here on
    count = 0

    def counting(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        serve(request)
    finally:
        sys.setprofile(before)
    return count


def serve(request: bytes) -> Vote:
    question = question_from_proto(intent_pb2.Question.FromString(request))
    verdict = GUARDIAN.verify(question, DEADLINE_MS)
    verdict_to_proto(verdict).SerializeToString()
    return verdict.verdict


@pytest.mark.parametrize(
    ("made", "most"),
    [(legs, 0), (states, 10), (transfers, 20), (outputs, 8), (entries, 6)],
    ids=["leg", "state", "transfer", "output", "entry"],
)
def test_one_part_more_is_a_bounded_number_of_calls_more(made: Callable[[int], Transaction], most: int) -> None:
    assert (calls(made(200)) - calls(made(100))) / 100 <= most


def test_a_hundred_legs_are_a_bounded_number_of_calls() -> None:
    assert calls(legs(100)) < 450
