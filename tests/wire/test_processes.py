"""The expert processes as they are started: each says where it is, answers, counts, and stops when told."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.request import urlopen

import pytest

from aethel.decision.gate import FOOTPRINTS
from aethel.request import Question
from aethel.runtime.address import parse_address
from aethel.runtime.channel import open_channel
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Z3_EXPERT, Vote
from aethel.wire.client import RemoteExpert
from tests.tools import REPOSITORY

PROCESSES = {"z3_expert": Z3_EXPERT, "sentinel": SENTINEL_EXPERT, "guardian": GUARDIAN_EXPERT}
LABELS = {"z3_expert": "z3", "sentinel": "sentinel", "guardian": "guardian"}
QUESTION = Question("tx", intent_text=b"this is no intent")
LIMIT_S = 30
"""Time a process has to start, and to stop, in seconds."""


@dataclass
class Running:
    """A started process, where it shows its metrics, and its expert."""

    process: asyncio.subprocess.Process
    metrics: str
    expert: RemoteExpert

    async def stopped(self) -> int:
        """Ask it to stop; its exit code."""
        self.process.terminate()
        async with asyncio.timeout(LIMIT_S):
            return await self.process.wait()


@asynccontextmanager
async def started(service: str) -> AsyncIterator[Running]:
    """A ready process of one service on free ports, killed at the end if it still runs."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AETHEL_")}
    environ |= {"AETHEL_LISTEN": "127.0.0.1:0", "AETHEL_METRICS_LISTEN": "127.0.0.1:0"}
    environ |= {"AETHEL_SENTINEL_TIMEOUT": "20000", "AETHEL_GUARDIAN_TIMEOUT": "20000"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"services.{service}", cwd=REPOSITORY, env=environ, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LIMIT_S):
            ready = json.loads(await process.stdout.readline())
        address = parse_address(ready["address"])
        assert address is not None
        async with open_channel(address, 4_194_304) as channel:
            yield Running(process, ready["metrics"], RemoteExpert(PROCESSES[service], channel))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("service", PROCESSES)
async def test_a_process_answers_counts_and_stops_when_told(service: str) -> None:
    async with started(service) as running:
        verdict = await running.expert.verify(QUESTION, 20_000)
        assert verdict.verdict is not Vote.APPROVE
        metrics = await asyncio.to_thread(read_metrics, running.metrics)
        assert await running.stopped() == 0
    line = (
        f'moe_expert_verdicts_total{{expert="{LABELS[service]}",source="EXPERT",verdict="{verdict.verdict.value}"}} 1.0'
    )
    assert line in metrics


@pytest.mark.parametrize("service", PROCESSES)
async def test_a_process_describes_the_footprint_that_the_gate_goes_by(service: str) -> None:
    async with started(service) as running:
        description = await running.expert.describe(20_000)
    assert description.name == PROCESSES[service]
    assert set(description.footprint) == {feature.name for feature in FOOTPRINTS[PROCESSES[service]]}
    assert description.version


def read_metrics(address: str) -> str:
    with urlopen(f"http://{address}/metrics", timeout=10) as response:
        text: str = response.read().decode()
    return text
