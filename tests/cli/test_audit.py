"""`aethel audit` and `aethel replay`: what a log holds, whether it is whole, and whether its answers stand."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aethel.audit.record import Draft, Kind
from aethel.cli.exits import ExitCode
from aethel.cli.main import run
from aethel.decision.path import run_local
from aethel.decision.thresholds import Thresholds
from aethel.ledger.expert import GuardianExpert
from aethel.request import Question
from aethel.security.expert import SentinelExpert
from aethel.store.footprint import Owner
from aethel.store.opening import open_database
from aethel.store.store import Store
from aethel.verdict import Consensus, MOEResult
from aethel.wire.audit_payload import payload_of
from aethel.wire.convert import result_to_proto
from tests.orchestrator.questions import entry, unbalanced
from tests.tools import REPOSITORY

EXPERTS = (SentinelExpert(), GuardianExpert())


def answered(question: Question) -> MOEResult:
    return replace(run_local(question, EXPERTS, Thresholds()), total_latency_ms=12.5)


def write(file: Path, *answers: tuple[Question, MOEResult]) -> None:
    """A log of answers."""
    with closing(open_database(str(file))) as database:
        for question, answer in answers:
            packed = result_to_proto(answer).SerializeToString()
            payload = payload_of(question, packed, (), (Thresholds().confidence, Thresholds().uncertainty))
            draft = Draft(Kind.DECISION, "shop", question.transaction_id, answer.consensus.value, payload)
            Store(database).note(Owner("shop", question.transaction_id), lambda draft=draft: draft)  # type: ignore[misc]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with a log of one approval and one rejection."""
    made = tmp_path / "store.db"
    monkeypatch.setenv("AETHEL_STORE", str(made))
    write(made, *((one, answered(one)) for one in (entry("good"), unbalanced("bad"))))
    return made


def rows(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, object]]]:
    """The exit code and the JSON lines of a command."""
    code = run([*words, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_whole_log_is_said_to_be_whole(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, (found,) = rows(["audit", "verify"], capsys)
    assert code == ExitCode.FINE
    assert (found["whole"], found["records"], found["problems"]) == (True, 2, [])


def test_an_altered_record_is_said_and_fails(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(open_database(str(file))) as database, database.transaction() as session:
        session.run("UPDATE audit_records SET outcome = 'APPROVED' WHERE sequence = 2")
    assert run(["audit", "verify"]) == ExitCode.FAILED
    assert "altered: record 2 was altered" in capsys.readouterr().out
    code, (found,) = rows(["audit", "verify"], capsys)
    assert (code, found["whole"], found["problem_count"]) == (ExitCode.FAILED, False, 1)


def test_a_root_kept_elsewhere_shows_that_the_end_was_cut_off(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, (root,) = rows(["audit", "roots"], capsys)
    verify = ["audit", "verify", "--root", str(root["hash"])]
    assert rows(verify, capsys)[0] == ExitCode.FINE
    with closing(open_database(str(file))) as database, database.transaction() as session:
        session.run("DELETE FROM audit_records WHERE sequence = 2")
        session.run("DELETE FROM audit_roots WHERE batch = 2")
    assert rows(["audit", "verify"], capsys)[0] == ExitCode.FINE
    code, (found,) = rows(verify, capsys)
    assert (code, found["lost_roots"]) == (ExitCode.FAILED, [root["hash"]])


def test_records_are_listed_and_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, listed = rows(["audit", "list"], capsys)
    assert [(one["id"], one["client"], one["outcome"]) for one in listed][::-1] == [
        ("good", "shop", "APPROVED"),
        ("bad", "shop", "REJECTED"),
    ]
    _, (shown,) = rows(["audit", "show", "bad"], capsys)
    assert shown["payload"]["result"]["consensus"] == "REJECTED"  # type: ignore[index]
    assert run(["audit", "show", f"{listed[0]['writer']}:1"]) == ExitCode.FINE
    assert "APPROVED" in capsys.readouterr().out
    assert run(["audit", "show", "unknown"]) == ExitCode.FAILED


def test_a_proof_is_checked_by_a_file_that_stands_alone(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = tmp_path / "proof.json"
    assert run(["audit", "prove", "good", "--out", str(proof)]) == ExitCode.FINE
    root = capsys.readouterr().out.split()[-1]
    code, (found,) = rows(["audit", "check", str(proof), "--root", root], capsys)
    assert (code, found["holds"]) == (ExitCode.FINE, True)
    alone = [sys.executable, "-I", "-S", str(REPOSITORY / "audit_checker.py"), str(proof)]
    for given, ending in ((root, 0), ("00" * 32, 1)):
        done = subprocess.run([*alone, given], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == ending, done.stderr
    proof.write_text(proof.read_text().replace('"outcome": "APPROVED"', '"outcome": "REJECTED"'))
    assert rows(["audit", "check", str(proof)], capsys)[0] == ExitCode.FAILED


def test_erased_payloads_are_counted_and_fail_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(["audit", "redact", "good"], capsys)[0] == ExitCode.FINE
    assert run(["audit", "redact", "good"]) == ExitCode.FAILED
    code, (found,) = rows(["audit", "verify"], capsys)
    assert (code, found["erased_payloads"]) == (ExitCode.FINE, 1)
    assert run(["audit", "show", "good"]) == ExitCode.FINE
    assert "erased" in capsys.readouterr().out
    code, (replayed,) = rows(["replay", "good"], capsys)
    assert (code, replayed["reason"]) == (ExitCode.UNCERTAIN, "its payload is erased")


def test_a_recorded_answer_is_the_same_when_it_is_decided_once_more(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = rows(["replay", "--all"], capsys)
    assert (code, [one["same"] for one in found]) == (ExitCode.FINE, [True, True])


def test_a_recorded_answer_that_does_not_stand_is_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As an older version might have given it."""
    wrong = unbalanced("wrong")
    write(file, (wrong, replace(answered(entry("wrong")), consensus=Consensus.APPROVED)))
    code, (found,) = rows(["replay", "wrong"], capsys)
    assert (code, found["before"], found["after"]) == (ExitCode.FAILED, "APPROVED", "REJECTED")
    assert "consensus" in found["differences"]  # type: ignore[operator]
    assert run(["replay", "--all"]) == ExitCode.FAILED
    assert "2 the same, 1 different, 1 of them between APPROVED and REJECTED" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["replay"],
        ["replay", "good", "--all"],
        ["audit", "verify", "--root", "xyz"],
        ["audit", "check", "/no/such/file"],
    ],
    ids=["nothing named", "both named", "no hash", "no file"],
)
def test_wrong_usage_is_a_sentence(file: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("aethel: ")


def test_without_a_store_there_is_no_log(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AETHEL_STORE", raising=False)
    assert run(["audit", "verify"]) == ExitCode.USAGE
    assert "AETHEL_STORE" in capsys.readouterr().err
