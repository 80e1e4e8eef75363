"""Keeps every replica's channel connected and asks each new connection once, so that no caller pays for a start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from aethel.request import Question
from aethel.runtime.deadline import Deadline
from aethel.runtime.logs import EventLog
from aethel.runtime.metrics import Metrics
from aethel.runtime.settings import Process
from aethel.wire.absence import ExpertUnavailable
from aethel.wire.asking import Asking
from aethel.wire.replica import Replica

FIRST_CONTACT_MS = 3_000
"""Longest wait for the experts before the first request is taken, in milliseconds; those away by then are tried on."""

WARM_UP = Question(
    "warm-up",
    intent_text=b"""
    intent warm_up(payer: Account, payee: Account, amount: Balance) {
        guard { amount > 0; old_payer_balance >= amount; }
        effect { payer.balance -= amount; payee.balance += amount; }
        verify { payer_balance == old_payer_balance - amount; }
    }
    """,
)
"""A payment that touches every expert; its verdicts are read by nobody."""

_WARM_UP_MS = 2_000

_log = EventLog(__name__)


@dataclass(frozen=True, slots=True)
class Greeting:
    """A replica of an expert's process to be connected; `on_answer` is told of every verdict it greets with."""

    process: Process
    replica: Replica
    on_answer: Callable[[], None]


class Warmth:
    """Watches the channels of replicas from `follow` until `leave` or `close`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._asking = Asking.of(WARM_UP)
        self._watches: dict[Replica, asyncio.Task[None]] = {}
        self._tried: dict[Replica, asyncio.Event] = {}
        self._reached: dict[Process, set[Replica]] = {}

    def follow(self, greeting: Greeting) -> None:
        """Begin to connect a replica."""
        self._tried[greeting.replica] = asyncio.Event()
        self._watches[greeting.replica] = asyncio.create_task(self._watch(greeting))

    async def first_contact(self) -> None:
        """Return once every replica was reached or found away, at the latest after the first wait."""
        deadline = Deadline.after_ms(FIRST_CONTACT_MS)
        try:
            async with asyncio.timeout(deadline.remaining_s()):
                await asyncio.gather(*(event.wait() for event in self._tried.values()))
        except TimeoutError:
            _log.warning("not every expert was reached before the first request")

    async def leave(self, replica: Replica) -> None:
        """Stop watching a replica; its channel stays its opener's."""
        self._tried.pop(replica, None)
        for reached in self._reached.values():
            reached.discard(replica)
        watch = self._watches.pop(replica, None)
        if watch is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def close(self) -> None:
        """Stop watching everything."""
        await asyncio.gather(*(self.leave(replica) for replica in tuple(self._watches)))

    async def greet(self, process: Process, replica: Replica) -> bool:
        """Ask one question; whether it was answered as it should be."""
        try:
            await replica.ask(self._asking, Deadline.after_ms(_WARM_UP_MS), _WARM_UP_MS)
        except ExpertUnavailable as absence:
            _log.warning(
                "an expert is connected and gives no verdict",
                expert=process,
                address=str(replica.address),
                reason=absence.reason,
            )
            self._say(process, replica, is_reached=False)
            return False
        self._say(process, replica, is_reached=True)
        return True

    async def _watch(self, greeting: Greeting) -> None:
        process, replica, channel = greeting.process, greeting.replica, greeting.replica.channel
        tried = self._tried[replica]
        state = channel.get_state(try_to_connect=True)
        while state is not grpc.ChannelConnectivity.SHUTDOWN:
            if state is grpc.ChannelConnectivity.READY:
                if await self.greet(process, replica):
                    greeting.on_answer()
                    _log.info("an expert is connected", expert=process, address=str(replica.address))
                tried.set()
            elif state is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
                self._say(process, replica, is_reached=False)
                tried.set()
            await channel.wait_for_state_change(state)
            state = channel.get_state(try_to_connect=True)

    def _say(self, process: Process, replica: Replica, *, is_reached: bool) -> None:
        reached = self._reached.setdefault(process, set())
        (reached.add if is_reached else reached.discard)(replica)
        self._metrics.expert_available(process, is_available=bool(reached))
