"""What people are told they may do in a room: with the subscription, and when it changes."""

import contextlib
import sqlite3

import pytest
from harness import until

ROOM = "lobby"
MEMBER = {
    **{"role": "member", "may_post": True, "may_react": True, "may_delete": True},
    **{"may_moderate": False, "may_set": False, "slow_mode_s": 0},
}


@pytest.fixture
async def people(live):
    return await live.gather(ROOM, "ana", "bob")


async def promote(live, client, role, *, on_server=False):
    """As an administrator would; there is no command for it yet."""
    with contextlib.closing(sqlite3.connect(live.server.settings.database)) as database:
        table, column = ("users", "id") if on_server else ("memberships", "user_id")
        database.execute(
            f"update {table} set role = ? where {column} = ?", (role, client.user["id"])
        )
        database.commit()


async def you(client, room=ROOM):
    return (await client.subscribe(room))["you"]


async def told(client):
    event = await client.expect("permissions")
    assert set(event) == {"type", "room", "you"}
    return event["you"]


async def test_a_member_may_post_react_and_delete_their_own(people):
    ana, _ = people

    assert await you(ana) == MEMBER


@pytest.mark.parametrize(
    ("role", "may_moderate", "may_set"),
    [("moderator", True, False), ("admin", True, True), ("owner", True, True)],
)
@pytest.mark.parametrize("on_server", [False, True])
async def test_a_role_says_who_keeps_order_and_who_makes_the_rules(
    live, people, role, may_moderate, may_set, on_server
):
    ana, _ = people
    await live.set_slow_mode(ROOM, 9)

    await promote(live, ana, role, on_server=on_server)

    found = await you(ana)
    assert (found["may_moderate"], found["may_set"]) == (may_moderate, may_set)
    assert found["slow_mode_s"] == (0 if on_server else 9)


async def test_who_is_muted_reads_why_and_how_long_and_hears_when_it_is_over(live, people):
    ana, bob = people
    user = (await live.session_of(ana)).user
    moderation = live.server.chat.moderation

    await moderation.mute(user, room=ROOM, reason="spam", seconds=60)
    muted = await told(ana)
    refused = await ana.refused("post", room=ROOM, text="x", client_message_id="1")
    again = await you(ana)
    await moderation.unmute(user, room=ROOM)

    assert muted["refusal"] == refused
    assert (muted["refusal"]["code"], muted["may_post"], muted["may_react"]) == (
        "muted",
        False,
        False,
    )
    assert muted["refusal"]["until"] > live.server.clock()
    assert muted["may_delete"]
    assert again == muted
    assert await told(ana) == MEMBER
    assert await bob.settled("permissions") == []


async def test_a_mute_everywhere_is_told_for_each_room_that_is_heard(live, people):
    ana, _ = people
    await live.server.chat.create_room("tea")
    await ana.subscribe("tea")

    await live.server.chat.moderation.mute((await live.session_of(ana)).user)

    events = [await ana.expect("permissions") for _ in range(2)]
    assert {event["room"] for event in events} == {ROOM, "tea"}
    assert [event["you"]["refusal"]["code"] for event in events] == ["muted", "muted"]


async def test_a_mute_in_another_room_changes_nothing_here(live, people):
    ana, _ = people
    await live.server.chat.create_room("tea")

    await live.server.chat.moderation.mute((await live.session_of(ana)).user, room="tea")

    await ana.expect("announcement")
    assert await ana.settled("permissions") == []
    assert await you(ana) == MEMBER


async def test_where_moderators_post_everybody_else_hears_that_they_may_not(live, people):
    ana, bob = people
    await promote(live, bob, "moderator")

    await live.server.chat.set_room(ROOM, posting="moderators")
    closed = await told(ana)
    refused = await ana.refused("post", room=ROOM, text="x", client_message_id="1")
    await live.server.chat.set_room(ROOM, posting="all")

    assert (closed["may_post"], closed["may_react"], closed["refusal"]) == (False, True, refused)
    assert (await told(bob))["may_post"]
    assert await told(ana) == MEMBER


async def test_slow_mode_is_told_to_those_it_holds_up(live, people):
    ana, _ = people

    await live.server.chat.set_room(ROOM, slow_mode_s=9)

    assert await told(ana) == MEMBER | {"slow_mode_s": 9}


async def test_words_of_a_room_change_nobody_s_rights(live, people):
    ana, _ = people

    await live.server.chat.set_room(ROOM, topic="Tea")

    await ana.expect("room")
    await live.server.chat.set_room(ROOM, slow_mode_s=9)
    assert (await told(ana))["slow_mode_s"] == 9
    assert await ana.settled("permissions") == []


async def test_an_archived_room_is_closed_to_everybody_until_it_is_restored(live, people):
    ana, bob = people

    await live.server.chat.archive_room(ROOM)
    for client in people:
        closed = await told(client)
        assert [closed[f"may_{what}"] for what in ("post", "react", "delete")] == [False] * 3
        assert closed["refusal"]["code"] == "archived"
    await live.server.chat.restore_room(ROOM)

    assert await told(ana) == await told(bob) == MEMBER


async def test_every_device_that_hears_the_room_is_told(live, people):
    ana, _ = people
    hears = await live.join("ana", session=ana.session)
    await hears.subscribe(ROOM)
    does_not = await live.join("ana", session=ana.session)

    await live.server.chat.moderation.mute((await live.session_of(ana)).user, room=ROOM)

    assert await told(ana) == await told(hears)
    await does_not.expect("announcement")
    assert await does_not.settled("permissions") == []


async def test_whoever_is_muted_while_subscribing_ends_up_knowing(live, people):
    """The mute lands between the first look at the rights and the reply."""
    ana, _ = people
    store = live.server.store
    user = (await live.session_of(ana)).user
    await ana.do("unsubscribe", room=ROOM)
    opening = live.server.chat.opening

    async def muted_meanwhile(*asked, **more):
        live.server.chat.opening = opening
        found = await opening(*asked, **more)
        await live.server.chat.moderation.mute(user, room=ROOM)
        act = await store.last_act()
        await until(lambda: live.server.acts.last == act)
        return found

    live.server.chat.opening = muted_meanwhile

    assert (await you(ana))["refusal"]["code"] == "muted"
