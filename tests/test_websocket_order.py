"""Frames that come in one piece are taken in their order, the last words before a goodbye too."""

import json

from clients import masked
from harness import until
from websockets.frames import Opcode

PING = b'{"type":"ping","ref":1}'


async def test_a_ping_inside_a_message_is_answered_before_the_message(live):
    raw = await live.raw_websocket()
    await raw.message_of(Opcode.TEXT)

    await raw.write(
        masked(Opcode.TEXT, PING[:9], fin=False)
        + masked(Opcode.PING, b"there?")
        + masked(Opcode.CONT, PING[9:])
    )

    assert await raw.message() == (Opcode.PONG, b"there?")
    assert json.loads((await raw.message())[1])["ref"] == 1


async def test_what_is_said_in_one_breath_with_goodbye_is_said(live):
    raw = await live.raw_websocket("/room/general/?name=ana")
    (bob,) = await live.gather("general", "bob")
    await until(lambda: len(live.server.hub.connections) == 2)

    await raw.write(masked(Opcode.TEXT, b"bye all") + masked(Opcode.CLOSE, b"\x03\xe8"))

    assert (await bob.expect("message"))["text"] == "bye all"
