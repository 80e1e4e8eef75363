"""A name that means several processes, others later, and nothing for a while."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from aethel.runtime.address import Address
from aethel.runtime.metrics import Metrics
from aethel.runtime.settings import Process
from aethel.wire.replica import Replica
from services.orchestrator import dispatch_replicas
from services.orchestrator.dispatch_replicas import Group, ReplicaSet
from services.orchestrator.dispatch_resolving import resolve
from services.orchestrator.warmth import Warmth
from tests.orchestrator.fleets import open_replica

NAMED = Address("guardian.mesh", 1)
ONE, TWO, THREE = (Address("127.0.0.1", port) for port in (1, 2, 3))


class NameService:
    """Says what a test says; None is no answer."""

    def __init__(self) -> None:
        self.says: Sequence[Address] | None = (ONE, TWO)
        self.asked = asyncio.Semaphore(0)
        self.hosts: dict[Address, str] = {}

    async def __call__(self, address: Address) -> Sequence[Address]:
        self.asked.release()
        if address.is_ip:
            return (address,)
        if self.says is None:
            raise OSError("no such name")
        return self.says


@pytest.fixture
def names() -> NameService:
    return NameService()


@pytest.fixture
async def replicas(names: NameService) -> AsyncIterator[ReplicaSet]:
    group = Group("Guardian_Expert", Process.GUARDIAN, "stable", 50)

    def opened(name: str, address: Address, host: str) -> Replica:
        names.hosts[address] = host
        return open_replica(name, address)

    made = ReplicaSet(group, (NAMED, THREE), opened, Warmth(Metrics()), names)
    yield made
    await made.close()


async def _ask_again(replicas: ReplicaSet, names: NameService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose once with an answer of the name service that is too old, and wait until there is a new one."""
    while not names.asked.locked():
        await names.asked.acquire()
    monkeypatch.setattr(dispatch_replicas, "RESOLVE_AGE_S", -1.0)
    replicas.choose()
    monkeypatch.setattr(dispatch_replicas, "RESOLVE_AGE_S", 1_000.0)
    for _ in range(2):
        await names.asked.acquire()
    await asyncio.sleep(0)


async def test_a_name_stands_for_all_its_addresses(replicas: ReplicaSet, names: NameService) -> None:
    names.says = (ONE, TWO, THREE)
    await replicas.open()
    assert set(replicas.members) == {ONE, TWO, THREE}


async def test_whoever_was_found_by_a_name_has_to_prove_that_name(replicas: ReplicaSet, names: NameService) -> None:
    await replicas.open()
    assert names.hosts == {ONE: "guardian.mesh", TWO: "guardian.mesh", THREE: ""}


async def test_what_a_name_means_later_is_asked_from_then_on(
    replicas: ReplicaSet, names: NameService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await replicas.open()
    kept = replicas.members[TWO]
    names.says = (TWO, THREE)
    await _ask_again(replicas, names, monkeypatch)
    assert set(replicas.members) == {TWO, THREE}
    assert replicas.members[TWO] is kept, "who stays keeps its connection and its standing"


async def test_a_name_service_that_is_away_changes_nothing(
    replicas: ReplicaSet, names: NameService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await replicas.open()
    before = set(replicas.members)
    names.says = None
    await _ask_again(replicas, names, monkeypatch)
    assert set(replicas.members) == before


async def test_an_address_is_itself_and_a_name_is_looked_up() -> None:
    assert await resolve(ONE) == (ONE,)
    assert Address("127.0.0.1", 7) in await resolve(Address("localhost", 7))


async def test_whoever_is_asked_least_is_asked_next_and_equals_take_turns(
    replicas: ReplicaSet, names: NameService
) -> None:
    names.says = (ONE, TWO)
    await replicas.open()
    replicas.members[TWO].replica.outstanding = 1
    chosen = [member.replica.address for member in (replicas.choose() for _ in range(4)) if member is not None]
    assert chosen in ([ONE, THREE, ONE, THREE], [THREE, ONE, THREE, ONE])
