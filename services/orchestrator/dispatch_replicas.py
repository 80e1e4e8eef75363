"""The replicas of one version of an expert: who is asked next, who is not asked for a while, and who comes back."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from dataclasses import dataclass, field

from aethel.runtime.address import Address
from aethel.runtime.deadline import Deadline
from aethel.runtime.logs import EventLog
from aethel.runtime.settings import Process
from aethel.verdict import ExpertVerdict
from aethel.wire.absence import Absence, ExpertUnavailable
from aethel.wire.asking import Asking
from aethel.wire.replica import NoTurn, Replica
from services.orchestrator.dispatch_resolving import RESOLVE_AGE_S, Resolve, resolve
from services.orchestrator.dispatch_standing import Standing
from services.orchestrator.warmth import Greeting, Warmth

LATE_COUNTS_MS = 1_000
"""Time that a replica was given, in milliseconds, from which it is at fault for not having answered in it.

Where an expert's own time is shorter, all of that counts. Less says more about the caller's hurry than of the replica.
"""

_log = EventLog(__name__)


@dataclass(eq=False, slots=True)
class Member:
    """One replica, how it has done, and what it is counted for."""

    replica: Replica
    standing: Standing = field(default_factory=Standing)
    faults: Counter[str] = field(default_factory=Counter)
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Whose replicas these are: the expert's name and process, its version, and the time one answer may take."""

    name: str
    process: Process
    version: str
    timeout_ms: int


class ReplicaSet:
    """The processes behind `addresses`, found by `resolving`; `warmth` connects them.

    `open_replica` is given the expert's name, an address, and the host that address was found for.
    """

    def __init__(
        self,
        group: Group,
        addresses: Sequence[Address],
        open_replica: Callable[[str, Address, str], Replica],
        warmth: Warmth,
        resolving: Resolve = resolve,
    ) -> None:
        self.group = group
        self.members: dict[Address, Member] = {}
        self._addresses = tuple(addresses)
        self._open_replica = open_replica
        self._warmth = warmth
        self._resolve = resolving
        self._known: dict[Address, Sequence[Address]] = {}
        self._looked_s = float("-inf")
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Find the replicas and begin to connect them."""
        await self._look()

    async def close(self) -> None:
        """Ask nobody any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(self._drop(member, 0) for member in self.members.values()))
        self.members.clear()

    def choose(self, without: Member | None = None) -> Member | None:
        """The healthy replica with the least outstanding, of equals the one that was not asked for longest.

        None where there is none but `without`.
        """
        self._look_again()
        now_ms = time.monotonic() * 1000
        for member in self.members.values():
            if member.standing.wants_probe(now_ms):
                self._begin(self._probe(member))
        others = [member for member in self.members.values() if member is not without]
        chosen = min(
            [member for member in others if not member.standing.is_ejected] or others,
            key=lambda member: member.replica.outstanding,
            default=None,
        )
        if chosen is not None:
            # The one asked last comes last among those that are equally busy.
            self.members[chosen.replica.address] = self.members.pop(chosen.replica.address)
        return chosen

    async def ask(self, member: Member, asking: Asking, deadline: Deadline, *, in_frames: bool) -> ExpertVerdict:
        """The verdict of one replica within the time an answer may take; raises `ExpertUnavailable`."""
        given_ms = min(deadline.remaining_ms(), self.group.timeout_ms)
        try:
            verdict = await member.replica.ask(asking, deadline, self.group.timeout_ms, in_frames=in_frames)
        except NoTurn:
            raise
        except ExpertUnavailable as absence:
            self._count(member, absence.reason, given_ms)
            raise
        member.standing.answered()
        return verdict

    def _count(self, member: Member, reason: Absence, given_ms: int) -> None:
        member.faults[reason.value] += 1
        # What is refused lies in the question: whoever asks it anywhere must not turn replicas off with it.
        in_a_hurry = reason is Absence.LATE and given_ms < min(self.group.timeout_ms, LATE_COUNTS_MS)
        if reason is Absence.REFUSED or in_a_hurry:
            return
        member.standing.failed()
        if reason is Absence.UNREACHABLE:
            self._look_again()
        others = [each for each in self.members.values() if each is not member and not each.standing.is_ejected]
        if member.standing.is_bad and not member.standing.is_ejected and others:
            member.standing.eject(time.monotonic() * 1000)
            self._say("a replica is not asked any more", member, reason)

    async def _probe(self, member: Member) -> None:
        if await self._warmth.greet(self.group.process, member.replica):
            self._restore(member)

    def _restore(self, member: Member) -> None:
        if member.standing.is_ejected:
            member.standing.restore()
            self._say("a replica is asked again", member, None)

    def _say(self, event: str, member: Member, reason: Absence | None) -> None:
        _log.warning(
            event,
            expert=self.group.process,
            version=self.group.version,
            address=str(member.replica.address),
            reason=reason or "it answers",
        )

    def _look_again(self) -> None:
        """Ask the name service again where its answer is old; the question at hand does not wait for it."""
        is_named = not all(address.is_ip for address in self._addresses)
        if is_named and time.monotonic() - self._looked_s > RESOLVE_AGE_S:
            self._looked_s = time.monotonic()
            self._begin(self._look())

    async def _look(self) -> None:
        self._looked_s = time.monotonic()
        for address in self._addresses:
            try:
                self._known[address] = await self._resolve(address)
            except OSError:
                # What it meant before is the best that is known.
                _log.warning("the name of an expert means nothing", expert=self.group.process, address=str(address))
        wanted = {found: address.host for address in self._addresses for found in self._known.get(address, ())}
        gone = [self.members.pop(address) for address in tuple(self.members) if address not in wanted]
        for address, host in wanted.items():
            if address not in self.members:
                self.members[address] = self._join(address, host)
        for member in gone:
            self._begin(self._drop(member, self.group.timeout_ms / 1000))

    def _join(self, address: Address, host: str) -> Member:
        named = "" if host == address.host else host
        member = Member(self._open_replica(self.group.name, address, named))
        self._warmth.follow(Greeting(self.group.process, member.replica, lambda: self._restore(member)))
        return member

    async def _drop(self, member: Member, grace_s: float) -> None:
        """Let go of a replica, which may finish what it was asked."""
        await self._warmth.leave(member.replica)
        await member.replica.close(grace_s)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
