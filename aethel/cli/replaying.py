"""Who decides recorded questions once more: the experts in this process, or another mesh."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc

from aethel.audit.record import Record, payload_digest
from aethel.audit.replay import Comparison, asked_again, compare, decide_again, with_state
from aethel.cli import terminal
from aethel.cli.local_prover import NO_PROVER, prover
from aethel.cli.mesh_address import no_answer
from aethel.decision.thresholds import Thresholds
from aethel.ledger.expert import GuardianExpert
from aethel.request import Question
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.faults import RequestFault
from aethel.runtime.settings import Settings
from aethel.security.expert import SentinelExpert
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Z3_EXPERT, MOEResult
from aethel.wire.absence import Absence, MeshUnavailable
from aethel.wire.audit_payload import Payload, UnreadablePayload, payload_from
from aethel.wire.client import RemoteMesh


class Skipped(Exception):
    """A record cannot be decided again; the text says why."""


Judge = Callable[[Record], Comparison]
"""Decides a record once more; raises Skipped, and CommandError where nobody can be asked at all."""


@contextmanager
def here(settings: Settings) -> Iterator[Judge]:
    """The experts in this process, by the rules and thresholds that were recorded."""
    proving = prover()
    if proving is None:
        terminal.say(terminal.err(), NO_PROVER)
    experts = (*(() if proving is None else (proving,)), SentinelExpert(), GuardianExpert())
    timeouts_ms = {
        Z3_EXPERT: float(settings.z3_timeout_ms),
        SENTINEL_EXPERT: float(settings.sentinel_timeout_ms),
        GUARDIAN_EXPERT: float(settings.guardian_timeout_ms),
    }

    def judge(record: Record) -> Comparison:
        payload, question, result = _recorded(record)
        try:
            thresholds = Thresholds(payload.confidence_threshold, payload.uncertainty_threshold)
        except ValueError as error:
            raise Skipped(str(error)) from error
        answer = decide_again(question, result, experts, thresholds, timeouts_ms)
        return compare(result, with_state(answer, result, payload.notes))

    yield judge


@contextmanager
def there(address: Address, settings: Settings) -> Iterator[Judge]:
    """A mesh, by the rules that it has for the client of a record; nothing there is changed."""
    with asyncio.Runner() as runner:

        async def opened() -> grpc.aio.Channel:
            return open_channel(address, settings.max_message_bytes, settings.access)

        channel = runner.run(opened())
        mesh = RemoteMesh(channel)

        def judge(record: Record) -> Comparison:
            payload, question, result = _recorded(record)
            asking = mesh.replay(asked_again(question), record.client, settings.request_timeout_ms)
            try:
                answer = runner.run(asking)
            except MeshUnavailable as absence:
                if absence.reason is Absence.UNREACHABLE:
                    raise no_answer(address, absence) from absence
                raise Skipped(f"the mesh gave no answer: {absence}") from absence
            except RequestFault as fault:
                raise Skipped(f"the mesh refuses the question: {fault.message}") from fault
            return compare(result, with_state(answer, result, payload.notes))

        try:
            yield judge
        finally:
            runner.run(channel.close(None))


def _recorded(record: Record) -> tuple[Payload, Question, MOEResult]:
    """What a record says was asked and answered; raises Skipped where it does not say so any more."""
    if record.payload is None:
        raise Skipped("its payload is erased")
    if payload_digest(record.payload) != record.digest:
        raise Skipped("its payload was altered")
    try:
        payload = payload_from(record.payload)
    except UnreadablePayload as error:
        raise Skipped(str(error)) from error
    if payload.question is None or payload.result is None:
        raise Skipped("it holds no question and answer")
    return payload, payload.question, payload.result
