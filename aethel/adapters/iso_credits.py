"""What the credit transfers of pain.001 and pacs.008 share: their names, sums and entries, and what is set aside."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from aethel.adapters.adapted import NotUnderstood
from aethel.adapters.iso20022 import Node
from aethel.adapters.money import decimal_of, total
from aethel.transaction import DoubleEntry, Posting
from aethel.wire.exact_json import RowError, shown

CHARGES = "ChrgBr"

NO_REFERENCE = "NOTPROVIDED"
"""What a sender without an end-to-end reference writes (SEPA rulebook)."""

SET_ASIDE = frozenset(
    {
        "PmtTpInf",
        "UltmtDbtr",
        "UltmtCdtr",
        "CdtrAgtAcct",
        *(f"IntrmyAgt{number}{suffix}" for number in (1, 2, 3) for suffix in ("", "Acct")),
        "Purp",
        "RgltryRptg",
        "Tax",
        "RltdRmtInf",
        "RmtInf",
    }
)
"""What a transfer says of its route, its reason and others behind the parties: none of it moves another amount."""

_BEARERS = frozenset({"DEBT", "CRED", "SHAR", "SLEV"})


def identifier(node: Node, number: int) -> str:
    """What its sender calls a transfer; its place in the file, counted from 1, where the sender gave it no name."""
    for name in ("InstrId", "TxId", "EndToEndId"):
        for found in node.peek(f"PmtId/{name}"):
            if found and found != NO_REFERENCE:
                return found
    return f"#{number}"


def transfer_sum(transfers: Sequence[Node], *paths: str) -> Decimal | None:
    """The exact sum of the bare amounts, each along one of the paths; None where one of them is no number."""
    amounts: list[Decimal] = []
    for node in transfers:
        texts = [text for path in paths for text in node.peek(path)]
        if len(texts) != 1:
            return None
        try:
            amounts.append(decimal_of(texts[0], node.path))
        except RowError:
            return None
    return total(amounts)


def loss_of(*nodes: Node) -> NotUnderstood | None:
    """What of the message as a whole is not understood; all its transfers stand under it."""
    try:
        for node in nodes:
            node.done()
    except NotUnderstood as lossy:
        return lossy
    return None


def credit(debtor: str, creditor: str, amount: str, currency: str, *, date: str, payee: str, code: str) -> DoubleEntry:
    """The entry of one transfer: what the debtor's account loses the creditor's gets."""
    postings = (Posting(debtor, f"-{amount}", currency), Posting(creditor, amount, currency))
    return DoubleEntry(postings, date=date, payee=payee, code=code)


def charges_of(bearer: str) -> tuple[str, ...]:
    """What is assumed of charges, which the message leaves to the banks; raises `RowError` for an unknown bearer."""
    if bearer and bearer not in _BEARERS:
        raise RowError(f"`{CHARGES}` is {shown(bearer)}, expected `DEBT`, `CRED`, `SHAR` or `SLEV`")
    return (f"no charges beyond the message (`{CHARGES}` is `{bearer or 'absent'}`)",)
