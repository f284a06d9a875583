"""Who is sent away, and how they are told: kicks, bans, ended sessions, too many connections."""

import pytest
from harness import serving, until

LOOK_ALIKES = ["Bob", "BOB", "ｂｏｂ", "bоb", "b0b", "𝐛𝐨𝐛"]
RESERVED = ["admin", "Admin", "аdmin", "system", "SERVER", "root", "r00t", "moderator", "sanchat"]
UNFIT = [" ", "a  b", "a\tb", "a\u202eb", "a\u200bb", "\u0301a", "x" * 33, "a\0b", "\u3164"]


async def test_a_kick_ends_all_connections_with_4501_and_keeps_out_for_a_minute(live):
    [ana] = await live.gather("lobby", "ana")
    tab = await live.join("ana", session=ana.session)
    session = await live.session_of(ana)

    await live.server.chat.moderation.kick(session.user, reason="spam", actor="root")
    ends = [await client.ended() for client in (ana, tab)]
    again = await live.knock("ana", session=ana.session)

    assert ends == [(4501, "spam"), (4501, "spam")]
    assert [frame for frame in ana.unread if frame["type"] == "removed"] == [
        {
            "type": "removed",
            "kind": "kick",
            "reason": "spam",
            "by": "root",
            "until": ana.unread[-1]["until"],
        }
    ]
    assert (await again.ended())[0] == 4501
    async with live.http(headers={"Authorization": f"Bearer {ana.session}"}) as http:
        answer = await http.get("/api/session")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "forbidden"
    assert 0 < answer.json()["error"]["retry_after_ms"] <= 60_000
    assert 1 <= int(answer.headers["retry-after"]) <= 60


async def test_a_ban_ends_all_connections_with_4502_and_keeps_the_look_out(live):
    [ana] = await live.gather("lobby", "ana")
    session = await live.session_of(ana)

    await live.server.chat.moderation.ban(session.user, reason="enough")

    assert await ana.ended() == (4502, "enough")
    assert ana.unread[-1]["type"] == "removed"
    for name in ("ana", "Ana", "аna"):
        again = await live.knock(name)
        assert (await again.ended())[0] in (4502, 4506)
    back = await live.knock("ana", session=ana.session)
    assert (await back.ended())[0] == 4502


async def test_a_kick_from_one_room_ends_the_subscription_alone(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    session = await live.session_of(bob)

    await live.server.chat.moderation.kick(
        session.user, room="lobby", reason="mind your words", actor="ana"
    )
    event = await bob.expect("removed")
    await ana.post("lobby", "he is gone")

    assert (event["room"], event["reason"], event["by"]) == ("lobby", "mind your words", "ana")
    assert event["until"] > live.server.clock()
    assert await bob.settled("message") == []
    error = await bob.refused("post", room="lobby", text="x", client_message_id="c")
    assert error["code"] == "forbidden"
    assert (await bob.refused("subscribe", room="lobby"))["retry_after_ms"] > 0


async def test_who_is_at_a_rooms_own_door_goes_with_the_room(live):
    bob = await live.join("bob", "lobby")
    plain = await live.plain("lobby", "eve")
    for name, client in (("bob", bob), ("eve", plain)):
        await live.server.chat.moderation.kick(await live.server.chat.find_user(name), room="lobby")
        if name == "bob":
            assert (await client.ended())[0] == 4501
        else:
            from clients import Ended

            assert (await client.line()).startswith("[")
            with pytest.raises(Ended) as end:
                await client.line()
            assert end.value.code == 4501


async def test_a_ban_from_a_room_is_answered_with_banned_and_at_its_door_with_4502(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    session = await live.session_of(bob)

    await live.server.chat.moderation.ban(session.user, room="lobby")
    await bob.expect("removed")
    door = await live.knock("bob", "lobby", session=bob.session)

    for verb, more in (("subscribe", {}), ("history", {"before": 1})):
        assert (await bob.refused(verb, room="lobby", **more))["code"] == "banned"
    assert (await bob.refused("post", room="lobby", text="x", client_message_id="c"))[
        "code"
    ] == "banned"
    await bob.subscribe("general")
    assert await door.ended() == (4502, "You are banned.")
    await ana.do("ping")


async def test_signing_out_ends_the_sockets_of_the_session_with_4505(live):
    ana = await live.join("ana")
    tab = await live.join("ana", session=ana.session)
    bob = await live.join("bob")
    async with live.http(headers={"Authorization": f"Bearer {ana.session}"}) as http:
        answer = await http.delete("/api/session")

    assert answer.status_code in (200, 204)
    assert [(await client.ended())[0] for client in (ana, tab)] == [4505, 4505]
    await bob.do("ping")


async def test_a_guests_memberships_end_with_its_session(live):
    [ana] = await live.gather("lobby", "ana")
    room = await live.server.store.room("lobby")
    assert await live.server.store.member_count(room.id) == 1

    async with live.http(headers={"Authorization": f"Bearer {ana.session}"}) as http:
        await http.delete("/api/session")

    assert await live.server.store.member_count(room.id) == 0


async def test_a_deleted_room_sends_those_at_its_door_away_with_4504(live):
    ana = await live.join("ana", "lobby")
    [bob] = await live.gather("lobby", "bob")

    await live.server.chat.delete_room("lobby")

    assert (await ana.ended())[0] == 4504
    event = await bob.expect("room")
    assert (event["room"]["name"], event["deleted"]) == ("lobby", True)
    await bob.do("ping")


async def test_sixteen_connections_are_enough_for_one_session(tmp_path):
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana = await live.join("ana")
        for _ in range(15):
            await live.join("ana", session=ana.session)

        one_more = await live.knock("ana", session=ana.session)

        assert (await one_more.ended())[0] == 1013


async def test_the_last_frames_of_a_server_that_stops_are_answers_and_1012(tmp_path):
    async with serving(tmp_path / "chat.db") as live:
        ana = await live.join("ana", "general")
        await ana.send(
            {"type": "post", "room": "general", "text": "last", "client_message_id": "c"}
        )
        await ana.expect("reply", client_message_id="c")

        await live.server.stop()

        assert (await ana.ended())[0] == 1012


async def test_an_address_has_so_many_connections_and_no_more(tmp_path):
    async with serving(tmp_path / "chat.db", limits=True, address_connections=3) as live:
        crowd = [await live.join(f"pupil {number}") for number in range(3)]

        late = await live.knock("late")
        assert (await late.ended())[0] == 1013
        await crowd[0].close()
        await until(lambda: len(live.server.hub.connections) == 2)

        await live.join("later")
