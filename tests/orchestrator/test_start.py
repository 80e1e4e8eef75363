"""Starting: what is wrong with the settings is said in a sentence, and nothing is served."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aethel.runtime.server import ExitCode
from aethel.runtime.settings import Process
from tests.orchestrator.processes import MODULES, clean_environ, start
from tests.tools import REPOSITORY

WRONG_ALONE = {
    "AETHEL_Z3_ADDRESS": "nowhere",
    "AETHEL_GUARDIAN_TIMEOUT": "50ms",
    "AETHEL_REQUEST_TIMEOUT": "0",
    "AETHEL_CONSENSUS_CONFIDENCE_THRESHOLD": "1.5",
    "AETHEL_GARDIAN_ADDRESS": "127.0.0.1:1",
}
WRONG_TOGETHER = {"AETHEL_CONSENSUS_UNCERTAINTY_THRESHOLD": "0.9", "AETHEL_Z3_TIMEOUT_NORMAL": "61000"}
"""Each readable, and at odds with what other settings say."""


def _run(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", MODULES[Process.ORCHESTRATOR]],
        cwd=REPOSITORY,
        env=clean_environ(environ),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("wrong", [WRONG_ALONE, WRONG_TOGETHER], ids=["alone", "together"])
def test_every_wrong_setting_is_named_and_stops_the_start(wrong: dict[str, str]) -> None:
    ended = _run(wrong)
    assert ended.returncode == ExitCode.WRONG_SETTINGS
    assert ended.stdout == ""
    sentences = ended.stderr.splitlines()
    assert "Traceback" not in ended.stderr
    assert [name for name in wrong if not any(line.startswith(name) for line in sentences)] == []


@pytest.fixture
async def taken() -> AsyncIterator[str]:
    """An address where an orchestrator already listens."""
    running = await start(Process.ORCHESTRATOR, {})
    yield str(running.address)
    await running.stop()


async def test_a_taken_address_is_never_shared(taken: str) -> None:
    ended = _run({"AETHEL_LISTEN": taken})
    assert ended.returncode == ExitCode.CANNOT_LISTEN
    assert taken in ended.stderr


@pytest.mark.parametrize("content", ["[defaults]", '[default.issuance]\nEUR = { mint = "-1" }', None])
def test_rules_that_cannot_be_used_stop_the_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "rules.toml"
    if content is not None:
        file.write_text(content)
    ended = _run({"AETHEL_RULES_FILE": str(file)})
    assert ended.returncode == ExitCode.WRONG_SETTINGS
    assert ended.stderr.startswith(f"AETHEL_RULES_FILE names `{file}`: ")
    assert ended.stderr.count("\n") == 1
