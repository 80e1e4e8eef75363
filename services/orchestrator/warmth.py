"""Keeps every expert's channel connected and asks each new connection once, so that no caller pays for a cold start."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import grpc

from aethel.request import Question
from aethel.runtime.deadline import Deadline
from aethel.runtime.logs import EventLog
from aethel.runtime.metrics import Metrics
from aethel.wire.absence import ExpertUnavailable
from services.orchestrator.dispatch import Seat

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

_WARM_UP_MS = 2_000.0

_log = EventLog(__name__)

Contact = tuple[Seat, grpc.aio.Channel]


class Warmth:
    """Watches channels from `open` until `close`."""

    def __init__(self, contacts: Sequence[Contact], metrics: Metrics) -> None:
        self._contacts = contacts
        self._metrics = metrics
        self._watches: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Begin to connect; returns once every expert was reached or found away, at the latest after the first wait."""
        tried = [asyncio.Event() for _ in self._contacts]
        self._watches = [
            asyncio.create_task(self._watch(seat, channel, event))
            for (seat, channel), event in zip(self._contacts, tried, strict=True)
        ]
        deadline = Deadline.after_ms(FIRST_CONTACT_MS)
        try:
            async with asyncio.timeout(deadline.remaining_s()):
                await asyncio.gather(*(event.wait() for event in tried))
        except TimeoutError:
            _log.warning("not every expert was reached before the first request")

    async def close(self) -> None:
        """Stop watching; the channels stay their opener's."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)

    async def _watch(self, seat: Seat, channel: grpc.aio.Channel, tried: asyncio.Event) -> None:
        state = channel.get_state(try_to_connect=True)
        while state is not grpc.ChannelConnectivity.SHUTDOWN:
            if state is grpc.ChannelConnectivity.READY:
                await self._greet(seat)
                tried.set()
            elif state is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
                self._say(seat, is_available=False)
                tried.set()
            await channel.wait_for_state_change(state)
            state = channel.get_state(try_to_connect=True)

    async def _greet(self, seat: Seat) -> None:
        try:
            await seat.expert.verify(WARM_UP, _WARM_UP_MS)
        except ExpertUnavailable as absence:
            _log.warning("an expert is connected and gives no verdict", expert=seat.process, reason=absence.reason)
            self._say(seat, is_available=False)
        else:
            _log.info("an expert is connected", expert=seat.process)
            self._say(seat, is_available=True)

    def _say(self, seat: Seat, *, is_available: bool) -> None:
        self._metrics.expert_available(seat.process, is_available=is_available)
