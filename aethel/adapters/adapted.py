"""What an adapter makes of one transaction of a file: a question with what it takes for granted, or an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aethel.request import Question
from aethel.transaction import Transaction, Unsupported
from aethel.wire.convert import MAX_ID_CHARS
from aethel.wire.exact_json import RowError, shown

MAX_FILE_BYTES = 16 * 1024 * 1024
"""Bytes of one file: ten thousand credit transfers of common length."""

MAX_TRANSACTIONS = 10_000
"""Transactions of one file; senders of more split them, as banks ask for anyway."""


class NotUnderstood(RowError):
    """A field that may change what is paid and that no check covers; `field` is its path in the transaction."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{shown(field)} is not understood")
        self.field = field


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction as an adapter read it; `assumptions` are what the format states and nobody checks."""

    transaction: Transaction
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adapted:
    """One transaction of a file, in file order: what to ask about it, or why it is none."""

    subject: Question | RowError
    assumptions: tuple[str, ...] = ()


def adapted(kind: str, transaction_id: str, read: Callable[[], Entry]) -> Adapted:
    """The row of the transaction that `read` reads.

    What it does not understand becomes a question about an unsupported transaction that names the field, which no
    expert approves; what breaks a rule of the format becomes an error.
    """
    if not 1 <= len(transaction_id) <= MAX_ID_CHARS:
        found = f"the identifier of the transaction has {len(transaction_id)} characters"
        return Adapted(RowError(f"{found}, expected 1 to {MAX_ID_CHARS}", transaction_id[:MAX_ID_CHARS]))
    try:
        entry = read()
    except NotUnderstood as lossy:
        return Adapted(Question(transaction_id, transaction=Unsupported(f"{kind} with {lossy.field}")))
    except RowError as error:
        return Adapted(RowError(error.message, transaction_id))
    return Adapted(Question(transaction_id, transaction=entry.transaction), entry.assumptions)


def each_once(rows: tuple[Adapted, ...]) -> tuple[Adapted, ...]:
    """The rows, where an identifier that came before is an error (G01): one of the two would be taken for a retry."""
    seen: set[str] = set()
    kept: list[Adapted] = []
    for row in rows:
        name = row.subject.transaction_id
        if name and name in seen:
            message = f"G01: the identifier {shown(name)} is used twice in the file, expected it once"
            kept.append(Adapted(RowError(message, name)))
        else:
            kept.append(row)
        seen.add(name)
    return tuple(kept)


def refuse_size(count: int, holder: str = "the file") -> None:
    """Raises `RowError` where a file holds no transaction, or more than are read."""
    if count == 0:
        raise RowError(f"{holder} holds no transaction, expected at least one")
    if count > MAX_TRANSACTIONS:
        raise RowError(f"{holder} holds {count} transactions, expected at most {MAX_TRANSACTIONS}")
