"""Verdicts given before, for the same question under another identifier: bounded, short-lived, checked by samples."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from aethel.runtime.deadline import Deadline
from aethel.runtime.logs import EventLog
from aethel.v1 import intent_pb2, verdict_pb2
from aethel.verdict import ExpertVerdict, Outcome, Source, Vote
from aethel.wire.absence import Absence, ExpertUnavailable
from aethel.wire.asking import Asking
from aethel.wire.convert_verdict import verdict_from_proto, verdict_to_proto
from services.orchestrator.dispatch_versions import Answer

TTL_S = 300.0
"""Time a verdict is good for, in seconds."""

SAMPLE = 64
"""One in so many hits is asked again, and what comes is compared."""

ENTRY_BYTES = 512
"""Bytes of an entry besides its verdict: key, times and the places in two tables."""

_log = EventLog(__name__)


def question_key(asking: Asking) -> bytes:
    """The digest of all that an expert may read of a question: everything but its identifier, and the rules.

    That is more than any expert reads by design. It costs hits, and no verdict can be taken for another question's.
    """
    message = intent_pb2.Question()
    message.CopyFrom(asking.message)
    message.transaction_id = ""
    question = message.SerializeToString(deterministic=True)
    rules = b"" if asking.rules is None else asking.rules.SerializeToString(deterministic=True)
    return hashlib.sha256(b"%d:%b%b" % (len(question), question, rules)).digest()


@dataclass(frozen=True, slots=True)
class _Entry:
    verdict: bytes
    until_s: float


class VerdictCache:
    """Holds verdicts in at most `max_bytes`; `now_s` is a clock in seconds that only goes forward."""

    def __init__(self, max_bytes: int, now_s: Callable[[], float]) -> None:
        self.hits = 0
        self.misses = 0
        self.clearings = 0
        self.held_bytes = 0
        self._max_bytes = max_bytes
        self._now_s = now_s
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._asking: dict[bytes, asyncio.Future[None]] = {}
        self._sampled = 0

    async def answer(
        self, place: tuple[str, str, str], key: bytes, deadline: Deadline, ask: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """What was answered at a place to the question of a key, otherwise what `ask` says, which is kept.

        A place is an expert with its edition, and a client. Of several who ask the same at once one asks; whoever
        waited and heard nothing asks for itself. Raises what `ask` raises, and `ExpertUnavailable` at the deadline.
        """
        place_key = hashlib.sha256(repr(place).encode() + key).digest()
        while True:
            kept = self._kept(place_key)
            if kept is not None and not self._is_sampled():
                self.hits += 1
                return Answer(kept)
            other = self._asking.get(place_key)
            if other is None:
                break
            await _until(other, deadline)
            if self._kept(place_key) is None:
                return await ask()
        self.misses += 1
        done = self._asking[place_key] = asyncio.get_running_loop().create_future()
        try:
            answer = await ask()
        except ExpertUnavailable:
            if kept is None:
                raise
            return Answer(kept)
        else:
            self._compare(kept, answer.verdict)
            self._keep(place_key, answer)
            return answer
        finally:
            del self._asking[place_key]
            done.set_result(None)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.held_bytes = 0
        self.clearings += 1

    def _kept(self, key: bytes) -> ExpertVerdict | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._now_s() >= entry.until_s:
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        verdict = verdict_from_proto(verdict_pb2.ExpertVerdict.FromString(entry.verdict))
        return replace(verdict, latency_ms=0.0, served=replace(verdict.served, from_cache=True))

    def _is_sampled(self) -> bool:
        self._sampled = (self._sampled + 1) % SAMPLE
        return self._sampled == 0

    def _compare(self, kept: ExpertVerdict | None, fresh: ExpertVerdict) -> None:
        if kept is not None and _decided(fresh) and _said(kept) != _said(fresh):
            _log.error("an expert answers otherwise than before", expert=kept.expert_name, version=kept.version)
            self.clear()

    def _keep(self, key: bytes, answer: Answer) -> None:
        if answer.degraded or not _decided(answer.verdict):
            return
        self._drop(key)
        packed = verdict_to_proto(answer.verdict).SerializeToString()
        if len(packed) + ENTRY_BYTES > self._max_bytes:
            return
        self._entries[key] = _Entry(packed, self._now_s() + TTL_S)
        self.held_bytes += len(packed) + ENTRY_BYTES
        while self.held_bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.held_bytes -= len(entry.verdict) + ENTRY_BYTES


async def _until(done: asyncio.Future[None], deadline: Deadline) -> None:
    """Wait for somebody else's question, which goes on whatever becomes of this one."""
    try:
        async with asyncio.timeout(deadline.remaining_s()):
            await asyncio.shield(done)
    except TimeoutError:
        raise ExpertUnavailable(Absence.LATE, "the same question is being asked") from None


def _decided(verdict: ExpertVerdict) -> bool:
    """Whether it is an expert's decision, and does not depend on the time or work there was."""
    in_full = all(one.outcome is not Outcome.BUDGET for one in verdict.obligations)
    return verdict.source is Source.EXPERT and verdict.verdict is not Vote.ABSTAIN and in_full


def _said(verdict: ExpertVerdict) -> object:
    """What may not differ between two verdicts on one question; by what proof it was decided may."""
    outcomes = sorted((one.id, one.outcome.value) for one in verdict.obligations)
    return verdict.verdict, verdict.code, verdict.program_digest, outcomes
