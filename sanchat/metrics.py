"""What operators watch, in the Prometheus format. No room and no user is named."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from sanchat.journal import Round

BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
SECONDS_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


ROUNDS_HELD = 1000


class Metrics:
    """The figures of one server process."""

    def __init__(self, connections: Callable[[], int], deliveries: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        # Not counted yet: figures lock, and rounds hurry.
        self._rounds: list[Round] = []
        registry = self._registry
        self._changes = Counter("sanchat_changes", "Changes carried out", registry=registry)
        self._batches = Histogram(
            "sanchat_batch_changes", "Changes per commit", buckets=BATCH_BUCKETS, registry=registry
        )
        self._seconds = Histogram(
            "sanchat_commit_seconds",
            "What a commit takes, with its sync to the disk",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self._unstored = Counter(
            "sanchat_unstored_changes",
            "Changes refused because the store failed: disk full, database locked",
            registry=registry,
        )
        self._queue = Gauge("sanchat_queue_changes", "Changes waiting", registry=registry)
        self.incidents = Counter("sanchat_incidents", "Faults of the server", registry=registry)
        self.refused = Counter(
            "sanchat_refused_handshakes", "Handshakes refused", ["reason"], registry=registry
        )
        self.watch("sanchat_connections", "Live connections", connections)
        self.watch("sanchat_deliveries", "Messages given to connections since start", deliveries)

    def note_round(self, round: Round) -> None:
        """One commit of the journal, and what waits for the next."""
        self._rounds.append(round)
        if len(self._rounds) >= ROUNDS_HELD:
            self._count_rounds()

    def _count_rounds(self) -> None:
        for round in self._rounds:
            self._count(round)
        self._rounds.clear()

    def _count(self, round: Round) -> None:
        self._queue.set(round.waiting)
        if round.is_stored:
            self._changes.inc(round.changes)
            self._batches.observe(round.changes)
            self._seconds.observe(round.seconds)
        else:
            self._unstored.inc(round.changes)

    def watch(self, name: str, help: str, look: Callable[[], float]) -> None:
        """A figure that is looked up whenever somebody asks."""
        Gauge(name, help, registry=self._registry).set_function(look)

    def text(self) -> bytes:
        """The exposition format."""
        self._count_rounds()
        return generate_latest(self._registry)
