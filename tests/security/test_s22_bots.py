"""S22: bots' tokens are shown once, stored hashed, scoped to rooms and verbs, revocable at once."""

import pytest
from harness import serving


@pytest.fixture
async def house(tmp_path):
    """A server with three rooms, one of them closed, in which somebody has spoken."""
    async with serving(tmp_path / "chat.db") as live:
        ana, _ = await live.gather("lobby", "ana", "ben")
        await live.server.chat.create_room("ops")
        await ana.post("lobby", "hello")
        await ana.post("ops", "alarm")
        yield live


async def mint(live, *scopes, rooms=None, bot="weather", **more):
    minted, token = await live.server.chat.invitations.create_token(
        bot, scopes=scopes, rooms=rooms, **more
    )
    return minted, token


def bearer(token):
    return {"authorization": f"Bearer {token}"}


async def statuses(live, token, room="lobby"):
    """What each door answers, by what it does."""
    path = f"/api/rooms/{room}/messages"
    async with live.script(headers=bearer(token)) as http:
        answers = {
            "read": await http.get(path),
            "write": await http.post(path, json={"text": "beep"}),
            "change": await http.post(f"{path}/1/react", json={"emoji": "👍"}),
            "rooms": await http.post("/api/rooms", json={"name": f"made-{token[-6:-1].lower()}x"}),
            "members": await http.post("/api/commands/members", json={"room": room}),
            "topic": await http.post("/api/commands/set_room", json={"room": room, "topic": "t"}),
        }
    return {verb: answer.status_code for verb, answer in answers.items()}


@pytest.mark.parametrize(
    ("scopes", "open_to"),
    [
        (("read",), {"read", "members"}),
        (("write",), {"write", "change"}),
        (("rooms",), {"rooms"}),
        (("read", "write"), {"read", "members", "write", "change"}),
        (("read", "write", "rooms"), {"read", "members", "write", "change", "rooms"}),
    ],
)
async def test_s22_a_token_is_good_for_its_scopes_and_nothing_else(house, scopes, open_to):
    _, token = await mint(house, *scopes)

    found = await statuses(house, token)

    # A topic takes a moderator besides: a scope gives no right that the bot does not have.
    assert found.pop("topic") == 403
    assert {verb for verb, status in found.items() if status < 300} == open_to
    assert {status for verb, status in found.items() if verb not in open_to} <= {403}


@pytest.mark.parametrize(
    ("scopes", "refused"),
    [
        (("read",), {"post", "react", "edit", "delete", "typing", "set_room"}),
        (("write",), {"subscribe", "history", "read", "members", "set_room"}),
    ],
)
async def test_s22_scopes_hold_on_a_socket_too(house, scopes, refused):
    _, token = await mint(house, *scopes)
    bot = await house.join_with(token)
    commands = {
        "subscribe": {},
        "history": {"before": 10},
        "read": {"seq": 1},
        "members": {},
        "post": {"text": "beep", "client_message_id": "b-1"},
        "react": {"seq": 1, "emoji": "👍", "on": True},
        "edit": {"seq": 1, "text": "x"},
        "delete": {"seq": 1},
        "typing": {},
        "set_room": {"topic": "t"},
    }
    codes = {}
    for command in refused:
        codes[command] = (await bot.ask(command, room="lobby", **commands[command]))["error"][
            "code"
        ]

    assert set(codes.values()) == {"forbidden"}


async def test_s22_a_confined_token_knows_no_other_room(house):
    _, token = await mint(house, "read", "write", "rooms", rooms=("lobby",))
    here, there, nowhere = [
        await statuses(house, token, room) for room in ("lobby", "ops", "no-such-room")
    ]
    bot = await house.join_with(token)
    async with house.script(headers=bearer(token)) as http:
        listed = (await http.get("/api/rooms")).json()["rooms"]

    assert (here["read"], here["write"], here["change"]) == (200, 201, 200)
    assert there == nowhere
    assert {there[verb] for verb in ("read", "write", "change", "members")} == {404}
    assert [room["name"] for room in listed] == ["lobby"]
    assert here["rooms"] == 404  # a room it would make is none of its own
    for command, fields in (
        ("subscribe", {}),
        ("post", {"text": "beep", "client_message_id": "1"}),
        ("history", {"before": 5}),
    ):
        error = await bot.refused(command, room="ops", **fields)
        assert error["code"] == "not_found"


async def test_s22_a_room_that_is_deleted_does_not_widen_the_token(house):
    _, token = await mint(house, "read", "write", rooms=("ops",))
    await house.server.chat.delete_room("ops")

    found = await statuses(house, token, "lobby")

    assert (found["read"], found["write"]) == (404, 404)


async def test_s22_revoking_ends_sockets_and_requests_at_once(house):
    minted, token = await mint(house, "read", "write")
    bot = await house.join_with(token, "lobby")
    await bot.post("lobby", "beep")
    await house.server.chat.invitations.revoke_token(minted.token_id)

    assert await bot.ended() == (4505, "signed out")
    assert set((await statuses(house, token)).values()) == {401}


async def test_s22_a_token_ends_on_its_day(house):
    _, token = await mint(house, "read", "write", seconds=60)
    bot = await house.join_with(token, "lobby")
    await bot.post("lobby", "beep")
    later = house.server.clock() + 61_000
    house.server.store._clock = lambda: later
    house.server.chat.sessions._clock = lambda: later

    error = await bot.refused("post", room="lobby", text="late", client_message_id="late")

    assert error["code"] == "not_signed_in"
    assert set((await statuses(house, token)).values()) == {401}


async def test_s22_the_token_is_kept_as_a_hash_and_found_by_secret_scanners(house):
    minted, token = await mint(house, "read")

    assert token.startswith("san_")
    assert len(token) == 4 + 43  # 256 bits
    assert token.encode() not in await house.server_bytes()
    (listed,) = await house.server.store.tokens()
    assert (listed.id, listed.hint) == (minted.token_id, token[-4:])
    assert token not in repr(listed)


async def test_s22_a_bot_is_marked_as_one_wherever_it_is_seen(house):
    _, token = await mint(house, "read", "write")
    ana = await house.join("zoe")
    await ana.subscribe("lobby")
    bot = await house.join_with(token, "lobby")
    await bot.post("lobby", "beep")

    message = await ana.expect("message", text="beep")
    members = (await ana.do("members", room="lobby"))["members"]

    assert bot.user["kind"] == "bot"
    assert message["user"]["kind"] == "bot"
    assert {m["name"]: m.get("kind") for m in members}["weather"] == "bot"


async def test_s22_a_token_opens_no_account(house):
    """Neither a password, nor other devices, nor invitations; and a cookie does not carry it."""
    _, token = await mint(house, "read", "write", "rooms")
    async with house.script(headers=bearer(token)) as http:
        asked = [
            await http.get("/api/sessions"),
            await http.delete("/api/sessions"),
            await http.delete("/api/session"),
            await http.post("/api/password", json={"password": "a", "new_password": "b"}),
            await http.post("/api/invites", json={}),
            await http.get("/api/invites"),
        ]
    assert {answer.status_code for answer in asked} == {403}
    await house.server.chat.sessions.of(token)
    assert await house.server.chat.session(token) is not None


async def test_s22_each_token_has_a_rate_of_its_own(tmp_path):
    async with serving(tmp_path / "chat.db", limits=True) as live:
        live.freeze_rates()
        _, one = await mint(live, "write")
        _, two = await mint(live, "write")
        path = "/api/rooms/general/messages"
        counts = []
        for token in (one, two):
            async with live.script(headers=bearer(token)) as http:
                answers = [await http.post(path, json={"text": f"{n}"}) for n in range(12)]
            counts.append([answer.status_code for answer in answers].count(201))

    assert counts == [10, 10]
