"""The checks of what is declared beside the legs, in order of precedence, for every transaction with movements."""

from __future__ import annotations

from collections.abc import Callable

from aethel.ledger.allotment import allotment
from aethel.ledger.assertions import assertions
from aethel.ledger.authority import authority
from aethel.ledger.backing import backing
from aethel.ledger.chart import chart
from aethel.ledger.checked import Checked, Judgement, run
from aethel.ledger.declared import Declared
from aethel.ledger.exchange import exchange
from aethel.ledger.fees import fees
from aethel.ledger.freshness import freshness
from aethel.ledger.limits import limits
from aethel.ledger.nonces import nonce
from aethel.ledger.reversal import reversal
from aethel.ledger.times import times
from aethel.ledger.totals import totals
from aethel.structure import size_of
from aethel.terms import Terms
from aethel.verdict import Finding

TERMS_SIZE = 10_000
"""Most structured values and listed texts in the terms of one transaction: as many as it may have legs."""

TERM_CHECKS: tuple[tuple[str, Callable[[Declared], Checked | None]], ...] = (
    ("G17", reversal),
    ("G18", allotment),
    ("G19", fees),
    ("G20", exchange),
    ("G21", limits),
    ("G23", nonce),
    ("G24", freshness),
    ("G29", times),
    ("G30", authority),
    ("G31", totals),
    ("G32", backing),
    ("G33", chart),
    ("G34", assertions),
)

_NOT_DECLARED = Judgement(not_applicable=tuple(code for code, _ in TERM_CHECKS))


def judge_terms(declared: Declared, terms: Terms | None) -> Judgement:
    """Runs G17 to G34 on what is declared; `terms` is what the transaction came with."""
    if terms is None and not any(state.version for state in declared.states):
        return _NOT_DECLARED
    return run(TERM_CHECKS, declared)


def terms_too_large(terms: Terms | None) -> Finding | None:
    """What is wrong with terms that are too many to be read."""
    size = 0 if terms is None else size_of(terms)
    if size <= TERMS_SIZE:
        return None
    return Finding("TOO_LARGE", f"the terms have {size} parts, expected at most {TERMS_SIZE}")
