"""`aethel demo`: everything it shows comes out as expected, or it says so."""

import json
import shutil
import signal
from pathlib import Path

import pytest

from aethel.cli.corpora import NAMES, read_sample
from aethel.cli.tour import read_tour
from aethel.verdict import Consensus
from tests.cli.command import EXAMPLES, Command
from tests.tools import REPOSITORY

CORPORA = REPOSITORY.parent / "shared" / "corpora"


def test_every_step_comes_out_as_expected(aethel: Command) -> None:
    done = aethel.program("demo", "--json")
    steps = done.json["steps"]
    assert isinstance(steps, list)
    assert [step for step in steps if not step["is_right"]] == []
    assert done.code == 0
    assert {step["expected"] for step in steps} >= {
        "APPROVED",
        "REJECTED",
        "UNCERTAIN",
        "UNCERTAIN, degraded",
        "stopped",
    }


@pytest.mark.full
def test_a_step_that_comes_out_otherwise_fails_the_demo(aethel: Command, tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    folder.mkdir()
    shutil.copy(EXAMPLES / "overdraft.ae", folder)
    (folder / "tour.json").write_text(
        json.dumps([{"file": "overdraft.ae", "asks": "may it?", "consensus": "APPROVED"}])
    )
    done = aethel.program("demo", "--examples", str(folder))
    assert done.code == 1
    assert "expected APPROVED, got REJECTED" in done.out
    assert "sender_balance" in done.out
    assert "the processes are stopped" in done.out


@pytest.mark.full
def test_a_demo_that_is_ended_leaves_nothing_running(aethel: Command) -> None:
    demo = aethel.start("demo")
    assert demo.stdout is not None
    while not demo.stdout.readline().startswith("payment.ae"):
        assert demo.poll() is None
    demo.send_signal(signal.SIGTERM)
    _, err = demo.communicate(timeout=20)
    assert (demo.returncode, err) == (130, "aethel: interrupted\n")
    assert aethel.left_behind() == []


def test_the_tour_shows_every_example_and_every_outcome() -> None:
    tour = read_tour()
    assert {stop.file for stop in tour} == {path.name for path in EXAMPLES.glob("*.ae")}
    assert {stop.expected for stop in tour} == set(Consensus)


def test_without_examples_the_demo_says_where_they_are(aethel: Command, tmp_path: Path) -> None:
    done = aethel("demo", "--examples", tmp_path)
    assert done.code == 64
    assert "expected the examples of a clone" in done.err


@pytest.mark.parametrize(
    "table", ["{}", "[{}]", '[{"file": "a.ae"', '[{"file": "x.ae", "asks": "", "consensus": "NO"}]']
)
def test_a_damaged_tour_is_a_sentence(aethel: Command, tmp_path: Path, table: str) -> None:
    (tmp_path / "tour.json").write_text(table)
    (tmp_path / "x.ae").write_text("")
    done = aethel("demo", "--examples", tmp_path)
    assert done.code == 64
    assert "is damaged" in done.err


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_spread_over_the_whole_file(name: str) -> None:
    if not CORPORA.is_dir():
        pytest.skip("shared/corpora is absent")
    sample = read_sample(name, 10)
    assert sample is not None
    assert len(sample.questions) == len(sample.expected) == 10
    numbers = [int(question.transaction_id.rsplit("-")[-1]) for question in sample.questions]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] > 40


def test_public_data_that_is_absent_is_no_sample(tmp_path: Path) -> None:
    assert read_sample("double_entry", 10, tmp_path) is None
