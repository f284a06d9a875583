"""Whether this process has so much to do that newcomers are sent away, so that members are served.

Three signs: the journal's queue is half full, the event loop comes late to what is due, or few
descriptors are left.
"""

import asyncio
import resource
from collections.abc import Callable

LOOK_SECONDS = 0.25
LATE_SECONDS = 1.0
SPARE_DESCRIPTORS = 32  # kept for the database and for whoever asks how the server is


class Load:
    """The signs of one process; `run` works for ever, the owner cancels it."""

    def __init__(self, waiting: Callable[[], int], queue_changes: int) -> None:
        self._waiting = waiting
        self._most_waiting = max(1, queue_changes // 2)
        self.late_seconds = 0.0  # how late the loop came to the latest look

    def is_too_much_for(self, descriptor: int) -> bool:
        """Whether the newcomer on this descriptor is one too many."""
        # The system gives the lowest number that is free: a high one says that few are left.
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return (
            self._waiting() >= self._most_waiting
            or self.late_seconds > LATE_SECONDS
            or descriptor >= most - SPARE_DESCRIPTORS
        )

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.late_seconds = loop.time() - due
