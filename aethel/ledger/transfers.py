"""Transfers in order over given accounts, as TigerBeetle runs them: chains all or nothing, reservations used once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from aethel.ledger.amounts import Refused, scan_whole
from aethel.ledger.declared import Move
from aethel.ledger.transfer_accounts import Account, bounded, existing, fitting, read_accounts
from aethel.ledger.transfer_pending import Pending, difference, read_booked, resolution
from aethel.ledger.transfer_reading import Numbers, form, numbers_of
from aethel.transaction import Fate, Phase, TransferBatch
from aethel.verdict import Finding

SECOND_NS = 10**9
TIME_LIMIT_NS = 2**63
"""Times are kept in 63 bits of nanoseconds since 1970."""


@dataclass(slots=True)
class Run:
    """What became of a batch: every failure, the movements of what succeeded, and what could not be judged.

    `failed` has the number of the transfer that failed first in each failing chain; `chains` counts the linked chains;
    `accounts` are as they are after the last transfer. `moves` and `contents` are kept where the batch has terms, since
    only these are about them.
    """

    accounts: dict[int, Account]
    pending: dict[int, Pending]
    now_ns: int | None
    described: bool
    has_booked: bool
    has_terms: bool
    failed: list[int] = field(default_factory=list)
    failures: list[Finding] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    contents: list[Decimal] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    chains: int = 0
    seen: dict[int, Numbers] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    undo: list[Callable[[], None]] = field(default_factory=list)


def run_transfers(batch: TransferBatch) -> Run:
    """Runs every transfer; a failing chain leaves nothing behind. Work is linear in transfers and accounts."""
    accounts, findings = read_accounts(batch.accounts)
    pending, more = read_booked(batch.booked)
    run = Run(
        accounts,
        pending,
        None,
        described=bool(batch.accounts),
        has_booked=bool(batch.booked),
        has_terms=batch.terms is not None,
        failures=[*findings, *more],
    )
    if batch.now_ns:
        run.now_ns = _now(batch.now_ns, run)
    first = 0
    while first < len(batch.transfers):
        last = first
        while last < len(batch.transfers) - 1 and batch.transfers[last].linked:
            last += 1
        _chain(batch, first, last, run)
        first = last + 1
    return run


def _now(text: str, run: Run) -> int | None:
    found = scan_whole(text)
    if isinstance(found, Refused):
        run.failures.append(Finding("G04", f"the present time: {found.message}"))
        return None
    if found >= TIME_LIMIT_NS:
        run.failures.append(Finding("G11", f"the present time is {found}, expected less than 2^63"))
        return None
    return found


def _chain(batch: TransferBatch, first: int, last: int, run: Run) -> None:
    """Runs the transfers of one chain, or one alone; the first that fails undoes those before it."""
    is_open = batch.transfers[last].linked
    run.chains += is_open or first < last
    run.undo = []
    moved, counted = len(run.moves), len(run.contents)
    for position in range(first, last + 1):
        failure = _step(batch, position, run)
        if failure is None and is_open and position == last:
            message = f"transfer {last + 1} is linked and the last one, expected a transfer after it"
            run.failures.append(Finding("G15", message))
        elif failure is None:
            continue
        else:
            run.failures.append(failure)
            if first < last:
                message = f"transfer {position + 1} fails, so transfers {first + 1} to {last + 1} all do: "
                run.failures.append(Finding("G15", message + failure.message, accounts=failure.accounts))
        run.failed.append(position + 1)
        for restore in reversed(run.undo):
            restore()
        del run.moves[moved:], run.contents[counted:]
        return


def _step(batch: TransferBatch, position: int, run: Run) -> Finding | None:
    numbers = numbers_of(batch.transfers[position], position + 1, run.known)
    if isinstance(numbers, Finding):
        return numbers
    failure = form(numbers) or _unique(numbers, run)
    if failure is not None:
        return failure
    return _resolve(numbers, run) if numbers.resolves else _move(numbers, run)


def _unique(numbers: Numbers, run: Run) -> Finding | None:
    """G01: no transfer of the batch, and none from before, has this id; the first field that differs is named."""
    before = run.seen.setdefault(numbers.id, numbers)
    where = before.name
    if before is numbers:
        booked = run.pending.get(numbers.id)
        if booked is None:
            return None
        before, where = booked.numbers, "one that is booked already"
    other = difference(numbers, before)
    how = f"another {other}" if other else "the same content"
    return Finding("G01", f"{numbers.name} has the id of {where} and {how}", numbers=(("id", str(numbers.id)),))


def _move(numbers: Numbers, run: Run) -> Finding | None:
    """A transfer at once, or one that reserves."""
    source, amount = numbers.source, numbers.amount
    expires = _expiry(numbers, run)
    if isinstance(expires, Finding):
        return expires
    if run.described:
        debit, credit = run.accounts.get(numbers.debit_account), run.accounts.get(numbers.credit_account)
        failure = existing(numbers, debit, credit)
        if failure is not None or debit is None or credit is None:
            return failure
        if source.balancing_debit:
            amount = min(amount, debit.room_to_debit())
        if source.balancing_credit:
            amount = min(amount, credit.room_to_credit())
        failure = fitting(numbers, amount, debit, credit) or bounded(numbers, amount, debit, credit)
        if failure is not None:
            return failure
        run.undo += [debit.snapshot(), credit.snapshot()]
        if source.phase is Phase.PENDING:
            debit.debits_pending += amount
            credit.credits_pending += amount
            debit.closed, credit.closed = source.closing_debit, source.closing_credit
        else:
            debit.debits_posted += amount
            credit.credits_posted += amount
    elif source.balancing_debit or source.balancing_credit:
        run.unjudged.append(f"{numbers.name} is balancing, and its accounts are not described")
    if source.phase is Phase.PENDING:
        run.pending[numbers.id] = Pending(numbers, amount, expires, Fate.PENDING)
        run.undo.append(lambda: run.pending.__delitem__(numbers.id))
    _record(numbers, numbers.debit_account, numbers.credit_account, numbers.ledger, amount, run)
    return None


def _expiry(numbers: Numbers, run: Run) -> int | Finding | None:
    """When a pending transfer of this batch expires; None where it does not, or where no time is given."""
    if numbers.timeout_s == 0 or run.now_ns is None:
        return None
    expires = run.now_ns + numbers.timeout_s * SECOND_NS
    if expires >= TIME_LIMIT_NS:
        return Finding(
            "G11", f"{numbers.name} expires after 2^63 ns, expected less", delta=str(expires - TIME_LIMIT_NS)
        )
    return expires


def _resolve(numbers: Numbers, run: Run) -> Finding | None:
    """Posts or voids a pending transfer, once."""
    pending = run.pending.get(numbers.pending_id)
    if pending is None:
        if run.has_booked:
            return Finding("G16", f"the pending transfer {numbers.pending_id} of {numbers.name} is not given")
        run.unjudged.append(f"the pending transfer {numbers.pending_id} of {numbers.name} is not given")
        return None
    if pending.expires_ns is not None and run.now_ns is None:
        run.unjudged.append(f"the pending transfer of {numbers.name} may have expired: no present time is given")
    resolved = resolution(numbers, pending, run.now_ns)
    if isinstance(resolved, Finding):
        return resolved
    held = pending.numbers
    if run.described:
        debit, credit = run.accounts.get(held.debit_account), run.accounts.get(held.credit_account)
        failure = existing(held._replace(number=numbers.number, source=numbers.source), debit, credit)
        if failure is not None or debit is None or credit is None:
            return failure
        if min(debit.debits_pending, credit.credits_pending) < pending.amount:
            return Finding("G16", f"{numbers.name} resolves more than is pending on its accounts")
        run.undo += [debit.snapshot(), credit.snapshot()]
        debit.debits_pending -= pending.amount
        credit.credits_pending -= pending.amount
        debit.debits_posted += resolved
        credit.credits_posted += resolved
        if numbers.source.phase is Phase.VOID:
            debit.closed = debit.closed and not held.source.closing_debit
            credit.closed = credit.closed and not held.source.closing_credit
    run.pending[numbers.pending_id] = replace(
        pending, fate=Fate.POSTED if numbers.source.phase is Phase.POST else Fate.VOIDED
    )
    run.undo.append(lambda: run.pending.__setitem__(numbers.pending_id, pending))
    counted = pending.amount if numbers.source.phase is Phase.VOID else resolved
    _record(numbers, held.debit_account, held.credit_account, held.ledger, counted, run)
    return None


def _record(numbers: Numbers, debit: int, credit: int, ledger: int, amount: int, run: Run) -> None:
    """The movements of a transfer that succeeded; to void moves nothing, but is content of its batch all the same."""
    if not run.has_terms:
        return
    run.contents.append(Decimal(amount))
    phase, commodity = numbers.source.phase, str(ledger)
    if phase is not Phase.VOID:
        posted, spends = phase is not Phase.PENDING, phase is not Phase.POST
        for account, signed in ((debit, -amount), (credit, amount)):
            run.moves.append(
                Move(
                    numbers.number, str(account), commodity, Decimal(signed), commodity, numbers.number, posted, spends
                )
            )
