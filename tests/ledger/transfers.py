"""Short ways to write transfers and accounts, and a naive model of what TigerBeetle does with them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from aethel.transaction import Phase, Transfer, TransferAccount, TransferBatch

MOST = 2**128 - 1


def move(number: int, debit: int = 1, credit: int = 2, amount: int = 5, **other: object) -> Transfer:
    """A transfer of ledger 1 and code 1; with a pending id it repeats neither accounts, nor ledger, nor code."""
    phase = other.get("phase", Phase.SINGLE)
    if phase in (Phase.POST, Phase.VOID):
        return Transfer(str(number), amount=str(amount), **other)  # type: ignore[arg-type]
    return Transfer(str(number), str(debit), str(credit), str(amount), "1", "1", **other)  # type: ignore[arg-type]


def account(number: int, posted: tuple[int, int] = (0, 0), **other: object) -> TransferAccount:
    """An account of ledger 1 with posted debits and credits and nothing pending."""
    debited, credited = posted
    return TransferAccount(str(number), "1", "0", str(debited), "0", str(credited), **other)  # type: ignore[arg-type]


def batch(*transfers: Transfer, accounts: tuple[TransferAccount, ...] = (), now_ns: str = "") -> TransferBatch:
    return TransferBatch(transfers, accounts, now_ns=now_ns)


@dataclass
class Model:
    """Accounts as four sums and two flags by number, and what is pending by id, each transfer tried on a copy."""

    accounts: dict[int, list[int]]
    limited: dict[int, tuple[bool, bool]]
    pending: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    def run(self, transfers: tuple[Transfer, ...]) -> list[int]:
        """Runs everything; the positions of the transfers that failed first in their chains."""
        failed: list[int] = []
        chain: list[int] = []
        for position, transfer in enumerate(transfers):
            chain.append(position)
            if transfer.linked and position + 1 < len(transfers):
                continue
            tried = copy.deepcopy((self.accounts, self.pending))
            first = next((at for at in chain if not self._one(transfers[at], is_last=at + 1 == len(transfers))), None)
            if first is not None:
                failed.append(first)
                self.accounts, self.pending = tried
            chain = []
        return failed

    def _one(self, transfer: Transfer, *, is_last: bool) -> bool:
        if is_last and transfer.linked:
            return False
        number = int(transfer.id)
        if number in self.used:
            return False
        self.used.add(number)
        if transfer.phase in (Phase.POST, Phase.VOID):
            return self._resolve(transfer)
        debit, credit, amount = int(transfer.debit_account), int(transfer.credit_account), int(transfer.amount)
        if debit == credit:
            return False
        d, c = self.accounts[debit], self.accounts[credit]
        if transfer.balancing_debit:
            amount = min(amount, max(0, d[3] - d[1] - d[0]))
        at = 0 if transfer.phase is Phase.PENDING else 1
        d[at] += amount
        c[at + 2] += amount
        if transfer.phase is Phase.PENDING:
            self.pending[number] = (debit, credit, amount)
        return not ((self.limited[debit][0] and d[0] + d[1] > d[3]) or (self.limited[credit][1] and c[2] + c[3] > c[1]))

    def _resolve(self, transfer: Transfer) -> bool:
        held = self.pending.pop(int(transfer.pending_id), None)
        if held is None:
            return False
        debit, credit, amount = held
        wanted = int(transfer.amount)
        if transfer.phase is Phase.VOID and wanted not in (0, amount):
            return False
        if transfer.phase is Phase.POST and amount < wanted < MOST:
            return False
        moved = min(wanted, amount) if transfer.phase is Phase.POST else 0
        d, c = self.accounts[debit], self.accounts[credit]
        d[0], d[1], c[2], c[3] = d[0] - amount, d[1] + moved, c[2] - amount, c[3] + moved
        return True
