"""Several processes of one expert: callers hear of none that fails, it is asked less, and it comes back by itself."""

import asyncio
import re
import signal
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from aethel.runtime.address import Address
from aethel.runtime.settings import Process
from aethel.v1 import verdict_pb2
from aethel.verdict import GUARDIAN_EXPERT, Consensus, ExpertVerdict, MOEResult, Source
from aethel.wire.client import RemoteMesh
from services.orchestrator.dispatch_standing import FAULTS_IN_A_ROW
from tests.orchestrator.processes import ADDRESSES, PATIENT, RunningProcess, running_orchestrator, start
from tests.orchestrator.proxy import Answer, Proxy, Tamper, proxy_of
from tests.orchestrator.questions import entry

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_MS = 20_000
GUARDIAN_MS = 400
QUESTIONS = 4 * FAULTS_IN_A_ROW
"""Questions one after the other, of which every second would meet a faulty replica if it were asked on."""


@dataclass
class Pair:
    """A Sentinel and two Guardians, the second of which is reached through a proxy too."""

    sentinel: RunningProcess
    guardians: list[RunningProcess]
    proxy: Proxy


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pair() -> AsyncIterator[Pair]:
    """A test that ends or stops a process brings it back."""
    started = await asyncio.gather(
        *(start(process, PATIENT) for process in (Process.SENTINEL, Process.GUARDIAN, Process.GUARDIAN))
    )
    try:
        async with proxy_of(started[2].address) as proxy:
            yield Pair(started[0], started[1:], proxy)
    finally:
        for process in started:
            await process.stop()


@asynccontextmanager
async def mesh_over(
    pair: Pair, *guardians: Address, environ: dict[str, str] | None = None
) -> AsyncIterator[tuple[RunningProcess, RemoteMesh]]:
    told = {
        ADDRESSES[Process.GUARDIAN]: ",".join(map(str, guardians)),
        "AETHEL_GUARDIAN_TIMEOUT": str(GUARDIAN_MS),
        **(environ or {}),
    }
    addresses = {Process.SENTINEL: pair.sentinel.address, Process.Z3: pair.sentinel.address}
    async with running_orchestrator(addresses, told) as running:
        yield running


def guardian(answer: MOEResult) -> ExpertVerdict:
    (verdict,) = (one for one in answer.expert_verdicts if one.expert_name == GUARDIAN_EXPERT)
    return verdict


async def ask(client: RemoteMesh, number: int, at_once: int = 1) -> list[MOEResult]:
    """Answers to questions, some of them at once."""
    answers: list[MOEResult] = []
    for first in range(0, number, at_once):
        some = [client.verify(entry(f"tx-{first + each}"), PATIENCE_MS) for each in range(at_once)]
        answers.extend(await asyncio.gather(*some))
    return answers


def assert_unharmed(answers: list[MOEResult]) -> None:
    """Every answer is that of a healthy mesh."""
    assert {answer.consensus for answer in answers} == {Consensus.APPROVED}
    assert {guardian(answer).source for answer in answers} == {Source.EXPERT}
    assert {answer.degraded for answer in answers} == {()}


async def metric(process: RunningProcess, name: str, **labels: str) -> float:
    """The sum of a metric over all its labels but the given ones."""

    def read() -> str:
        with urllib.request.urlopen(f"http://{process.metrics}/metrics", timeout=5) as response:
            text: bytes = response.read()
        return text.decode()

    lines = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", await asyncio.to_thread(read), re.MULTILINE)
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(float(value) for found, value in lines if all(each in found for each in wanted))


async def test_questions_are_spread_over_the_replicas(pair: Pair) -> None:
    addresses = [one.address for one in pair.guardians]
    async with mesh_over(pair, *addresses) as (orchestrator, client):
        answers = await ask(client, 10)
        assert_unharmed(answers)
        served = [guardian(answer).served for answer in answers]
        assert {one.replica for one in served} == {str(address) for address in addresses}
        assert {(one.assigned_version, one.answering_version, one.from_cache) for one in served} == {
            ("stable", "stable", False)
        }
        assert await metric(orchestrator, "aethel_replica_outstanding", expert="guardian") == 0


async def test_a_killed_replica_is_not_noticed_and_asked_again_once_it_is_back(pair: Pair) -> None:
    lost = pair.guardians[0]
    async with mesh_over(pair, *(one.address for one in pair.guardians)) as (orchestrator, client):
        await lost.kill()
        assert_unharmed(await ask(client, QUESTIONS))
        assert await metric(orchestrator, "aethel_replica_ejected", replica=str(lost.address)) == 1
        assert FAULTS_IN_A_ROW <= await metric(orchestrator, "aethel_replica_retries_total") < QUESTIONS
        await lost.stop()
        pair.guardians[0] = await start(Process.GUARDIAN, {**PATIENT, "AETHEL_LISTEN": str(lost.address)})
        await orchestrator.logged("a replica is asked again", address=str(lost.address))
        assert str(lost.address) in {guardian(one).served.replica for one in await ask(client, 4)}


async def test_a_frozen_replica_costs_a_few_questions_its_time_and_nobody_an_answer(pair: Pair) -> None:
    frozen = pair.guardians[0]
    async with mesh_over(pair, *(one.address for one in pair.guardians)) as (orchestrator, client):
        frozen.send(signal.SIGSTOP)
        try:
            # Whoever has not answered yet is asked less: how many meet the frozen one depends on how they come.
            async with asyncio.timeout(20):
                while not await metric(orchestrator, "aethel_replica_ejected", replica=str(frozen.address)):
                    assert_unharmed(await ask(client, 4, at_once=4))
            faults = await metric(orchestrator, "aethel_replica_faults_total", reason="LATE")
            assert_unharmed(await ask(client, 4))
            assert await metric(orchestrator, "aethel_replica_faults_total", reason="LATE") == faults
        finally:
            frozen.send(signal.SIGCONT)


async def _garbage(answer: Answer) -> bytes:
    return b"\xff" * 40


async def _another_name(answer: Answer) -> bytes:
    answer.verdict.expert_name = "Sentinel_Expert"
    return answer.SerializeToString()


async def _another_question(answer: Answer) -> bytes:
    answer.transaction_id = "another"
    return answer.SerializeToString()


@pytest.mark.parametrize(
    "tamper",
    [
        _garbage,
        pytest.param(_another_name, marks=pytest.mark.full),
        pytest.param(_another_question, marks=pytest.mark.full),
    ],
)
async def test_a_replica_that_answers_wrongly_is_ejected_until_a_probe_is_answered_well(
    pair: Pair, tamper: Tamper
) -> None:
    pair.proxy.be_honest()
    async with mesh_over(pair, pair.guardians[0].address, pair.proxy.address) as (orchestrator, client):
        pair.proxy.tamper = tamper
        assert_unharmed(await ask(client, QUESTIONS))
        assert await metric(orchestrator, "aethel_replica_ejected", replica=str(pair.proxy.address)) == 1
        wrong = await metric(orchestrator, "aethel_replica_faults_total", reason="WRONG_ANSWER")
        assert wrong == FAULTS_IN_A_ROW
        pair.proxy.be_honest()
        async with asyncio.timeout(20):
            while not await metric(orchestrator, "aethel_replica_items_total", replica=str(pair.proxy.address)) > 7:
                assert_unharmed(await ask(client, 2))


async def test_the_last_replica_is_asked_however_it_fails(pair: Pair) -> None:
    pair.proxy.be_honest()
    async with mesh_over(pair, pair.proxy.address) as (orchestrator, client):
        pair.proxy.tamper = _another_name
        answers = await ask(client, 2 * FAULTS_IN_A_ROW)
        assert {guardian(answer).source for answer in answers} == {Source.LAYER}
        assert await metric(orchestrator, "aethel_replica_ejected", expert="guardian") == 0
        pair.proxy.be_honest()
        assert_unharmed(await ask(client, 1))


async def test_many_questions_at_once_travel_in_few_frames(pair: Pair) -> None:
    async with mesh_over(pair, pair.guardians[0].address) as (orchestrator, client):
        before = await metric(orchestrator, "aethel_replica_frames_total", expert="guardian")
        answers = await client.verify_batch([entry(f"tx-{number}") for number in range(64)], PATIENCE_MS)
        assert all(isinstance(answer, MOEResult) for answer in answers)
        frames = await metric(orchestrator, "aethel_replica_frames_total", expert="guardian") - before
        assert frames <= 48, "eight of a batch are decided at a time, and travel together as far as they are ready"


TABLE = """
[guardian]
secret = "000102030405060708090a0b0c0d0e0f"
[[guardian.versions]]
name = "1.0"
addresses = ["{stable}"]
[[guardian.versions]]
name = "1.1"
addresses = ["{canary}"]
weight = {weight}
{shadow}
"""


def table(pair: Pair, folder: Path, weight: int, shadow: str = "") -> dict[str, str]:
    """Settings with a table whose canary is the Guardian behind the proxy."""
    file = folder / "versions.toml"
    stable = pair.guardians[0].address
    file.write_text(TABLE.format(stable=stable, canary=pair.proxy.address, weight=weight, shadow=shadow))
    return {"AETHEL_VERSIONS_FILE": str(file)}


async def test_a_canary_answers_its_share_and_the_verdict_names_it(pair: Pair, tmp_path: Path) -> None:
    pair.proxy.be_honest()
    async with mesh_over(pair, Address("127.0.0.1", 1), environ=table(pair, tmp_path, 500)) as (_, client):
        answers = await ask(client, 24, at_once=8)
        again = await ask(client, 24, at_once=8)
    assert_unharmed(answers)
    served = [guardian(answer).served for answer in answers]
    assert {(one.answering_version, one.replica) for one in served} == {
        ("1.0", str(pair.guardians[0].address)),
        ("1.1", str(pair.proxy.address)),
    }
    assert served == [guardian(answer).served for answer in again], "an id stays with its version"


async def test_the_stable_version_answers_for_a_canary_that_fails_and_says_so(pair: Pair, tmp_path: Path) -> None:
    pair.proxy.be_honest()
    async with mesh_over(pair, Address("127.0.0.1", 1), environ=table(pair, tmp_path, 1000)) as (mesh, client):
        pair.proxy.tamper = _another_name
        (answer,) = await ask(client, 1)
        assert answer.consensus is Consensus.APPROVED
        assert answer.degraded == ("Guardian_Expert: version `1.1` WRONG_ANSWER, version `1.0` answered",)
        served = guardian(answer).served
        assert (served.assigned_version, served.answering_version) == ("1.1", "1.0")
        assert await metric(mesh, "aethel_version_stood_in_total", version="1.1") == 1


async def test_a_shadow_is_asked_and_never_heard(pair: Pair, tmp_path: Path) -> None:
    pair.proxy.be_honest()
    environ = table(pair, tmp_path, 1000, "shadow = true")
    async with mesh_over(pair, Address("127.0.0.1", 1), environ=environ) as (mesh, client):

        async def reject(answer: Answer) -> bytes:
            answer.verdict.verdict = verdict_pb2.VERDICT_REJECT
            return answer.SerializeToString()

        pair.proxy.tamper = reject
        answers = await ask(client, 3)
        assert_unharmed(answers)
        assert {guardian(answer).served.answering_version for answer in answers} == {"1.0"}
        await pair.proxy.until(open_calls=0)
        async with asyncio.timeout(10):
            while await metric(mesh, "aethel_shadow_copies_total", outcome="different") < 3:
                await ask(client, 1)
