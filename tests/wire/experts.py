"""A small real expert for the tests, and a server that serves one on a free port."""

import hashlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

import grpc

from aethel.request import Expert, Question
from aethel.runtime.channel import open_channel
from aethel.runtime.metrics import Metrics
from aethel.runtime.server import RunningServer, Servicers
from aethel.runtime.settings import Process, Settings, read_settings
from aethel.v1 import expert_pb2_grpc, verification_pb2_grpc
from aethel.verdict import Evidence, ExpertVerdict, Finding, ObligationResult, Outcome, Vote
from aethel.wire.servicer import ExpertServicer

NAME = "Parity_Expert"
SECRET = "Alice owes 4711.00"
"""Text that must never leave the process."""


def digest_of(text: bytes) -> str:
    """What the expert takes for the digest of a program."""
    return hashlib.sha256(text).hexdigest()


@dataclass
class ParityExpert:
    """Approves texts of an even number of bytes and rejects the others; abstains on transactions.

    `begun` counts the questions it has begun to judge. A text `wait` waits for `released`, a text `crash` raises.
    """

    name: str = NAME
    version: str = "1"
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    released: threading.Event = field(default_factory=threading.Event)
    deadlines_ms: list[float] = field(default_factory=list)

    @property
    def known(self) -> ExpertVerdict:
        """What it has said of some text."""
        found = Finding("KNOWN", "said before")
        return self._verdict(Vote.REJECT, Evidence.EVALUATED, Outcome.REFUTED, found, digest=digest_of(b"known"))

    def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict:
        self.deadlines_ms.append(deadline_ms)
        self.begun.release()
        text = question.intent_text
        if text is None:
            return self._verdict(Vote.ABSTAIN, Evidence.NONE, Outcome.NOTHING_TO_CHECK)
        if text == b"crash":
            raise ValueError(SECRET)
        if text == b"wait":
            self.released.wait(30)
        if len(text) % 2 == 0:
            return self._verdict(Vote.APPROVE, Evidence.EVALUATED, Outcome.PROVED, digest=digest_of(text))
        odd = Finding("ODD", f"{len(text)} bytes, expected an even number", numbers=(("bytes", str(len(text))),))
        return self._verdict(Vote.REJECT, Evidence.EVALUATED, Outcome.REFUTED, odd, digest=digest_of(text))

    def _verdict(
        self, vote: Vote, evidence: Evidence, outcome: Outcome, *findings: Finding, digest: str = ""
    ) -> ExpertVerdict:
        return ExpertVerdict(
            expert_name=self.name,
            verdict=vote,
            confidence=Decimal("0.99") if evidence is Evidence.EVALUATED else Decimal(0),
            evidence=evidence,
            code=findings[0].code if findings else "",
            obligations=(ObligationResult("parity", outcome, evidence),),
            findings=findings,
            version=self.version,
            program_digest=digest,
        )


def settings(**environ: str) -> Settings:
    """Settings of a server on a free port; `z3_timeout_normal="300"` means `AETHEL_Z3_TIMEOUT_NORMAL=300`."""
    given = {f"AETHEL_{name.upper()}": value for name, value in environ.items()}
    return read_settings({"AETHEL_LISTEN": "127.0.0.1:0"} | given, Process.Z3)


@asynccontextmanager
async def serving(expert: Expert, *, timeout_ms: int = 20_000, threads: int = 2) -> AsyncIterator[RunningServer]:
    """A ready server of one expert, stopped at the end."""
    servicer = ExpertServicer(expert, timeout_ms=timeout_ms, threads=threads, footprint=("INTENT", "LOOPS"))
    try:
        async with running(servicer) as server:
            yield server
    finally:
        servicer.close()


@asynccontextmanager
async def running(
    servicer: expert_pb2_grpc.ExpertServiceServicer | verification_pb2_grpc.VerificationServiceServicer,
) -> AsyncIterator[RunningServer]:
    """A ready server of one servicer, stopped at the end."""
    if isinstance(servicer, expert_pb2_grpc.ExpertServiceServicer):
        name, add = "ExpertService", partial(expert_pb2_grpc.add_ExpertServiceServicer_to_server, servicer)
    else:
        name = "VerificationService"
        add = partial(verification_pb2_grpc.add_VerificationServiceServicer_to_server, servicer)
    server = RunningServer(Servicers("parity", (f"aethel.v1.{name}",), (add,)), settings(), Metrics())
    await server.start()
    server.ready()
    try:
        yield server
    finally:
        await server.stop_now()


@asynccontextmanager
async def channel_to(server: RunningServer) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a server, closed at the end."""
    channel = open_channel(server.address, settings().max_message_bytes)
    try:
        yield channel
    finally:
        await channel.close(None)
