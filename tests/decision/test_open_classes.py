"""Classes of the Sentinel that may stay open without keeping an intent from being approved."""

import pytest

from aethel.decision.consensus import decide
from aethel.decision.thresholds import Thresholds
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Consensus, Evidence, Outcome, Vote
from tests.decision.panels import HEALTHY, PAYMENT, result, verdict


def consensus(expert: str, name: str, left: Outcome) -> Consensus:
    """What the healthy panel is answered when one expert leaves one more obligation open."""
    proved = "S01" if expert == SENTINEL_EXPERT else "conserved.EUR"
    opened = verdict(expert, Vote.APPROVE, result(proved), result(name, left, Evidence.NONE))
    others = (one for one in HEALTHY if one.expert_name != expert)
    return decide(PAYMENT, (*others, opened), Thresholds()).consensus


@pytest.mark.parametrize("left", [Outcome.UNMODELLED, Outcome.BUDGET])
@pytest.mark.parametrize("name", ["S05", "S06", "S14", "S15"])
def test_a_class_that_proof_decides_or_that_only_advises_may_stay_open(name: str, left: Outcome) -> None:
    assert consensus(SENTINEL_EXPERT, name, left) is Consensus.APPROVED


@pytest.mark.parametrize(
    ("expert", "name", "left"),
    [
        (SENTINEL_EXPERT, "S02", Outcome.UNMODELLED),
        (SENTINEL_EXPERT, "S05", Outcome.DISAGREEMENT),
        (SENTINEL_EXPERT, "S05", Outcome.REFUTED),
        (GUARDIAN_EXPERT, "S05", Outcome.UNMODELLED),
    ],
)
def test_nothing_else_may_stay_open(expert: str, name: str, left: Outcome) -> None:
    assert consensus(expert, name, left) is Consensus.UNCERTAIN
