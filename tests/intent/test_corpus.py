"""Every text of the corpus gets the answer written beside it, in one process with real experts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aethel.decision.path import run_local
from aethel.decision.thresholds import Thresholds
from aethel.ledger.expert import GuardianExpert
from aethel.prover.local import local_expert
from aethel.request import Context, Question
from aethel.rules import rules_of_table
from aethel.security.expert import SentinelExpert
from aethel.verdict import (
    GUARDIAN_EXPERT,
    REFUTING_OUTCOMES,
    SENTINEL_EXPERT,
    Z3_EXPERT,
    Disposition,
    MOEResult,
    Vote,
)

CORPUS = Path(__file__).parent.parent / "corpus"
TEXTS = sorted(CORPUS.glob("*.ae"))
TIMEOUTS_MS = {Z3_EXPERT: 3_000.0, SENTINEL_EXPERT: 2_000.0, GUARDIAN_EXPERT: 2_000.0}
EXPERTS = (local_expert(), SentinelExpert(), GuardianExpert())


def expected(text: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text.with_suffix(".expected.json").read_text())
    return found


def answer(text: Path) -> MOEResult:
    wanted = expected(text)
    question = Question(
        transaction_id=text.stem,
        intent_text=text.read_bytes(),
        arguments=wanted.get("args", {}),
        context=Context(**wanted.get("context", {})),
        rules=rules_of_table(wanted.get("rules", {}), "rules", wanted.get("assets")),
    )
    return run_local(question, EXPERTS, Thresholds(), TIMEOUTS_MS)


def rejecting_codes(result: MOEResult) -> set[str]:
    findings = {finding.code for finding in result.findings if finding.disposition is Disposition.REJECT}
    return findings | {verdict.code for verdict in result.expert_verdicts if verdict.verdict is Vote.REJECT}


def places(result: MOEResult) -> set[str]:
    findings = (*result.findings, *(found for verdict in result.expert_verdicts for found in verdict.findings))
    return {str(finding.span) for finding in findings if finding.span is not None}


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_the_answer_is_the_expected_one(text: Path) -> None:
    wanted, result = expected(text), answer(text)
    assert result.consensus.value == wanted["consensus"], result.reason
    if "code" in wanted:
        assert wanted["code"] in rejecting_codes(result)
    if "place" in wanted:
        assert wanted["place"] in places(result)
    if "advice" in wanted:
        advised = {finding.code for finding in result.findings if finding.disposition is Disposition.ADVISE}
        assert set(wanted["advice"]) == advised
    refuted = {
        obligation.id
        for verdict in result.expert_verdicts
        for obligation in verdict.obligations
        if obligation.outcome in REFUTING_OUTCOMES
    }
    assert set(wanted.get("refuted", ())) <= refuted


def test_the_corpus_is_as_large_as_promised_and_complete() -> None:
    assert len(TEXTS) >= 60
    assert {path.name.removesuffix(".expected.json") for path in CORPUS.glob("*.json")} == {path.stem for path in TEXTS}
