"""All readings of random programs agree: interpreter, lowering, prover, Guardian and the whole answer."""

from __future__ import annotations

import pytest

from aethel.verdict import Consensus
from tests.fuzz.constructs import Construct
from tests.fuzz.examination import Effort
from tests.fuzz.recording import Tally
from tests.fuzz.run import run_seeds

QUICK = Effort(states=12, compared=4, with_values=0.2, with_digests=0.2)
"""Less for each program than in the long run, so that some hundred of them leave time for the other tests."""

PARTS = 40
PROGRAMS_A_PART = 50
"""Together two thousand programs, in parts that spread over the workers; those of three parts in the first tier."""


@pytest.mark.parametrize(
    "part", [pytest.param(each, marks=pytest.mark.full if each % 39 else ()) for each in range(PARTS)]
)
@pytest.mark.timeout(240)
def test_no_two_readings_of_a_program_differ(part: int) -> None:
    tally = run_seeds(1_000_000 + part * PROGRAMS_A_PART, PROGRAMS_A_PART, QUICK)
    assert tally.found == []
    assert tally.programs == PROGRAMS_A_PART


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_the_programs_are_spread_as_promised() -> None:
    tally: Tally = run_seeds(2_000_000, 3_000)
    assert tally.share(Consensus.APPROVED.value) >= 0.2
    assert tally.share(Consensus.REJECTED.value) >= 0.2
    assert [c for c in Construct if tally.constructs[c.value] < tally.programs / 100] == []
