"""A program that is killed while it reserves, settles and releases loses nothing and spends nothing twice."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import REPOSITORY

IN_CI, IN_FULL = 20, 1_000

TOGETHER = 2
"""Sequences that one program runs side by side, so that their steps are written in groups."""


def crash(address: str, rounds: int, folder: Path, timeout_s: int, together: int = 1) -> str:
    """Kill that many programs; returns what was found, or fails with it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.store.crashing", address, str(rounds), "1", str(folder), str(together)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "together", [pytest.param(1, marks=pytest.mark.full, id="alone"), pytest.param(TOGETHER, id="grouped")]
)
def test_a_killed_program_loses_nothing_and_spends_nothing_twice(address: str, tmp_path: Path, together: int) -> None:
    killed = int(crash(address, IN_CI, tmp_path, 110, together).split()[0])
    assert killed >= IN_CI * 3 // 4


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("together", [1, TOGETHER], ids=["alone", "grouped"])
def test_a_thousand_killed_programs_lose_nothing(address: str, tmp_path: Path, together: int) -> None:
    killed = int(crash(address, IN_FULL, tmp_path, 3500, together).split()[0])
    assert killed >= IN_FULL * 3 // 4
