"""The mesh against a bare echo: rates (P1, P2), added latency (P7), missed deadlines (P15), and CPU by process.

Four processes as an operator starts them, with metrics and a store, answer questions about a template that is proved;
the echo answers requests of the same size. This process makes the load and is measured too, so that it can be seen not
to be the limit. The slices of one round follow one another; CPU times are the kernel's.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path

import grpc

from aethel.request import Context, Question
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.settings import Process
from aethel.v1 import verdict_pb2, verification_pb2, verification_pb2_grpc
from aethel.wire.convert import question_to_proto
from bench.echo import METHOD
from bench.measure import REPOSITORY, ROUNDS, Figure, figure
from bench.results import conclude

SLICE_S = 1.0
"""Length of one slice: long enough for a thousand requests, short enough that the machine stays what it was."""

IN_FLIGHT = 32
"""Requests in flight: enough that nobody waits for this process."""

BATCH, BATCHES_IN_FLIGHT = 64, 4
CROWD = 256
"""P15: requests in flight at once."""

STAGES = (Process.ORCHESTRATOR, Process.Z3, Process.SENTINEL, Process.GUARDIAN)
"""The processes that a verification goes through."""

TICKS_S = 1 / os.sysconf("SC_CLK_TCK")
TEXT = b"""intent pay(payer: Account<EUR>, payee: Account<EUR>, amount: Balance<EUR>) {
    guard { amount > 0; old_payer_balance >= amount; }
    effect { transfer(payer, payee, amount); }
    verify { payer_balance == old_payer_balance - amount; payee_balance == old_payee_balance + amount; }
}
"""
_numbers = count(1)


def question() -> Question:
    """A payment like all others but for its id and its amount."""
    number = next(_numbers)
    given = Context(balances={"payer_balance": "1000.00", "payee_balance": "0.00"})
    values = {"payer": f"payer {number}", "payee": f"payee {number}", "amount": f"{number % 900 + 1}.00"}
    return Question(f"bench-{number}", TEXT, arguments=values, context=given)


@dataclass(frozen=True, slots=True)
class Running:
    """The processes by name, two connections to the mesh and one to the echo."""

    pids: Mapping[str, int]
    mesh: tuple[grpc.aio.Channel, grpc.aio.Channel]
    echo: grpc.aio.Channel

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds of each process so far, and of this one."""
        return {name: _cpu_s(pid) for name, pid in self.pids.items()} | {"load": _cpu_s(os.getpid())}


@dataclass(frozen=True, slots=True)
class Slice:
    """What happened in one slice: requests answered, in all and per second, and CPU ms of each process for one."""

    done: int
    rate: float
    cpu_ms: Mapping[str, float]

    @property
    def mesh_cpu_ms(self) -> float:
        return sum(self.cpu_ms[process.value] for process in STAGES)


def _cpu_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[11:13]
    return (int(user) + int(system)) * TICKS_S


@asynccontextmanager
async def running() -> AsyncIterator[Running]:
    """Everything started, and the template proved."""
    children: list[asyncio.subprocess.Process] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            echo = await _start(children, "bench.echo", {})
            said: dict[Process, Address] = {}
            modules = {Process.Z3: "z3_expert", Process.SENTINEL: "sentinel", Process.GUARDIAN: "guardian"}
            for process, module in modules.items():
                said[process] = await _serving(children, f"services.{module}", {})
            told = {
                "AETHEL_Z3_ADDRESS": str(said[Process.Z3]),
                "AETHEL_SENTINEL_ADDRESS": str(said[Process.SENTINEL]),
                "AETHEL_GUARDIAN_ADDRESS": str(said[Process.GUARDIAN]),
                "AETHEL_STORE": f"{folder}/store.db",
                "AETHEL_VERDICT_CACHE_BYTES": "0",
            }
            mesh = await _serving(children, "services.orchestrator", told)
            names = ("echo", *(process.value for process in modules), Process.ORCHESTRATOR.value)
            pids = {name: child.pid for name, child in zip(names, children, strict=True)}
            async with (
                open_channel(mesh, 4_194_304) as one,
                open_channel(mesh, 4_194_304) as other,
                open_channel(Address("127.0.0.1", int(echo)), 4_194_304) as to_echo,
            ):
                yield Running(pids, (one, other), to_echo)
        finally:
            for child in children:
                if child.returncode is None:
                    child.kill()
                await child.wait()


async def _start(children: list[asyncio.subprocess.Process], module: str, told: Mapping[str, str]) -> str:
    """Start a process and return the line by which it says that it is ready."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AETHEL_")}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        cwd=REPOSITORY,
        env=environ | {"AETHEL_LISTEN": "127.0.0.1:0", "AETHEL_METRICS_LISTEN": "127.0.0.1:0", **told},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    children.append(child)
    assert child.stdout is not None
    return (await child.stdout.readline()).decode()


async def _serving(children: list[asyncio.subprocess.Process], module: str, told: Mapping[str, str]) -> Address:
    line = await _start(children, module, told)
    host, _, port = line.split('"address": "')[1].split('"')[0].rpartition(":")
    return Address(host, int(port))


class Load:
    """Makes requests, and counts the answers that an expert or its approval is missing from."""

    def __init__(self, mesh: Running) -> None:
        self._mesh = mesh
        # One connection may not have so many requests open as a crowd has.
        self._stubs = cycle([verification_pb2_grpc.VerificationServiceStub(channel) for channel in mesh.mesh])
        self._echo = mesh.echo.unary_unary(METHOD, bytes, bytes)
        self._bytes = self._request().SerializeToString()
        self.degraded = 0

    def _request(self) -> verification_pb2.VerificationServiceVerifyRequest:
        return verification_pb2.VerificationServiceVerifyRequest(question=question_to_proto(question()))

    async def echo(self) -> int:
        await self._echo(self._bytes)
        return 1

    async def verify(self) -> int:
        response = await next(self._stubs).Verify(self._request(), timeout=60)
        self._see(response.result)
        return 1

    async def batch(self) -> int:
        questions = [question_to_proto(question()) for _ in range(BATCH)]
        request = verification_pb2.VerificationServiceVerifyBatchRequest(questions=questions)
        response = await next(self._stubs).VerifyBatch(request, timeout=60)
        for answer in response.answers:
            self._see(answer.result)
        return BATCH

    async def timed(self, work: Callable[[], Awaitable[object]]) -> float:
        began_s = time.perf_counter()
        await work()
        return (time.perf_counter() - began_s) * 1000

    async def added_ms(self) -> float:
        """The latency of one answer without the slowest expert's own time."""
        began_s = time.perf_counter()
        response = await next(self._stubs).Verify(self._request(), timeout=60)
        took_ms = (time.perf_counter() - began_s) * 1000
        return took_ms - max(verdict.latency_ms for verdict in response.result.expert_verdicts)

    def _see(self, result: verdict_pb2.MOEResult) -> None:
        if result.consensus == verdict_pb2.CONSENSUS_REJECTED:
            raise ValueError(f"a measured payment is rejected: {result.reason}")
        self.degraded += bool(result.degraded) or result.consensus != verdict_pb2.CONSENSUS_APPROVED

    async def slice(self, work: Callable[[], Awaitable[int]], in_flight: int) -> Slice:
        """Keep so many requests in flight for the length of a slice."""
        before, began_s = self._mesh.cpu_s(), time.monotonic()
        until_s = began_s + SLICE_S

        async def one() -> int:
            done = 0
            while time.monotonic() < until_s:
                done += await work()
            return done

        done = sum(await asyncio.gather(*(one() for _ in range(in_flight))))
        took_s, after = time.monotonic() - began_s, self._mesh.cpu_s()
        return Slice(done, done / took_s, {name: (after[name] - before[name]) * 1000 / done for name in after})


async def measured() -> list[Figure]:
    """All figures, of interleaved slices; the first round only warms up."""
    async with running() as mesh:
        load = Load(mesh)
        await load.verify()
        rounds = []
        for number in range(ROUNDS + 1):
            echo = await load.slice(load.echo, IN_FLIGHT)
            unary = await load.slice(load.verify, IN_FLIGHT)
            batch = await load.slice(load.batch, BATCHES_IN_FLIGHT)
            added = statistics.median([await load.added_ms() for _ in range(60)])
            trip = statistics.median([await load.timed(load.echo) for _ in range(60)])
            load.degraded = 0
            crowd = await load.slice(load.verify, CROWD)
            missed = load.degraded / crowd.done
            if number:
                rounds.append((echo, unary, batch, added / trip, missed))
        return _figures(rounds)


def _figures(rounds: list[tuple[Slice, Slice, Slice, float, float]]) -> list[Figure]:
    def of(
        id_: str, what: str, values: list[float], unit: str, goal: float | None = None, *, most: bool = False
    ) -> Figure:
        return figure(id_, what, values, unit, goal, at_least=goal is not None and not most)

    stages = [(process.value, process.value) for process in STAGES] + [("this process", "load")]
    return [
        of("P1", "Verify ÷ echo, rates", [unary.rate / echo.rate for echo, unary, *_ in rounds], "×", 0.35),
        of("P2", "VerifyBatch(64) ÷ echo, rates", [batch.rate / echo.rate for echo, _, batch, *_ in rounds], "×", 10),
        of("P7", "added latency, in round trips", [added for *_, added, _ in rounds], "×", 3, most=True),
        of(
            "P15", f"answers without an expert, {CROWD} in flight", [lost for *_, lost in rounds], "share", 0, most=True
        ),
        of("", "echo: rate", [echo.rate for echo, *_ in rounds], "/s"),
        of("", "Verify: rate", [unary.rate for _, unary, *_ in rounds], "/s"),
        of("", "VerifyBatch: rate", [batch.rate for _, _, batch, *_ in rounds], "/s"),
        of("", "echo: CPU of a request", [echo.cpu_ms["echo"] for echo, *_ in rounds], "ms"),
        of("P1", "echo ÷ Verify, CPU of all servers", [e.cpu_ms["echo"] / u.mesh_cpu_ms for e, u, *_ in rounds], "×"),
        *(
            of("", f"Verify: CPU of {what}", [unary.cpu_ms[key] for _, unary, *_ in rounds], "ms")
            for what, key in stages
        ),
        *(
            of("", f"VerifyBatch: CPU of {what}", [b.cpu_ms[key] for _, _, b, *_ in rounds], "ms")
            for what, key in stages
        ),
    ]


def main() -> int:
    """Measures everything; the exit code is 1 where a goal is missed."""
    return conclude("mesh", asyncio.run(measured()))


if __name__ == "__main__":
    sys.exit(main())
