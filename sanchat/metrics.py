"""What operators watch, in the Prometheus format. No room and no user is named."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """The figures of one server process."""

    def __init__(self, connections: Callable[[], int], deliveries: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        registry = self._registry
        self._changes = Counter("sanchat_changes", "Changes carried out", registry=registry)
        self._batches = Histogram(
            "sanchat_batch_changes", "Changes per commit", buckets=BATCH_BUCKETS, registry=registry
        )
        self._queue = Gauge("sanchat_queue_changes", "Changes waiting", registry=registry)
        self.incidents = Counter("sanchat_incidents", "Faults of the server", registry=registry)
        self.refused = Counter(
            "sanchat_refused_handshakes", "Handshakes refused", ["reason"], registry=registry
        )
        Gauge("sanchat_connections", "Live connections", registry=registry).set_function(
            connections
        )
        Gauge(
            "sanchat_deliveries", "Messages given to connections since start", registry=registry
        ).set_function(deliveries)

    def note_round(self, changes: int, waiting: int) -> None:
        """One commit of the journal, and what waits for the next."""
        self._changes.inc(changes)
        self._batches.observe(changes)
        self._queue.set(waiting)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self._registry)
