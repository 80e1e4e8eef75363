"""Questions to the Sentinel, and what tests want to know of its verdicts."""

import json
from functools import cache
from pathlib import Path

import pytest

from aethel.request import Context, Question
from aethel.security.expert import SentinelExpert
from aethel.transaction import DoubleEntry, Posting, Transaction
from aethel.verdict import Disposition, ExpertVerdict, Finding, ObligationResult, Outcome

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"

PAYMENT = """intent pay(sender: Account, receiver: Account, amount: Balance, memo: Text, pin: Int) {
    guard { amount > 0; old_sender_balance >= amount; memo == "rent"; pin != 0; }
    effect { sender.balance -= amount; receiver.balance += amount; }
    verify { sender_balance == old_sender_balance - amount; }
}
"""
"""An ordinary payment that every class passes."""


@cache
def sentinel() -> SentinelExpert:
    return SentinelExpert()


def ask_text(
    text: str | bytes, arguments: dict[str, str] | None = None, context: Context | None = None
) -> ExpertVerdict:
    """The verdict on an intent text; a text is sent as UTF-8, with lone surrogates as they are."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    question = Question("t-1", intent_text=data, arguments=arguments or {}, context=context or Context())
    return sentinel().verify(question, 100.0)


def ask_transaction(transaction: Transaction) -> ExpertVerdict:
    return sentinel().verify(Question("t-1", transaction=transaction), 100.0)


def ask_payee(payee: str) -> ExpertVerdict:
    """The verdict on an entry paid to somebody of that name."""
    return ask_transaction(entry(payee=payee))


def entry(
    *, payee: str = "Landlord", account: str = "assets:bank", amount: str = "5.00", code: str = ""
) -> DoubleEntry:
    postings = (Posting(account, "-5.00", "EUR"), Posting("expenses:rent", amount, "EUR"))
    return DoubleEntry(postings, date="2026-01-31", payee=payee, code=code)


def with_comment(words: str) -> str:
    """A payment with one comment line."""
    return f"# {words}\n{PAYMENT}"


def with_string(inside: str) -> str:
    """A payment with a string literal whose raw inside is given."""
    return PAYMENT.replace('"rent"', f'"{inside}"')


def findings(verdict: ExpertVerdict, code: str, disposition: Disposition = Disposition.REJECT) -> list[Finding]:
    return [found for found in verdict.findings if found.code == code and found.disposition is disposition]


def flagged(verdict: ExpertVerdict, code: str) -> list[Finding]:
    return findings(verdict, code, Disposition.ADVISE)


def result(verdict: ExpertVerdict, code: str) -> ObligationResult:
    (found,) = [each for each in verdict.obligations if each.id == code]
    return found


def outcome(verdict: ExpertVerdict, code: str) -> Outcome:
    return result(verdict, code).outcome


def corpus(name: str) -> list[dict[str, object]]:
    """The rows of one file of public data; skips where the folder is absent."""
    path = CORPORA / name
    if not path.is_file():
        pytest.skip(f"../shared/corpora/{name} is absent")
    with path.open(encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]


def row_texts(name: str, tier: str, *categories: str) -> list[tuple[str, str]]:
    """Ids and texts of the rows of one tier, of all categories where none is named."""
    return [
        (str(row["id"]), str(row["input"]))
        for row in corpus(name)
        if row["tier"] == tier and (not categories or row["category"] in categories)
    ]
