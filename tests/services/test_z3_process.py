"""The process of the Z3 expert as it is started: it proves in processes of its own and leaves none behind."""

import asyncio
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aethel.request import Context, Question
from aethel.runtime.channel import open_channel
from aethel.runtime.settings import Process
from aethel.verdict import Z3_EXPERT, ExpertVerdict, Outcome, Vote
from aethel.wire.client import RemoteExpert
from services.z3_expert.plan import SPARES
from tests.orchestrator.processes import MAX_MESSAGE_BYTES, MODULES, RunningProcess, clean_environ, start
from tests.prover.asking import HARD, PAY, hard
from tests.runtime.pools import children, linux, until, wait_for_end
from tests.tools import REPOSITORY

pytestmark = linux

PATIENCE_MS = 20_000.0
READY = 1 + SPARES
"""Workers that wait where one may be busy."""

PAYMENT = Question("pay", intent_text=PAY.encode())
ENDLESS = Question("hard", intent_text=hard(HARD["factoring"]).encode(), budget=4_000_000_000)


@asynccontextmanager
async def running(environ: dict[str, str] | None = None) -> AsyncIterator[tuple[RunningProcess, RemoteExpert]]:
    """The process with one worker at a time and its spares, all warm, and the expert it serves."""
    process = await start(Process.Z3, {"AETHEL_Z3_WORKERS": "1", **(environ or {})})
    try:
        await asyncio.to_thread(until, lambda: sample_of(process, 'aethel_workers{state="idle"}') == READY)
        async with open_channel(process.address, MAX_MESSAGE_BYTES) as channel:
            yield process, RemoteExpert(Z3_EXPERT, channel)
    finally:
        await process.stop()


def workers(server: RunningProcess) -> set[int]:
    """The workers of a server, which its zygote has forked."""
    return {worker for zygote in children(server.popen.pid) for worker in children(zygote)}


async def at_work(server: RunningProcess) -> int:
    """The worker that has begun to prove; the spares take no processor time."""

    def used(worker: int) -> int:
        fields = Path(f"/proc/{worker}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return int(fields[11])

    before = {worker: used(worker) for worker in workers(server)}
    grown: list[int] = []

    def has_begun() -> bool:
        grown[:] = [worker for worker, ticks in before.items() if used(worker) > ticks + 5]
        return bool(grown)

    await asyncio.to_thread(until, has_begun)
    return grown[0]


async def test_killing_a_worker_in_the_middle_of_a_proof_costs_that_verdict_only() -> None:
    async with running() as (server, expert):
        asked = asyncio.create_task(expert.verify(ENDLESS, PATIENCE_MS))
        victim = await at_work(server)
        os.kill(victim, signal.SIGKILL)
        lost = await asked
        assert told(lost) == (Vote.ABSTAIN, Outcome.UNMODELLED, "nothing was decided: the worker was ended by SIGKILL")
        proved = await expert.verify(PAYMENT, PATIENCE_MS)
        assert proved.verdict is Vote.APPROVE
        await asyncio.to_thread(until, lambda: len(workers(server) - {victim}) == READY)


def told(verdict: ExpertVerdict) -> tuple[Vote, Outcome, str]:
    (undecided,) = verdict.obligations
    return verdict.verdict, undecided.outcome, undecided.detail


async def test_a_worker_that_does_not_look_at_its_deadline_is_killed_there() -> None:
    async with running({"AETHEL_Z3_TIMEOUT_NORMAL": "1500"}) as (server, expert):
        asked = asyncio.create_task(expert.verify(ENDLESS, PATIENCE_MS))
        os.kill(await at_work(server), signal.SIGSTOP)
        late = await asked
        assert told(late) == (
            Vote.ABSTAIN,
            Outcome.BUDGET,
            "nothing was decided: the worker was killed at the deadline",
        )
        assert (await expert.verify(PAYMENT, PATIENCE_MS)).verdict is Vote.APPROVE


async def test_what_is_known_is_answered_while_all_workers_prove_something_else() -> None:
    async with running() as (server, expert):
        for limit in (7, 8):
            assert (await expert.verify(payment_of(limit), PATIENCE_MS)).verdict is Vote.APPROVE
        asked = [asyncio.create_task(expert.verify(ENDLESS, PATIENCE_MS)) for _ in range(3)]
        busy = await at_work(server)
        known = await expert.verify(payment_of(9), PATIENCE_MS)
        assert known.verdict is Vote.APPROVE
        assert busy in workers(server)
        assert not any(one.done() for one in asked)
        for one in asked:
            one.cancel()


def payment_of(amount: int) -> Question:
    """A payment with all its values."""
    balances = {"old_sender_balance": "100", "old_receiver_balance": "3"}
    given = {"sender": "a", "receiver": "b", "amount": str(amount)}
    return Question("pay", PAY.encode(), arguments=given, context=Context(balances=balances))


async def test_the_workers_are_counted_in_the_metrics_of_the_process() -> None:
    async with running() as (server, expert):
        assert (await expert.verify(PAYMENT, PATIENCE_MS)).verdict is Vote.APPROVE
        answered = await shown(server, "aethel_worker_answers_total")
        asked = asyncio.create_task(expert.verify(ENDLESS, PATIENCE_MS))
        os.kill(await at_work(server), signal.SIGKILL)
        assert (await asked).verdict is Vote.ABSTAIN
        assert await shown(server, "aethel_worker_answers_total") == answered > 0
        assert await shown(server, 'aethel_worker_events_total{event="lost"}') == 1
        assert await shown(server, 'aethel_worker_events_total{event="killed"}') == 0
        assert await shown(server, 'aethel_workers{state="busy"}') == 0
        await asyncio.to_thread(until, lambda: len(workers(server)) == READY)


async def shown(server: RunningProcess, sample: str) -> float:
    """One sample of the process's metrics."""
    return await asyncio.to_thread(sample_of, server, sample)


def sample_of(server: RunningProcess, sample: str) -> float:
    with urllib.request.urlopen(f"http://{server.metrics}/metrics", timeout=10) as answer:
        text: bytes = answer.read()
    lines = text.decode().splitlines()
    (found,) = (float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == sample)
    return found


async def test_a_killed_server_leaves_no_process_behind() -> None:
    async with running() as (server, expert):
        asked = asyncio.create_task(expert.verify(ENDLESS, PATIENCE_MS))
        await at_work(server)
        left = {*children(server.popen.pid), *workers(server)}
        assert len(left) == 1 + READY
        await server.kill()
        await asyncio.gather(asked, return_exceptions=True)
        for process in left:
            wait_for_end(process)


async def test_a_stopped_server_leaves_no_process_behind() -> None:
    async with running() as (server, _):
        left = {*children(server.popen.pid), *workers(server)}
        server.send(signal.SIGTERM)
        assert await server.popen.wait() == 0
        for process in left:
            wait_for_end(process)


def run(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", MODULES[Process.Z3]],
        cwd=REPOSITORY,
        env=clean_environ(environ),
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


def test_wrong_settings_are_named_and_nothing_is_started() -> None:
    ended = run({"AETHEL_Z3_WORKERS": "none", "AETHEL_Z3_WORKER_MEMORY_MIB": "1"})
    assert ended.returncode == os.EX_CONFIG
    assert [line.split()[0] for line in ended.stderr.splitlines()] == [
        "AETHEL_Z3_WORKERS",
        "AETHEL_Z3_WORKER_MEMORY_MIB",
    ]


def test_without_a_solver_the_process_says_so_and_ends(tmp_path: Path) -> None:
    (tmp_path / "z3.py").write_text('raise ImportError("no solver is installed")\n', encoding="utf-8")
    ended = run({"AETHEL_LISTEN": "127.0.0.1:0", "PYTHONPATH": str(tmp_path)})
    assert ended.returncode == os.EX_UNAVAILABLE
    assert ended.stdout == ""
    assert ended.stderr == ("cannot prove anything: no worker can be started: ImportError: no solver is installed\n")
