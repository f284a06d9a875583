"""Who it is that comes in: hello, guests and their names, and sessions."""

import asyncio

import pytest
from harness import serving, until

from sanchat import __version__

LOOK_ALIKES = ["Bob", "BOB", "ｂｏｂ", "bоb", "b0b", "𝐛𝐨𝐛"]
RESERVED = ["admin", "Admin", "аdmin", "system", "SERVER", "root", "r00t", "moderator", "sanchat"]
UNFIT = [" ", "a  b", "a\tb", "a\u202eb", "a\u200bb", "\u0301a", "x" * 33, "a\0b", "\u3164"]


async def test_hello_says_what_a_client_needs(live):
    ana = await live.join("ana")

    hello = ana.hello

    assert set(hello) == {
        *(
            "type",
            "protocol",
            "server",
            "name",
            "build",
            "epoch",
            "user",
            "session",
            "rooms",
            "limits",
        ),
        "heartbeat_ms",
    }
    assert hello["protocol"] == 1
    assert hello["server"] == f"sanchat/{__version__}"
    assert hello["build"] == live.server.build != ""
    assert hello["epoch"] == live.server.store.epoch
    assert hello["user"] == {"id": ana.user["id"], "name": "ana", "kind": "guest", "role": "member"}
    assert hello["limits"] == {"text": 4000, "frame_bytes": 65536}
    assert hello["heartbeat_ms"] == 20_000
    assert hello["rooms"] == []


async def test_hello_lists_the_rooms_of_a_member_with_what_is_unread(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    for text in ("one", "two", "three"):
        newest = await bob.post("lobby", text)
    await ana.do("read", room="lobby", seq=2)

    tab = await live.join("ana", session=ana.session)

    assert tab.hello["rooms"] == [
        {
            **{"name": "lobby", "title": "", "kind": "open", "last_seq": 3, "read_seq": 2},
            **{"unread": 1, "mentions": 0, "notify": "mentions", "active_at": newest["sent_at"]},
        }
    ]
    assert tab.user == ana.user


async def test_hello_lists_the_200_rooms_with_the_newest_activity(live):
    ana = await live.join("ana")
    for number in range(203):
        await live.server.chat.create_room(f"room-{number}")
        await ana.subscribe(f"room-{number}")
    await ana.post("room-0", "awake again")

    names = [room["name"] for room in (await live.join("ana", session=ana.session)).hello["rooms"]]

    assert len(names) == 200
    assert names[0] == "room-0"


@pytest.mark.parametrize(
    "path", ["/ws", "/ws/general", "/ws?name=", "/ws?session=x", "/ws?name=ana&x=1"]
)
async def test_who_brings_no_name_may_come_in_only_with_one(live, path):
    from clients import Client

    client = Client(await live.connect(path))

    if "name=ana" in path:
        assert (await client.expect("hello"))["user"]["name"] == "ana"
        await client.close()
    else:
        assert (await client.ended())[0] == 4505


@pytest.mark.parametrize("name", UNFIT, ids=repr)
async def test_an_unfit_name_is_refused_with_4506(live, name):
    client = await live.knock(name)

    assert (await client.ended())[0] == 4506


@pytest.mark.parametrize("name", RESERVED)
async def test_a_reserved_name_is_refused_with_4506(live, name):
    client = await live.knock(name)

    assert (await client.ended())[0] == 4506


@pytest.mark.parametrize("name", ["bob", *LOOK_ALIKES])
async def test_a_name_in_use_and_its_look_alikes_are_refused_with_4506(live, name):
    await live.join("bob")

    other = await live.knock(name)

    assert (await other.ended())[0] == 4506


@pytest.mark.parametrize(
    "name", ["Ana Lúcia", "上海", "हिन्दी", "Ольга", "محمد", "O'Neil", "x" * 32, "🦊", "René-2"]
)
async def test_honest_names_are_welcome(live, name):
    client = await live.join(name)

    assert client.user["name"] == name


async def test_a_name_is_kept_as_nfkc_without_outer_blanks(live):
    client = await live.join("  Ａna ")

    assert client.user["name"] == "Ana"


async def test_a_session_brings_the_guest_back_under_its_name(live):
    ana = await live.join("ana")
    await ana.close()

    again = await live.join("ana", session=ana.session)

    assert again.user == ana.user
    assert again.session == ana.session


async def test_a_guests_name_is_held_for_a_while_after_the_last_connection(live):
    ana = await live.join("ana")
    await ana.close()
    await until(lambda: not live.server.hub.connections)

    other = await live.knock("ana")

    assert (await other.ended())[0] == 4506


async def test_a_name_that_is_free_again_makes_a_new_user(tmp_path):
    async with serving(tmp_path / "chat.db", name_hold_seconds=0) as live:
        ana = await live.join("ana")
        await ana.close()
        await until(lambda: live.server.names.is_free("ana"))
        other = await live.join("ana")

        late = await live.knock("ana", session=ana.session)

        assert other.user["id"] != ana.user["id"]
        assert (await late.ended())[0] == 4506


async def test_an_unknown_session_is_no_session(live):
    ana = await live.join("ana", session="made-up")

    assert ana.session != "made-up"


async def test_two_who_ask_for_a_name_at_once_do_not_both_get_it(live):
    clients = [await live.knock("ana") for _ in range(5)]

    firsts = await asyncio.gather(*(outcome(client) for client in clients))

    assert sorted(firsts, key=str) == [4506, 4506, 4506, 4506, "hello"]


async def outcome(client):
    from clients import Ended

    try:
        return (await client.frame())["type"]
    except Ended as end:
        return end.code


async def test_a_bearer_token_comes_first_and_is_not_told_again(live):
    ana = await live.join("ana")

    bot = await live.join("bob", additional_headers={"Authorization": f"Bearer {ana.session}"})

    assert bot.user == ana.user
    assert "session" not in bot.hello


async def test_an_ended_bearer_token_is_refused_with_4505(live):
    client = await live.knock("ana", additional_headers={"Authorization": "Bearer made-up"})

    assert (await client.ended())[0] == 4505


async def test_the_cookie_comes_before_the_name(live):
    ana = await live.join("ana")
    headers = {"Cookie": f"sanchat_session={ana.session}", "Origin": live.origin}

    tab = await live.join("bob", additional_headers=headers)

    assert tab.user == ana.user
    assert "session" not in tab.hello


async def test_the_cookie_comes_before_a_session_in_the_address(live):
    ana, bob = await live.join("ana"), await live.join("bob")
    headers = {"Cookie": f"sanchat_session={ana.session}", "Origin": live.origin}

    tab = await live.join("bob", session=bob.session, additional_headers=headers)

    assert tab.user == ana.user
    assert "session" not in tab.hello


async def test_behind_a_stale_cookie_the_session_in_the_address_counts(live):
    bob = await live.join("bob")
    headers = {"Cookie": "sanchat_session=stale", "Origin": live.origin}

    tab = await live.join("bob", session=bob.session, additional_headers=headers)

    assert (tab.user, tab.session) == (bob.user, bob.session)


async def test_a_bearer_token_comes_before_the_cookie(live):
    ana, bob = await live.join("ana"), await live.join("bob")
    headers = {
        "Authorization": f"Bearer {bob.session}",
        "Cookie": f"sanchat_session={ana.session}",
        "Origin": live.origin,
    }

    tab = await live.join("eve", additional_headers=headers)

    assert tab.user == bob.user


async def test_a_stale_cookie_does_not_stand_in_the_way_of_a_name(live):
    headers = {"Cookie": "sanchat_session=stale", "Origin": live.origin}

    tab = await live.join("bob", additional_headers=headers)

    assert tab.user["name"] == "bob"


PUBLIC = {"public_url": "https://chat.test", "allow_host": ("127.0.0.1",), "guests": "open"}


@pytest.mark.parametrize(
    "name",
    ["sanchat_session", "__Secure-__Host-sanchat_session", "\u2000__Host-sanchat_session"],
    ids=ascii,
)
async def test_under_https_only_the_cookie_of_this_host_signs_in(tmp_path, name):
    async with serving(tmp_path / "chat.db", **PUBLIC) as live, live.http() as http:
        ana = await live.join("ana")

        async def status(cookie, origin="https://chat.test"):
            headers = [(b"Cookie", f"{cookie}={ana.session}".encode())]
            headers += [(b"Origin", origin.encode())] if origin else []
            body = {"text": "hi", "client_message_id": cookie}
            answer = await http.post("/api/rooms/general/messages", json=body, headers=headers)
            return answer.status_code

        assert await status("__Host-sanchat_session") == 201
        assert await status(name) == 401
        # Without an Origin the one is refused for what it carries, the other carries nothing.
        assert await status("__Host-sanchat_session", origin=None) == 403
        assert await status(name, origin=None) == 401


async def test_a_server_on_the_internet_admits_no_guests_unless_told(tmp_path):
    closed = serving(tmp_path / "a.db", public_url="https://chat.test", allow_host=("127.0.0.1",))
    opened = serving(
        tmp_path / "b.db",
        public_url="https://chat.test",
        allow_host=("127.0.0.1",),
        guests="open",
    )

    async with closed as live:
        client = await live.knock("ana")
        assert (await client.ended())[0] == 4505
    async with opened as live:
        ana = await live.join("ana")
        assert ana.user["kind"] == "guest"
        stranger = await live.knock("bob", "a-new-room")
        assert (await stranger.ended())[0] == 4504
