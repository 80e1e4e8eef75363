"""The example in Node against a real mesh."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.addresses import free_addresses
from tests.cli.command import EXAMPLES, TIMEOUT_S
from tests.tools import node_modules, tool


def run_example(address: str, intent: Path, *values: str) -> tuple[int, str, str]:
    packages = node_modules("@grpc/grpc-js", "@grpc/proto-loader")
    done = subprocess.run(
        [tool("node"), str(EXAMPLES / "node" / "verify.js"), address, str(intent), *values],
        env=os.environ | {"NODE_PATH": str(packages)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_node_is_told_of_an_approval(address: str) -> None:
    code, out, err = run_example(address, EXAMPLES / "fee_split.ae")
    assert (code, err) == (0, "")
    assert out.startswith("APPROVED: ")


def test_node_is_told_why_an_intent_is_rejected(address: str) -> None:
    code, out, _ = run_example(address, EXAMPLES / "overdraft.ae", "amount=1")
    assert code == 1
    assert out.startswith("REJECTED: ")
    assert "sender_balance = -1" in out


@pytest.mark.full
def test_node_says_that_nobody_answers() -> None:
    code, _, err = run_example(free_addresses()["AETHEL_LISTEN"], EXAMPLES / "overdraft.ae")
    assert code == 69
    assert err.startswith("no answer: ")
