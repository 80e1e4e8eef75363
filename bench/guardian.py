"""What the Guardian takes: growth with legs, accounts and transfers (P9), and one verdict at 100 legs (P10)."""

from __future__ import annotations

import gc
import sys
import time

from aethel.ledger.expert import GuardianExpert
from aethel.request import Question
from aethel.terms import Authority, Limit, LimitKind, Mandate, Terms, Times, Totals
from aethel.transaction import (
    AccountState,
    DoubleEntry,
    Posting,
    Transaction,
    Transfer,
    TransferAccount,
    TransferBatch,
)
from bench.measure import ROUNDS, Figure, figure, ratios, rounds
from bench.results import conclude

GROWTH_GOAL = 12
"""P9: at most so many times the work for ten times the size."""

SERVICE_GOAL_MS = 1
"""P10: the slowest but one of a hundred verdicts on 100 legs, in milliseconds."""

CALLS = 500
DEADLINE_MS = 50
GUARDIAN = GuardianExpert()


def payroll(legs: int, accounts: int) -> DoubleEntry:
    """An entry with a state for each account, whose legs alternate between paying and being paid."""
    postings = tuple(
        Posting(f"account {number % accounts}", "-1.25" if number % 2 else "1.25", "EUR") for number in range(legs)
    )
    states = tuple(
        AccountState(f"account {number}", "EUR", "1000.00", lower="0", version="7") for number in range(accounts)
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


def growth(what: str, small: Transaction, large: Transaction) -> Figure:
    """P9: the CPU time of ten times as much over that of as much, in interleaved rounds."""
    questions = [Question("bench", transaction=transaction) for transaction in (small, large)]
    found = rounds(*((lambda question=question: judge(question)) for question in questions))
    return figure("P9", f"×10 {what}", ratios(found, 1, 0), "×", GROWTH_GOAL)


def judge(question: Question) -> None:
    """One verdict, which must be an approval, so that nothing is measured that stops early."""
    if GUARDIAN.verify(question, DEADLINE_MS).code:
        raise ValueError("the measured transaction is rejected")


def service(what: str, transaction: Transaction) -> Figure:
    """P10: the 99th percentile of the time of one verdict, per round of calls."""
    question = Question("bench", transaction=transaction)
    return figure("P10", f"p99, {what}", [_p99_ms(question) for _ in range(ROUNDS)], "ms", SERVICE_GOAL_MS)


def _p99_ms(question: Question) -> float:
    gc.collect()
    took_ms = []
    for _ in range(CALLS):
        began = time.thread_time_ns()
        judge(question)
        took_ms.append((time.thread_time_ns() - began) / 1e6)
    return sorted(took_ms)[CALLS * 99 // 100]


def main() -> int:
    """Measures everything; the exit code is 1 where a goal is missed."""
    return conclude(
        "guardian",
        [
            growth("legs", payroll(1_000, 100), payroll(10_000, 100)),
            growth("accounts", payroll(2_000, 200), payroll(2_000, 2_000)),
            growth("legs with terms", declared(1_000), declared(10_000)),
            growth("transfers", chains(1_000, 100), chains(10_000, 100)),
            service("100 legs over 20 accounts", payroll(100, 20)),
            service("100 legs with terms", declared(100)),
            service("100 transfers in chains", chains(100, 20)),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
