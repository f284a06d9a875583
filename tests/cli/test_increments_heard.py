"""An increment into a room that people are in: they end with what the database has."""

import asyncio
import json
import random
from functools import partial
from pathlib import Path

import msgspec
import pytest
from clients import Client
from harness import LiveServer, serving
from people import deleting, do_all, editing, guest, open_room, present, reacting, saying

from sanchat.chat import open_chat
from sanchat.cli.failures import Exit
from sanchat.cli.pace import Pace
from sanchat.cli.progress import Progress
from sanchat.cli.terminal import Terminal
from sanchat.cli.transplant import Transplant
from sanchat.models import Room
from sanchat.store import open_store

BEFORE, SINCE = 60, 200  # changes


async def admin(program, *arguments):
    result = await asyncio.to_thread(program, "sanchat.cli.admin", *arguments)
    assert result.returncode == 0, result.stderr
    return result


class Elsewhere:
    """A database whose lobby goes on, and its exports."""

    def __init__(self, program, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._database = folder / "elsewhere.db"
        self._chance = random.Random(7)
        self._names = ("ana", "ben")

    async def go_on(self, changes: int) -> None:
        store = await open_store(self._database)
        try:
            if await store.room("lobby") is None:
                await open_room(store, "lobby")
                for name in self._names:
                    await guest(store, name, "lobby")
            people = [await store.user(id) for id in (1, 2)]
            for _ in range(changes):
                room = await present(store, "lobby")
                await do_all(store, [self._change(self._chance.choice(people), room)])
        finally:
            await store.close()

    async def export(self, name: str, *more: str) -> Path:
        path = self._folder / name
        where = ("--database", str(self._database))
        await admin(self._program, "export", "lobby", "--out", str(path), *more, *where)
        return path

    def _change(self, user, room: Room):
        seq = self._chance.randint(1, max(1, room.last_seq))
        what = self._chance.random()
        if what < 0.5:
            return saying(user, f"text {self._chance.random()}")
        if what < 0.7:
            return editing(user, seq, f"edit {self._chance.random()}")
        if what < 0.8:
            return deleting(user, seq)
        return reacting(user, seq, on=self._chance.random() < 0.8)


class Reader:
    """Somebody who keeps the lobby's messages as the protocol says."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.messages: dict[int, dict] = {}
        self.numbers: list[int] = []
        self.cursor = 0

    async def come(self) -> None:
        complete = False
        while not complete:
            reply = await self.client.subscribe("lobby", after=self.cursor)
            assert not reply["reset"]
            for message in reply["messages"]:
                self.take(message)
            self.cursor, complete = reply["cursor"], reply["complete"]

    def take(self, message: dict) -> None:
        self.messages[message["seq"]] = message
        self.numbers.append(message["changed_seq"])
        self.cursor = message["changed_seq"]

    async def listen(self, last: int) -> None:
        while self.cursor < last:
            self.take(await self.client.expect("message", room="lobby"))


class Heard(Pace):
    """Goes on with the next batch when the server has delivered this one."""

    def __init__(self, chat, live: LiveServer, somebody: Client) -> None:
        super().__init__(chat)
        self._live = live
        self._somebody = somebody

    @property
    def batch(self) -> int:
        return 3

    async def __aexit__(self, *ended) -> None:
        await super().__aexit__(*ended)
        self._live.server.journal.look_for_foreign()
        await self._somebody.post("hall", "next")


@pytest.fixture
async def elsewhere(program, tmp_path):
    elsewhere = Elsewhere(program, tmp_path)
    await elsewhere.go_on(BEFORE)
    return elsewhere


async def state(store) -> dict[int, dict]:
    found = await store.since(await present(store, "lobby"), 0, limit=10_000)
    return {m.seq: msgspec.json.decode(msgspec.json.encode(m)) for m in found}


@pytest.mark.parametrize("kind", ["increment", "whole"])
async def test_who_listens_and_who_comes_back_have_what_the_database_has(
    program, database, elsewhere, kind
):
    """R5. Whoever listens, left before it, or comes in the middle of it."""
    first = await elsewhere.export("1.jsonl")
    await admin(program, "import", str(first))
    await elsewhere.go_on(SINCE)
    more = ("--since-export", str(first)) if kind == "increment" else ()
    second = await elsewhere.export("2.jsonl", *more)

    async with serving(database) as live:
        listening, returning, coming = [
            Reader(await live.join(name)) for name in ("zoe", "yan", "xia")
        ]
        await listening.come()
        await returning.come()
        await returning.client.close()
        last = json.loads(second.read_bytes().splitlines()[0])["rooms"][0]["last_seq"]

        async def bring() -> None:
            async with open_chat(database) as chat:
                pace = Heard(chat, live, await live.join("wu", "hall"))
                transplant = Transplant(chat, pace, second)
                progress = Progress(Terminal(quiet=True), total=1)
                transplant.verify(progress)
                await transplant.run(progress)

        importing = asyncio.create_task(bring())
        await listening.listen(listening.cursor + 1)
        await coming.come()
        await asyncio.gather(importing, listening.listen(last), coming.listen(last))
        returning.client = await live.join("yan2")
        await returning.come()
        now = await state(live.server.store)

    assert last > BEFORE + SINCE / 2
    for reader in (listening, returning, coming):
        assert reader.messages == now
        assert reader.numbers == sorted(set(reader.numbers))


async def test_an_increment_over_a_room_that_went_on_by_a_change_is_refused(
    program, database, elsewhere, tmp_path
):
    first = await elsewhere.export("1.jsonl")
    await admin(program, "import", str(first))
    await elsewhere.go_on(5)
    second = await elsewhere.export("2.jsonl", "--since-export", str(first))
    store = await open_store(database)
    try:
        found = await state(store)
        here = next(m for m in found.values() if not m.get("deleted_at"))
        author = await store.user(here["user"]["id"])
        await do_all(store, [editing(author, here["seq"], "only here")])
        before = await state(store)
    finally:
        await store.close()

    run = partial(program, "sanchat.cli.admin")
    result = await asyncio.to_thread(run, "import", str(second))

    assert result.returncode == Exit.CONFLICT, result.stderr
    assert b"the two went different ways" in result.stderr
    store = await open_store(database)
    try:
        assert await state(store) == before
    finally:
        await store.close()
