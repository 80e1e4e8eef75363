"""Intents that the tests of the client ask about."""

from tests.cli.command import EXAMPLES

PAYMENT = (EXAMPLES / "payment.ae").read_text(encoding="utf-8")

UNGUARDED = """intent pay(sender: Account<EUR>, receiver: Account<EUR>, amount: Balance<EUR>) {
    guard { amount > 0; }
    effect {
        sender.balance   -= amount;
        receiver.balance += amount;
    }
    verify {
        sender_balance == old_sender_balance - amount;
    }
}
"""
"""A payment that can overdraw the account, and nothing else: one guard repairs it."""

BALANCES = {"sender_balance": 100, "receiver_balance": 0}
