"""How fast somebody may do something: token buckets on a clock that is handed in."""

import math
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from sanchat.addresses import source_of
from sanchat.errors import RateLimited

MonotonicClock = Callable[[], float]  # seconds, never jumps


_RATE = re.compile(r"\s*(\d+)\s*,\s*(\d+(?:\.\d+)?)\s*/\s*(s|min|h)\s*")
_UNITS = {"s": 1, "min": 60, "h": 3600}  # seconds
MOST = 1_000_000  # at once, or in a second
SECOND_CHANCES_APART_SECONDS = 0.01
LATER_CHANCES_APART_SECONDS = 0.02
FLOODS_APART_SECONDS = 0.4


@dataclass(frozen=True)
class Rate:
    """So many at once, then so many a second."""

    burst: int
    per_second: float

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """A rate as people write it, `10, 2/s`, `5, 100/h`; ValueError where it is none."""
        found = _RATE.fullmatch(text)
        if found is None:
            raise ValueError(f"not a rate: {text}")
        rate = cls(int(found[1]), float(found[2]) / _UNITS[found[3]])
        if not (1 <= rate.burst <= MOST and 0 < rate.per_second <= MOST):
            raise ValueError(f"out of bounds: {text}")
        return rate

    def __str__(self) -> str:
        for unit, seconds in _UNITS.items():
            number = self.per_second * seconds
            if math.isclose(number, round(number)):
                return f"{self.burst}, {round(number)}/{unit}"
        return f"{self.burst}, {self.per_second}/s"


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What each limit of a server is."""

    writes: Rate = Rate(10, 2)
    refusals: Rate = Rate(100, 5)
    reads: Rate = Rate(200, 40)
    typing: Rate = Rate(3, 1)
    rooms: Rate = Rate(10, 60 / 3600)
    sign_ins: Rate = Rate(64, 384 / 3600)
    # At most 10 in any 3 minutes.
    guesses: Rate = Rate(5, 100 / 3600)
    # A class behind one address, each with a mistake.
    guesses_by_address: Rate = Rate(64, 384 / 3600)


MISTAKES = Rate(5, 0.5)  # anybody makes some


class Bucket:
    """Holds a burst of tokens, refilled at the rate; each doing takes one."""

    __slots__ = ("_at", "_burst", "_per_second", "_tokens")

    def __init__(self, rate: Rate, now: float) -> None:
        self._burst = rate.burst
        self._per_second = rate.per_second
        self._tokens: float = rate.burst
        self._at = now

    def take(self, now: float) -> int:
        """0 and one token less, or the milliseconds to wait for the next token."""
        self._refill(now)
        if self._tokens >= 1:
            self._tokens -= 1
            return 0
        seconds = self._at - now + (1 - self._tokens) / self._per_second
        return max(1, round(seconds * 1000))

    def give_back(self) -> None:
        """Undo one `take`."""
        self._tokens = min(self._burst, self._tokens + 1)

    def rest(self, now: float, seconds: float) -> None:
        """Refill nothing for so long."""
        self._refill(now)
        self._at = max(self._at, now + seconds)

    def _refill(self, now: float) -> None:
        if now > self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
            self._at = now


class Buckets:
    """One bucket per key, for the `capacity` keys used last."""

    def __init__(self, rate: Rate, clock: MonotonicClock, *, capacity: int = 10_000) -> None:
        self._rate = rate
        self._clock = clock
        self._capacity = capacity
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def take(self, key: Hashable) -> int:
        """As `Bucket.take`, of the key's own bucket."""
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._rate, now)
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

    def rest(self, key: Hashable, seconds: float) -> None:
        """As `Bucket.rest`, of the key's own bucket."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.rest(self._clock(), seconds)


class Guesses:
    """How often passwords may be tried; what was right does not count.

    By address and name, so that who guesses at a name from elsewhere locks nobody out of it. By
    address alone too.
    """

    def __init__(self, clock: MonotonicClock, rates: Rates = Rates()) -> None:
        self._by_name = Buckets(rates.guesses, clock, capacity=50_000)
        self._by_address = Buckets(rates.guesses_by_address, clock)

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


class Spacing:
    """Moments so far apart, however many are asked for at once."""

    def __init__(self, clock: MonotonicClock, apart_seconds: float) -> None:
        self._clock = clock
        self._apart_seconds = apart_seconds
        self._latest = clock()

    def seconds_until(self, least_seconds: float) -> float:
        """How long until the next free moment that is at least so far away; it is taken then."""
        now = self._clock()
        self._latest = max(now + least_seconds, self._latest + self._apart_seconds)
        return self._latest - now


class Limits:
    """The rates of one server; sizes are bounded elsewhere, whatever these say."""

    def __init__(self, clock: MonotonicClock, rates: Rates = Rates()) -> None:
        self.writes = Buckets(rates.writes, clock)  # by session
        self.refusals = Buckets(rates.refusals, clock)  # of writes, by session
        self.mistakes = Buckets(MISTAKES, clock)  # refusals of any kind, by session
        # Of all who are refused, of those among them who make too many mistakes, and of floods.
        self.second_chances = Spacing(clock, SECOND_CHANCES_APART_SECONDS)
        self.later_chances = Spacing(clock, LATER_CHANCES_APART_SECONDS)
        self.floods = Spacing(clock, FLOODS_APART_SECONDS)
        self.reads = Buckets(rates.reads, clock)  # by session
        self.typing = Buckets(rates.typing, clock)  # by session
        self.rooms = Buckets(rates.rooms, clock)  # made, by session
        self.sign_ins = Buckets(rates.sign_ins, clock)  # by address

    def spend(self, buckets: Buckets, key: Hashable, doing: str) -> None:
        """Take one token; RateLimited where there is none."""
        wait_ms = buckets.take(key)
        if wait_ms:
            raise RateLimited(wait_ms, doing)
