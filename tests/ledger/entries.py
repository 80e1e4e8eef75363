"""Short ways to write journal entries, account states and questions in tests."""

from aethel.ledger.expert import GuardianExpert
from aethel.request import Context, Question
from aethel.transaction import AccountState, DoubleEntry, Posting, Price, PriceKind, Transaction
from aethel.verdict import ExpertVerdict

GUARDIAN = GuardianExpert()
DEADLINE_MS = 50


def leg(account: str, amount: str, commodity: str = "EUR", *, price: Price | None = None) -> Posting:
    return Posting(account, amount, commodity, price)


def inferred(account: str, commodity: str = "EUR", amount: str = "") -> Posting:
    return Posting(account, amount, commodity, inferred=True)


def each(amount: str, commodity: str = "EUR") -> Price:
    return Price(PriceKind.UNIT, amount, commodity)


def in_all(amount: str, commodity: str = "EUR") -> Price:
    return Price(PriceKind.TOTAL, amount, commodity)


def state(account: str, balance: str = "", after: str = "", lower: str = "", upper: str = "") -> AccountState:
    return AccountState(account, "EUR", balance, after, lower, upper)


def entry(*postings: Posting, states: tuple[AccountState, ...] = (), net_settled: bool = False) -> DoubleEntry:
    return DoubleEntry(postings, net_settled=net_settled, states=states)


def verdict(transaction: Transaction) -> ExpertVerdict:
    return GUARDIAN.verify(Question("t", transaction=transaction), DEADLINE_MS)


def verdict_on(
    text: str, arguments: dict[str, str] | None = None, balances: dict[str, str] | None = None
) -> ExpertVerdict:
    """The verdict on an intent's text with what is given."""
    question = Question(
        "t", intent_text=text.encode(), arguments=arguments or {}, context=Context(balances=balances or {})
    )
    return GUARDIAN.verify(question, DEADLINE_MS)


def codes(transaction: Transaction) -> list[str]:
    """The codes of the findings on `transaction`, in order."""
    return [finding.code for finding in verdict(transaction).findings]
