"""Judges a journal entry: one list of checks in order of precedence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from aethel.ledger.book import Book, read
from aethel.ledger.checked import Checked, Judgement, merged, run
from aethel.ledger.declared import Declared, Known, Move, declare
from aethel.ledger.entry_checks import accounts, amount_form, entry_balance, one_asset
from aethel.ledger.exact import ZERO
from aethel.ledger.identity import identity
from aethel.ledger.state_checks import (
    conservation,
    corridor,
    frame,
    lower_bound,
    post_state,
    prefix_safety,
    unchecked,
    width,
)
from aethel.ledger.term_checks import TERM_CHECKS, judge_terms, terms_too_large
from aethel.policy import STRICT, Policy
from aethel.terms import NO_TERMS
from aethel.transaction import AccountState, DoubleEntry
from aethel.verdict import Finding

_new = tuple.__new__

LEGS = 10_000
"""Most postings of one entry, and most states beside it: the work of one verdict stays within its deadline."""

CHECKS: tuple[tuple[str, Callable[[Book], Checked | None]], ...] = (
    ("G04", amount_form),
    ("G05", accounts),
    ("G06", one_asset),
    ("G07", entry_balance),
    ("G08", post_state),
    ("G09", frame),
    ("G10", conservation),
    ("G11", width),
    ("G12", lower_bound),
    ("G13", corridor),
    ("G14", prefix_safety),
)


IDENTITY_CHECKS: tuple[tuple[str, Callable[[Declared], Checked | None]], ...] = (("G01", identity),)


def judge_entry(entry: DoubleEntry, policy: Policy = STRICT) -> Judgement:
    """Runs G01, G04 to G14 and those of the terms on `entry`; work is linear in its postings, states and terms."""
    large = _too_large(entry)
    if large is not None:
        codes = tuple(code for code, _ in (*IDENTITY_CHECKS, *CHECKS, *TERM_CHECKS))
        return Judgement(findings=(large,), not_applicable=codes)
    book = read(entry, policy)
    declared = _declared(book)
    judgement = merged(run(IDENTITY_CHECKS, declared), run(CHECKS, book), judge_terms(declared, entry.terms))
    if not entry.states:
        return judgement
    given = ("account states are as the caller gave them", *unchecked(book))
    return replace(judgement, assumptions=(*given, *judgement.assumptions))


def _too_large(entry: DoubleEntry) -> Finding | None:
    for count, what in ((len(entry.postings), "postings"), (len(entry.states), "account states")):
        if count > LEGS:
            return Finding("TOO_LARGE", f"the entry has {count} {what}, expected at most {LEGS}")
    return terms_too_large(entry.terms)


def _declared(book: Book) -> Declared:
    """The entry as the checks of its terms see it; without terms and versions nothing of it is needed there."""
    entry = book.entry
    states = [
        Known(state.account, state.commodity, _before(state, book), state.nonce, state.version)
        for state in entry.states
    ]
    if entry.terms is None:
        return declare(NO_TERMS, None, states, ())
    moves = [
        _new(Move, (number, account, commodity, amount, worth_commodity, 0, True, True))  # as `book.Leg` is made
        for (number, _, account, commodity, _, _, worth_commodity, _, _), amount in zip(
            book.legs, book.booked, strict=False
        )
    ]
    contents = [amount for amount in book.booked if amount > ZERO]
    return declare(entry.terms, moves if book.booked else None, states, contents, entry.payee, all_count=True)


def _before(state: AccountState, book: Book) -> Decimal | None:
    return book.balances[state.account, state.commodity].before
