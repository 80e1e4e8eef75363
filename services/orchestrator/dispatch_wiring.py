"""Puts the experts of a mesh together from its settings: their versions, the replicas of each, and their channels."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack

from aethel.decision.versions import Split
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.metrics import Metrics
from aethel.runtime.settings import Process, Settings
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Z3_EXPERT
from aethel.wire.replica import Replica
from services.orchestrator.dispatch_replicas import Group, ReplicaSet
from services.orchestrator.dispatch_versions import Fleet, addresses_of, splits_of
from services.orchestrator.warmth import Warmth

NAMES = {Process.Z3: Z3_EXPERT, Process.SENTINEL: SENTINEL_EXPERT, Process.GUARDIAN: GUARDIAN_EXPERT}
"""The experts by their processes."""


async def open_fleets(stack: AsyncExitStack, settings: Settings, metrics: Metrics) -> Mapping[Process, Fleet]:
    """Every expert with its replicas connected where they can be; all of it ends with the stack.

    Raises SettingsError where the table of versions cannot be used.
    """
    found = {
        Process.Z3: settings.z3_addresses,
        Process.SENTINEL: settings.sentinel_addresses,
        Process.GUARDIAN: settings.guardian_addresses,
    }
    splits = splits_of(settings.versions_file, found)
    warmth = Warmth(metrics)
    stack.push_async_callback(warmth.close)
    fleets = {process: _fleet(process, split, settings, warmth) for process, split in splits.items()}
    for fleet in fleets.values():
        stack.push_async_callback(fleet.close)
    await asyncio.gather(*(replicas.open() for fleet in fleets.values() for replicas in fleet.sets.values()))
    await warmth.first_contact()
    return fleets


def timeouts_ms(settings: Settings) -> Mapping[Process, int]:
    """The time each expert has for one answer, in milliseconds."""
    return {
        Process.Z3: settings.z3_timeout_ms,
        Process.SENTINEL: settings.sentinel_timeout_ms,
        Process.GUARDIAN: settings.guardian_timeout_ms,
    }


def _fleet(process: Process, split: Split, settings: Settings, warmth: Warmth) -> Fleet:
    peers = settings.access.without_token()

    def open_replica(name: str, address: Address, host: str) -> Replica:
        return Replica(name, address, open_channel(address, settings.max_message_bytes, peers, host))

    timeout_ms = timeouts_ms(settings)[process]
    return Fleet(
        split,
        {
            version.name: ReplicaSet(
                Group(NAMES[process], process, version.name, timeout_ms), addresses_of(version), open_replica, warmth
            )
            for version in split.versions
        },
    )
