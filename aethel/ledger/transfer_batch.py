"""Judges a batch of transfers: one list of checks in order of precedence, each over what became of the transfers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from aethel.ledger.checked import Checked, Judgement, merged, run
from aethel.ledger.declared import NOTHING_DECLARED, Declared, Known, declare
from aethel.ledger.identity import identity
from aethel.ledger.term_checks import judge_terms, terms_too_large
from aethel.ledger.transfers import Run, run_transfers
from aethel.ledger.wording import counted
from aethel.terms import NO_TERMS
from aethel.transaction import Phase, TransferAccount, TransferBatch
from aethel.verdict import Finding

TRANSFERS = 10_000
"""Most transfers of one batch, accounts beside it, and transfers from before: one verdict stays within its deadline."""


@dataclass(frozen=True, slots=True)
class _Ran:
    """A batch with what became of it."""

    batch: TransferBatch
    run: Run
    declared: Declared

    def seen(self, code: str, detail: str) -> Checked:
        """What one check saw: the failures with its code."""
        return Checked(detail, tuple(found for found in self.run.failures if found.code == code))


def judge_transfers(batch: TransferBatch) -> Judgement:
    """Runs every check on `batch`; work is linear in its transfers, accounts and terms."""
    large = _too_large(batch)
    if large is not None:
        return Judgement(findings=(large,), not_applicable=tuple(code for code, _ in TRANSFER_CHECKS))
    ran = run_transfers(batch)
    declared = _declared(batch, ran)
    own = run(TRANSFER_CHECKS, _Ran(batch, ran, declared))
    assumed: tuple[str, ...] = ("accounts are as the caller gave them",) if batch.accounts else ()
    assumed += ("pending transfers are as the caller gave them",) if batch.booked else ()
    assumed += tuple(dict.fromkeys(ran.unjudged))[:20]
    judgement = merged(own, judge_terms(declared, batch.terms))
    return replace(judgement, assumptions=(*assumed, *judgement.assumptions))


def _too_large(batch: TransferBatch) -> Finding | None:
    for count, what in (
        (len(batch.transfers), "transfers"),
        (len(batch.accounts), "accounts"),
        (len(batch.booked), "booked transfers"),
    ):
        if count > TRANSFERS:
            return Finding("TOO_LARGE", f"the batch has {count} {what}, expected at most {TRANSFERS}")
    return terms_too_large(batch.terms)


def _declared(batch: TransferBatch, ran: Run) -> Declared:
    if batch.terms is None and not any(account.version for account in batch.accounts):
        return NOTHING_DECLARED
    states = [
        Known(str(number), str(account.ledger), _before(account.source), "", account.source.version)
        for number, account in ran.accounts.items()
    ]
    if batch.terms is None:
        return declare(NO_TERMS, None, states, ())
    moves = None if ran.failures or ran.unjudged else ran.moves
    return declare(batch.terms, moves, states, ran.contents)


def _before(source: TransferAccount) -> Decimal:
    """The balance of an account before, what was credited less what was debited; reserved amounts change none."""
    return Decimal(int(source.credits_posted) - int(source.debits_posted))


def _ids(ran: _Ran) -> Checked:
    """G01: every id is of 128 bits, not reserved, and new; the id of the batch itself too where it is given."""
    seen = ran.seen("G01", f"{counted(len(ran.batch.transfers), 'id is', 'ids are')} of 128 bits and unique")
    own = identity(ran.declared)
    return seen if own is None else replace(seen, findings=(*seen.findings, *own.findings))


def _form(ran: _Ran) -> Checked:
    """G04: every id, amount, ledger and code is a whole number, and there is at least one transfer."""
    seen = ran.seen("G04", f"{counted(len(ran.batch.transfers), 'transfer has', 'transfers have')} whole numbers")
    if ran.batch.transfers:
        return seen
    none = Finding("G04", "the batch has no transfers, expected at least one")
    return replace(seen, findings=(*seen.findings, none))


def _accounts(ran: _Ran) -> Checked:
    """G05: debited and credited account differ, are not reserved, and, where accounts are given, exist and are open."""
    return ran.seen("G05", "every account may be debited or credited")


def _ledgers(ran: _Ran) -> Checked:
    """G06: a transfer has a ledger, which is that of both accounts where they are given."""
    return ran.seen("G06", "every transfer is of one ledger")


def _width(ran: _Ran) -> Checked:
    """G11: no amount, sum or time is wider than its field."""
    return ran.seen("G11", "every amount and sum fits 128 bits")


def _bounds(ran: _Ran) -> Checked | None:
    """G12: debits never exceed credits, or the other way round, where the account is so flagged."""
    flagged = [
        account
        for account in ran.batch.accounts
        if account.debits_must_not_exceed_credits or account.credits_must_not_exceed_debits
    ]
    if not flagged:
        return None
    return ran.seen(
        "G12", f"{counted(len(flagged), 'account with a limit stays', 'accounts with a limit stay')} inside"
    )


def _linked(ran: _Ran) -> Checked | None:
    """G15: every chain is closed, and all of its transfers succeed."""
    if not ran.run.chains:
        return None
    return ran.seen(
        "G15", f"{counted(ran.run.chains, 'chain is closed and succeeds', 'chains are closed and succeed')}"
    )


def _two_phase(ran: _Ran) -> Checked | None:
    """G16: what is posted or voided was pending, by the same accounts, at most so much, once, and not expired."""
    seen = ran.seen("G16", "every pending transfer is reserved, or resolved once")
    phased = any(transfer.phase is not Phase.SINGLE for transfer in ran.batch.transfers)
    if not seen.findings and (ran.run.unjudged or not phased):
        return None
    return seen


TRANSFER_CHECKS: tuple[tuple[str, Callable[[_Ran], Checked | None]], ...] = (
    ("G01", _ids),
    ("G04", _form),
    ("G05", _accounts),
    ("G06", _ledgers),
    ("G11", _width),
    ("G12", _bounds),
    ("G15", _linked),
    ("G16", _two_phase),
)
