"""What a frame has to be, what it may hold, and what becomes of those that are none."""

import itertools
import json

import pytest
from clients import masked
from harness import serving
from websockets.frames import Opcode

from sanchat.protocol import FRAME_BYTES

DEEP = '{"type":"ping","ref":1,"x":' + "[" * 20_000 + "]" * 20_000 + "}"
LONE = '{"type":"post","ref":1,"room":"general","text":"\\ud800","client_message_id":"c"}'


NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
async def live(tmp_path_factory):
    """One server for all of them: what a frame does, it does to its own connection."""
    async with serving(tmp_path_factory.mktemp("frames") / "chat.db") as server:
        yield server


@pytest.fixture
async def ana(live):
    client = await live.join(f"ana {next(NUMBERS)}")
    yield client
    await client.close()


@pytest.fixture
async def raw(live):
    client = await live.raw_websocket(f"/ws?name=raw{next(NUMBERS)}")
    await client.message_of(Opcode.TEXT)
    yield client
    client.writer.close()


@pytest.mark.parametrize("ref", [0, 7, -7, 2**53, 1.5, "", "a", "x" * 64, "上海"])
async def test_a_reply_carries_the_mark_of_its_command(ana, ref):
    await ana.send({"type": "ping", "ref": ref})

    reply = await ana.expect("reply")

    assert reply["ref"] == ref
    assert reply["ok"] is True


async def test_a_command_without_a_mark_is_answered_with_none(ana):
    await ana.send({"type": "ping"})

    reply = await ana.expect("reply")

    assert reply["ref"] is None
    assert set(reply) == {"type", "ref", "ok", "time"}


@pytest.mark.parametrize(
    "ref", ["x" * 65, [1], {"a": 1}, True, 2**70, 1e300], ids=lambda ref: str(ref)[:12]
)
async def test_a_mark_that_cannot_be_read_is_answered_with_none(ana, ref):
    await ana.send({"type": "ping", "ref": ref})

    reply = await ana.expect("reply")

    assert reply["ref"] is None
    assert reply["error"]["code"] == "bad_frame"


@pytest.mark.parametrize(
    ("text", "ref", "code"),
    [
        ("", None, "bad_frame"),
        ("hello", None, "bad_frame"),
        ("{", None, "bad_frame"),
        ("[]", None, "bad_frame"),
        ('"ping"', None, "bad_frame"),
        ("null", None, "bad_frame"),
        ("7", None, "bad_frame"),
        ('{"type":"ping","ref":1} {}', None, "bad_frame"),
        ('{"ref":1}', 1, "bad_frame"),
        ('{"type":null,"ref":1}', 1, "bad_frame"),
        ('{"type":7,"ref":"a"}', "a", "bad_frame"),
        ('{"type":["ping"],"ref":1}', 1, "bad_frame"),
        ('{"type":"dance","ref":1}', 1, "unknown_command"),
        ('{"type":"","ref":1}', 1, "unknown_command"),
        ('{"type":"reply","ref":1}', 1, "unknown_command"),
        ('{"type":"ping","ref":NaN}', None, "bad_frame"),
        ('{"type":"read","ref":1,"room":"general","seq":NaN}', None, "bad_frame"),
        ('{"type":"read","ref":1,"room":"general","seq":Infinity}', None, "bad_frame"),
        ('{"type":"read","ref":1,"room":"general","seq":-1}', 1, "bad_frame"),
        ('{"type":"read","ref":1,"room":"general","seq":1.5}', 1, "bad_frame"),
        ('{"type":"read","ref":1,"room":"general","seq":"1"}', 1, "bad_frame"),
        ('{"type":"read","ref":1,"room":"general","seq":99999999999999999999}', 1, "bad_frame"),
        ('{"type":"subscribe","ref":1}', 1, "bad_frame"),
        ('{"type":"subscribe","ref":1,"room":7}', 1, "bad_frame"),
        ('{"type":"subscribe","ref":1,"room":""}', 1, "bad_frame"),
        ('{"type":"post","ref":1,"room":"general","text":"hi"}', 1, "bad_frame"),
        (
            '{"type":"post","ref":1,"room":"general","text":"hi","client_message_id":""}',
            1,
            "bad_frame",
        ),
        (LONE, None, "bad_frame"),
        (DEEP, None, "bad_frame"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_is_no_command_is_refused_and_the_connection_lives_on(ana, text, ref, code):
    await ana.send(text)

    reply = await ana.expect("reply")

    assert (reply["ref"], reply["ok"], reply["error"]["code"]) == (ref, False, code)
    assert reply["error"]["message"].endswith(".")
    assert "temporary" not in reply["error"]
    await ana.do("ping")


async def test_fields_that_nobody_knows_are_ignored(ana):
    await ana.do("ping", colour="green", deep={"a": [None, 1e300]})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_text"),
        (" ", "empty_text"),
        ("\n\t\u3000\u2028 ", "empty_text"),
        ("a\0b", "bad_frame"),
        ("x" * 4_001, "text_too_long"),
        ("👍" * 4_001, "text_too_long"),
    ],
    ids=["nothing", "blank", "blanks", "NUL", "4,001 letters", "4,001 thumbs"],
)
async def test_unfit_text_is_refused(ana, text, code):
    error = await ana.refused("post", room="general", text=text, client_message_id="c")

    assert error["code"] == code
    if code == "text_too_long":
        assert error["limit"] == 4_000


@pytest.mark.parametrize(
    "text",
    [
        "x" * 3_999,
        "x" * 4_000,
        "👍" * 4_000,
        "  outer blanks \n",
        "\r\n.\r\n",
        "e\u0301 \u202e <b>",
    ],
    ids=["3,999", "4,000", "4,000 thumbs", "blanks", "line breaks", "marks"],
)
async def test_text_is_kept_as_it_came(ana, text):
    await ana.subscribe("general")

    await ana.post("general", text)

    assert (await ana.expect("message"))["text"] == text


@pytest.mark.parametrize("length", [1, 63, 64])
async def test_an_id_of_a_message_has_1_to_64_characters(ana, length):
    reply = await ana.post("general", "hi", "ü" * length)

    assert reply["client_message_id"] == "ü" * length


@pytest.mark.parametrize("id", ["x" * 65, "a\0b"], ids=["65", "NUL"])
async def test_an_id_that_cannot_be_kept_is_refused(ana, id):
    error = await ana.refused("post", room="general", text="hi", client_message_id=id)

    assert error["code"] == "bad_frame"


def ping_of(size: int) -> str:
    bare = json.dumps({"type": "ping", "ref": 1, "x": ""})
    return json.dumps({"type": "ping", "ref": 1, "x": "x" * (size - len(bare))})


@pytest.mark.parametrize("size", [FRAME_BYTES - 1, FRAME_BYTES])
async def test_a_frame_may_have_64_kib(ana, size):
    await ana.send(ping_of(size))

    assert (await ana.expect("reply"))["ok"]


async def test_a_larger_frame_ends_the_connection_with_1009(ana):
    await ana.send(ping_of(FRAME_BYTES + 1))

    assert (await ana.ended())[0] == 1009


async def test_a_message_in_fragments_counts_as_a_whole(raw):
    half = b"x" * (FRAME_BYTES // 2 + 1)

    await raw.write(masked(Opcode.TEXT, half, fin=False) + masked(Opcode.CONT, half))

    assert (await raw.message_of(Opcode.CLOSE))[:2] == (1009).to_bytes(2, "big")


async def test_empty_fragments_take_no_room(raw, live):
    empty = masked(Opcode.CONT, b"", fin=False)

    await raw.write(masked(Opcode.TEXT, b'{"type":"ping",', fin=False) + empty * 20_000)
    await raw.write(masked(Opcode.PING, b"heard"))
    await raw.message_of(Opcode.PONG)

    assert {len(socket._fragments or b"") for socket in live.server.keepalive.sockets()} <= {0, 15}


async def test_a_command_in_fragments_is_one_command(raw):

    await raw.write(
        masked(Opcode.TEXT, '{"type":"ping","ref":"ü'.encode()[:-1], fin=False)
        + masked(Opcode.PING, b"between")
        + masked(Opcode.CONT, "ü".encode()[1:], fin=False)
        + masked(Opcode.CONT, b'"}')
    )

    answers = dict([await raw.message(), await raw.message()])
    assert answers[Opcode.PONG] == b"between"
    assert json.loads(answers[Opcode.TEXT])["ref"] == "ü"


async def test_a_binary_frame_ends_the_connection_with_1003(ana):
    await ana.send(b'{"type":"ping"}')

    assert (await ana.ended())[0] == 1003


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff",
        b'{"type":"ping","ref":1,"nobody reads":"\xff"}',
        b'{"type":"ping","ref":1,"x":"\xed\xa0\x80"}',
        b'{"type":"ping","ref":1,"x":"\xc0\xaf"}',
    ],
    ids=["alone", "in a field", "surrogate", "overlong"],
)
async def test_invalid_utf_8_ends_the_connection_with_1007(raw, payload):

    await raw.write(masked(Opcode.TEXT, payload))

    assert (await raw.message_of(Opcode.CLOSE))[:2] == (1007).to_bytes(2, "big")


async def test_ten_bad_frames_in_a_row_end_the_connection_with_4503(ana):
    for _ in range(10):
        await ana.send("nonsense")

    assert (await ana.ended())[0] == 4503
    assert [frame["error"]["code"] for frame in ana.unread] == ["bad_frame"] * 10


async def test_a_good_frame_among_the_bad_begins_the_count_anew(ana):
    for _ in range(3):
        for _ in range(9):
            await ana.send("nonsense")
        await ana.do("ping")

    assert len(await ana.settled("reply")) == 27


async def test_a_client_from_the_future_is_told_what_is_not_known_and_stays(ana):
    for _ in range(12):
        assert (await ana.refused("dance"))["code"] == "unknown_command"

    await ana.do("ping")


async def test_ping_tells_the_servers_time(ana, live):
    reply = await ana.do("ping")

    assert abs(reply["time"] - live.server.clock()) < 60_000


async def test_replies_come_in_the_order_of_their_commands(ana):
    for ref in range(20):
        kind = ("ping", "unsubscribe", "history", "post")[ref % 4]
        await ana.send(
            {
                "type": kind,
                "ref": ref,
                "room": "general",
                "before": 5,
                "text": "hi",
                "client_message_id": f"c-{ref}",
            }
        )

    refs = {(await ana.expect("reply"))["ref"] for _ in range(20)}

    assert refs == set(range(20))
