"""In process and over the wire every expert gives the same verdict, latency aside."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio

from aethel.ledger.expert import GuardianExpert
from aethel.prover.local import local_expert
from aethel.request import Expert, Question
from aethel.runtime.channel import open_channel
from aethel.runtime.metrics import Metrics
from aethel.runtime.server import RunningServer
from aethel.runtime.settings import Process, read_settings
from aethel.security.expert import SentinelExpert
from aethel.verdict import Vote
from aethel.wire.client import RemoteExpert
from aethel.wire.process import open_expert
from tests.conformance.cases import own_questions, public_questions

DEADLINE_MS = 30_000
"""More than any of these questions needs on a busy machine, since time left may change a verdict."""

EXPERTS: dict[Process, Callable[[], Expert]] = {
    Process.Z3: local_expert,
    Process.SENTINEL: SentinelExpert,
    Process.GUARDIAN: GuardianExpert,
}
BUDGET = 3_000_000
"""Solver resource units: what a solver does in a second, so that the hard cases are given up in both places alike."""

QUESTIONS = tuple(replace(question, budget=BUDGET) for question in own_questions())
FEW = 12
"""Every so many-th question is asked in the first tier of tests, every one in the full tier."""

ABSENT = pytest.param(None, id="absent", marks=pytest.mark.skip(reason="../shared/corpora is absent"))
SAMPLE = tuple(public_questions()) or (ABSENT,)

pytestmark = pytest.mark.asyncio(loop_scope="module")

Pair = tuple[Expert, RemoteExpert]
"""One expert in process, and the same class behind a real server."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def mesh() -> AsyncIterator[dict[Process, Pair]]:
    """Every expert, in process and behind a server on a free port."""
    async with AsyncExitStack() as stack:
        experts = {process: make() for process, make in EXPERTS.items()}
        yield {
            process: (expert, await stack.enter_async_context(remote(process, expert.name)))
            for process, expert in experts.items()
        }


@asynccontextmanager
async def remote(process: Process, name: str) -> AsyncIterator[RemoteExpert]:
    """An expert behind the server of its process."""
    environ = {"AETHEL_LISTEN": "127.0.0.1:0"} | {
        f"AETHEL_{timeout}": str(DEADLINE_MS)
        for timeout in ("Z3_TIMEOUT_NORMAL", "SENTINEL_TIMEOUT", "GUARDIAN_TIMEOUT")
    }
    settings = read_settings(environ, process)
    metrics = Metrics()
    async with open_expert(EXPERTS[process], ("INTENT",), settings, metrics) as servicers:
        server = RunningServer(servicers, settings, metrics)
        await server.start()
        server.ready()
        channel = open_channel(server.address, settings.max_message_bytes)
        try:
            yield RemoteExpert(name, channel)
        finally:
            await channel.close(None)
            await server.stop_now()


@pytest.mark.parametrize("process", EXPERTS)
@pytest.mark.parametrize(
    "question",
    [
        pytest.param(question, id=question.transaction_id, marks=() if number % FEW == 0 else pytest.mark.full)
        for number, question in enumerate(QUESTIONS)
    ],
)
async def test_the_remote_expert_gives_the_verdict_of_the_one_in_process(
    mesh: dict[Process, Pair], process: Process, question: Question
) -> None:
    await agree_on(mesh[process], question)


@pytest.mark.parametrize("process", EXPERTS)
@pytest.mark.parametrize("question", SAMPLE, ids=lambda question: question.transaction_id)
async def test_both_agree_on_public_transactions(
    mesh: dict[Process, Pair], process: Process, question: Question
) -> None:
    await agree_on(mesh[process], question)


async def agree_on(pair: Pair, question: Question) -> None:
    expert, remote_expert = pair
    local = expert.verify(question, DEADLINE_MS)
    answered = await remote_expert.verify(question, DEADLINE_MS)
    assert replace(answered, latency_ms=local.latency_ms) == local


@pytest.mark.parametrize("process", EXPERTS)
async def test_the_questions_get_every_vote(mesh: dict[Process, Pair], process: Process) -> None:
    """Else the suite would agree on nothing."""
    expert, _ = mesh[process]
    votes = {expert.verify(question, DEADLINE_MS).verdict for question in QUESTIONS}
    assert votes == set(Vote)


@pytest.mark.parametrize("process", EXPERTS)
async def test_an_expert_says_which_program_it_judged(mesh: dict[Process, Pair], process: Process) -> None:
    """Else a remote expert of another version would go unnoticed."""
    expert, remote_expert = mesh[process]
    digests = {mesh[other][0].verify(QUESTIONS[0], DEADLINE_MS).program_digest for other in EXPERTS}
    assert len(digests) == 1
    question = replace(QUESTIONS[0], expected_digest=digests.pop())
    answered = await remote_expert.verify(question, DEADLINE_MS)
    assert answered.program_digest == question.expected_digest != ""
    assert answered.expert_name == expert.name


@pytest.mark.parametrize("process", EXPERTS)
async def test_the_order_in_which_values_are_given_changes_no_verdict(
    mesh: dict[Process, Pair], process: Process
) -> None:
    """Else a verdict would depend on how a map happens to be written on the wire."""
    expert, remote_expert = mesh[process]
    names = ("zeta", "amount", "alpha", "sender", "mu")
    shuffled = replace(QUESTIONS[0], arguments=dict.fromkeys(names, "\u202ex"))
    in_order = replace(QUESTIONS[0], arguments=dict.fromkeys(sorted(names), "\u202ex"))
    local = expert.verify(shuffled, DEADLINE_MS)
    assert local == expert.verify(in_order, DEADLINE_MS)
    answered = await remote_expert.verify(shuffled, DEADLINE_MS)
    assert replace(answered, latency_ms=local.latency_ms) == local
