"""Asking the Z3 expert about a text, and the texts that several tests ask about."""

from __future__ import annotations

from collections.abc import Mapping

from aethel.prover.local import local_expert
from aethel.request import Context, Question
from aethel.verdict import ExpertVerdict, ObligationResult, Outcome

TIME_MS = 30_000

PAY = """intent pay(sender: Account, receiver: Account, amount: Balance) {
    guard {
        amount > 0;
        old_sender_balance >= amount;
    }
    effect {
        sender.balance -= amount;
        receiver.balance += amount;
    }
    verify {
        sender_balance == old_sender_balance - amount;
        receiver_balance == old_receiver_balance + amount;
    }
}
"""

UNGUARDED = PAY.replace("        old_sender_balance >= amount;\n", "")

HARD = {
    "a sum of three cubes": "x * x * x + y * y * y + z * z * z != 42",
    "factoring": "x <= 1 or y <= x or x * y != 1000000016000000063000000000000000000000000000000117",
    "a Mordell curve": "x <= 0 or y * y != x * x * x + 1000000007",
}
"""Conditions that nobody decides in a moment, and that no expert may decide by giving up."""


def hard(condition: str) -> str:
    """A payment whose `verify` holds one condition over three unbounded integers."""
    return PAY.replace("amount: Balance", "amount: Balance, x: Int, y: Int, z: Int").replace(
        "    verify {\n", f"    verify {{\n        {condition};\n"
    )


def ask(
    text: str,
    arguments: Mapping[str, str] | None = None,
    balances: Mapping[str, str] | None = None,
    *,
    accounts: Mapping[str, str] | None = None,
    budget: int = 0,
    deadline_ms: float = TIME_MS,
) -> ExpertVerdict:
    """The expert's verdict on a text with what is given."""
    context = Context(balances=balances or {}, accounts=accounts or {})
    question = Question("t1", text.encode(), arguments=arguments or {}, context=context, budget=budget)
    return local_expert().verify(question, deadline_ms)


def results(verdict: ExpertVerdict) -> dict[str, ObligationResult]:
    """Each obligation's result by its id."""
    return {result.id: result for result in verdict.obligations}


def outcomes(verdict: ExpertVerdict) -> dict[str, Outcome]:
    """Each obligation's outcome by its id."""
    return {result.id: result.outcome for result in verdict.obligations}
