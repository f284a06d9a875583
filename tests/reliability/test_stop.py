"""R9 and R10: a stop answers what it has taken, and who stops reading hurts only themselves."""

import asyncio
import contextlib
import signal
import socket
import sqlite3
import time

from clients import Client, Ended, handshake, masked
from harness import LiveServer, ServerProcess, serving_process, until
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

STALLED = 10


def names(live: LiveServer) -> set[str]:
    return {connection.user.name for connection in live.server.hub.connections}


async def stalled(server, room: str = "general") -> socket.socket:
    """Somebody who subscribes and then reads no more; little is buffered at their side."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    await asyncio.to_thread(peer.connect, ("127.0.0.1", server.port))
    name = f"asleep{peer.getsockname()[1]}"
    peer.sendall(handshake(f"/ws/{room}?name={name}", server.host))
    head = await asyncio.to_thread(peer.recv, 1_024)
    assert head.startswith(b"HTTP/1.1 101 ")
    peer.sendall(masked(Opcode.TEXT, b'{"type":"ping"}'))
    return peer


class Speaker:
    """Keeps fifty posts in flight, and notes what was confirmed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.acked: set[str] = set()
        self.in_flight = asyncio.Semaphore(50)
        self.code: int | None = None

    async def speak(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for n in range(100_000):
                await self.in_flight.acquire()
                await self.client.send(
                    {
                        "type": "post",
                        "room": "general",
                        "text": f"{n} " + "x" * 1_000,
                        "client_message_id": f"{self.client.user['name']}-{n}",
                    }
                )

    async def listen(self) -> None:
        try:
            while True:
                frame = await self.client.frame()
                if frame["type"] == "reply" and frame["ok"]:
                    self.acked.add(frame["client_message_id"])
                    self.in_flight.release()
        except Ended as end:
            self.code = end.code
            self.in_flight.release()


async def test_a_stop_under_load_answers_what_it_took_and_ends_within_five_seconds(tmp_path):
    with serving_process(tmp_path / "chat.db") as process:
        peers = [await stalled(process) for _ in range(STALLED)]
        speakers = [Speaker(await joined(process, f"speaker{n}")) for n in range(5)]
        working = [
            asyncio.ensure_future(work)
            for speaker in speakers
            for work in (speaker.listen(), speaker.speak())
        ]
        await until(lambda: sum(len(speaker.acked) for speaker in speakers) >= 300)

        began = time.monotonic()
        process.signal(signal.SIGTERM)
        code = await asyncio.to_thread(process.wait)
        seconds = time.monotonic() - began
        await asyncio.gather(*working)
        for peer in peers:
            peer.close()

    acked = set().union(*(speaker.acked for speaker in speakers))
    with contextlib.closing(sqlite3.connect(tmp_path / "chat.db")) as database:
        stored = {id for (id,) in database.execute("select client_message_id from messages")}
    assert (code, [speaker.code for speaker in speakers]) == (0, [1012] * 5)
    assert seconds < 5
    assert acked == stored


async def joined(process: ServerProcess, name: str) -> Client:
    client = Client(await process.connect(f"/ws/general?name={name}"))
    client.hello = await client.expect("hello")
    await client.expect("reply", ref=None)
    return client


async def test_streams_and_long_polls_do_not_hold_up_a_stop(tmp_path):
    with serving_process(tmp_path / "chat.db") as process:
        async with process.http() as http:
            stream = http.stream(
                "GET",
                "/api/rooms/general/messages?name=ana&after=0",
                headers={"accept": "text/event-stream"},
            )
            async with stream as answer:
                lines = answer.aiter_lines()
                assert await anext(lines) == "event: hello"
                poll = asyncio.ensure_future(
                    http.get("/api/rooms/general/messages?name=bob&after=0&wait=30")
                )
                await http.get("/healthz")

                began = time.monotonic()
                process.signal(signal.SIGTERM)
                code = await asyncio.to_thread(process.wait)
                seconds = time.monotonic() - began
                page = (await poll).json()

    assert code == 0
    assert seconds < 5
    assert (page["messages"], page["cursor"], page["complete"]) == ([], 0, True)


async def test_who_stops_reading_is_cut_and_nobody_else_waits(live: LiveServer):
    sleepers = [await stalled(live) for _ in range(3)]
    ana, bob, eve = await live.gather("general", "ana", "bob", "eve")
    text = "x" * 4_000

    for n in range(1, 1_501):
        await ana.post("general", text, f"{n}")
        ana.unread.clear()
        for client in (bob, eve):
            assert (await client.expect("message"))["seq"] == n

    await until(lambda: names(live) == {"ana", "bob", "eve"})
    for sleeper in sleepers:
        sleeper.close()
