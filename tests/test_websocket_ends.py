"""How sockets end, those of the silent, the slow and the broken too, on both event loops."""

import asyncio
import gc
import json
import os

import pytest
from clients import PATIENCE_SECONDS, code_of, handshake, masked
from harness import serving, until
from websockets.frames import Opcode

from sanchat.connection import Connection
from sanchat.websocket import Socket

PING = b'{"type":"ping","ref":1}'


@pytest.fixture(scope="module", params=[True, False], ids=["uvloop", "asyncio"])
def anyio_backend(request):
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture
def impatient(monkeypatch):
    """Peers that do not answer a close are cut at once."""
    monkeypatch.setitem(Socket.close.__kwdefaults__, "cut_after_seconds", 0.05)


async def test_a_peer_that_half_closes_is_let_go(live):
    raw = await live.greeted()

    raw.writer.write_eof()

    await until(lambda: not live.server.hub.connections)


async def test_a_peer_that_is_gone_at_once_leaves_nothing_behind(live):
    for _ in range(20):
        raw = await live.raw()
        await raw.write(handshake("/ws/general?name=ana", live.host))
        raw.writer.transport.abort()

    await until(lambda: not live.server.keepalive.sockets())
    await until(lambda: not live.server.hub.connections)
    assert live.server.presence.online_count(1) == 0
    assert live.server._by_session == {}


async def test_a_peer_that_never_answers_a_close_is_cut(live, impatient):
    raw = await live.greeted()

    await raw.write(masked(Opcode.TEXT, b"nonsense") * 10)

    data = await raw.rest()
    assert (4503).to_bytes(2, "big") in data
    assert live.server.keepalive.sockets() == []


@pytest.mark.parametrize("code", [1007, 1009, 1002])
async def test_a_peer_that_breaks_the_standard_and_stays_is_cut(live, monkeypatch, code):
    monkeypatch.setattr("sanchat.websocket.CLOSE_SECONDS", 0.05)
    raw = await live.greeted()
    broken = {
        1007: masked(Opcode.TEXT, b"\xff"),
        1009: b"\x81\xff" + (2**40).to_bytes(8, "big") + b"\0\0\0\0",
        1002: b"\x81\x02hi",
    }

    await raw.write(broken[code])

    assert code_of(await raw.message_of(Opcode.CLOSE)) == code
    await until(lambda: not live.server.keepalive.sockets())


async def test_a_reader_that_has_stopped_is_cut_and_its_memory_freed(tmp_path, impatient):
    async with serving(tmp_path / "chat.db", outbox_bytes=256 * 1024) as live:
        ana, bob = await live.gather("lobby", "ana", "bob")
        stalled = await live.raw_websocket("/ws/lobby?name=stalled")
        # The transport of the stream stops reading when its buffer is full.
        stalled.writer.transport.pause_reading()
        await until(lambda: len(live.server.hub.connections) == 3)
        [connection] = [c for c in live.server.hub.connections if c.user.name == "stalled"]
        socket = connection._wire
        del connection

        largest = 0
        for number in range(1_500):
            await ana.post("lobby", "👍" * 4_000, f"n-{number}")
            await bob.expect("message", seq=number + 1)
            largest = max(largest, socket.unsent())
            ana.unread.clear()
            if len(live.server.hub.connections) == 2:
                break

        await until(lambda: len(live.server.keepalive.sockets()) == 2)
        assert 0 < largest <= 256 * 1024
        assert socket.unsent() == 0
        gc.collect()
        assert not [c for c in gc.get_objects() if is_of("stalled", c)]
        assert (await bob.do("ping"))["ok"]


def is_of(name, thing):
    return isinstance(thing, Connection) and thing.user.name == name


async def test_who_does_not_answer_pings_is_closed_with_4002_and_who_does_stays(tmp_path):
    async with serving(tmp_path / "chat.db", heartbeat_seconds=0.2) as live:
        listening = await live.join("ana")
        silent = await live.greeted("/ws?name=silent")

        assert code_of(await silent.message_of(Opcode.CLOSE)) == 4002
        assert listening.hello["heartbeat_ms"] == 200
        await listening.do("ping")


async def test_any_bytes_count_as_a_sign_of_life(tmp_path):
    async with serving(tmp_path / "chat.db", heartbeat_seconds=0.2) as live:
        talking = await live.greeted("/ws?name=talking")
        silent = await live.greeted("/ws?name=silent")

        closed = asyncio.create_task(silent.message_of(Opcode.CLOSE))
        while not closed.done():
            await talking.write(masked(Opcode.TEXT, PING))
            await talking.message_of(Opcode.TEXT)

        assert code_of(await closed) == 4002
        assert len(live.server.keepalive.sockets()) <= 2
        await talking.write(masked(Opcode.TEXT, PING))
        assert json.loads(await talking.message_of(Opcode.TEXT))["ok"]


async def test_a_stop_says_1012_and_does_not_wait_for_who_is_silent(tmp_path):
    async with serving(tmp_path / "chat.db") as live:
        silent = await live.greeted("/ws?name=silent")
        polite = await live.join("polite")

        async with asyncio.timeout(PATIENCE_SECONDS / 2):
            await live.server.stop()

        assert (await polite.ended())[0] == 1012
        assert code_of(await silent.message_of(Opcode.CLOSE)) == 1012
        assert live.server.keepalive.sockets() == []


# Before the upgrade


async def test_who_only_connects_is_let_go(tmp_path):
    async with serving(tmp_path / "chat.db", request_head_seconds=0.1) as live:
        raw = await live.raw()

        assert await raw.rest() == b""


async def test_who_trickles_a_head_is_let_go(tmp_path):
    async with serving(tmp_path / "chat.db", request_head_seconds=0.2) as live:
        raw = await live.raw()
        ended = asyncio.create_task(raw.rest())
        head = handshake("/ws?name=ana", live.host)[:-2]

        async with asyncio.timeout(PATIENCE_SECONDS):
            while not ended.done():
                # A byte now and then, as a slow attacker would; the wait is for the end.
                raw.writer.write(head[:1] or b"x")
                head = head[1:]
                await asyncio.wait([ended], timeout=0.02)

        assert b"101" not in ended.result()


async def test_who_has_come_in_is_not_held_to_the_time_of_the_head(tmp_path):
    async with serving(tmp_path / "chat.db", request_head_seconds=0.05) as live:
        ana = await live.join("ana")
        silent = await live.raw()

        await silent.rest()
        await (await live.raw()).rest()

        await ana.do("ping")
        async with live.http() as http:
            assert (await http.get("/healthz")).status_code == 200


# What lies on the disk


async def test_the_database_is_its_owners_alone(tmp_path):
    old = os.umask(0o022)
    try:
        async with serving(tmp_path / "new" / "chat.db") as live:
            ana = await live.join("ana", "general")
            await ana.post("general", "hi")

            folder = tmp_path / "new"
            modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    finally:
        os.umask(old)

    assert folder.stat().st_mode & 0o777 == 0o700
    assert {"chat.db", "chat.db-wal"} <= set(modes)
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes
