"""Verifications that run here, step by step, for whoever watches them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Protocol, TypeVar

from aethel.decision.path import Prepared
from aethel.progress import Concluded, Event, ExpertHeard, ExpertsChosen, Failed, QuestionAdmitted, QuestionRead, Step
from aethel.runtime.faults import Reason, RequestFault
from aethel.store.footprint import Owner
from aethel.verdict import ExpertVerdict, MOEResult

MAX_WATCHERS = 64
"""Watchers of one verification, so that a page that many look at cannot take a replica for itself."""

MAX_STEPS = 64
"""Steps kept of one verification; it has four, and one for each expert."""


CUT_OFF = Failed(Reason.DEADLINE_EXCEEDED.value, "it ended without an answer: no time was left, or nobody waited")


class Heard(Protocol):
    """What dispatch hears of one expert."""

    @property
    def verdict(self) -> ExpertVerdict | None: ...

    @property
    def degraded(self) -> str: ...


HeardT = TypeVar("HeardT", bound=Heard)


class Progress:
    """The steps of one verification so far. Everything here happens on the event loop."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._steps: list[Step] = []
        self._grown = asyncio.Event()
        self._watchers = 0

    @property
    def elapsed_ms(self) -> float:
        """Time since it began, in milliseconds."""
        return (time.monotonic() - self._started_s) * 1000

    def tell(self, event: Event) -> None:
        """What happened now; a step too many is dropped, unless it is the last one."""
        step = Step(self.elapsed_ms, event)
        if len(self._steps) < MAX_STEPS or step.is_last:
            self._steps.append(step)
        self._grown.set()
        self._grown = asyncio.Event()

    def end(self) -> None:
        """Nothing comes any more."""
        if not self._steps or not self._steps[-1].is_last:
            self.tell(CUT_OFF)

    async def steps(self) -> AsyncGenerator[Step, None]:
        """Every step from the first to the last one, as they come; raises `RequestFault` where too many watch."""
        if self._watchers >= MAX_WATCHERS:
            raise RequestFault(Reason.OVERLOADED, f"{MAX_WATCHERS} watch this verification, expected no more")
        self._watchers += 1
        try:
            seen = 0
            while True:
                grown = self._grown
                for step in self._steps[seen:]:
                    seen += 1
                    yield step
                    if step.is_last:
                        return
                # A step that was told while the one before was sent has replaced the event, which is set by then.
                await grown.wait()
        finally:
            self._watchers -= 1


_AT_HAND: ContextVar[Progress | None] = ContextVar("progress", default=None)
"""The verification that the code at hand works for."""


class Running:
    """The verifications that run in this process, by whose they are."""

    def __init__(self) -> None:
        self._running: dict[Owner, Progress] = {}

    def find(self, owner: Owner) -> Progress | None:
        """The verification that runs under this identity; None where there is none, or it is over."""
        return self._running.get(owner)

    async def follow(self, owner: Owner, deciding: Awaitable[MOEResult]) -> MOEResult:
        """The answer of `deciding`, whose steps can be watched meanwhile; raises what it raises.

        Where one identity is verified twice at once, the first one is found.
        """
        progress = _AT_HAND.get() or Progress()
        first = self._running.setdefault(owner, progress) is progress
        token = _AT_HAND.set(progress)
        last: Concluded | Failed = CUT_OFF
        progress.tell(QuestionAdmitted(owner.id))
        try:
            answer = await deciding
            last = Concluded(replace(answer, total_latency_ms=progress.elapsed_ms))
            return answer
        except RequestFault as fault:
            last = Failed(fault.reason.value, fault.message)
            raise
        except Exception:
            last = Failed(Reason.INTERNAL.value, "internal error")
            raise
        finally:
            progress.tell(last)
            _AT_HAND.reset(token)
            if first:
                del self._running[owner]


@contextmanager
def watched(progress: Progress) -> Iterator[None]:
    """What is verified inside the block tells its steps to `progress`, which ends with the block whatever happens."""
    token = _AT_HAND.set(progress)
    try:
        yield
    finally:
        progress.end()
        _AT_HAND.reset(token)


def tell_read(prepared: Prepared) -> None:
    """The question at hand was read."""
    plan = prepared.plan
    _tell(QuestionRead(plan.program_digest, plan.language_version, len(plan.required)))


def tell_chosen(prepared: Prepared) -> None:
    """The experts that judge the question at hand are asked now."""
    _tell(ExpertsChosen(prepared.plan.experts, tuple(prepared.plan.skipped.items())))


async def telling(name: str, hearing: Awaitable[HeardT]) -> HeardT:
    """What is heard of one expert, told to whoever watches."""
    heard = await hearing
    _tell(ExpertHeard(name, heard.verdict, heard.degraded))
    return heard


def _tell(event: Event) -> None:
    progress = _AT_HAND.get()
    if progress is not None:
        progress.tell(event)
