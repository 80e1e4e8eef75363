"""Every check of the Guardian in order of precedence, and which kinds of transactions it is made on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aethel.ledger.account_transaction import ACCOUNT_CHECKS
from aethel.ledger.ach import ACH_CHECKS
from aethel.ledger.amount_text import AMOUNT_CHECKS
from aethel.ledger.entry import CHECKS, IDENTITY_CHECKS
from aethel.ledger.merkle_checks import PROOF_CHECKS
from aethel.ledger.term_checks import TERM_CHECKS
from aethel.ledger.transfer_batch import TRANSFER_CHECKS
from aethel.ledger.utxo import UTXO_CHECKS


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its code, what it is about, when it rejects, and the input without which it is not applicable."""

    code: str
    name: str
    rejects: str
    needs: str


CATALOGUE: tuple[Check, ...] = (
    Check("G01", "id", "reserved, of another form than its scheme, or twice in its batch", "ids; `terms.identity`"),
    Check("G02", "idempotency", "settled already, or sent before with other content", "the store"),
    Check("G03", "retry stability", "failed before for a reason of state", "the store"),
    Check("G04", "amount form", "no exact number, or negative where none may be", "nothing more"),
    Check("G05", "accounts", "reserved, closed, frozen, unknown, or both debited and credited", "nothing more; states"),
    Check(
        "G06", "one asset per leg", "a leg in an asset that its accounts do not hold", "states; ledgers of transfers"
    ),
    Check("G07", "entry balance", "debits and credits differ in a commodity, prices applied", "nothing more"),
    Check("G08", "post-state", "a claimed balance is not the one before with its legs", "balances before and after"),
    Check("G09", "frame", "a balance changes without a leg", "balances before and after"),
    Check("G10", "conservation", "described balances, or inputs and outputs, change in sum", "balances; outputs spent"),
    Check("G11", "width", "an amount or sum is wider than its field, at any point", "nothing more"),
    Check("G12", "lower bound", "debits exceed credits, pending ones too, where they may not", "balances and flags"),
    Check("G13", "corridor", "a balance leaves its bounds or its overdraft limit", "balances and bounds"),
    Check("G14", "prefix safety", "a bound is broken between two legs, unless net-settled", "balances and bounds"),
    Check("G15", "chain", "a linked chain is open, or one of its transfers fails", "a linked transfer"),
    Check("G16", "two-phase", "not pending, more than pending, twice, expired, of other accounts", "pending transfers"),
    Check("G17", "reversal", "no original cited, other parties, or more than the original", "`terms.reversal`"),
    Check("G18", "allotment", "shares not one in sum, no remainder rule, or a wrong part", "`terms.allotments`"),
    Check("G19", "fee and rounding", "not the rate rounded once by its mode, above its cap", "`terms.fees`"),
    Check("G20", "exchange", "not through the liquidity account at a sourced, young rate", "`terms.exchanges`"),
    Check("G21", "limits", "more than the most, what is used already included", "`terms.limits`"),
    Check("G22", "inputs", "an output that does not exist, or is spent twice in the batch", "unspent outputs"),
    Check("G23", "nonce", "not the next one, nor inside the declared window", "nonce and the next one"),
    Check("G24", "freshness", "a state without a version, or newer than its snapshot", "a version or root"),
    Check("G25", "inclusion proof", "a leaf that is not under a trusted root", "a proof and a trusted root"),
    Check("G26", "consistency proof", "a tree that does not continue the last accepted one", "a proof and that root"),
    Check("G27", "tree pitfalls", "another hash, a node taken for a leaf, too deep", "a proof"),
    Check("G28", "root update", "a root that the touched leaves do not give", "a multiproof"),
    Check("G29", "time", "a date out of its period, or a time out of its window", "`terms.times`"),
    Check("G30", "authority", "a debit without a mandate, or a payee that was not checked", "`terms.authority`"),
    Check(
        "G31", "batch totals", "count, control sum or hash other than the contents", "`terms.totals`; a control record"
    ),
    Check("G32", "backing", "more wrapped than locked in a domain", "`terms.backings`"),
    Check("G33", "chart rules", "an account, asset or pair of types that is not declared", "`terms.chart`"),
    Check("G34", "assertions", "an asserted balance that is another", "`terms.assertions` and balances before"),
)

_KINDS: tuple[tuple[str, tuple[Iterable[tuple[str, object]], ...]], ...] = (
    ("postings", (IDENTITY_CHECKS, CHECKS, TERM_CHECKS)),
    ("transfers", (TRANSFER_CHECKS, TERM_CHECKS)),
    ("account model", (ACCOUNT_CHECKS,)),
    ("UTXO", (UTXO_CHECKS,)),
    ("ACH", (ACH_CHECKS,)),
    ("amount", (AMOUNT_CHECKS,)),
    ("proofs", (PROOF_CHECKS,)),
)


def kinds_of(code: str) -> tuple[str, ...]:
    """The kinds of transactions on which a check is made."""
    return tuple(kind for kind, lists in _KINDS if any(code == made for checks in lists for made, _ in checks))


def table() -> str:
    """All checks as a table in Markdown."""
    head = ("#", "check", "rejects when", "needs", "made on")
    rows = [
        (check.code, check.name, check.rejects, check.needs, ", ".join(kinds_of(check.code)) or "—")
        for check in CATALOGUE
    ]
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
