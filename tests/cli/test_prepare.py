"""`aethel prepare`: a proof for all values ahead of time, and its certificate."""

from pathlib import Path

import certificate_checker
from tests.cli.command import EXAMPLES, Command


def test_the_mesh_proves_ahead_and_hands_out_a_certificate(mesh: Command, tmp_path: Path) -> None:
    kept = tmp_path / "payment.certificate"
    done = mesh("prepare", EXAMPLES / "payment.ae", "--output", kept)
    assert done.code == 0, done.err
    assert "APPROVED" in done.out
    checked = certificate_checker.check(kept.read_bytes())
    assert f"program {checked.digest}" in done.out
    assert f"a certificate of {kept.stat().st_size} bytes" in done.out


def test_without_a_mesh_the_same_is_proved_here(aethel: Command, tmp_path: Path) -> None:
    kept = tmp_path / "fee.certificate"
    done = aethel("prepare", EXAMPLES / "fee_split.ae", "--local", "--json", "-o", kept)
    assert done.code == 0, done.err
    assert done.json["consensus"] == "APPROVED"
    assert done.json["program_digest"] == certificate_checker.check(kept.read_bytes()).digest
    assert done.json["certificate_bytes"] == kept.stat().st_size


def test_what_does_not_hold_for_all_values_is_rejected_with_a_repair(mesh: Command, tmp_path: Path) -> None:
    kept = tmp_path / "none.certificate"
    done = mesh("prepare", EXAMPLES / "overdraft.ae", "-o", kept)
    assert done.code == 1
    assert "no certificate" in done.out
    assert "+    guard { amount > 0; old_sender_balance >= amount; }" in done.out
    assert not kept.exists()


def test_a_certificate_that_cannot_be_written_is_wrong_usage(aethel: Command, tmp_path: Path) -> None:
    done = aethel("prepare", EXAMPLES / "payment.ae", "--local", "-o", tmp_path / "no" / "folder")
    assert done.code == 64
    assert "cannot write" in done.err


def test_an_approval_for_all_values_is_more_than_one_for_the_given(aethel: Command, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text('{"balances": {"sender_balance": "10", "receiver_balance": "0"}}')
    asked = ("verify", "--local", EXAMPLES / "overdraft.ae", "--arg", "amount=5", "--context", state)
    assert aethel(*asked).code == 0
    assert aethel(*asked, "--scope", "TEMPLATE").code == 1
