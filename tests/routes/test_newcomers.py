"""Whoever comes in for the first time and is not let in leaves nothing behind."""

import sqlite3
from contextlib import closing

import pytest
from clients import code_of
from harness import serving, until
from websockets.frames import Opcode

from sanchat.changes import KeepOut
from sanchat.errors import Unavailable


@pytest.fixture
async def narrow(tmp_path):
    """Somebody is in the lobby, and from their address nobody more is let in."""
    async with serving(tmp_path / "chat.db", limits=True, address_connections=1) as live:
        await live.gather("lobby", "bob")
        yield live


def left_behind(live, name):
    """The sessions and memberships of everybody who was ever called so."""
    with closing(sqlite3.connect(live.server.settings.database)) as database:
        query = (
            "select 'session' from sessions join users on users.id = user_id where name = ?1 "
            "union all "
            "select 'member' from memberships join users on users.id = user_id where name = ?1"
        )
        return [kind for (kind,) in database.execute(query, (name,))]


async def refused(live, path):
    """The close code of a websocket that is let in nowhere."""
    raw = await live.raw_websocket(path)
    return code_of(await raw.message_of(Opcode.CLOSE))


async def nothing_left(live, name):
    assert live.server.names.is_free(name)
    await until(lambda: left_behind(live, name) == [])


@pytest.mark.parametrize("door", ["/ws/lobby", "/ws", "/room/lobby/"])
async def test_who_is_one_too_many_is_in_no_room_and_keeps_no_name(narrow, door):
    assert await refused(narrow, f"{door}?name=ana") == 1013

    await nothing_left(narrow, "ana")


@pytest.mark.parametrize("door", ["/ws/not%20a%20room", "/room/not%20a%20room/"])
async def test_who_asks_for_a_room_that_cannot_be_may_ask_for_another_at_once(live, door):
    assert await refused(live, f"{door}?name=ana") == 4504

    await nothing_left(live, "ana")
    assert (await live.join("ana", "general")).user["name"] == "ana"


async def test_who_asks_in_a_wrong_way_may_ask_again_at_once(live):
    assert await refused(live, "/ws/general?name=ana&after=soon") == 4503

    await nothing_left(live, "ana")
    assert (await live.join("ana", "general")).user["name"] == "ana"


@pytest.mark.parametrize("door", ["/ws/lobby", "/room/lobby/"])
async def test_s7_who_is_banned_while_they_come_in_for_the_first_time_is_in_no_room(
    live, monkeypatch, door
):
    await live.gather("lobby", "bob")
    sessions, server = live.server.chat.sessions, live.server
    come_in = sessions.come_in

    async def come_in_and_be_banned(*asked, **more):
        came_in, token = await come_in(*asked, **more)
        act = await server.journal.write(KeepOut(kind="ban", user_id=came_in.session.user.id))
        await server.acts.carried_out(act)
        return came_in, token

    monkeypatch.setattr(sessions, "come_in", come_in_and_be_banned)

    assert await refused(live, f"{door}?name=ana") == 4502

    await until(lambda: left_behind(live, "ana") == [])


async def test_who_has_been_told_their_session_keeps_it_when_the_room_cannot_be_read(
    live, monkeypatch
):
    async def unavailable(*asked, **more):
        raise Unavailable("The database is locked.")

    monkeypatch.setattr(live.server.chat, "opening", unavailable)
    ana = await live.knock("ana", "general")
    session = (await ana.expect("hello"))["session"]
    assert (await ana.ended())[0] == 1013
    monkeypatch.undo()

    again = await live.join("ana", "general", session=session)

    assert left_behind(live, "ana") == ["session", "member"]
    assert again.user["kind"] == "guest"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/rooms/general/messages", {"text": "  "}),
        ("/api/rooms/nowhere/messages", {"text": "hello"}),
        ("/api/rooms/general/messages/1/edit", {"text": "not mine"}),
        ("/api/rooms/general/messages/1/bake", {}),
        ("/api/rooms", {"name": "not a room"}),
        ("/api/commands/set_room", {"room": "general", "topic": "mine"}),
    ],
)
async def test_who_is_refused_over_http_keeps_no_name_either(live, path, body):
    async with live.script() as http:
        refusal = await http.post(path, params={"name": "ana"}, json=body)
        assert refusal.is_client_error
        assert "set-cookie" not in refusal.headers
        await nothing_left(live, "ana")

        welcome = await http.post(
            "/api/rooms/general/messages", params={"name": "ana"}, json={"text": "hello"}
        )

    assert welcome.status_code == 201
