"""Every bug that is planted makes two readings of a random program differ, and nothing differs without one."""

from __future__ import annotations

import pytest

from tests.fuzz.examination import Effort, Report, examine, experts
from tests.fuzz.planted import PLANTED, Planted

FIRST = 3_000_000
"""The seed from which every bug is looked for."""

SOON = 10
"""A bug found within so many seeds is planted in every run of the tests, a rarer one in the full run."""

FEW = 15
"""Seeds examined without a bug in every run: more than any bug took that is planted in every run."""

MANY = 1_000
"""Seeds examined without a bug in the full run: twice what the rarest bug took when it was measured."""

_RARE = (pytest.mark.full, pytest.mark.timeout(1800))
_PANEL = experts()


def _examined(seed: int) -> Report:
    return examine(seed, _PANEL, Effort())


def _found(within: int) -> Report | None:
    """The first program on which anything disagrees."""
    reports = (_examined(seed) for seed in range(FIRST, FIRST + within))
    return next((report for report in reports if report.disagreements), None)


def _cases() -> list[object]:
    return [pytest.param(bug, id=bug.name, marks=_RARE if bug.within > SOON else ()) for bug in PLANTED]


@pytest.mark.parametrize("bug", _cases())
def test_a_planted_bug_is_found(bug: Planted) -> None:
    with bug.plant():
        found = _found(bug.within)
    assert found is not None, f"not found within {bug.within} programs"
    assert {each.kind for each in found.disagreements} != {"crash"}
    # Without the bug the same program is clean, so it was the bug that was found, and nothing of it is left behind.
    assert _examined(found.case.seed).disagreements == ()


@pytest.mark.parametrize("seeds", [FEW, pytest.param(MANY, marks=_RARE)])
@pytest.mark.timeout(1800)
def test_nothing_is_found_where_nothing_is_planted(seeds: int) -> None:
    assert _found(seeds) is None


def test_at_least_thirty_different_bugs_are_planted() -> None:
    assert len({bug.name for bug in PLANTED}) == len(PLANTED) >= 30
