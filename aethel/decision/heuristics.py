"""What heuristic findings weigh: they may reject or raise doubt, and never approve."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aethel.decision.thresholds import Thresholds
from aethel.verdict import Disposition, Finding

HEURISTIC_CLASSES = frozenset({"S09", "S10", "S11", "S12", "S13"})
"""The Sentinel's scored classes; every other class is decided, not scored."""

NEVER_ALONE = frozenset({"S12", "S13"})
"""Classes too weak to reject unless another class agrees."""


@dataclass(frozen=True, slots=True)
class Weight:
    """Heuristic findings sorted by what they do: reject the question, or make its answer uncertain."""

    rejecting: tuple[Finding, ...] = ()
    doubting: tuple[Finding, ...] = ()


def weigh(findings: Iterable[Finding], thresholds: Thresholds) -> Weight:
    """Sort heuristic findings by the thresholds; advice and decided classes have no weight here.

    A confidence that is no share weighs as doubt, since what is not understood is never waved through.
    """
    scored = [finding for finding in findings if is_heuristic(finding)]
    doubting = [f for f in scored if not _below(f, thresholds)]
    others = {f.code for f in doubting if f.code not in NEVER_ALONE}
    rejecting = tuple(
        f
        for f in doubting
        if _is_share(f) and f.confidence >= thresholds.confidence and (f.code not in NEVER_ALONE or others)
    )
    return Weight(rejecting, tuple(f for f in doubting if f not in rejecting))


def is_heuristic(finding: Finding) -> bool:
    """Whether a finding that asks for a rejection rests on a score rather than on a decision."""
    if finding.disposition is Disposition.ADVISE:
        return False
    return finding.code in HEURISTIC_CLASSES or finding.confidence != 1


def _below(finding: Finding, thresholds: Thresholds) -> bool:
    return _is_share(finding) and finding.confidence < thresholds.uncertainty


def _is_share(finding: Finding) -> bool:
    return finding.confidence.is_finite() and 0 <= finding.confidence <= 1
