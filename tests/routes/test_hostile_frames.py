"""Nonsense by the thousand: each frame is answered or ends its connection, and nothing breaks."""

import json
import logging
import random

import pytest
from clients import Client, Ended, masked
from websockets.frames import Opcode

from sanchat.protocol import COMMANDS

CODES = {
    *("bad_frame", "bad_name", "name_taken", "unknown_command", "not_found", "forbidden"),
    *("empty_text", "text_too_long", "not_subscribed", "conflict"),
}
CLOSES = {1002, 1003, 1007, 1009, 4503}
KINDS = [
    *sorted(str(command.__struct_config__.tag) for command in COMMANDS),
    *("hello", "__proto__", ""),
]
FIELDS = [
    *("room", "text", "client_message_id", "seq", "emoji", "on", "before", "after", "limit"),
    *("epoch", "reply_to", "kind", "ref", "type", "user", "users", "seconds", "reason", "title"),
    *("role", "name", "topic", "archived", "addresses", "erase", "level", "around"),
]
# What a client or anybody else must never learn.
INTERNALS = ("Traceback", "site-packages", "sqlite", "SQL", ".py", "sanchat.", "/home", "/tmp")


def value(dice: random.Random, depth: int = 0):
    choices = [
        None, True, False, 0, 1, -1, 2**53, 2**63, 2**64, -(2**70), 1e308, -0.0, 1.5,
        "", " ", "general", "GENERAL", "nowhere", "a" * 300, "\0", "\u202e", "\ud83d\ude00", "👍",
        "x" * 5_000, "'; drop table messages; --", "../../etc", "%00", "1",
    ]  # fmt: skip
    if depth < 3 and dice.random() < 0.15:
        return [value(dice, depth + 1) for _ in range(dice.randrange(4))]
    if depth < 3 and dice.random() < 0.15:
        return {dice.choice(FIELDS): value(dice, depth + 1) for _ in range(dice.randrange(4))}
    return dice.choice(choices)


def command(dice: random.Random) -> dict:
    plausible = {
        "type": dice.choice(KINDS),
        "ref": dice.randrange(100),
        "room": "general",
        "text": "hi",
        "client_message_id": str(dice.randrange(50)),
        "seq": dice.randrange(5),
        "before": 5,
        "emoji": "👍",
        "on": True,
        "user": "healthy",
        "users": ["healthy"],
        "role": "member",
        "level": "all",
    }
    for _ in range(dice.randrange(4)):
        name = dice.choice(FIELDS)
        if dice.random() < 0.3:
            plausible.pop(name, None)
        else:
            plausible[name] = value(dice)
    return plausible


def text_of(dice: random.Random) -> str:
    text = json.dumps(command(dice), ensure_ascii=dice.random() < 0.5)
    if dice.random() < 0.2:
        cut = dice.randrange(len(text))
        text = text[:cut] + dice.choice(["", "{", '"', "\\", "\\u", "NaN", "[" * 500]) + text[cut:]
    # Lone surrogates cannot be sent; escaped ones can, and are.
    return text.encode(errors="replace").decode()


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_s2_s3_commands_of_nonsense_are_all_answered_and_tell_nothing(live, caplog, count):
    dice = random.Random(20261122)
    caplog.set_level(logging.WARNING)
    healthy = await live.join("healthy", "general")
    hostile = None
    closes, received, codes = set(), [], set()

    for number in range(count):
        if hostile is None:
            hostile = await live.join(f"hostile {number}")
        text = text_of(dice)
        try:
            await hostile.send(text)
            await hostile.send({"type": "ping", "ref": "fence"} if number % 7 else text)
            reply = await hostile.expect("reply")
            received.append(json.dumps(reply))
            if not reply["ok"]:
                codes.add(reply["error"]["code"])
        except Ended as end:
            closes.add(end.code)
            hostile = None
        except ConnectionError:
            hostile = None

    assert codes <= CODES
    assert len(codes) >= 5
    assert closes <= CLOSES
    assert [text for text in received for word in INTERNALS if word in text] == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert (await healthy.do("ping"))["ok"]


async def test_s2_three_hundred_broken_byte_streams_end_or_are_answered(live, caplog):
    dice = random.Random(7)
    caplog.set_level(logging.WARNING)
    healthy = await live.join("healthy", "general")
    closes = set()

    for number in range(300):
        raw = await live.raw_websocket(f"/ws?name=hostile{number}")
        await raw.message_of(Opcode.TEXT)
        payload = bytearray(masked(Opcode.TEXT, text_of(dice)[:2_000].encode(errors="replace")))
        for _ in range(dice.randrange(1, 4)):
            payload[dice.randrange(min(len(payload), 14))] = dice.randrange(256)
        await raw.write(bytes(payload) + masked(Opcode.CLOSE, b""))
        raw.writer.write_eof()
        closes |= closes_in(await raw.rest())

    assert closes <= CLOSES | {None, 1000, 1001, 1005}
    assert {1002} <= closes
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert (await healthy.do("ping"))["ok"]


def closes_in(data: bytes) -> set:
    """The close codes in a stream of the server's frames (None: a close without one)."""
    found = set()
    while len(data) >= 2:
        opcode, length, start = data[0] & 0x0F, data[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(data[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(data[2:10], "big"), 10
        payload, data = data[start : start + length], data[start + length :]
        if opcode == Opcode.CLOSE:
            found.add(int.from_bytes(payload[:2], "big") if payload else None)
    return found


async def test_odd_names_and_addresses_harm_nobody(live, caplog):
    dice = random.Random(5)
    caplog.set_level(logging.WARNING)
    alphabet = "a/%?#&=.\\\x7fé上\u202e'\"<> "
    for _ in range(200):
        word = "".join(dice.choice(alphabet) for _ in range(dice.randrange(1, 12)))
        for template in ("/ws/{}?name=ana", "/ws?name={}", "/room/{}/?name=ana", "/r/{}"):
            raw = await live.raw()
            path = template.format(word).encode("utf-8").replace(b" ", b"%20")
            await raw.write(
                b"GET " + path + b" HTTP/1.1\r\nHost: " + live.host.encode() + b"\r\n"
                b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            head = await raw.head()
            assert head.split()[1] in ("101", "200", "400", "403", "404", "302"), (path, head)
            raw.writer.close()

    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_s14_the_log_holds_no_text_and_no_forged_line(live, caplog):
    caplog.set_level(logging.DEBUG, logger="sanchat")
    client = Client(await live.connect("/ws?name=ana%0aERROR%20forged"))
    assert (await client.ended())[0] == 4506
    ana = await live.join("ana", "general")
    await ana.post("general", "my secret\nERROR forged")
    await ana.send("ERROR forged")
    await ana.do("ping")

    logged = "\n".join(record.getMessage() for record in caplog.records)

    assert "secret" not in logged
    assert "\nERROR forged" not in logged
    assert ana.session not in logged
