"""What the Guardian takes: growth with the size of every transaction (P9), a verdict at 100 legs (P10), commits (P14).

All times but those of commits are CPU times of the measuring thread, the steady measure; for P10 the time on the clock
is told beside it. Other users of the machine lengthen these too, and their tail most of all. So each call is followed
by a fixed piece of work, and the lower bound of a p99 is that without what the tail of the fixed work lost to the
machine: a goal that lies between is not decided.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from aethel.ledger.expert import GuardianExpert
from aethel.request import Question
from aethel.terms import Authority, Limit, LimitKind, Mandate, Terms, Times, Totals
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
from aethel.verdict import ExpertVerdict, Vote
from aethel.wire.convert import question_from_proto, question_to_proto, verdict_to_proto
from bench import commit
from bench.measure import ROUNDS, Figure, figure, ratios, rounds
from bench.results import conclude

GROWTH_GOAL = 12
"""P9: at most so many times the work for ten times the size."""

SERVICE_GOAL_MS = 1
"""P10: the slowest but one of a hundred verdicts on 100 legs, from the bytes of the question to those of the answer."""

CALLS = 200
"""Calls of each work in a round, after one round that warms up."""

FIXED_AMOUNTS = [f"{number}.25" for number in range(2_500)]
DEADLINE_MS = 50
GUARDIAN = GuardianExpert()


def payroll(legs: int, accounts: int) -> DoubleEntry:
    """An entry with a state for each account, whose legs alternate between paying and being paid."""
    postings = tuple(
        Posting(f"account {number % accounts}", f"{'-' if number % 2 else ''}{number // 2 % 1000}.25", "EUR")
        for number in range(legs)
    )
    states = tuple(
        AccountState(f"account {number}", "EUR", "1000000.00", lower="0", version="7") for number in range(accounts)
    )
    return DoubleEntry(postings, states=states)


def declared(legs: int) -> DoubleEntry:
    """An entry of one payer and many payees, with the terms that most payments have."""
    payees = tuple(Posting(f"payee {number}", "1.25", "EUR") for number in range(legs - 1))
    total = f"{(legs - 1) * 125 // 100}.{(legs - 1) * 125 % 100:02}"
    terms = Terms(
        limits=(Limit(LimitKind.WINDOW, "EUR", "1000000", "5", "payer"),),
        state_version="7",
        times=Times("2026-01-02T03:04:05Z", expires="2026-01-02T04:00:00Z"),
        authority=Authority("ann", (Mandate("payer", "EUR", "1000000"),)),
        totals=Totals(str(legs - 1), total),
    )
    state = AccountState("payer", "EUR", "1000000", lower="0", version="7")
    return DoubleEntry((Posting("payer", f"-{total}", "EUR"), *payees), states=(state,), terms=terms)


def chains(transfers: int, accounts: int) -> TransferBatch:
    """Chains of ten transfers around a circle of accounts."""
    made = tuple(
        Transfer(
            *(str(number), str(number % accounts + 1), str((number + 1) % accounts + 1), "5", "1", "1"),
            linked=number % 10 != 0,
        )
        for number in range(1, transfers + 1)
    )
    held = tuple(TransferAccount(str(number), "1", "0", "0", "0", "0") for number in range(1, accounts + 1))
    return TransferBatch(made, held)


def spends(coins: int) -> UtxoBatch:
    """One transaction that spends so many outputs into as many."""
    outpoints = tuple(f"{number:064x}:0" for number in range(coins))
    spend = UtxoSpend("ab" * 32, outpoints, tuple(str(number) for number in range(1000, 1000 + coins)))
    return UtxoBatch(tuple(Unspent(outpoint, "100000") for outpoint in outpoints), (spend,), "7")


def credits_of(entries: int) -> AchBatch:
    """A batch of credits, with its control record."""
    made = tuple(AchEntry(Side.CREDIT, "22", str(number), "021000021") for number in range(1, entries + 1))
    total, routings = entries * (entries + 1) // 2, entries * 2_100_002 % 10**10
    return AchBatch("PPD", made, AchControl("0", str(total), str(routings), str(entries)))


def growth(what: str, small: Transaction, large: Transaction) -> Figure:
    """P9: the CPU time of ten times as much over that of as much, in interleaved rounds."""
    questions = [Question("bench", transaction=transaction) for transaction in (small, large)]
    found = rounds(*((lambda question=question: judge(question)) for question in questions))
    return figure("P9", f"×10 {what}", ratios(found, 1, 0), "×", GROWTH_GOAL)


def judge(question: Question) -> ExpertVerdict:
    """One verdict, which must be an approval, so that nothing is measured that stops early."""
    verdict = GUARDIAN.verify(question, DEADLINE_MS)
    if verdict.verdict is not Vote.APPROVE:
        raise ValueError("the measured transaction is not approved")
    return verdict


def serve(request: bytes) -> bytes:
    """All that the service does for one question but for the transport: bytes in, verdict, bytes out."""
    question = question_from_proto(intent_pb2.Question.FromString(request))
    return verdict_to_proto(judge(question)).SerializeToString()


def add_up() -> Decimal:
    """The fixed piece of work: amounts read and added up as Python does it, the least that any ledger does."""
    return sum(map(Decimal, FIXED_AMOUNTS), Decimal(0))


@dataclass(frozen=True, slots=True)
class Round:
    """The CPU times of one round in milliseconds, sorted: of service, judging and the fixed work, called in turn.

    `clock` are the times of the service on the clock.
    """

    served: Sequence[float]
    judged: Sequence[float]
    fixed: Sequence[float]
    clock: Sequence[float]


def service(what: str, transaction: Transaction, goal_ms: float | None = SERVICE_GOAL_MS) -> list[Figure]:
    """P10: the time of one verdict in the service, its tail and its middle, and how much of that is judging."""
    question = Question("bench", transaction=transaction)
    request = question_to_proto(question).SerializeToString()
    found = [_round(partial(serve, request), partial(judge, question)) for _ in range(ROUNDS + 1)][1:]
    tail, lost = [_p99(each.served) for each in found], [_p99(each.fixed) / each.fixed[0] for each in found]
    p99 = figure("P10", f"{what}: p99, CPU of the service", tail, "ms", goal_ms)
    return [
        replace(p99, low=min(p99.low, p99.value / _middle(sorted(lost)))),
        figure("P10", f"{what}: median, CPU of the service", [_middle(each.served) for each in found], "ms"),
        figure("P10", f"{what}: median, CPU of judging alone", [_middle(each.judged) for each in found], "ms"),
        figure("P10", f"{what}: median, on the clock", [_middle(each.clock) for each in found], "ms"),
        figure("P10", f"{what}: ÷ fixed work", [_middle(each.served) / _middle(each.fixed) for each in found], "×"),
    ]


def _round(*works: Callable[[], object]) -> Round:
    gc.collect()
    took_ms: list[list[float]] = [[] for _ in (*works, add_up)]
    clock_ms: list[list[float]] = [[] for _ in took_ms]
    for _ in range(CALLS):
        for times, on_clock, work in zip(took_ms, clock_ms, (*works, add_up), strict=True):
            began, began_on_clock = time.thread_time_ns(), time.perf_counter_ns()
            work()
            times.append((time.thread_time_ns() - began) / 1e6)
            on_clock.append((time.perf_counter_ns() - began_on_clock) / 1e6)
    served, judged, fixed = map(sorted, took_ms)
    return Round(served, judged, fixed, sorted(clock_ms[0]))


def _p99(sorted_times: Sequence[float]) -> float:
    return sorted_times[len(sorted_times) * 99 // 100]


def _middle(sorted_times: Sequence[float]) -> float:
    return sorted_times[len(sorted_times) // 2]


def main() -> int:
    """Measures everything; the exit code is 1 where a goal is missed."""
    return conclude(
        "guardian",
        [
            growth("legs", payroll(1_000, 100), payroll(10_000, 100)),
            growth("accounts", payroll(2_000, 200), payroll(2_000, 2_000)),
            growth("legs with terms", declared(1_000), declared(10_000)),
            growth("transfers", chains(1_000, 100), chains(10_000, 100)),
            growth("unspent outputs", spends(450), spends(4_500)),
            growth("entries of a payment file", credits_of(1_000), credits_of(10_000)),
            *service("100 legs over 20 accounts", payroll(100, 20)),
            *service("100 legs with terms", declared(100)),
            *service("50 transfers, of 2 legs each", chains(50, 20)),
            *service("100 transfers", chains(100, 20), None),
            *service("100 outputs into 100", spends(100)),
            *service("100 entries of a payment file", credits_of(100)),
            *commit.figures(),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
