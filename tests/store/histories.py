"""Every history of a few transactions on one account: a model of callers, their ledger and the store, searched whole.

Each transaction is begun on the ledger as it is then, committed, settled or released, executed on the ledger and
confirmed, while time may pass and ids may be asked again; all orders are tried, and states that are equal once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from aethel.store.commit import Reserved, Terms
from aethel.store.entry import Phase
from aethel.store.footprint import Footprint, LimitUse
from aethel.store.life import Begun, Done, phase_at
from aethel.store.store import Store
from tests.store.memory import Memory
from tests.store.payments import answer, owner, subject, taking

HOLD_MS = 10
LEASE_MS = 10
PASSES_MS = 10
"""Long enough that whatever was reserved or begun before is over."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one caller is at: the attempt it decides, what it was shown, and the reservation it holds."""

    deciding: int = 0
    shown: tuple[int, int] = (0, 0)
    reserved: int = 0
    begun: int = 0
    is_settled: bool = False
    executed: int = 0
    is_confirmed: bool = False


@dataclass(slots=True)
class World:
    """One state of everything: `balance` and `version` are of the callers' ledger, `most` is what a limit allows."""

    balance: int
    most: int | None = None
    version: int = 1
    passed: int = 0
    memory: Memory = field(default_factory=Memory)
    callers: tuple[Asked, ...] = ()

    def key(self) -> tuple[object, ...]:
        memory = self.memory
        entries = frozenset(
            (one.owner, one.phase, one.attempt, one.reserved, one.lease_ms, one.expires_ms)
            for one in memory.entries.values()
        )
        claims = frozenset(
            (claim.resource, claim.owner, claim.expires_ms, claim.version) for claim in memory.claims.values()
        )
        facts = frozenset((one, tuple(fact.items())) for one, fact in memory.facts.items())
        return self.balance, self.version, self.passed, self.callers, entries, claims, facts

    def fork(self) -> World:
        return replace(self, memory=self.memory.fork())


@dataclass(frozen=True, slots=True)
class History:
    """What is searched: the ledger's first balance, what each transaction takes, and how often time may pass.

    With `most` they all count against one limit, and the account may be overdrawn.
    """

    balance: int
    amounts: tuple[int, ...]
    passes: int
    begins: int = 1
    most: int | None = None

    def worlds(self) -> Iterator[World]:
        """Every state that some order of steps leads to."""
        first = World(self.balance, self.most, callers=tuple(Asked() for _ in self.amounts))
        seen = {first.key()}
        waiting = [first]
        while waiting:
            world = waiting.pop()
            yield world
            for following in self._steps(world):
                if following.key() not in seen:
                    seen.add(following.key())
                    waiting.append(following)

    def _steps(self, world: World) -> Iterator[World]:
        if world.passed < self.passes:
            after = world.fork()
            after.passed += 1
            after.memory.clock_ms += PASSES_MS
            yield after
        for number, caller in enumerate(world.callers):
            for step in _possible(caller, self.begins):
                after = world.fork()
                moved = step(after, number, caller, self.amounts[number])
                after.callers = (*world.callers[:number], moved, *world.callers[number + 1 :])
                yield after


_Step = Callable[[World, int, Asked, int], Asked]
"""Changes the world for one caller, who is given by number, with its amount; returns what the caller is at then."""


def overdrawn_by(world: World, amounts: tuple[int, ...]) -> int:
    """What the ledger lacks if everything that is settled, or still may be, is executed; negative where nothing."""
    due = 0
    for number, caller in enumerate(world.callers):
        entry = world.memory.entries.get(owner(str(number)))
        is_live = entry is not None and phase_at(entry, world.memory.clock_ms) is Phase.RESERVED
        due += amounts[number] if (caller.is_settled and not caller.executed) or is_live else 0
    return due - world.balance


def beyond_limit_by(world: World, amounts: tuple[int, ...]) -> int:
    """What is settled or still may be, beyond what the limit allows; negative where there is room."""
    assert world.most is not None
    used = 0
    for number, caller in enumerate(world.callers):
        entry = world.memory.entries.get(owner(str(number)))
        is_live = entry is not None and phase_at(entry, world.memory.clock_ms) is Phase.RESERVED
        used += amounts[number] if caller.is_settled or is_live else 0
    return used - world.most


def _possible(caller: Asked, begins: int) -> list[_Step]:
    steps: list[_Step] = []
    if caller.begun < begins:
        steps.append(_begin)
    if caller.deciding:
        steps.append(_commit)
    if caller.reserved and not caller.is_settled:
        steps += [_settle, _release]
    if caller.is_settled and not caller.executed:
        steps.append(_execute)
    if caller.executed and not caller.is_confirmed:
        steps.append(_confirm)
    return steps


def _begin(world: World, number: int, caller: Asked, _: int) -> Asked:
    shown = (world.balance, world.version)
    asked = subject(str(number), state=f"{shown}")
    begun = Store(world.memory).begin(owner(str(number)), asked, LEASE_MS)
    counted = replace(caller, begun=caller.begun + 1)
    return replace(counted, deciding=begun.attempt, shown=shown) if isinstance(begun, Begun) else counted


def _commit(world: World, number: int, caller: Asked, amount: int) -> Asked:
    balance, version = caller.shown
    footprint = taking(str(amount), balance=str(balance), version=version)
    if world.most is not None:
        footprint = Footprint(limits=(LimitUse("limit", Decimal(amount), Decimal(world.most)),))
    terms = Terms(caller.deciding, subject(str(number), state=f"{caller.shown}"), footprint)
    decision = Store(world.memory).commit(owner(str(number)), terms, HOLD_MS, answer)
    reserved = decision.attempt if isinstance(decision, Reserved) else caller.reserved
    return replace(caller, deciding=0, reserved=reserved)


def _settle(world: World, number: int, caller: Asked, _: int) -> Asked:
    ended = Store(world.memory).settle(owner(str(number)), caller.reserved)
    return replace(caller, is_settled=True) if isinstance(ended, Done) else replace(caller, reserved=0)


def _release(world: World, number: int, caller: Asked, _: int) -> Asked:
    Store(world.memory).release(owner(str(number)), caller.reserved)
    return replace(caller, reserved=0)


def _execute(world: World, number: int, caller: Asked, amount: int) -> Asked:
    world.balance -= amount
    world.version += 1
    return replace(caller, executed=world.version)


def _confirm(world: World, number: int, caller: Asked, _: int) -> Asked:
    Store(world.memory).confirm(owner(str(number)), caller.executed)
    return replace(caller, is_confirmed=True)
