"""What the socket relies on in Sanic, asyncio and websockets, on both event loops."""

import base64
import gc
import hashlib
import json

import pytest
from clients import code_of, handshake, masked
from harness import until
from sanic.request import Request
from websockets.frames import Opcode

from sanchat.handshake import SocketProtocol

PING = b'{"type":"ping","ref":1}'


@pytest.fixture(scope="module", params=[True, False], ids=["uvloop", "asyncio"])
def anyio_backend(request):
    return "asyncio", {"use_uvloop": request.param}


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
    raw = await live.greeted()

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
    raw = await live.greeted()

    await raw.write(masked(Opcode.PING, b"are you there?") + masked(Opcode.PONG, b"unasked"))

    assert await raw.message_of(Opcode.PONG) == b"are you there?"


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4000, 4999])
async def test_a_close_is_answered_with_its_code_and_the_connection_ends(live, code):
    raw = await live.greeted()

    await raw.write(masked(Opcode.CLOSE, code.to_bytes(2, "big") + b"bye"))

    assert code_of(await raw.message_of(Opcode.CLOSE)) == code
    assert await raw.rest() == b""
    await until(lambda: not live.server.hub.connections)


async def test_a_close_without_a_code_is_answered(live):
    raw = await live.greeted()

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
    raw = await live.greeted()

    await raw.write(data)

    assert code_of(await raw.message_of(Opcode.CLOSE)) == 1002


async def test_a_frame_that_is_too_large_is_refused_by_its_header(live):
    raw = await live.greeted()

    await raw.write(b"\x81\xff" + (2**40).to_bytes(8, "big") + b"\0\0\0\0")

    assert code_of(await raw.message_of(Opcode.CLOSE)) == 1009


async def test_what_comes_after_a_close_is_not_heard(live):
    ana = await live.join("ana", "general")
    raw = await live.greeted("/ws?name=bob")
    post = b'{"type":"post","room":"general","text":"too late","client_message_id":"c"}'

    await raw.write(masked(Opcode.CLOSE, b"\x03\xe8") + masked(Opcode.TEXT, post))
    await raw.rest()

    assert await ana.settled("message") == []


async def test_what_comes_after_a_bad_frame_is_not_heard(live):
    ana = await live.join("ana", "general")
    raw = await live.greeted("/ws?name=bob")
    post = b'{"type":"post","room":"general","text":"too late","client_message_id":"c"}'

    await raw.write(masked(Opcode.TEXT, b"\xff") + masked(Opcode.TEXT, post))

    assert code_of(await raw.message_of(Opcode.CLOSE)) == 1007
    assert await ana.settled("message") == []
