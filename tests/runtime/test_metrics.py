"""Metrics: one registry a process, labels from closed sets, shown over HTTP."""

import urllib.error
import urllib.request

import pytest

from aethel.runtime.address import Address
from aethel.runtime.metrics import Metrics, serve_metrics
from aethel.runtime.worker_pool import PoolCounts


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_a_verdict_is_counted_with_its_latency(metrics: Metrics) -> None:
    metrics.expert_answered("z3", "EXPERT", "APPROVE", 12.0)
    assert value(metrics, "moe_expert_verdicts_total", expert="z3", source="EXPERT", verdict="APPROVE") == 1
    assert value(metrics, "moe_expert_latency_ms_sum", expert="z3", source="EXPERT") == 12


def test_a_latency_falls_into_the_bucket_of_its_milliseconds(metrics: Metrics) -> None:
    metrics.expert_answered("guardian", "LAYER", "REJECT", 7.0)
    labels = {"expert": "guardian", "source": "LAYER"}
    assert value(metrics, "moe_expert_latency_ms_bucket", le="5.0", **labels) == 0
    assert value(metrics, "moe_expert_latency_ms_bucket", le="10.0", **labels) == 1


def test_an_answer_of_the_mesh_is_counted(metrics: Metrics) -> None:
    metrics.consensus_reached("UNCERTAIN")
    assert value(metrics, "moe_consensus_total", consensus="UNCERTAIN") == 1


def test_availability_follows_the_last_word(metrics: Metrics) -> None:
    metrics.expert_available("sentinel", is_available=True)
    metrics.expert_available("sentinel", is_available=False)
    assert value(metrics, "moe_expert_availability", expert="sentinel") == 0


def test_the_workers_of_a_pool_are_shown_as_they_are_at_each_look(metrics: Metrics) -> None:
    counts = [PoolCounts(started=4, answered=9, killed=1, lost=2, recycled=3, faded=5, failed_starts=6)]
    metrics.workers(lambda: counts[-1])
    events = {"started": 4, "killed": 1, "lost": 2, "recycled": 3, "faded": 5, "failed": 6}
    assert {event: value(metrics, "aethel_worker_events_total", event=event) for event in events} == events
    assert value(metrics, "aethel_worker_answers_total") == 9
    counts.append(PoolCounts(idle=1, busy=2, alive=7))
    states = {"idle": 1, "busy": 2, "changing": 4}
    assert {state: value(metrics, "aethel_workers", state=state) for state in states} == states
    assert value(metrics, "aethel_worker_answers_total") == 0


def test_a_label_outside_its_closed_set_is_counted_as_other(metrics: Metrics) -> None:
    metrics.expert_answered("tx-4711", "tx-4711", "tx-4711", 1.0)
    metrics.consensus_reached("tx-4711")
    metrics.expert_available("tx-4711", is_available=True)
    labels = {
        label for metric in metrics.registry.collect() for sample in metric.samples for label in sample.labels.values()
    }
    assert "other" in labels
    assert "tx-4711" not in labels


def test_two_processes_share_no_registry(metrics: Metrics) -> None:
    metrics.consensus_reached("APPROVED")
    assert value(Metrics(), "moe_consensus_total", consensus="APPROVED") is None


def test_metrics_are_shown_over_http_until_closed(metrics: Metrics) -> None:
    metrics.consensus_reached("APPROVED")
    server = serve_metrics(metrics, Address("127.0.0.1", 0))
    address = f"http://{server.address}/metrics"
    with urllib.request.urlopen(address, timeout=10) as answer:
        assert b'moe_consensus_total{consensus="APPROVED"} 1.0' in answer.read()
    server.close()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=10)


def test_a_taken_address_is_not_shared(metrics: Metrics) -> None:
    server = serve_metrics(metrics, Address("127.0.0.1", 0))
    with pytest.raises(OSError, match="Address already in use"):
        serve_metrics(metrics, server.address)
    server.close()
