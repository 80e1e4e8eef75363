"""Every answer that a caller gets from a mesh with a store is in its audit log, and can be decided once more."""

import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
import pytest_asyncio

from aethel.audit.record import Record
from aethel.runtime.faults import Reason, fault_of
from aethel.store.audit_log import AuditLog, Examination
from aethel.store.opening import open_database
from aethel.verdict import Consensus
from aethel.wire.absence import MeshUnavailable
from aethel.wire.audit_payload import payload_from
from aethel.wire.client import RemoteMesh
from tests.orchestrator.processes import RunningMesh, RunningProcess, clean_environ, running_orchestrator
from tests.orchestrator.questions import entry, given_payment, payment, theft, unbalanced
from tests.orchestrator.test_same_decision import QUESTIONS
from tests.orchestrator.test_store import experts, taking
from tests.tools import REPOSITORY

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE_MS = 20_000

NO_ROOM_BYTES = 512
"""How far files may be written where the disk is full: less than any page of the database."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit") / "store.db"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def recording(shared_mesh: RunningMesh, file: Path) -> AsyncIterator[tuple[RunningProcess, RemoteMesh]]:
    """An orchestrator of the same experts that keeps its state and its log in a file."""
    async with running_orchestrator(experts(shared_mesh), {"AETHEL_STORE": str(file)}) as running:
        yield running


def log_of(file: Path) -> list[Record]:
    """Every record, the oldest first; the log has to be whole."""
    with closing(open_database(str(file))) as database:
        log = AuditLog(database)
        assert list(log.examine(Examination())) == []
        return list(reversed(log.newest(10_000)))


def replayed(file: Path, *words: str) -> tuple[int, list[dict[str, object]]]:
    """What `aethel replay` says of a log: its exit code, and its rows."""
    done = subprocess.run(
        [Path(sys.executable).with_name("aethel"), "replay", "--json", *words],
        cwd=REPOSITORY,
        env=clean_environ({"AETHEL_STORE": str(file), "AETHEL_REQUEST_TIMEOUT": "60000"}),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


async def test_every_answer_is_recorded_and_is_the_same_when_it_is_decided_once_more(
    recording: tuple[RunningProcess, RemoteMesh], file: Path
) -> None:
    _, client = recording
    asked = [replace(one, transaction_id=f"q{number}") for number, one in enumerate(QUESTIONS)]
    answers = await asyncio.gather(*(client.verify(question, PATIENCE_MS) for question in asked))
    answers += [
        await client.verify(taking("first", "60"), PATIENCE_MS),
        await client.verify(taking("second", "41"), PATIENCE_MS),
    ]
    reused = await client.verify(taking("first", "61"), PATIENCE_MS)
    records = log_of(file)
    said = [(answer.transaction_id, answer.consensus.value) for answer in answers]
    assert sorted((one.id, one.outcome) for one in records if one.kind == "DECISION") == sorted(said)
    assert [(one.id, one.outcome) for one in records if one.kind == "REUSE"] == [("first", reused.consensus.value)]
    code, rows = await asyncio.to_thread(replayed, file, "--all")
    assert [row for row in rows if not row["same"]] == []
    assert (code, len(rows)) == (0, len(answers))


async def test_a_record_holds_what_was_asked_and_answered(
    recording: tuple[RunningProcess, RemoteMesh], file: Path
) -> None:
    _, client = recording
    asked = replace(given_payment("60.00", "100.00"), transaction_id="kept")
    answer = await client.verify(asked, PATIENCE_MS)
    (record,) = [one for one in log_of(file) if one.id == "kept"]
    assert record.payload is not None
    payload = payload_from(record.payload)
    assert payload.question is not None
    assert replace(payload.question, expected_digest="") == asked
    assert payload.result == replace(answer, total_latency_ms=0.0)


async def test_a_stored_answer_that_is_repeated_is_not_recorded_twice(
    recording: tuple[RunningProcess, RemoteMesh], file: Path
) -> None:
    _, client = recording
    for _ in range(2):
        await client.verify(entry("repeated"), PATIENCE_MS)
    assert [one.id for one in log_of(file)].count("repeated") == 1


async def test_every_question_of_a_batch_is_recorded(recording: tuple[RunningProcess, RemoteMesh], file: Path) -> None:
    _, client = recording
    await client.verify_batch([entry(f"b{number}") for number in range(20)], PATIENCE_MS)
    assert {f"b{number}" for number in range(20)} <= {one.id for one in log_of(file)}


async def test_another_mesh_is_asked_without_leaving_anything_behind(
    recording: tuple[RunningProcess, RemoteMesh], file: Path
) -> None:
    orchestrator, client = recording
    await client.verify(unbalanced("against"), PATIENCE_MS)
    before = len(log_of(file))
    code, rows = await asyncio.to_thread(replayed, file, "against", "--against", str(orchestrator.address))
    assert (code, [row["same"] for row in rows]) == (0, [True])
    assert len(log_of(file)) == before


async def test_a_killed_orchestrator_has_recorded_every_answer_it_gave(
    shared_mesh: RunningMesh, tmp_path: Path
) -> None:
    given: list[str] = []
    file = tmp_path / "store.db"
    async with running_orchestrator(experts(shared_mesh), {"AETHEL_STORE": str(file)}) as (orchestrator, client):

        async def ask(name: str) -> None:
            for number in range(1_000):
                try:
                    answer = await client.verify(entry(f"{name}{number}"), PATIENCE_MS)
                except MeshUnavailable:
                    return
                assert answer.consensus is Consensus.APPROVED
                given.append(answer.transaction_id)
                if len(given) == 60:
                    await orchestrator.kill()

        await asyncio.gather(*(ask(name) for name in "abcdefgh"))
    assert len(given) >= 60
    assert set(given) <= {one.id for one in log_of(file)}


@pytest.mark.full
async def test_with_the_disk_full_nothing_is_approved_until_there_is_room(
    shared_mesh: RunningMesh, tmp_path: Path
) -> None:
    file = tmp_path / "store.db"
    async with running_orchestrator(experts(shared_mesh), {"AETHEL_STORE": str(file)}) as (orchestrator, client):
        await client.verify(entry("before"), PATIENCE_MS)
        pid = orchestrator.popen.pid
        unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (NO_ROOM_BYTES, unlimited[1]))
        for asked, reason in (
            (entry("full"), Reason.STORE_UNAVAILABLE),
            (theft(), Reason.STORE_UNAVAILABLE),
            (replace(payment("prose"), intent_text=b"please pay Bob"), Reason.AUDIT_UNAVAILABLE),
        ):
            with pytest.raises(MeshUnavailable) as raised:
                await client.verify(asked, PATIENCE_MS)
            cause = raised.value.__cause__
            assert isinstance(cause, grpc.aio.AioRpcError)
            assert cause.code() is grpc.StatusCode.UNAVAILABLE
            fault = fault_of(cause)
            assert fault is not None
            assert fault.reason is reason
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
        assert (await client.verify(entry("after"), PATIENCE_MS)).consensus is Consensus.APPROVED
    assert [one.id for one in log_of(file)] == ["before", "after"]
