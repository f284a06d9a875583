"""A journal between a real store whose commits can be held up and connections that lead nowhere."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from people import (
    HandClock,
    guest,
    open_room,
    present,
)
from wires import FakeConnection

from sanchat.changes import Appended, Change
from sanchat.hub import Hub
from sanchat.journal import Journal
from sanchat.models import User
from sanchat.protocol import encode_reply
from sanchat.store import Store, open_store
from sanchat.tasks import Tasks


class GatedStore:
    """A store whose commits wait for `gate`; `fails` are raised instead, one a batch."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.gate = asyncio.Event()
        self.gate.set()
        self.batches: list[Sequence[Change]] = []
        self.fails: list[BaseException] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def append(self, batch: Sequence[Change]) -> Appended:
        self.batches.append(batch)
        await self.gate.wait()
        if self.fails:
            raise self.fails.pop(0)
        return await self.store.append(batch)


class Poster:
    """Who is owed the answers at one connection."""

    def __init__(self, user: User, **more: Any) -> None:
        self.connection = FakeConnection(user, **more)
        self.answers: list[Any] = []

    def settle(self, mark: Any, answer: Any) -> bytes:
        self.answers.append(answer)
        return encode_reply(mark)


class Scene:
    """A lobby with a store below it, a journal before it and a hub behind it."""

    def __init__(self, store: Store, hub: Hub, **bounds: Any) -> None:
        self.store = GatedStore(store)
        self.hub = hub
        self.rings = 0
        self.failures = 0
        self.journal = Journal(self.store, hub, self._ring, **bounds)
        self.journal.on_failure = self._fail

    def _ring(self) -> None:
        self.rings += 1

    def _fail(self) -> None:
        self.failures += 1

    async def poster(self, name: str, **more: Any) -> Poster:
        """Somebody who hears the lobby from here on."""
        poster = Poster(await guest(self.store.store, name, "lobby"), **more)
        self.hub.add(poster.connection, ())
        room = await present(self.store.store, "lobby")
        subscription = self.hub.enlist(poster.connection, room)
        assert self.hub.start(poster.connection, subscription, room.last_seq) is not None
        return poster

    def submit(self, poster: Poster, *changes: Change, may_wait: bool = False) -> None:
        for change in changes:
            self.journal.submit(change, poster, len(poster.answers), may_wait=may_wait)

    async def settle(self) -> None:
        async with asyncio.timeout(10):
            await self.journal.drained()


@contextlib.asynccontextmanager
async def playing(tmp_path: Path, **bounds: Any) -> AsyncIterator[Scene]:
    store = await open_store(tmp_path / "chat.db", server=True, clock=HandClock())
    await open_room(store, "lobby")
    scene = Scene(store, Hub(held_bytes=100_000), **bounds)
    async with Tasks() as tasks:
        tasks.start(scene.journal.run())
        try:
            yield scene
        finally:
            scene.store.gate.set()
            tasks.cancel()
    await store.close()


async def turns(number: int = 20) -> None:
    """Give everything that could happen now the time to happen."""
    for _ in range(number):
        await asyncio.sleep(0)
