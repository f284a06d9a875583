"""What administrators do reaches those who are online, at whatever moment it happens."""

import asyncio

import pytest
from clients import Client
from harness import until
from people import do, present, saying

from sanchat.changes import KeepOut
from sanchat.store import open_store


async def user_of(live, client):
    user = await live.server.store.user(client.user["id"])
    assert user is not None
    return user


async def keep_out(live, client, kind, *, room=None, reason="", seconds=60):
    """As an administrator would."""
    return await live.server.journal.write(
        KeepOut(
            kind=kind,
            user_id=client.user["id"],
            room_key=room,
            reason=reason,
            until=live.server.clock() + seconds * 1000,
            actor="root",
        )
    )


async def carried_out(live) -> None:
    """Until this server has done all that was written."""
    last = await live.server.store.last_act()
    await until(lambda: live.server.acts.last >= last)


async def test_who_is_kicked_is_closed_on_every_connection_and_others_stay(live):
    ana, bob = await live.gather("general", "ana", "bob")
    second = await live.join("ana", session=ana.session)

    await keep_out(live, ana, "kick", reason="Enough.")

    assert await ana.ended() == (4501, "Enough.")
    assert await second.ended() == (4501, "Enough.")
    assert (await bob.post("general", "still here"))["seq"] == 1


async def test_a_ban_tells_why_before_it_closes(live):
    (ana,) = await live.gather("general", "ana")

    await keep_out(live, ana, "ban", reason="Spam.")

    removed = await ana.expect("removed")
    assert (removed["reason"], removed["by"], "room" in removed) == ("Spam.", "root", False)
    assert (await ana.ended())[0] == 4502


async def test_who_is_kicked_cannot_post_over_a_connection_that_is_just_ending(live):
    ana, bob = await live.gather("general", "ana", "bob")

    await asyncio.gather(
        keep_out(live, ana, "kick"),
        *(
            ana.send(
                {"type": "post", "room": "general", "text": f"{n}", "client_message_id": f"{n}"}
            )
            for n in range(20)
        ),
    )
    await ana.ended()

    kicked_at = (await live.server.store.acts_after(0))[-1].acted_at
    for message in await bob.settled("message"):
        assert message["sent_at"] <= kicked_at


@pytest.mark.parametrize("turns", range(0, 60, 3))
async def test_whoever_is_banned_while_coming_in_is_sent_away(live, turns):
    """The ban meets the handshake at another step each time."""
    eve = await live.join("eve")
    session = eve.session
    await eve.close()
    await until(lambda: not live.server.hub.connections)
    coming = asyncio.ensure_future(live.knock("eve", "general", session=session))
    for _ in range(turns):
        await asyncio.sleep(0)

    await keep_out(live, eve, "ban")
    client = await coming

    assert (await client.ended())[0] == 4502
    await until(lambda: not live.server.hub.connections)


async def test_who_is_kicked_from_a_room_hears_it_no_more_and_stays_connected(live):
    ana, bob = await live.gather("general", "ana", "bob")

    await keep_out(live, ana, "kick", room="general", reason="Hush.")
    removed = await ana.expect("removed")
    await bob.post("general", "among us")
    heard = await ana.settled("message")
    error = await ana.refused("subscribe", room="general")

    assert (removed["room"], removed["reason"]) == ("general", "Hush.")
    assert heard == []
    assert error["retry_after_ms"] <= 60_000
    assert not live.server.presence.is_online(
        (await present(live.server.store, "general")).id, ana.user["id"]
    )


async def test_a_room_that_is_deleted_under_its_listeners_is_over_for_them(live):
    ana, bob = await live.gather("kitchen", "ana", "bob")
    room = await present(live.server.store, "kitchen")

    await live.server.chat.delete_room("kitchen", actor="root")

    for client in (ana, bob):
        event = await client.expect("room", deleted=True)
        assert event["room"] == {"name": "kitchen"}
    error = await ana.refused("post", room="kitchen", text="hi", client_message_id="1")
    assert error["code"] == "not_found"
    assert room.id not in live.server.hub.positions()


@pytest.mark.parametrize("turns", range(0, 60, 6))
async def test_a_room_that_is_deleted_while_somebody_subscribes_leaves_nothing_behind(live, turns):
    (ana,) = await live.gather("kitchen", "ana")
    room = await present(live.server.store, "kitchen")
    await ana.do("unsubscribe", room="kitchen")
    asking = asyncio.ensure_future(ana.ask("subscribe", room="kitchen"))
    for _ in range(turns):
        await asyncio.sleep(0)

    await live.server.chat.delete_room("kitchen")
    reply = await asking
    await carried_out(live)
    await ana.settled()

    assert reply["ok"] or reply["error"]["code"] == "not_found"
    assert room.id not in live.server.hub.positions()
    assert room.id not in ana_connection(live).subscriptions
    assert live.server.presence.online_count(room.id) == 0


def ana_connection(live):
    (connection,) = live.server.hub.connections
    return connection


async def test_outsiders_do_not_learn_that_a_closed_room_was_there(live):
    ana, bob, eve = await live.gather("general", "ana", "bob", "eve")
    await live.server.chat.create_room("secret", kind="closed", user=await user_of(live, ana))
    await ana.subscribe("secret")

    await live.server.chat.delete_room("secret")
    told = await ana.expect("room", deleted=True)
    await carried_out(live)

    assert told["room"]["name"] == "secret"
    for outsider in (bob, eve):
        assert [f for f in await outsider.settled() if "secret" in str(f)] == []


async def test_a_renamed_room_goes_on_under_its_new_name_without_a_new_subscription(live):
    ana, bob = await live.gather("kitchen", "ana", "bob")
    await ana.post("kitchen", "before")

    await live.server.chat.rename_room("kitchen", "Cantina")
    event = await bob.expect("room", was="kitchen")
    await ana.post("cantina", "after")
    texts = [(m["room"], m["text"]) for m in [await bob.expect("message") for _ in range(2)]]
    eve = await live.join("eve")
    await eve.subscribe("cantina")
    presence = await bob.expect("presence", online=3)

    assert event["room"]["name"] == "Cantina"
    assert texts == [("kitchen", "before"), ("Cantina", "after")]
    assert presence["room"] == "Cantina"


async def test_the_plain_door_of_a_renamed_room_still_opens_into_it(live):
    (ana,) = await live.gather("kitchen", "ana")
    await ana.post("kitchen", "before")
    bob = await live.plain("kitchen", "bob")
    assert await bob.line() == "ana: before"
    await live.server.chat.rename_room("kitchen", "cantina")
    await ana.expect("room", was="kitchen")

    await bob.say("hello")

    assert await bob.line() == "bob: hello"
    assert (await ana.expect("message", text="hello"))["room"] == "cantina"


async def test_a_door_closes_with_its_room_also_after_a_rename(live):
    ana = await live.join("ana", "kitchen")
    await ana.expect("reply", ref=None)
    await live.server.chat.rename_room("kitchen", "cantina")
    await ana.expect("room", was="kitchen")

    await live.server.chat.delete_room("cantina")

    assert (await ana.ended())[0] == 4504


async def test_an_act_that_nobody_rang_for_is_carried_out_within_a_second(live):
    (ana,) = await live.gather("general", "ana")
    beside = await open_store(live.server.settings.database)

    await do(beside, KeepOut(kind="kick", user_id=ana.user["id"]))
    end = await ana.ended()
    await beside.close()

    assert end[0] == 4501


async def test_who_leaves_while_subscribing_is_no_ghost(live):
    """Cut at another step of the subscription each time."""
    await live.gather("general", "ana")
    room = await present(live.server.store, "general")
    for turns in range(0, 60, 2):
        eve = await live.join(f"eve{turns}")
        await eve.send({"type": "subscribe", "room": "general"})
        for _ in range(turns):
            await asyncio.sleep(0)
        eve.connection.transport.abort()
    await until(lambda: len(live.server.hub.connections) == 1)
    await live.server.journal.write(saying(await somebody(live), "hi", room="general"))

    await until(lambda: live.server.presence.online_count(room.id) == 1)
    audience = live.server.hub.audience(room.id)
    assert len(audience.live) == 1
    assert not audience.joining
    assert not audience.bystanders


async def somebody(live):
    (connection,) = live.server.hub.connections
    return connection.user


async def test_two_tabs_are_one_person_until_the_last_is_gone(live):
    ana, bob = await live.gather("general", "ana", "bob")
    room = await present(live.server.store, "general")
    second = await live.join("ana", session=ana.session)
    await second.subscribe("general")
    for _ in range(3):
        await second.send({"type": "subscribe", "room": "general"})
    await asyncio.sleep(0)
    second.connection.transport.abort()
    await until(lambda: len(live.server.hub.connections) == 2)

    await bob.settled()

    assert live.server.presence.is_online(room.id, ana.user["id"])


@pytest.mark.parametrize("token_in", ["query", "header", "cookie"])
async def test_who_comes_back_to_a_taken_name_does_not_wear_it_beside_its_new_owner(live, token_in):
    first = await live.join("ana")
    await first.close()
    await until(lambda: not live.server.hub.connections)
    live.server.names.free("ana", first.user["id"])  # as half a minute later
    second = await live.join("ana")

    ways = {
        "query": {"path": f"/ws?name=ana&session={first.session}"},
        "header": {
            "path": "/ws",
            "additional_headers": {"Authorization": f"Bearer {first.session}"},
        },
        "cookie": {
            "path": "/ws",
            "additional_headers": {"Cookie": f"sanchat_session={first.session}"},
            "origin": live.origin,
        },
    }
    returning = Client(await live.connect(**ways[token_in]))

    assert (await returning.ended())[0] == 4506
    assert (await second.do("ping"))["ok"]
    await returning.close()
