"""Keeps long work off the backs of those who chat: writes take turns with the running server."""

import asyncio
import time
from types import TracebackType

from sanchat.chat import Chat

REST = 1.0  # how long the database is left alone after a write, as a share of the write
LOG_BYTES = 16 << 20  # the write-ahead log that may stand where no server empties it


class Pace:
    """`async with` it around each write of many."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._began = 0.0

    async def __aenter__(self) -> None:
        self._began = time.monotonic()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            return
        if self._chat.server_is_running():
            await asyncio.sleep((time.monotonic() - self._began) * REST)
        elif self._chat.store.log_bytes() > LOG_BYTES:
            await self._chat.store.checkpoint()
