"""A program that is killed, or whose disk is full, has recorded every answer that it gave, and no other."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import REPOSITORY

IN_CI, IN_FULL = 5, 200


def run(timeout_s: int, *words: str) -> str:
    """What a program of the tests prints; fails where it does."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(120)
def test_a_killed_program_has_recorded_every_answer_it_gave(address: str, tmp_path: Path) -> None:
    assert int(run(110, "tests.store.killing", address, str(IN_CI), str(tmp_path)).split()[0]) > 0


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_two_hundred_killed_programs_have(address: str, tmp_path: Path) -> None:
    assert int(run(1100, "tests.store.killing", address, str(IN_FULL), str(tmp_path)).split()[0]) > IN_FULL


def test_with_the_disk_full_nothing_is_answered_and_afterwards_it_is_again(tmp_path: Path) -> None:
    assert run(60, "tests.store.filling", str(tmp_path)) == "unavailable\nunavailable\nTrue before paid 0\n"
