"""Keeps long work off the backs of those who chat: it yields, and its writes take turns."""

import asyncio
import os
import time
from types import TracebackType

from sanchat.chat import Chat
from sanchat.cli.failures import Exit, Failure

REST = 4.0  # how long the database is left alone after a write, in lengths of that write
BATCH, BATCH_BESIDE_SERVER = 500, 25  # changes in one transaction: whoever posts waits so long
LOG_BYTES = 16 << 20  # the write-ahead log that may stand where no server empties it

NICENESS = 10


def yield_to_server(chat: Chat) -> None:
    """Leave the processor to a running server where both want it.

    For readers alone: a writer that has to wait would hold the database meanwhile.
    """
    if chat.server_is_running():
        os.nice(NICENESS)


class Pace:
    """`async with` it around each write of many."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._began = 0.0

    @property
    def batch(self) -> int:
        """How many changes the next write should have at most."""
        return BATCH_BESIDE_SERVER if self._chat.server_is_running() else BATCH

    async def __aenter__(self) -> None:
        self._stay_in_place()
        self._began = time.monotonic()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            return
        self._stay_in_place()
        if self._chat.server_is_running():
            await asyncio.sleep((time.monotonic() - self._began) * REST)
        elif self._chat.store.log_bytes() > LOG_BYTES:
            await self._chat.store.checkpoint()

    def _stay_in_place(self) -> None:
        """Failure where `restore` has moved the database away: what is written there is lost."""
        if self._chat.store.is_replaced():
            raise Failure(
                "Another database was put in this one's place meanwhile, as by `restore`.",
                exit=Exit.CONFLICT,
                hint="The same command again works on the database that is there now.",
            )
