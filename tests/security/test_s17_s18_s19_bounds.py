"""S17, S18, S19: rates, sizes and idle connections have bounds, which others do not feel."""

import asyncio
import json
from time import perf_counter

import pytest
from clients import code_of, masked
from harness import serving
from websockets.frames import Opcode

from sanchat.limits import Rate


@pytest.fixture
async def limited(tmp_path):
    async with serving(tmp_path / "chat.db", limits=True) as live:
        live.freeze_rates()
        yield live


async def test_s17_a_session_writes_ten_at_once_and_is_told_when_the_next_may_come(limited):
    ana, bob = await limited.gather("general", "ana", "bob")
    second = await limited.join("ana", session=ana.session)

    posts = {"room": "general", "text": "x"}
    for number in range(10):
        await (ana, second)[number % 2].do("post", **posts, client_message_id=f"{number}")
    error = await ana.refused("post", **posts, client_message_id="more")

    assert (error["code"], error["retry_after_ms"]) == ("rate_limited", 500)
    assert (await bob.post("general", "not me"))["seq"] == 11


async def test_s17_a_session_has_sixteen_connections(limited):
    ana = await limited.join("ana")
    for _ in range(15):
        await limited.join("ana", session=ana.session)

    one_more = await limited.knock("ana", session=ana.session)

    assert (await one_more.ended())[0] == 1013


async def test_s17_however_many_are_too_fast_at_once_each_is_sent_away(tmp_path):
    rates = {
        "rate_writes": Rate(1, 1 / 3600),
        "rate_refusals": Rate(3, 5),
        "rate_sign_ins": Rate(100, 1),
    }
    post = {"type": "post", "room": "general", "text": "x"}
    flood = b"".join(
        masked(Opcode.TEXT, json.dumps(post | {"client_message_id": f"{number}"}).encode())
        for number in range(100)
    )
    async with serving(tmp_path / "chat.db", limits=True, **rates) as live:
        flooders = [await live.greeted(f"/ws?name=flooder-{number}") for number in range(100)]

        for flooder in flooders:
            await flooder.write(flood)

        ends = await asyncio.gather(*(flooder.message_of(Opcode.CLOSE) for flooder in flooders))
        assert {code_of(end) for end in ends} == {1013}


async def test_s17_an_address_makes_sixty_four_sessions_in_ten_minutes(limited):
    async with limited.http() as http:
        statuses = []
        for number in range(66):
            http.cookies.clear()
            body = {"name": f"guest {number}"}
            statuses.append((await http.post("/api/session", json=body)).status_code)

    assert statuses == [201] * 64 + [429] * 2


async def test_s17_an_address_has_five_hundred_and_twelve_connections(limited):
    server = limited.server
    for number in range(512):
        assert server.admit(number, "8.8.8.8")

    assert not server.admit(1_000, "8.8.8.8")
    assert server.admit(1_000, "9.9.9.9")
    server.dismiss(0, "8.8.8.8")
    assert server.admit(1_000, "8.8.8.8")


LIMITS = [
    ("post", "text", "x", 4_000, "text_too_long"),
    ("post", "client_message_id", "x", 64, "bad_frame"),
    ("set_room", "title", "x", 120, "bad_frame"),
    ("set_room", "topic", "x", 500, "bad_frame"),
    ("mute", "reason", "x", 500, "bad_frame"),
    ("react", "emoji", "x", 32, "bad_frame"),
]


@pytest.mark.parametrize(("verb", "field", "character", "limit", "code"), LIMITS)
async def test_s18_each_size_is_bounded_exactly(live, verb, field, character, limit, code):
    ana, _ = await live.gather("general", "ana", "bob")
    await live.promote(ana, "owner")
    await ana.post("general", "first")
    usual = {
        "post": {"text": "x", "client_message_id": "1"},
        "mute": {"user": "bob"},
        "react": {"seq": 1, "on": True},
        "set_room": {},
    }[verb]

    for length in (limit - 1, limit):
        fields = usual | {field: character * length}
        fields |= {"client_message_id": f"{length}"} if field == "text" else {}
        await ana.do(verb, room="general", **fields)
    error = await ana.refused(verb, room="general", **usual | {field: character * (limit + 1)})

    assert error["code"] == code


@pytest.mark.parametrize(("limit", "template"), [(32, "/ws?name={}"), (64, "/ws/{}")])
async def test_s18_names_have_their_length(live, limit, template):
    def path_of(length):
        path = template.format("n" * length)
        return path if "?" in path else f"{path}?name=ana{length}"

    async def code_of(length):
        connection = await live.connect(path_of(length))
        try:
            text = await asyncio.wait_for(connection.recv(), 5)
            return json.loads(text)["type"]
        except Exception:
            return connection.close_code
        finally:
            await connection.close()

    async def refusal_of(length):
        connection = await live.connect(path_of(length))
        await connection.wait_closed()
        return connection.close_code

    assert [await code_of(length) for length in (limit - 1, limit)] == ["hello", "hello"]
    assert await refusal_of(limit + 1) == (4506 if limit == 32 else 4504)


@pytest.mark.parametrize(("size", "ends"), [(65_535, False), (65_536, False), (65_537, True)])
async def test_s18_a_frame_has_64_kib(live, size, ends):
    ana = await live.join("ana")
    head = '{"type":"ping","ref":1,"pad":"'
    text = head + "x" * (size - len(head) - 2) + '"}'
    await ana.send(text)

    if ends:
        assert (await ana.ended())[0] == 1009
    else:
        assert (await ana.expect("reply"))["ok"]


async def test_s18_bodies_and_queries_have_bounds(live):
    (ana,) = await live.gather("general", "ana")
    path = "/api/rooms/general/messages"
    json_type = {"Content-Type": "application/json"}
    start = '{"text":"x","client_message_id":"1","pad":"'
    async with live.script(headers={"Authorization": f"Bearer {ana.session}"}) as http:
        bodies = [
            (
                await http.post(
                    path, content=f'{start}{"x" * (size - len(start) - 2)}"}}', headers=json_type
                )
            )
            for size in (65_535, 65_536, 65_537)
        ]
        queries = [
            (await http.get(f"{path}?x={'y' * (size - 2)}")) for size in (2_047, 2_048, 2_049)
        ]

    assert [answer.status_code for answer in bodies] == [201, 200, 413]
    assert bodies[2].json()["error"]["code"] == "text_too_long"
    assert [answer.status_code for answer in queries] == [200, 200, 400]
    assert queries[2].json()["error"]["code"] == "bad_frame"


HEAD_BYTES = 8_195  # 8 KiB, which Sanic counts without the last line's end


async def test_s18_the_head_of_a_request_has_8_kib(live):
    statuses = []
    for size in (HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1):
        head = f"GET /healthz HTTP/1.1\r\nHost: {live.host}\r\nConnection: close\r\nX-Long: "
        raw = await live.raw()
        await raw.write(head.encode() + b"z" * (size - len(head) - 4) + b"\r\n\r\n")
        statuses.append((await raw.rest()).split(b" ", 2)[1])
        raw.writer.close()

    assert statuses == [b"200", b"200", b"413"]


async def test_s18_json_has_a_depth(live):
    """As deep as the interpreter's stack allows there, 1,000 less what is in use: not exact."""
    (ana,) = await live.gather("general", "ana")
    answers = []
    for depth in (900, 1_000, 30_000):
        await ana.send('{"type":"ping","pad":' + "[" * depth + "]" * depth + "}")
        reply = await ana.expect("reply")
        answers.append("ok" if reply["ok"] else reply["error"]["code"])

    assert answers == ["ok", "bad_frame", "bad_frame"]


@pytest.mark.slow
async def test_s19_who_connects_and_says_nothing_is_gone_and_harms_nobody(tmp_path):
    settings = {"request_head_seconds": 1.0}
    async with serving(tmp_path / "chat.db", **settings) as live:
        ana = await live.join("ana", "general")
        idle = [await live.raw() for _ in range(250)]
        slow = [await live.raw() for _ in range(250)]
        for raw in slow:
            await raw.write(b"GET /ws HTTP/1.1\r\nHost: ")
        started = perf_counter()
        await ana.do("ping")
        for raw in (*idle, *slow):
            await raw.rest()
        taken = perf_counter() - started
        assert (await ana.do("ping"))["ok"]

    print(f"\nS19: 500 unfinished handshakes gone after {taken:.1f} s, with a deadline of 1 s")
    assert taken < 5


async def test_s19_who_answers_pings_may_listen_for_ever_and_who_does_not_is_closed(tmp_path):
    async with serving(tmp_path / "chat.db", heartbeat_seconds=0.2) as live:
        ana = await live.join("ana", "general")
        silent = await live.raw_websocket("/ws?name=silent")
        code = int.from_bytes((await silent.message_of(Opcode.CLOSE))[:2], "big")
        assert (await ana.do("ping"))["ok"]

    assert code == 4002
