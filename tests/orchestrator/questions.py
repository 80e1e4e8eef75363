"""Questions with a known answer."""

from aethel.request import Context, Question
from aethel.transaction import DoubleEntry, Posting
from tests.decision.intents import PAYMENT

UNBALANCED_BY_ONE = DoubleEntry((Posting("cash", "10.00", "EUR"), Posting("sales", "-9.99", "EUR")))


def payment(name: str = "payment") -> Question:
    """A payment, proved for all values."""
    return Question(name, intent_text=PAYMENT)


def given_payment(amount: str, balance: str) -> Question:
    """A payment of one amount from one balance."""
    context = Context(balances={"payer_balance": balance, "payee_balance": "0"})
    return Question("given", intent_text=PAYMENT, arguments={"amount": amount}, context=context)


def theft() -> Question:
    """A payment that takes more than it says."""
    return Question("theft", intent_text=PAYMENT.replace(b"payer.balance -= amount;", b"payer.balance -= amount + 1;"))


def entry(name: str = "entry", amount: str = "10.00") -> Question:
    """A balanced journal entry."""
    return Question(
        name, transaction=DoubleEntry((Posting("cash", amount, "EUR"), Posting("sales", f"-{amount}", "EUR")))
    )


def unbalanced(name: str = "unbalanced") -> Question:
    """A journal entry that loses a cent."""
    return Question(name, transaction=UNBALANCED_BY_ONE)
