"""Results as JSON rows: the promised keys, exact numbers, and no verdict left out."""

import json
from decimal import Decimal

from hypothesis import given

from aethel.verdict import (
    Consensus,
    Counterexample,
    Evidence,
    ExpertVerdict,
    Finding,
    MOEResult,
    ObligationResult,
    Outcome,
    Source,
    Span,
    Vote,
)
from aethel.wire.rows import result_to_row
from tests.wire import strategies

RESULT = MOEResult(
    "tx-1",
    Consensus.REJECTED,
    Decimal("0.99"),
    (
        ExpertVerdict(
            "Guardian_Expert",
            Vote.REJECT,
            Decimal("0.99"),
            Evidence.EVALUATED,
            reason="not balanced",
            code="G07",
            latency_ms=1.23456,
            obligations=(ObligationResult("G07", Outcome.REFUTED, Evidence.EVALUATED, span=Span(1, 2, 3, 4), work=5),),
            findings=(
                Finding(
                    "G07",
                    "the sum of EUR is 0.10",
                    numbers=(("sum", "0.10"),),
                    delta="0.10",
                    counterexample=Counterexample(before=(("a_balance", "0.10"),), replayed=True),
                ),
            ),
        ),
        ExpertVerdict("Z3_Expert", Vote.ABSTAIN, Decimal(0), Evidence.NONE, source=Source.LAYER),
        ExpertVerdict("Z3_Expert", Vote.REJECT, Decimal(1), Evidence.CERTIFIED, source=Source.SECOND_LINE),
    ),
    total_latency_ms=12.0,
    degraded=("Z3_Expert",),
)


def test_a_result_has_the_promised_keys() -> None:
    answer = json.loads(json.dumps(result_to_row(RESULT)))
    assert (answer["id"], answer["consensus"], answer["confidence"]) == ("tx-1", "REJECTED", 0.99)
    assert answer["degraded"] == ["Z3_Expert"]
    guardian = answer["experts"]["Guardian_Expert"]
    assert (guardian["verdict"], guardian["code"], guardian["source"]) == ("REJECT", "G07", "EXPERT")
    assert guardian["latency_ms"] == 1.235


def test_a_finding_keeps_its_numbers_as_exact_text() -> None:
    answer = json.loads(json.dumps(result_to_row(RESULT)))
    (finding,) = answer["experts"]["Guardian_Expert"]["findings"]
    assert (finding["numbers"], finding["delta"]) == ({"sum": "0.10"}, "0.10")
    assert finding["counterexample"]["before"] == {"a_balance": "0.10"}


def test_two_verdicts_of_one_expert_are_both_in_the_result() -> None:
    assert list(json.loads(json.dumps(result_to_row(RESULT)))["experts"]) == [
        "Guardian_Expert",
        "Z3_Expert",
        "Z3_Expert/SECOND_LINE",
    ]


@given(strategies.results)
def test_every_result_is_json(result: MOEResult) -> None:
    assert json.loads(json.dumps(result_to_row(result), allow_nan=False))["id"] == result.transaction_id
