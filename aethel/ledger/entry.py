"""Judges a journal entry: one list of checks in order of precedence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from aethel.ledger.book import Book, read
from aethel.ledger.checked import Checked, Judgement, run
from aethel.ledger.entry_checks import accounts, amount_form, entry_balance, one_asset
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
from aethel.transaction import DoubleEntry
from aethel.verdict import Finding

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


def judge_entry(entry: DoubleEntry) -> Judgement:
    """Runs G04 to G14 on `entry`; work is linear in its postings and states."""
    for count, what in ((len(entry.postings), "postings"), (len(entry.states), "account states")):
        if count > LEGS:
            finding = Finding("TOO_LARGE", f"the entry has {count} {what}, expected at most {LEGS}")
            return Judgement(findings=(finding,), not_applicable=tuple(code for code, _ in CHECKS))
    book = read(entry)
    judgement = run(CHECKS, book)
    if not entry.states:
        return judgement
    return replace(judgement, assumptions=("account states are as the caller gave them", *unchecked(book)))
