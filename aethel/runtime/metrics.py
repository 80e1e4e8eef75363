"""Names and labels of every metric, in one registry per process, and its exposition over HTTP."""

from collections.abc import Callable, Collection, Iterator
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from aethel.runtime.address import Address
from aethel.runtime.faults import Reason
from aethel.runtime.worker_roster import PoolCounts

OTHER = "other"
"""The label of whatever is outside a closed set, so that no caller can make labels grow."""

EXPERTS = ("z3", "sentinel", "guardian")
VERDICTS = ("APPROVE", "REJECT", "ABSTAIN")
SOURCES = ("EXPERT", "LAYER")
CONSENSUS = ("APPROVED", "REJECTED", "UNCERTAIN")

_LATENCY_MS = (0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The metrics of one process; a label outside its closed set is counted as `other`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter("aethel_requests_total", "RPCs answered.", ("method", "code"), registry=self.registry)
        self._request_seconds = Histogram(
            "aethel_request_seconds",
            "Time from request to status.",
            ("method",),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._refused = Counter(
            "aethel_admission_refused_total", "Calls that were not let in.", ("reason",), registry=self.registry
        )
        self._in_flight = Gauge("aethel_requests_in_flight", "RPCs being answered.", registry=self.registry)
        self._expert_latency = Histogram(
            "moe_expert_latency_ms",
            "Time from asking an expert to its verdict, in milliseconds.",
            ("expert", "source"),
            registry=self.registry,
            buckets=_LATENCY_MS,
        )
        self._expert_verdicts = Counter(
            "moe_expert_verdicts_total", "Verdicts given.", ("expert", "source", "verdict"), registry=self.registry
        )
        self._consensus = Counter("moe_consensus_total", "Answers of the mesh.", ("consensus",), registry=self.registry)
        self._availability = Gauge(
            "moe_expert_availability",
            "1 while the expert's process answers, 0 while it does not.",
            ("expert",),
            registry=self.registry,
        )

    def workers(self, counts: Callable[[], PoolCounts]) -> None:
        """Show a pool of workers; `counts` is asked at every look, from the thread that shows."""
        self.registry.register(_Workers(counts))

    def request_finished(self, method: str, code: str, duration_s: float) -> None:
        """Count one RPC by its gRPC status code and the time it took; the method is one that is served, or `OTHER`."""
        self._requests.labels(method, code).inc()
        self._request_seconds.labels(method).observe(duration_s)

    def requests_in_flight(self, count: Callable[[], int]) -> None:
        """Tell where to ask, at every look, how many RPCs are being answered."""
        self._in_flight.set_function(count)

    def admission_refused(self, reason: Reason) -> None:
        """Count one call, or one question of a stream, that was not let in."""
        self._refused.labels(reason.value).inc()

    def expert_answered(self, expert: str, source: str, verdict: str, latency_ms: float) -> None:
        """Count one verdict: which expert, whether its process or the local layer gave it, and after how long."""
        labels = (_member(expert, EXPERTS), _member(source, SOURCES))
        self._expert_latency.labels(*labels).observe(latency_ms)
        self._expert_verdicts.labels(*labels, _member(verdict, VERDICTS)).inc()

    def consensus_reached(self, consensus: str) -> None:
        """Count one answer of the mesh."""
        self._consensus.labels(_member(consensus, CONSENSUS)).inc()

    def expert_available(self, expert: str, *, is_available: bool) -> None:
        """Set whether an expert's process answers."""
        self._availability.labels(_member(expert, EXPERTS)).set(1 if is_available else 0)


class HttpMetrics(Metrics):
    """The metrics of the HTTP face; a route is one of its closed list, or `OTHER`."""

    def __init__(self) -> None:
        super().__init__()
        self._http_requests = Counter(
            "aethel_http_requests_total", "HTTP requests answered.", ("route", "status"), registry=self.registry
        )
        self._http_seconds = Histogram(
            "aethel_http_request_seconds",
            "Time from the head of a request to the end of its answer.",
            ("route",),
            registry=self.registry,
            buckets=_SECONDS,
        )

    def http_finished(self, route: str, status: int, duration_s: float) -> None:
        """Count one HTTP request by the status it got, 499 where the caller left, and the time it took."""
        self._http_requests.labels(route, str(status)).inc()
        self._http_seconds.labels(route).observe(duration_s)

    def shown(self) -> bytes:
        """The exposition in Prometheus' text format."""
        return generate_latest(self.registry)


class _Workers(Collector):
    """A pool as metrics: what it has done is counted where it is done, and all of one look is of one moment."""

    def __init__(self, counts: Callable[[], PoolCounts]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        counts = self._counts()
        yield CounterMetricFamily("aethel_worker_answers", "Questions that a worker answered.", counts.answered)
        events = CounterMetricFamily(
            "aethel_worker_events",
            "Workers by what became of them: started; killed at a deadline; lost with a question; recycled after an "
            "answer; faded without a question; failed before they were ready.",
            labels=("event",),
        )
        for event, count in (
            ("started", counts.started),
            ("killed", counts.killed),
            ("lost", counts.lost),
            ("recycled", counts.recycled),
            ("faded", counts.faded),
            ("failed", counts.failed_starts),
        ):
            events.add_metric((event,), count)
        yield events
        now = GaugeMetricFamily(
            "aethel_workers", "Workers by what they do; `changing` ones are starting or ending.", labels=("state",)
        )
        # A worker that has just ended is busy until its question is given up.
        changing = max(0, counts.alive - counts.idle - counts.busy)
        for state, number in (("idle", counts.idle), ("busy", counts.busy), ("changing", changing)):
            now.add_metric((state,), number)
        yield now


class MetricsServer:
    """An HTTP server that shows one registry on every path until it is closed."""

    def __init__(self, server: WSGIServer, thread: Thread, host: str) -> None:
        self._server = server
        self._thread = thread
        self.address = Address(host, server.server_port)

    def close(self) -> None:
        """Stop answering and free the port; waits for the serving thread, which takes at most half a second."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve_metrics(metrics: Metrics, listen: Address) -> MetricsServer:
    """Show the metrics over HTTP at an address, port 0 picking a free one; raises `OSError` when it is taken."""
    server, thread = start_http_server(listen.port, addr=listen.host, registry=metrics.registry)
    return MetricsServer(server, thread, listen.host)


def _member(value: str, closed: Collection[str]) -> str:
    return value if value in closed else OTHER
