"""How far a batch of transfers moves each account, what it reserves there, and which pending transfers it resolves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import assert_never

from aethel.ledger.exact import ZERO, add, negated, subtract
from aethel.ledger.transfer_accounts import Account
from aethel.ledger.transfer_pending import Pending
from aethel.ledger.transfer_reading import Numbers, numbers_of
from aethel.ledger.transfers import Run, run_transfers
from aethel.store.asked_entry import Course, Movements, version_of
from aethel.store.footprint import Change, Opening, Resolving, UsedId
from aethel.terms import NO_TERMS
from aethel.transaction import Phase, TransferBatch
from aethel.verdict import Finding

TRANSFER_ID = "transfer"
"""The scheme of the ids of transfers."""


def moved_by_transfers(batch: TransferBatch, snapshot: str) -> Movements:
    """What a batch moves, reserves, posts and voids, its accounts being from `snapshot` where that has a number.

    Raises ValueError where a transfer fails. A transfer that is opened and resolved in one batch is over with it, so
    that nothing is left of it but its id.
    """
    ran = run_transfers(replace(batch, terms=batch.terms or NO_TERMS))  # without terms it keeps no movements
    if ran.failures:
        raise ValueError("a transfer of the batch fails, so it has no footprint")
    read = [_sound(numbers_of(transfer, number)) for number, transfer in enumerate(batch.transfers, 1)]
    amounts = {each.number: ZERO for each in read if each.source.phase is Phase.VOID}
    amounts |= {move.leg: move.amount.copy_abs() for move in ran.moves}
    opened = {each.id for each in read if each.source.phase is Phase.PENDING}
    resolved = {each.pending_id for each in read if each.resolves}
    openings = (each for each in read if each.id in opened - resolved)
    resolvings = (each for each in read if each.pending_id in resolved - opened)
    return Movements(
        tuple(_change(*place, side, ran, snapshot) for place, side in _sides(read, amounts, ran).items()),
        tuple(ran.moves),
        tuple(_opening(each, amounts[each.number]) for each in openings),
        tuple(_resolving(each, ran, amounts[each.number]) for each in resolvings),
        tuple(UsedId(TRANSFER_ID, str(each.id)) for each in read),
    )


@dataclass(slots=True)
class _Sides:
    """One account: what is posted, what is posted or reserved, and how the room on either side moves."""

    posted: Decimal = ZERO
    moved: Decimal = ZERO
    debit_room: Course = field(default_factory=Course)
    credit_room: Course = field(default_factory=Course)

    def post(self, signed: Decimal) -> None:
        """Something is posted; a negative amount is a debit."""
        self.posted, self.moved = add(self.posted, signed), add(self.moved, signed)
        self.debit_room.move(signed)
        self.credit_room.move(negated(signed))

    def reserve(self, signed: Decimal) -> None:
        """Something is pending: it takes room on its own side, and gives none on the other."""
        self.moved = add(self.moved, signed)
        (self.debit_room if signed < ZERO else self.credit_room).move(negated(signed.copy_abs()))

    def resolve(self, pending: Decimal, signed: Decimal) -> None:
        """All that is pending is freed, and at most as much of it posted."""
        (self.debit_room if pending < ZERO else self.credit_room).move(pending.copy_abs())
        self.post(signed)


def _sides(read: Sequence[Numbers], amounts: Mapping[int, Decimal], ran: Run) -> dict[tuple[int, int], _Sides]:
    """Every account that the transfers touch, with its ledger."""
    sides: dict[tuple[int, int], _Sides] = {}
    for numbers in read:
        pending = ran.pending[numbers.pending_id] if numbers.resolves else None
        held = numbers if pending is None else pending.numbers
        amount, whole = amounts[numbers.number], ZERO if pending is None else Decimal(pending.amount)
        debit = sides.setdefault((held.debit_account, held.ledger), _Sides())
        credit = sides.setdefault((held.credit_account, held.ledger), _Sides())
        match numbers.source.phase:
            case Phase.SINGLE:
                debit.post(negated(amount))
                credit.post(amount)
            case Phase.PENDING:
                debit.reserve(negated(amount))
                credit.reserve(amount)
            case Phase.POST | Phase.VOID:
                debit.resolve(negated(whole), negated(amount))
                credit.resolve(whole, amount)
            case _:
                assert_never(numbers.source.phase)
    return sides


def _change(number: int, ledger: int, side: _Sides, ran: Run, snapshot: str) -> Change:
    shown: Account | None = ran.accounts.get(number)
    source = None if shown is None else shown.source
    return Change(
        str(number),
        str(ledger),
        net=side.posted,
        down=negated(side.debit_room.lowest),
        up=negated(side.credit_room.lowest),
        balance=None if source is None else subtract(Decimal(source.credits_posted), Decimal(source.debits_posted)),
        version=None if source is None else version_of(snapshot, source.version),
        lower=ZERO if source is not None and source.debits_must_not_exceed_credits else None,
        upper=ZERO if source is not None and source.credits_must_not_exceed_debits else None,
        pending_down=ZERO if source is None else Decimal(source.debits_pending),
        pending_up=ZERO if source is None else Decimal(source.credits_pending),
        is_flagged=True,
        with_pending=side.moved,
    )


def _opening(numbers: Numbers, amount: Decimal) -> Opening:
    timeout_ms = numbers.timeout_s * 1000 if numbers.timeout_s else None
    debit, credit = str(numbers.debit_account), str(numbers.credit_account)
    return Opening(str(numbers.id), debit, credit, str(numbers.ledger), amount, timeout_ms)


def _resolving(numbers: Numbers, ran: Run, posted: Decimal) -> Resolving:
    pending: Pending = ran.pending[numbers.pending_id]
    held, is_void = pending.numbers, numbers.source.phase is Phase.VOID
    debit, credit = str(held.debit_account), str(held.credit_account)
    amount = Decimal(pending.amount) if is_void else posted
    return Resolving(str(held.id), debit, credit, str(held.ledger), amount, is_void)


def _sound(numbers: Numbers | Finding) -> Numbers:
    assert isinstance(numbers, Numbers)  # the run read the same texts
    return numbers
