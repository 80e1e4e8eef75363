"""Cells that are no money are reported where no rule allows to write them, and change no verdict."""

from __future__ import annotations

import pytest

from aethel.decision.writes import REPORTED_WRITES, unpermitted_writes
from aethel.intent.instance import instantiate
from aethel.request import Question
from aethel.rules import NO_RULES, Rules
from aethel.verdict import Disposition, Finding


def written(effect: str, rules: Rules = NO_RULES, parameters: str = "ann: Account") -> tuple[Finding, ...]:
    text = f"intent f({parameters}) {{ guard {{ old_ann_balance > 0; }} effect {{ {effect} }} verify {{ true; }} }}"
    file = instantiate(Question("tx", intent_text=text.encode(), rules=rules)).reading.file
    assert file is not None
    return unpermitted_writes(file)


def test_a_written_cell_that_is_no_money_is_reported_at_its_place() -> None:
    (finding,) = written("ann.nonce += 1;")
    assert (finding.code, finding.disposition, str(finding.span)) == ("WRITES", Disposition.ADVISE, "1:66")
    assert "`ann_nonce` is written" in finding.message


def test_money_that_is_written_is_not_reported() -> None:
    assert written("ann.balance -= 0;") == ()


@pytest.mark.parametrize("spelled", ["ann.nonce", "ann_nonce"])
@pytest.mark.parametrize("parameters", ["ann: Account", "ann: Account, ann_nonce: Nonce"])
def test_a_rule_names_a_cell_however_it_is_spelled_or_declared(spelled: str, parameters: str) -> None:
    for pattern in (".nonce", "ann.nonce"):
        assert written(f"{spelled} += 1;", Rules(writes=(pattern,)), parameters) == ()
    assert len(written(f"{spelled} += 1;", Rules(writes=("nonce", "bob.nonce")), parameters)) == 1


def test_no_more_are_reported_than_anybody_reads() -> None:
    effect = " ".join(f"ann.n{index} += 1;" for index in range(REPORTED_WRITES + 5))
    assert len(written(effect)) == REPORTED_WRITES
