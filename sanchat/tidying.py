"""What a server clears away by itself: sessions that are over, what is left of what was deleted."""

import asyncio
import logging

from sanchat.changes import Sweep, Tidy
from sanchat.clock import Clock
from sanchat.errors import ChatError
from sanchat.hub import Hub
from sanchat.identity import SeeSession
from sanchat.journal import Journal
from sanchat.measures import EraseFurther
from sanchat.protocol import Close
from sanchat.sessions import DAY_MS
from sanchat.store.people import TIDY_LIMIT

log = logging.getLogger("sanchat.server")

SWEEP_REST_SECONDS = 0.02  # between two pieces: those who post go first
RETRY_SECONDS = 1.0


class Tidying:
    """The clearing away of one server. `sweep_due` is set when there may be more to delete."""

    def __init__(self, journal: Journal, hub: Hub, clock: Clock, *, idle_days: int) -> None:
        self._journal = journal
        self._hub = hub
        self._clock = clock
        self._idle_ms = idle_days * DAY_MS
        self.sweep_due = asyncio.Event()
        self.sweep_due.set()  # for what an earlier server has left

    async def sweep(self) -> None:
        """Delete, for ever, what is left of deleted rooms and persons' words, a piece at a time."""
        while True:
            await self.sweep_due.wait()
            self.sweep_due.clear()
            try:
                while await self._sweep_a_piece():  # noqa: ASYNC110 (others go first)
                    await asyncio.sleep(SWEEP_REST_SECONDS)
            except ChatError as error:
                log.warning("what was deleted is not swept out yet: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                self.sweep_due.set()

    async def _sweep_a_piece(self) -> bool:
        """Whether there was one."""
        if await self._journal.write(Sweep()):
            return True
        return await self._journal.write(EraseFurther()) is not None

    def end_old_sessions(self) -> None:
        """Close the sockets of sessions that have lasted as long as they may."""
        now_ms = self._clock()
        for connection in list(self._hub.connections):
            if connection.ends_at is not None and connection.ends_at <= now_ms:
                connection.close(Close.NOT_SIGNED_IN, "the session has ended")

    async def tidy(self) -> None:
        """Forget sessions that nobody has used for long."""
        # An open socket is a session in use, though its token has not been shown for long.
        in_use = sorted({connection.session_id for connection in self._hub.connections})
        unused_since = self._clock() - self._idle_ms
        try:
            for start in range(0, len(in_use), TIDY_LIMIT):
                some = in_use[start : start + TIDY_LIMIT]
                await self._journal.write_all([SeeSession(session_id=one) for one in some])
            while await self._journal.write(Tidy(unused_since=unused_since)) == TIDY_LIMIT:
                pass
        except ChatError as error:
            log.warning("old sessions stay for an hour more: %s", error)
