"""What dispatch has done, as metrics: read from where it is counted, at every look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from aethel.runtime.settings import Process
from services.orchestrator.dispatch_cache import VerdictCache
from services.orchestrator.dispatch_replicas import Member
from services.orchestrator.dispatch_versions import Fleet

REMEMBERED = 1_000
"""Latest verifications that the cache hit rate is the share of."""


@dataclass(slots=True)
class SolverNeed:
    """Of the latest verifications that were put to the prover, how many needed no solver."""

    _latest: list[bool] = field(default_factory=list)
    _next: int = 0
    _spared: int = 0

    def count(self, *, was_needed: bool) -> None:
        """Count one verification."""
        if len(self._latest) < REMEMBERED:
            self._latest.append(False)
        self._spared += (not was_needed) - self._latest[self._next]
        self._latest[self._next] = not was_needed
        self._next = (self._next + 1) % REMEMBERED

    @property
    def rate(self) -> float:
        """The share, 0 where nothing was put to the prover yet."""
        return self._spared / len(self._latest) if self._latest else 0.0


class DispatchCollector(Collector):
    """Fleets by the process of their expert, the cache, and what needed a solver, all of one moment."""

    def __init__(self, fleets: Mapping[Process, Fleet], cache: VerdictCache | None, need: SolverNeed) -> None:
        self._fleets = fleets
        self._cache = cache
        self._need = need

    def collect(self) -> Iterator[Metric]:
        """The families, with a label for each replica there is now."""
        yield GaugeMetricFamily(
            "moe_cache_hit_rate",
            f"Share of the latest {REMEMBERED} verifications put to the prover that needed no solver.",
            self._need.rate,
        )
        yield from self._replicas()
        yield from self._versions()
        if self._cache is not None:
            yield from _cached(self._cache)

    def _replicas(self) -> Iterator[Metric]:
        labels = ("expert", "version", "replica")
        outstanding = GaugeMetricFamily("aethel_replica_outstanding", "Questions being asked.", labels=labels)
        ejected = GaugeMetricFamily("aethel_replica_ejected", "1 while others are asked instead.", labels=labels)
        retries = CounterMetricFamily(
            "aethel_replica_retries", "Questions asked again here after another replica failed.", labels=labels
        )
        frames = CounterMetricFamily("aethel_replica_frames", "Frames written to its streams.", labels=labels)
        items = CounterMetricFamily("aethel_replica_items", "Questions in these frames.", labels=labels)
        faults = CounterMetricFamily(
            "aethel_replica_faults", "Questions without an answer that can be used.", labels=(*labels, "reason")
        )
        for place, member in self._members():
            replica = member.replica
            outstanding.add_metric(place, replica.outstanding)
            ejected.add_metric(place, int(member.standing.is_ejected))
            retries.add_metric(place, member.retries)
            frames.add_metric(place, replica.traffic.frames)
            items.add_metric(place, replica.traffic.items)
            for reason, count in tuple(member.faults.items()):
                faults.add_metric((*place, reason), count)
        yield from (outstanding, ejected, retries, frames, items, faults)

    def _members(self) -> Iterator[tuple[tuple[str, str, str], Member]]:
        for process, fleet in self._fleets.items():
            for version, replicas in fleet.sets.items():
                for address, member in tuple(replicas.members.items()):
                    yield (process.value, version, str(address)), member

    def _versions(self) -> Iterator[Metric]:
        weights = GaugeMetricFamily(
            "aethel_version_weight", "Thousandths of the questions.", labels=("expert", "version")
        )
        stood_in = CounterMetricFamily(
            "aethel_version_stood_in", "Questions the stable version answered for it.", labels=("expert", "version")
        )
        copied = CounterMetricFamily(
            "aethel_shadow_copies",
            "Copies sent to a shadow: said the same, another thing, nothing, or not sent.",
            labels=("expert", "version", "outcome"),
        )
        for process, fleet in self._fleets.items():
            for version in fleet.split.others:
                weights.add_metric((process.value, version.name), version.weight)
                stood_in.add_metric((process.value, version.name), fleet.stood_in[version.name])
            for (name, outcome), count in tuple(fleet.copied.items()):
                copied.add_metric((process.value, name, outcome), count)
        yield from (weights, stood_in, copied)


def _cached(cache: VerdictCache) -> Iterator[Metric]:
    found = CounterMetricFamily("aethel_verdict_cache", "Looks into the cache of verdicts.", labels=("outcome",))
    found.add_metric(("hit",), cache.hits)
    found.add_metric(("miss",), cache.misses)
    yield found
    yield GaugeMetricFamily("aethel_verdict_cache_bytes", "Memory that cached verdicts take.", cache.held_bytes)
    yield CounterMetricFamily(
        "aethel_verdict_cache_clearings", "Times that a sample differed and all was forgotten.", cache.clearings
    )
