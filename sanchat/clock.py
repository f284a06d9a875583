"""The time of day. Whoever needs it is handed this function, so that tests can hand in another."""

import time
from collections.abc import Callable

Clock = Callable[[], int]  # UTC milliseconds since 1970


def wall_clock() -> int:
    """Now, in UTC milliseconds. May jump; order and waiting never depend on it."""
    return time.time_ns() // 1_000_000
