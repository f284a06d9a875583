"""S17, S18, S19: rates, sizes and idle connections have bounds, which others do not feel."""

import asyncio
import json
from time import perf_counter

import pytest
from harness import serving
from websockets.frames import Opcode


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


@pytest.mark.slow
async def test_s17_twenty_who_flood_delay_nobody_else(tmp_path):
    async with serving(tmp_path / "chat.db", limits=True) as live:
        quiet = await live.join("quiet", "general")
        await quiet.expect("reply", ref=None)

        async def median_ping():
            taken = []
            for _ in range(100):
                started = perf_counter()
                await quiet.do("ping")
                taken.append(perf_counter() - started)
            return sorted(taken)[50]

        before = await median_ping()
        flooders = [await live.join(f"flood {number}", "general") for number in range(20)]

        async def flood(client):
            frame = {"type": "post", "room": "general", "text": "x", "client_message_id": "1"}
            for number in range(100):
                await client.send(frame | {"client_message_id": str(number)})
                await asyncio.sleep(0)

        floods = [asyncio.ensure_future(flood(client)) for client in flooders]
        during = await median_ping()
        await asyncio.gather(*floods)

    print(f"\nS17: ping {before * 1000:.2f} ms, during the flood {during * 1000:.2f} ms")
    assert during < before * 10 + 0.05


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


async def test_s18_bodies_queries_heads_and_depths_have_bounds(live):
    (ana,) = await live.gather("general", "ana")
    async with live.http(headers={"Authorization": f"Bearer {ana.session}"}) as http:
        path = "/api/rooms/general/messages"
        body = await http.post(path, json={"text": "x" * 70_000})
        query = await http.get(f"{path}?x={'y' * 2_049}")
        head = await http.get(path, headers={"X-Long": "z" * 20_000})
    deep = await ana.ask("ping", pad=json.loads("[" * 400 + "]" * 400))
    await ana.send('{"type":"ping","pad":' + "[" * 20_000 + "]" * 20_000 + "}")
    deeper = await ana.expect("reply")

    assert body.status_code == 413
    assert query.status_code == 400
    assert head.status_code in (400, 413, 431)
    assert deep["ok"]
    assert deeper.get("ok") or deeper["error"]["code"] == "bad_frame"


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
