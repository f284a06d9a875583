"""R1, R3, R7, R8: what a `kill -9` may not do, ten times under load."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

from clients import Client, Ended
from harness import ServerProcess, serving_process
from websockets.exceptions import WebSocketException

SENDERS = 30
CYCLES = 10
ACKS_PER_CYCLE = 150


class Sender:
    """Posts one message after the other, and each again under its id until it is confirmed."""

    def __init__(self, process: ServerProcess, name: str, up: asyncio.Event) -> None:
        self.process = process
        self.name = name
        self.up = up
        self.session: str | None = None
        self.acked: dict[str, int] = {}
        self.seen: dict[int, str] = {}
        self.epochs: set[str] = set()
        self.answers = 0

    async def run(self) -> None:
        number = 0
        while True:
            await self.up.wait()
            with contextlib.suppress(OSError, WebSocketException, Ended, EOFError):
                client = await self._connect()
                try:
                    while True:
                        number += await self._post(client, f"{self.name}-{number}")
                finally:
                    client.connection.transport.abort()

    async def _connect(self) -> Client:
        query = f"name={self.name}" + (f"&session={self.session}" if self.session else "")
        client = Client(await self.process.connect(f"/ws/general?{query}"))
        client.hello = await client.expect("hello")
        self.session = client.session
        self.epochs.add(client.hello["epoch"])
        return client

    async def _post(self, client: Client, id: str) -> int:
        try:
            reply = await client.do("post", room="general", text=id, client_message_id=id)
        finally:
            for frame in client.unread:
                if frame["type"] == "message":
                    assert self.seen.setdefault(frame["seq"], frame["text"]) == frame["text"]
            client.unread.clear()
        assert self.acked.setdefault(id, reply["seq"]) == reply["seq"]
        self.answers += 1
        return 1


async def test_no_kill_loses_doubles_or_moves_what_was_confirmed(tmp_path: Path):
    with serving_process(tmp_path / "chat.db") as process:
        up = asyncio.Event()
        senders = [Sender(process, f"sender{n}", up) for n in range(SENDERS)]
        running = [asyncio.ensure_future(sender.run()) for sender in senders]
        for cycle in range(CYCLES):
            if cycle:
                await asyncio.to_thread(process.start)
            up.set()
            await answered(senders, running, ACKS_PER_CYCLE)
            up.clear()
            process.kill()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    acked = {id: seq for sender in senders for id, seq in sender.acked.items()}
    seen = {seq: text for sender in senders for seq, text in sender.seen.items()}
    stored = in_the_database(tmp_path / "chat.db")
    assert len(acked) >= CYCLES * ACKS_PER_CYCLE
    assert sorted(stored) == list(range(1, len(stored) + 1))
    assert len(set(stored.values())) == len(stored)
    assert {id: seq for id, seq in acked.items() if stored.get(seq) != id} == {}
    assert {seq: text for seq, text in seen.items() if stored.get(seq) != text} == {}
    assert len({epoch for sender in senders for epoch in sender.epochs}) == 1
    assert len({sender.session for sender in senders}) == SENDERS


async def answered(senders: list[Sender], running: list[asyncio.Future], number: int) -> None:
    """Until so many more posts are confirmed."""
    goal = sum(sender.answers for sender in senders) + number
    async with asyncio.timeout(30):
        while sum(sender.answers for sender in senders) < goal:
            failed = [task.exception() for task in running if task.done()]
            assert not failed, failed
            await asyncio.sleep(0)


def in_the_database(database: Path) -> dict[int, str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        return dict(connection.execute("select seq, client_message_id from messages"))
