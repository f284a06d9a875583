"""What the socket relies on in Sanic, asyncio and websockets, on both event loops."""

import asyncio
import base64
import gc
import hashlib
import json
import os

import pytest
from harness import PATIENCE_SECONDS, handshake, masked, serving, until
from sanic.request import Request
from websockets.frames import Opcode

from sanchat.connection import Connection
from sanchat.websocket import Socket, SocketProtocol

PING = b'{"type":"ping","ref":1}'


@pytest.fixture(scope="module", params=[True, False], ids=["uvloop", "asyncio"])
def anyio_backend(request):
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture
def impatient(monkeypatch):
    """Peers that do not answer a close are cut at once."""
    monkeypatch.setitem(Socket.close.__kwdefaults__, "cut_after_seconds", 0.05)


async def greeted(live, path="/ws?name=ana", **headers):
    """A raw websocket that has read its hello."""
    raw = await live.raw_websocket(path, **headers)
    await raw.message_of(Opcode.TEXT)
    return raw


def code_of(payload: bytes) -> int:
    return int.from_bytes(payload[:2], "big")


# The handshake


async def test_the_handshake_is_answered_as_the_standard_asks(live):
    raw = await live.raw()
    key = base64.b64encode(b"0123456789abcdef").decode()
    await raw.write(
        handshake("/ws?name=ana", live.host).replace(b"dGhlIHNhbXBsZSBub25jZQ==", key.encode())
    )

    head = await raw.head()

    guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1((key + guid).encode()).digest()).decode()
    assert head.startswith("HTTP/1.1 101 ")
    assert f"Sec-WebSocket-Accept: {accept}" in head


async def test_a_frame_that_comes_with_the_handshake_is_heard(live):
    raw = await live.raw()

    await raw.write(handshake("/ws?name=ana", live.host) + masked(Opcode.TEXT, PING))

    await raw.head()
    assert json.loads((await raw.message())[1])["type"] == "hello"
    assert json.loads((await raw.message())[1])["ref"] == 1


async def test_a_handshake_and_frames_that_come_byte_by_byte_are_heard(live):
    raw = await live.raw()
    data = handshake("/ws?name=ana", live.host) + masked(Opcode.TEXT, PING) * 3

    for byte in data:
        await raw.write(bytes([byte]))

    await raw.head()
    await raw.message_of(Opcode.TEXT)
    assert [json.loads(await raw.message_of(Opcode.TEXT))["ref"] for _ in range(3)] == [1, 1, 1]


async def test_compression_is_never_agreed_on(live):
    raw = await live.raw()

    await raw.write(
        handshake(
            "/ws?name=ana",
            live.host,
            Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits",
        )
    )

    assert "sec-websocket-extensions" not in (await raw.head()).lower()


async def test_a_plain_get_of_the_websocket_is_told_to_upgrade(live):
    async with live.http() as http:
        answer = await http.get("/ws?name=ana")

    assert answer.status_code == 426
    assert answer.headers["upgrade"].lower() == "websocket"
    assert answer.json()["error"]["code"] == "bad_frame"


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 8", "400"),
        (b"Sec-WebSocket-Version: 13\r\n", b"", "400"),
        (b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"", "400"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"short", "400"),
        (b"Connection: Upgrade", b"Connection: close", "426"),
    ],
)
async def test_a_wrong_handshake_is_refused(live, old, new, status):
    raw = await live.raw()

    await raw.write(handshake("/ws?name=ana", live.host).replace(old, new))

    assert (await raw.head()).split()[1] == status


async def test_after_the_handshake_nothing_of_sanic_holds_the_request(live):
    raw = await greeted(live)

    await until(lambda: not any(leftovers(live)))

    assert live.server.keepalive.sockets()
    await raw.write(masked(Opcode.TEXT, PING))
    await raw.message_of(Opcode.TEXT)


def leftovers(live):
    gc.collect()
    return [
        thing
        for thing in gc.get_objects()
        if (isinstance(thing, Request) and thing.app is live.app)
        or isinstance(thing, SocketProtocol)
    ]


# Frames


async def test_pings_are_answered_with_their_payload(live):
    raw = await greeted(live)

    await raw.write(masked(Opcode.PING, b"are you there?") + masked(Opcode.PONG, b"unasked"))

    assert await raw.message_of(Opcode.PONG) == b"are you there?"


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4000, 4999])
async def test_a_close_is_answered_with_its_code_and_the_connection_ends(live, code):
    raw = await greeted(live)

    await raw.write(masked(Opcode.CLOSE, code.to_bytes(2, "big") + b"bye"))

    assert code_of(await raw.message_of(Opcode.CLOSE)) == code
    assert await raw.rest() == b""
    await until(lambda: not live.server.hub.connections)


async def test_a_close_without_a_code_is_answered(live):
    raw = await greeted(live)

    await raw.write(masked(Opcode.CLOSE, b""))

    await raw.message_of(Opcode.CLOSE)
    assert await raw.rest() == b""


@pytest.mark.parametrize(
    "data",
    [
        b"\x81\x02hi",
        b"\xc1\x80\0\0\0\0",
        b"\x83\x80\0\0\0\0",
        b"\x8b\x80\0\0\0\0",
        b"\x80\x80\0\0\0\0",
        b"\x01\x80\0\0\0\0\x81\x80\0\0\0\0",
        b"\x89\xfe\x00\x7e\0\0\0\0" + b"x" * 126,
        b"\x09\x80\0\0\0\0",
        b"\x88\x81\0\0\0\0x",
        masked(Opcode.CLOSE, (1005).to_bytes(2, "big")),
    ],
    ids=[
        "unmasked",
        "reserved bit",
        "reserved opcode",
        "reserved control",
        "stray continuation",
        "text inside fragments",
        "long ping",
        "ping in fragments",
        "half a code",
        "bad code",
    ],
)
async def test_what_breaks_the_standard_ends_with_1002(live, data):
    raw = await greeted(live)

    await raw.write(data)

    assert code_of(await raw.message_of(Opcode.CLOSE)) == 1002


async def test_a_frame_that_is_too_large_is_refused_by_its_header(live):
    raw = await greeted(live)

    await raw.write(b"\x81\xff" + (2**40).to_bytes(8, "big") + b"\0\0\0\0")

    assert code_of(await raw.message_of(Opcode.CLOSE)) == 1009


async def test_what_comes_after_a_close_is_not_heard(live):
    ana = await live.join("ana", "general")
    raw = await greeted(live, "/ws?name=bob")
    post = b'{"type":"post","room":"general","text":"too late","client_message_id":"c"}'

    await raw.write(masked(Opcode.CLOSE, b"\x03\xe8") + masked(Opcode.TEXT, post))
    await raw.rest()

    assert await ana.settled("message") == []


async def test_what_comes_after_a_bad_frame_is_not_heard(live):
    ana = await live.join("ana", "general")
    raw = await greeted(live, "/ws?name=bob")
    post = b'{"type":"post","room":"general","text":"too late","client_message_id":"c"}'

    await raw.write(masked(Opcode.TEXT, b"\xff") + masked(Opcode.TEXT, post))

    assert code_of(await raw.message_of(Opcode.CLOSE)) == 1007
    assert await ana.settled("message") == []


# Ends


async def test_a_peer_that_half_closes_is_let_go(live):
    raw = await greeted(live)

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
    raw = await greeted(live)

    await raw.write(masked(Opcode.TEXT, b"nonsense") * 10)

    data = await raw.rest()
    assert (4503).to_bytes(2, "big") in data
    assert live.server.keepalive.sockets() == []


@pytest.mark.parametrize("code", [1007, 1009, 1002])
async def test_a_peer_that_breaks_the_standard_and_stays_is_cut(live, monkeypatch, code):
    monkeypatch.setattr("sanchat.websocket.CLOSE_SECONDS", 0.05)
    raw = await greeted(live)
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
        silent = await greeted(live, "/ws?name=silent")

        assert code_of(await silent.message_of(Opcode.CLOSE)) == 4002
        assert listening.hello["heartbeat_ms"] == 200
        await listening.do("ping")


async def test_any_bytes_count_as_a_sign_of_life(tmp_path):
    async with serving(tmp_path / "chat.db", heartbeat_seconds=0.2) as live:
        talking = await greeted(live, "/ws?name=talking")
        silent = await greeted(live, "/ws?name=silent")

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
        silent = await greeted(live, "/ws?name=silent")
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
