"""Judges an amount on its form alone, before anybody gives it a sign, an asset or a scale."""

from __future__ import annotations

from aethel.ledger.amounts import PLAIN, Refused, scan
from aethel.ledger.checked import Checked, Judgement, run
from aethel.transaction import AmountText
from aethel.verdict import Finding


def judge_amount_text(amount: AmountText) -> Judgement:
    """Runs G04: the text is a plain decimal (see `amounts.PLAIN`)."""
    return run(AMOUNT_CHECKS, amount)


def _form(amount: AmountText) -> Checked:
    found = scan(amount.text, PLAIN)
    findings = (Finding("G04", found.message),) if isinstance(found, Refused) else ()
    return Checked("the amount is a plain decimal", findings)


AMOUNT_CHECKS = (("G04", _form),)
