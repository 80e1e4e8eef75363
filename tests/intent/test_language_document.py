"""Every example of the language document gets the answer it announces."""

from __future__ import annotations

from pathlib import Path

import pytest

from aethel.decision.path import run_local
from aethel.decision.thresholds import Thresholds
from aethel.ledger.expert import GuardianExpert
from aethel.prover.local import local_expert
from aethel.request import Question
from aethel.security.expert import SentinelExpert
from aethel.verdict import Vote

DOCUMENT = Path(__file__).parents[2] / "docs" / "language.md"


def examples() -> list[tuple[str, str, str]]:
    """Announced consensus, announced code and text of each `aethel` block."""
    found: list[tuple[str, str, str]] = []
    for block in DOCUMENT.read_text().split("```aethel ")[1:]:
        announced, _, rest = block.partition("\n")
        consensus, _, code = announced.partition(" ")
        found.append((consensus.upper(), code, rest.partition("\n```")[0]))
    return found


@pytest.mark.parametrize(("consensus", "code", "text"), examples())
def test_an_example_of_the_document_is_answered_as_announced(consensus: str, code: str, text: str) -> None:
    experts = (local_expert(), SentinelExpert(), GuardianExpert())
    result = run_local(Question("example", intent_text=text.encode()), experts, Thresholds())
    assert result.consensus.value == consensus, result.reason
    if code:
        assert code in {verdict.code for verdict in result.expert_verdicts if verdict.verdict is Vote.REJECT}


def test_the_document_shows_both_answers() -> None:
    assert {consensus for consensus, _, _ in examples()} == {"APPROVED", "REJECTED"}
