"""Without a solver: interpreter, compiled conditions and Guardian agree in every state, and planted bugs are seen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from aethel.ledger.expert import GuardianExpert
from tests.fuzz.planted import Planted
from tests.fuzz.planted_solver_free import PLANTED
from tests.fuzz.run_solver_free import run_seeds
from tests.fuzz.solver_free import Effort, Report, examine
from tests.tools import REPOSITORY

FIRST = 3_000_000
"""The seed from which every bug is looked for."""

SOON = 5
"""A bug found within so many seeds is planted in every run of the tests, a rarer one in the full run."""

_GUARDIAN = GuardianExpert()


def _found(within: int) -> Report | None:
    """The first program on which anything disagrees."""
    reports = (examine(seed, _GUARDIAN, Effort()) for seed in range(FIRST, FIRST + within))
    return next((report for report in reports if report.disagreements), None)


def _python(*arguments: str) -> str:
    found = subprocess.run([sys.executable, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return found.stdout


def test_no_two_readings_of_a_program_differ_in_thousands_of_cases() -> None:
    tally = run_seeds(4_000_000, 20)
    assert tally.found == []
    assert tally.cases >= 1_500


@pytest.mark.full
@pytest.mark.timeout(600)
def test_no_two_readings_of_a_program_differ_in_a_hundred_thousand_cases() -> None:
    tally = run_seeds(5_000_000, 1_100)
    assert tally.found == []
    assert tally.cases >= 100_000


@pytest.mark.parametrize(
    "bug",
    [
        pytest.param(bug, id=bug.name, marks=(pytest.mark.full, pytest.mark.timeout(900)) if bug.within > SOON else ())
        for bug in PLANTED
    ],
)
def test_a_planted_bug_is_found_without_a_solver(bug: Planted) -> None:
    with bug.plant():
        found = _found(bug.within)
    assert found is not None, f"not found within {bug.within} programs"
    assert {each.kind for each in found.disagreements} != {"crash"}
    # Without the bug the same program is clean, so it was the bug that was found, and nothing of it is left behind.
    assert examine(found.case.seed, _GUARDIAN, Effort()).disagreements == ()


def test_no_solver_is_imported() -> None:
    source = (
        "import sys; from tests.fuzz.run_solver_free import run_seeds; print(run_seeds(0, 1).cases > 0, "
        "[name for name in sys.modules if name.partition('.')[0] in ('z3', 'cvc5')])"
    )
    assert _python("-c", source) == "True []\n"


def test_a_run_goes_on_where_the_record_ends(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    record.write_text('{"start": 0, "count": 7}\n')
    _python("-m", "tests.fuzz.run_solver_free", "--count", "1", "--jobs", "1", "--record", str(record))
    entry = json.loads(record.read_text().splitlines()[1])
    assert (entry["start"], entry["count"], entry["wrong_approvals"], entry["wrong_rejections"]) == (7, 1, 0, 0)
    assert entry["cases"] > 0
