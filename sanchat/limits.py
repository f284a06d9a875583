"""How fast somebody may do something: token buckets on a clock that is handed in."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from sanchat.addresses import source_of
from sanchat.errors import RateLimited

MonotonicClock = Callable[[], float]  # seconds, never jumps


class Bucket:
    """Holds `burst` tokens, refilled at `per_second`; each doing takes one."""

    __slots__ = ("_at", "_burst", "_per_second", "_tokens")

    def __init__(self, burst: float, per_second: float, now: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._tokens = burst
        self._at = now

    def take(self, now: float) -> int:
        """0 and one token less, or the milliseconds to wait for the next token."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0
        return max(1, round((1 - self._tokens) / self._per_second * 1000))

    def give_back(self) -> None:
        """Undo one `take`."""
        self._tokens = min(self._burst, self._tokens + 1)


class Buckets:
    """One bucket per key, for the `capacity` keys used last."""

    def __init__(
        self, burst: float, per_second: float, clock: MonotonicClock, *, capacity: int = 10_000
    ) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._capacity = capacity
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def take(self, key: Hashable) -> int:
        """As `Bucket.take`, of the key's own bucket."""
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._burst, self._per_second, now)
            if len(self._buckets) > self._capacity:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket.take(now)

    def give_back(self, key: Hashable) -> None:
        """Undo one `take` of the key."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.give_back()


class Guesses:
    """How often passwords may be tried; what was right does not count.

    By address and name, so that who guesses at a name from elsewhere locks nobody out of it: at
    most 10 in any 3 minutes. By address alone: a class behind one address, each with a mistake.
    """

    def __init__(self, clock: MonotonicClock) -> None:
        self._by_name = Buckets(5, 5 / 180, clock, capacity=50_000)
        self._by_address = Buckets(64, 64 / 600, clock)

    def begin(self, address: str, name: str) -> None:
        """Before a password is looked at; RateLimited."""
        source = source_of(address)
        wait_ms = self._by_name.take((source, name)) or self._by_address.take(source)
        if wait_ms:
            raise RateLimited(wait_ms, "try")

    def was_right(self, address: str, name: str) -> None:
        """The password fitted."""
        source = source_of(address)
        self._by_name.give_back((source, name))
        self._by_address.give_back(source)


class Limits:
    """The rates of one server; sizes are bounded elsewhere, whatever these say."""

    def __init__(self, clock: MonotonicClock) -> None:
        self.writes = Buckets(10, 2, clock)  # by session
        self.reads = Buckets(200, 40, clock)  # by session
        self.typing = Buckets(3, 1, clock)  # by session
        self.room_creation = Buckets(10, 10 / 600, clock)  # by session
        self.sign_ins = Buckets(64, 64 / 600, clock)  # by address

    def spend(self, buckets: Buckets, key: Hashable, doing: str) -> None:
        """Take one token; RateLimited where there is none."""
        wait_ms = buckets.take(key)
        if wait_ms:
            raise RateLimited(wait_ms, doing)
