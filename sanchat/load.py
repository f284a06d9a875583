"""Whether this process has so much to do that newcomers are sent away, so that members are served.

Three signs: the journal's queue is half full, the event loop has come late to everything for some
seconds, or few descriptors are left. Coming late once is no sign: a machine that stood still, or is
busy with something else for a moment, serves newcomers as well as it serves members.
"""

import asyncio
import resource
from collections.abc import Callable

LOOK_SECONDS = 0.25
LATE_SECONDS = 1.0
LATE_FOR_SECONDS = 5.0
LATE_LOOKS = 3  # one after the other: a single long halt is over when it is noticed
SPARE_DESCRIPTORS = 32  # kept for the database and for whoever asks how the server is


class Load:
    """The signs of one process; `run` works for ever, the owner cancels it."""

    def __init__(self, waiting: Callable[[], int], queue_changes: int) -> None:
        self._waiting = waiting
        self._most_waiting = max(1, queue_changes // 2)
        self.late_seconds = 0.0  # how late the loop came to the latest look
        self._late_looks = 0  # up to now, without one in time between them
        self._late_since = 0.0  # when the first of them was due
        self._late_for = 0.0  # seconds from then to the latest look

    def is_too_much_for(self, descriptor: int) -> bool:
        """Whether the newcomer on this descriptor is one too many."""
        # The system gives the lowest number that is free: a high one says that few are left.
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return (
            self._waiting() >= self._most_waiting
            or self.is_behind
            or descriptor >= most - SPARE_DESCRIPTORS
        )

    @property
    def is_behind(self) -> bool:
        """Whether the loop has been late for so long that it is no chance."""
        return self._late_looks >= LATE_LOOKS and self._late_for >= LATE_FOR_SECONDS

    def look(self, due: float, now: float) -> None:
        """Note that the loop came now to what was due then: seconds of a clock that never jumps."""
        self.late_seconds = now - due
        if self.late_seconds <= LATE_SECONDS:
            self._late_looks = 0
            return
        if self._late_looks == 0:
            self._late_since = due
        self._late_looks += 1
        self._late_for = now - self._late_since

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.look(due, loop.time())
