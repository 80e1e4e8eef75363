"""Judges an account-model transaction: the ranges of Ethereum's legacy fields, the sender's balance and nonce."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from aethel.ledger.amounts import Refused, scan_whole
from aethel.ledger.checked import Checked, Judgement, run
from aethel.ledger.freshness import bound_to
from aethel.ledger.nonces import judge_nonce
from aethel.ledger.notes import Notes
from aethel.ledger.wording import quoted, safe
from aethel.transaction import AccountTransaction
from aethel.verdict import Finding

_ADDRESS_DIGITS = 40
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")

_LIMITS = (
    ("nonce", 2**64 - 1, "2^64 - 1"),
    ("gas_price", 2**256, "2^256"),
    ("gas_limit", 2**64, "2^64"),
    ("value", 2**256, "2^256"),
)
"""What each field must be less than: the yellow paper's (4.2) word sizes, the nonce by EIP-2681, the gas limit by the
64-bit counter every client keeps it in.
"""


@dataclass(frozen=True, slots=True)
class _Fields:
    """The transaction and its numbers; a refused text is kept as such, an absent one is missing."""

    transaction: AccountTransaction
    scanned: dict[str, int | Refused]

    def number(self, name: str) -> int | None:
        found = self.scanned.get(name)
        return found if isinstance(found, int) else None


def judge_account_transaction(transaction: AccountTransaction) -> Judgement:
    """Runs G04, G05, G11, G12, G23 and G24; a balance or nonce of the sender is checked where it is given."""
    texts = {
        "nonce": transaction.nonce,
        "gas_price": transaction.gas_price,
        "gas_limit": transaction.gas_limit,
        "value": transaction.value,
    }
    optional = {
        "expected_nonce": transaction.expected_nonce,
        "balance": transaction.balance,
        "nonce_window": transaction.nonce_window,
    }
    texts |= {name: text for name, text in optional.items() if text}
    fields = _Fields(transaction, {name: scan_whole(text) for name, text in texts.items()})
    judgement = run(ACCOUNT_CHECKS, fields)
    asserted = ("the sender's balance and nonce are as the caller gave them",)
    return replace(judgement, assumptions=asserted) if "balance" in texts or "expected_nonce" in texts else judgement


def _form(fields: _Fields) -> Checked:
    """G04: every field is a whole number in plain digits."""
    findings = tuple(
        Finding("G04", f"the {name}: {found.message}")
        for name, found in fields.scanned.items()
        if isinstance(found, Refused) and not found.too_long
    )
    return Checked("every field is a whole number", findings)


def _address(fields: _Fields) -> Checked:
    """G05: the recipient is 20 bytes of hexadecimal, or left out, which creates a contract; so is a named sender."""
    findings = []
    for what, text in (("recipient", fields.transaction.to), ("sender", fields.transaction.sender)):
        digits = text.removeprefix("0x")
        if text and (len(digits) != _ADDRESS_DIGITS or not _HEX_DIGITS.issuperset(digits)):
            message = f"the {what} {quoted(text)} is no address, expected {_ADDRESS_DIGITS} hexadecimal digits"
            findings.append(Finding("G05", message, accounts=(safe(text),)))
    is_call = bool(fields.transaction.to)
    return Checked("the recipient is 20 bytes" if is_call else "no recipient: a contract is created", tuple(findings))


def _width(fields: _Fields) -> Checked:
    """G11: every field is inside its range, and so is the product of gas limit and gas price."""
    findings: list[Finding] = []
    for name, limit, shown in _LIMITS:
        found = fields.scanned[name]
        if isinstance(found, Refused):
            if found.too_long:
                findings.append(Finding("G11", f"the {name}: {found.message}"))
        elif found >= limit:
            message = f"the {name} is {found}, expected less than {shown}"
            findings.append(Finding("G11", message, numbers=((name, str(found)),), delta=str(found - limit + 1)))
    for name in ("expected_nonce", "balance", "nonce_window"):
        found = fields.scanned.get(name, 0)
        if isinstance(found, Refused) and found.too_long:
            findings.append(Finding("G11", f"the {name}: {found.message}"))
    gas_limit, gas_price = fields.number("gas_limit"), fields.number("gas_price")
    if gas_limit is not None and gas_price is not None and gas_limit * gas_price >= 2**256:
        numbers = (("gas_limit", str(gas_limit)), ("gas_price", str(gas_price)))
        message = "the product of gas_limit and gas_price is out of range, expected less than 2^256"
        findings.append(Finding("G11", message, numbers=numbers, delta=str(gas_limit * gas_price - 2**256 + 1)))
    return Checked("every field and the most the gas can cost are inside their ranges", tuple(findings))


def _affordable(fields: _Fields) -> Checked | None:
    """G12: the sender's balance covers the value and the most the gas can cost (yellow paper, 6.2)."""
    balance, value = fields.number("balance"), fields.number("value")
    gas_limit, gas_price = fields.number("gas_limit"), fields.number("gas_price")
    if balance is None or value is None or gas_limit is None or gas_price is None:
        return None
    cost = value + gas_limit * gas_price
    if balance >= cost:
        return Checked(f"the balance {balance} covers the cost {cost}")
    numbers = (("balance", str(balance)), ("cost", str(cost)))
    message = f"the balance is {balance}, expected at least value + gas_limit * gas_price = {cost}"
    return Checked("", (Finding("G12", message, numbers=numbers, delta=str(balance - cost)),))


def _next_nonce(fields: _Fields) -> Checked | None:
    """G23: the nonce is exactly the sender's next, or inside the declared window."""
    nonce, expected = fields.number("nonce"), fields.number("expected_nonce")
    window = fields.number("nonce_window") if fields.transaction.nonce_window else 0
    if nonce is None or expected is None or window is None:
        return None
    return judge_nonce(nonce, expected, window, "", Notes("G23"))


def _fresh(fields: _Fields) -> Checked | None:
    """G24: the sender's state carries a version or root."""
    return bound_to(fields.transaction.state_version)


ACCOUNT_CHECKS: tuple[tuple[str, Callable[[_Fields], Checked | None]], ...] = (
    ("G04", _form),
    ("G05", _address),
    ("G11", _width),
    ("G12", _affordable),
    ("G23", _next_nonce),
    ("G24", _fresh),
)
