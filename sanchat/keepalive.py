"""The heartbeat of all sockets: who lives answers a ping, who is silent for two beats is gone."""

import asyncio

from sanchat.protocol import Close
from sanchat.websocket import Socket


class Keepalive:
    """Pings every socket once in a heartbeat and ends those that have been silent for two.

    `run` works for ever; the owner cancels it. Pings are spread over the heartbeat.
    """

    SLICES = 20

    def __init__(self, heartbeat_seconds: float) -> None:
        self._heartbeat_seconds = heartbeat_seconds
        self._slices: list[set[Socket]] = [set() for _ in range(self.SLICES)]
        self._next = 0
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    async def emptied(self) -> None:
        """Until no socket is left."""
        await self._is_empty.wait()

    def _remove(self, socket: Socket) -> None:
        for part in self._slices:
            part.discard(socket)
        if not any(self._slices):
            self._is_empty.set()

    def add(self, socket: Socket) -> None:
        least = min(self._slices, key=len)
        least.add(socket)
        self._is_empty.clear()
        socket.on_end = self._remove

    def sockets(self) -> list[Socket]:
        return [socket for part in self._slices for socket in part]

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._heartbeat_seconds / self.SLICES)
            self._look(loop.time())

    # Not in `run`: while it sleeps, its variables would hold on to sockets that have ended.
    def _look(self, now: float) -> None:
        for socket in list(self._slices[self._next]):
            socket.ping()
        self._next = (self._next + 1) % self.SLICES
        silent_since = now - 2 * self._heartbeat_seconds
        for socket in self.sockets():
            if socket.heard_at < silent_since and not socket.is_paused:
                socket.close(Close.HEARTBEAT_MISSED, "heartbeat missed", cut_after_seconds=0.5)
