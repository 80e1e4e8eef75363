"""Admission with real processes: who is let in, with which credentials, and how much is asked at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from aethel.cli.development_certificates import Signed, new_authority, sign
from aethel.clients.book import Client, Limits
from aethel.clients.book_file import change_book
from aethel.clients.tokens import new_token
from aethel.request import Question
from aethel.runtime.access import NO_ACCESS, Access
from aethel.runtime.address import Address
from aethel.runtime.caller import Role
from aethel.runtime.channel import open_channel
from aethel.runtime.faults import RETRY_AFTER, Reason, RequestFault, fault_of
from aethel.runtime.settings import Process
from aethel.v1 import expert_pb2, verification_pb2, verification_pb2_grpc, watching_pb2
from aethel.verdict import Consensus
from aethel.wire.client import RemoteMesh
from aethel.wire.convert import question_to_proto
from tests.orchestrator.processes import ADDRESSES, MAX_MESSAGE_BYTES, PATIENT, RunningProcess, start
from tests.orchestrator.questions import entry, payment

PEER = "spiffe://aethel/orchestrator"
OWN_NAMES = ("localhost", "127.0.0.1", PEER)
GIVEN_MS = 20_000.0


@dataclass
class Secured:
    """An orchestrator that asks for certificates and knows its clients; no expert is there, so layers answer."""

    process: RunningProcess
    folder: Path
    authority: Signed

    @property
    def book(self) -> Path:
        return self.folder / "clients.json"

    def shown(self, name: str, signed: Signed) -> Access:
        """A caller that shows a certificate."""
        cert, key = write(self.folder, name, signed)
        return Access(cert=cert, key=key, ca=self.folder / "ca.pem")

    def certified(self, *identities: str) -> Access:
        """A caller with a certificate of the right authority."""
        name = identities[0].replace("/", "_")
        return self.shown(name, sign(self.authority, "caller", identities))

    def add(self, name: str, role: Role = Role.VERIFY, limits: Limits | None = None) -> str:
        """Add a client and return its token."""
        token, kept = new_token()
        client = Client(name, frozenset({role}), (kept,), (f"spiffe://test/{name}",), limits or Limits())
        change_book(self.book, lambda book: book.with_client(client))
        return token

    async def ask(self, access: Access, question: Question | None = None) -> Consensus:
        """What it answers to a caller."""
        async with open_channel(self.process.address, MAX_MESSAGE_BYTES, access) as channel:
            return (await RemoteMesh(channel).verify(question or entry(), GIVEN_MS)).consensus

    async def refusal(self, access: Access) -> grpc.aio.AioRpcError:
        """How it refuses a caller."""
        async with open_channel(self.process.address, MAX_MESSAGE_BYTES, access) as channel:
            return await refused(channel)


async def refused(channel: grpc.aio.Channel, question: Question | None = None) -> grpc.aio.AioRpcError:
    request = verification_pb2.VerificationServiceVerifyRequest(question=question_to_proto(question or entry()))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await verification_pb2_grpc.VerificationServiceStub(channel).Verify(request, timeout=GIVEN_MS / 1000)
    return caught.value


def write(folder: Path, name: str, signed: Signed) -> tuple[Path, Path]:
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    cert.write_bytes(signed.certificate_pem)
    key.write_bytes(signed.key_pem)
    return cert, key


def tls(folder: Path, cert: Path, key: Path) -> dict[str, str]:
    ca = str(folder / "ca.pem")
    return {
        "AETHEL_TLS_CERT": str(cert),
        "AETHEL_TLS_KEY": str(key),
        "AETHEL_TLS_CA": ca,
        "AETHEL_TLS_CLIENT_CA": ca,
    }


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def mesh(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    authority = new_authority("test")
    (folder / "ca.pem").write_bytes(authority.certificate_pem)
    environ = tls(folder, *write(folder, "orchestrator", sign(authority, "orchestrator", OWN_NAMES)))
    change_book(folder / "clients.json", lambda book: book)
    store = {"AETHEL_STORE": str(folder / "store.db"), "AETHEL_CLIENTS_FILE": str(folder / "clients.json")}
    process = await start(Process.ORCHESTRATOR, {**PATIENT, **environ, **store})
    yield Secured(process, folder, authority)
    await process.stop()


@asynccontextmanager
async def watching_stub(address: Address, access: Access) -> AsyncIterator[Any]:
    """An open VerifyStream."""
    async with open_channel(address, MAX_MESSAGE_BYTES, access) as channel:
        stub: Any = verification_pb2_grpc.VerificationServiceStub(channel)
        call = stub.VerifyStream(timeout=GIVEN_MS / 1000)
        yield call
        call.cancel()


def item_of(number: int) -> watching_pb2.VerificationServiceVerifyStreamRequest:
    item = watching_pb2.VerificationItem(
        item_id=number + 1, question=question_to_proto(entry(f"item-{number}")), remaining_ms=int(GIVEN_MS)
    )
    return watching_pb2.VerificationServiceVerifyStreamRequest(items=[item])


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_client_with_its_token_or_its_certificate_is_answered(mesh: Secured) -> None:
    token = mesh.add("right")
    by_token = replace(mesh.certified("spiffe://test/nobody"), token=token)
    assert await mesh.ask(by_token, entry("right-1")) is Consensus.APPROVED
    assert await mesh.ask(mesh.certified("spiffe://test/right"), entry("right-2")) is Consensus.APPROVED


@pytest.mark.parametrize("token", ["", new_token()[0], "x"], ids=["none", "unknown", "malformed"])
async def test_no_token_and_a_wrong_one_are_refused_alike(mesh: Secured, token: str) -> None:
    error = await mesh.refusal(replace(mesh.certified("spiffe://test/nobody"), token=token))
    assert (error.code(), error.details()) == (grpc.StatusCode.UNAUTHENTICATED, "no valid credentials")
    fault = fault_of(error)
    assert fault is not None
    assert fault.reason is Reason.UNAUTHENTICATED
    assert (await mesh.process.logged("a call was refused", reason="UNAUTHENTICATED"))["method"]


async def test_a_revoked_token_is_refused_by_the_running_process(mesh: Secured) -> None:
    shown = replace(mesh.certified("spiffe://test/nobody"), token=mesh.add("brief"))
    assert await mesh.ask(shown, entry("brief")) is Consensus.APPROVED
    change_book(mesh.book, lambda book: book.with_client(Client("brief", frozenset({Role.VERIFY}), is_revoked=True)))
    assert (await mesh.refusal(shown)).code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_client_without_the_role_is_refused(mesh: Secured) -> None:
    mesh.add("reviewer", Role.REVIEW)
    error = await mesh.refusal(mesh.certified("spiffe://test/reviewer"))
    assert error.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_the_refusal_reaches_whoever_uses_the_client_as_a_fault_of_the_asker(mesh: Secured) -> None:
    with pytest.raises(RequestFault) as caught:
        await mesh.ask(mesh.certified("spiffe://test/nobody"))
    assert caught.value.reason is Reason.UNAUTHENTICATED


async def test_an_expired_certificate_does_not_even_connect(mesh: Secured) -> None:
    mesh.add("old")
    expired = sign(mesh.authority, "old", ["spiffe://test/old"], datetime.now(UTC) - timedelta(minutes=1))
    assert (await mesh.refusal(mesh.shown("old", expired))).code() is grpc.StatusCode.UNAVAILABLE


async def test_a_certificate_of_a_foreign_authority_does_not_even_connect(mesh: Secured) -> None:
    mesh.add("spoofed")
    foreign = sign(new_authority("foreign"), "spoofed", ["spiffe://test/spoofed"])
    assert (await mesh.refusal(mesh.shown("foreign", foreign))).code() is grpc.StatusCode.UNAVAILABLE


async def test_without_a_certificate_or_without_tls_nobody_connects(mesh: Secured) -> None:
    for access in (Access(ca=mesh.folder / "ca.pem"), NO_ACCESS):
        assert (await mesh.refusal(access)).code() is grpc.StatusCode.UNAVAILABLE


async def test_a_mesh_with_a_certificate_of_a_foreign_authority_is_told_nothing(mesh: Secured) -> None:
    token = mesh.add("careful")
    (mesh.folder / "foreign-ca.pem").write_bytes(new_authority("foreign").certificate_pem)
    access = replace(mesh.certified("spiffe://test/careful"), ca=mesh.folder / "foreign-ca.pem", token=token)
    assert (await mesh.refusal(access)).code() is grpc.StatusCode.UNAVAILABLE


async def test_one_client_neither_sees_nor_blocks_nor_spends_the_id_of_another(mesh: Secured) -> None:
    for name in ("first", "second"):
        mesh.add(name)
    first, second = (mesh.certified(f"spiffe://test/{name}") for name in ("first", "second"))
    assert await mesh.ask(first, entry("shared", "10.00")) is Consensus.APPROVED
    assert await mesh.ask(second, entry("shared", "20.00")) is Consensus.APPROVED
    assert await mesh.ask(first, entry("shared", "20.00")) is Consensus.REJECTED
    assert await mesh.ask(second, entry("shared", "20.00")) is Consensus.APPROVED


async def test_an_id_means_its_program_however_the_text_is_laid_out(mesh: Secured) -> None:
    mesh.add("typist")
    access = mesh.certified("spiffe://test/typist")
    text = payment().intent_text
    assert text is not None
    async with open_channel(mesh.process.address, MAX_MESSAGE_BYTES, access) as channel:
        asked = RemoteMesh(channel)
        broken = replace(payment("layout"), intent_text=text.replace(b"payer.balance -= amount;", b""))
        first = await asked.verify(broken, GIVEN_MS)
        laid_out = b"// another hand\n" + (broken.intent_text or b"").replace(b";", b" ;\n\n")
        again = await asked.verify(replace(broken, intent_text=laid_out), GIVEN_MS)
        other = await asked.verify(replace(broken, intent_text=text), GIVEN_MS)
    assert first.consensus is again.consensus is other.consensus is Consensus.REJECTED
    assert [finding.code for finding in again.findings if finding.code == "G02"] == ["G02"]
    assert "answered before" in " ".join(finding.message for finding in again.findings)
    assert other.expert_verdicts[-1].code == "G02"


async def test_each_question_of_a_stream_is_let_in_by_itself(mesh: Secured) -> None:
    mesh.add("streamer", limits=Limits(requests_per_s=1))
    stub = watching_stub(mesh.process.address, mesh.certified("spiffe://test/streamer"))
    async with stub as call:
        outcomes = []
        for number in range(2):
            await call.write(item_of(number))
            (answer,) = (await call.read()).answers
            outcomes.append(answer.fault.reason or answer.WhichOneof("outcome"))
        revoked = Client("streamer", frozenset({Role.VERIFY}), is_revoked=True)
        change_book(mesh.book, lambda book: book.with_client(revoked))
        await call.write(item_of(2))
        (answer,) = (await call.read()).answers
        outcomes.append(answer.fault.reason)
    assert outcomes == ["result", "RATE_LIMITED", "UNAUTHENTICATED"]


async def test_the_rate_is_exact_and_says_when_to_come_again(mesh: Secured) -> None:
    mesh.add("quick", limits=Limits(requests_per_s=1))
    async with open_channel(mesh.process.address, MAX_MESSAGE_BYTES, mesh.certified("spiffe://test/quick")) as channel:
        began = time.monotonic()
        assert (await RemoteMesh(channel).verify(entry("quick"), GIVEN_MS)).consensus is Consensus.APPROVED
        error = await refused(channel)
    assert time.monotonic() - began < 1, "the machine is too slow for this test"
    fault = fault_of(error)
    assert fault is not None
    assert fault.retry_after_ms is not None
    assert (error.code(), fault.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.RATE_LIMITED)
    assert 0 < fault.retry_after_ms <= 1_000
    trailing: Any = error.trailing_metadata()
    assert trailing[RETRY_AFTER] == "1"


async def test_a_message_beyond_the_limit_is_refused_before_it_is_read(mesh: Secured) -> None:
    mesh.add("huge")
    large = mesh.certified("spiffe://test/huge")
    huge = Question("huge", intent_text=b"x" * (MAX_MESSAGE_BYTES + 1))
    async with open_channel(mesh.process.address, 2 * MAX_MESSAGE_BYTES, large) as channel:
        assert (await refused(channel, huge)).code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await RemoteMesh(channel).verify(entry("small"), GIVEN_MS)).consensus is Consensus.APPROVED


async def test_calls_that_send_nothing_take_no_place_of_others_and_are_bounded(mesh: Secured) -> None:
    mesh.add("silent", limits=Limits(concurrency=3))
    mesh.add("lively")
    async with open_channel(mesh.process.address, MAX_MESSAGE_BYTES, mesh.certified("spiffe://test/silent")) as channel:
        silent = channel.stream_unary("/aethel.v1.VerificationService/Verify", bytes, bytes)
        hold = asyncio.Event()

        async def nothing() -> AsyncIterator[bytes]:
            await hold.wait()
            yield b""

        calls = [silent(nothing(), timeout=30) for _ in range(4)]
        done, open_ones = await asyncio.wait(
            [asyncio.ensure_future(call.code()) for call in calls], return_when=asyncio.FIRST_COMPLETED, timeout=10
        )
        assert [one.result() for one in done] == [grpc.StatusCode.RESOURCE_EXHAUSTED]
        assert await mesh.ask(mesh.certified("spiffe://test/lively"), entry("lively")) is Consensus.APPROVED
        for call in calls:
            call.cancel()
        await asyncio.gather(*open_ones)


async def test_a_new_certificate_of_the_server_is_shown_without_a_restart(mesh: Secured) -> None:
    mesh.add("lasting")
    access = mesh.certified("spiffe://test/lasting")
    other = new_authority("next")
    (mesh.folder / "next-ca.pem").write_bytes(other.certificate_pem)
    only_next = replace(access, ca=mesh.folder / "next-ca.pem")
    assert (await mesh.refusal(only_next)).code() is grpc.StatusCode.UNAVAILABLE
    write(mesh.folder, "orchestrator", sign(other, "orchestrator", OWN_NAMES))
    assert await mesh.ask(only_next, entry("lasting")) is Consensus.APPROVED
    write(mesh.folder, "orchestrator", sign(mesh.authority, "orchestrator", OWN_NAMES))


async def test_an_expert_answers_the_certificate_of_its_orchestrator_alone(mesh: Secured) -> None:
    signed = sign(mesh.authority, "guardian", ("127.0.0.1", "spiffe://aethel/guardian"))
    guardian = await start(Process.GUARDIAN, {**PATIENT, **tls(mesh.folder, *write(mesh.folder, "guardian", signed))})
    environ = tls(mesh.folder, mesh.folder / "orchestrator.pem", mesh.folder / "orchestrator.key")
    orchestrator = None
    try:
        stranger = Secured(guardian, mesh.folder, mesh.authority)
        async with open_channel(guardian.address, 65_536, stranger.certified("spiffe://test/stranger")) as channel:
            verify = channel.unary_unary("/aethel.v1.ExpertService/Verify", bytes, bytes)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await verify(b"", timeout=10)
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
        orchestrator = await start(
            Process.ORCHESTRATOR, {**PATIENT, **environ, ADDRESSES[Process.GUARDIAN]: str(guardian.address)}
        )
        await orchestrator.logged("an expert is connected", expert="guardian")
    finally:
        await guardian.stop()
        if orchestrator is not None:
            await orchestrator.stop()


@asynccontextmanager
async def slow_guardian(service_s: float) -> AsyncIterator[Address]:
    """An expert that takes its time and then refuses, so that the layer answers."""
    server = grpc.aio.server()
    # gRPC takes one message of a stream at a time.
    writing = asyncio.Lock()

    async def refuse(item: expert_pb2.ExpertItem, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        await asyncio.sleep(service_s)
        fault = expert_pb2.Fault(reason=Reason.UNAVAILABLE)
        answer = expert_pb2.ExpertAnswer(item_id=item.item_id, fault=fault)
        async with writing:
            await context.write(expert_pb2.ExpertServiceVerifyStreamResponse(answers=[answer]).SerializeToString())

    async def verify(frames: AsyncIterator[bytes], context: grpc.aio.ServicerContext[Any, Any]) -> None:
        async with asyncio.TaskGroup() as items:
            async for frame in frames:
                for item in expert_pb2.ExpertServiceVerifyStreamRequest.FromString(frame).items:
                    items.create_task(refuse(item, context))

    handlers = {"VerifyStream": grpc.stream_stream_rpc_method_handler(verify)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("aethel.v1.ExpertService", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield Address("127.0.0.1", port)
    await server.stop(None)


async def test_beyond_its_capacity_a_mesh_keeps_deadlines_refuses_the_rest_and_recovers() -> None:
    service_s, places, deadline_s = 0.1, 2, 2.0
    capacity = int(places * deadline_s / service_s)
    async with slow_guardian(service_s) as guardian:
        environ: Mapping[str, str] = {
            ADDRESSES[Process.GUARDIAN]: str(guardian),
            "AETHEL_MAX_SERVED": str(places),
        }
        process = await start(Process.ORCHESTRATOR, {**PATIENT, **environ})
        try:
            async with open_channel(process.address, MAX_MESSAGE_BYTES) as channel:
                stub = verification_pb2_grpc.VerificationServiceStub(channel)

                async def one(number: int) -> Reason | None:
                    question = question_to_proto(entry(str(number)))
                    call = stub.Verify(
                        verification_pb2.VerificationServiceVerifyRequest(question=question), timeout=deadline_s
                    )
                    if await call.code() is grpc.StatusCode.OK:
                        return None
                    with pytest.raises(grpc.aio.AioRpcError) as caught:
                        await call
                    fault = fault_of(caught.value)
                    assert fault is not None, caught.value.code()
                    assert fault.retry_after_ms, fault.reason
                    return fault.reason

                for number in range(4):
                    assert await one(number) is None
                outcomes = await asyncio.gather(*(one(100 + number) for number in range(3 * capacity)))
                assert set(outcomes) == {None, Reason.OVERLOADED}
                assert capacity / 3 < outcomes.count(None) <= capacity
                assert await one(1_000) is None
        finally:
            await process.stop()
