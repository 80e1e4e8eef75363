"""Experts of a mesh that is put together inside a test, over replicas at given addresses."""

from __future__ import annotations

from collections.abc import Sequence

from aethel.decision.versions import STABLE, Split, Version
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.metrics import Metrics
from aethel.runtime.settings import Process
from aethel.wire.replica import Replica
from services.orchestrator.dispatch_replicas import Group, Member, ReplicaSet
from services.orchestrator.dispatch_versions import Fleet
from services.orchestrator.warmth import Warmth
from tests.orchestrator.processes import MAX_MESSAGE_BYTES

PROCESSES = {"Z3_Expert": Process.Z3, "Sentinel_Expert": Process.SENTINEL, "Guardian_Expert": Process.GUARDIAN}


def open_replica(name: str, address: Address, host: str = "") -> Replica:
    return Replica(name, address, open_channel(address, MAX_MESSAGE_BYTES))


def replicas_of(name: str, addresses: Sequence[Address], timeout_ms: int, version: str = STABLE) -> ReplicaSet:
    """Replicas that nobody connects before they are asked; whoever makes them closes them."""
    group = Group(name, PROCESSES[name], version, timeout_ms)
    replicas = ReplicaSet(group, (), open_replica, Warmth(Metrics()))
    replicas.members.update({address: Member(open_replica(name, address)) for address in addresses})
    return replicas


def fleet_of(name: str, addresses: Sequence[Address], timeout_ms: int = 5_000) -> Fleet:
    """An expert of one version."""
    return Fleet(Split(Version(STABLE)), {STABLE: replicas_of(name, addresses, timeout_ms)})
