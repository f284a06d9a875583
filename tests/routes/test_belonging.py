"""Who belongs to a room: members are added, promoted and removed, and a few people talk alone."""

import pytest


@pytest.fixture
async def plans(live):
    """A closed room of ana, its owner, and bob; cid is outside."""
    ana, bob, cid = await live.gather("lobby", "ana", "bob", "cid")
    await live.close_off("plans", ana, bob)
    for client in (ana, bob):
        await client.expect("room", room={**(await subscribed(client, "plans"))["room"]})
    return ana, bob, cid


async def subscribed(client, room):
    return await client.subscribe(room)


async def test_who_is_added_hears_of_the_room_at_once_and_can_come_in(live, plans):
    ana, bob, cid = plans
    assert (await cid.refused("subscribe", room="plans"))["code"] == "not_found"

    reply = await ana.do("add_member", room="plans", user="cid")
    event = await cid.expect("room")
    member = await bob.expect("member")
    await cid.subscribe("plans")
    await ana.post("plans", "welcome")

    assert reply["connections"] == 1
    assert (event["room"]["name"], event["room"]["kind"]) == ("plans", "closed")
    assert (member["user"]["name"], member["role"]) == ("cid", "member")
    assert (await cid.expect("message"))["text"] == "welcome"
    assert (await ana.refused("add_member", room="plans", user="cid"))["code"] == "conflict"


async def test_who_is_removed_hears_nothing_more_from_when_the_reply_is_there(live, plans):
    ana, bob, _ = plans
    door = await live.knock("bob", "plans", session=bob.session)
    await door.expect("reply", ref=None)

    await ana.do("remove_member", room="plans", user="bob", reason="Moved on.")
    await ana.post("plans", "among us")

    assert (await bob.expect("room", left=True))["room"]["name"] == "plans"
    assert await bob.settled("message") == []
    assert (await door.ended())[0] == 4504
    assert (await bob.refused("subscribe", room="plans"))["code"] == "not_found"
    assert (await ana.expect("member", role=None))["user"]["name"] == "bob"
    again = await live.join("bob", session=bob.session)
    assert [room["name"] for room in again.hello["rooms"]] == ["lobby"]


async def test_roles_are_given_by_those_above_and_hold_at_once(live, plans):
    ana, bob, cid = plans

    assert (await bob.refused("add_member", room="plans", user="cid"))["code"] == "forbidden"
    await ana.do("set_role", room="plans", user="bob", role="moderator")
    await bob.do("add_member", room="plans", user="cid")

    above = {"role": "moderator"}
    assert (await bob.refused("set_role", room="plans", user="cid", **above))["code"] == "forbidden"
    assert (await bob.refused("remove_member", room="plans", user="ana"))["code"] == "forbidden"
    await ana.do("set_role", room="plans", user="bob", role="admin")
    await bob.do("set_role", room="plans", user="cid", **above)
    for role in ("admin", "owner"):
        refused = await bob.refused("set_role", room="plans", user="cid", role=role)
        assert refused["code"] == "forbidden"
    roles = {m["name"]: m["role"] for m in (await cid.do("members", room="plans"))["members"]}
    assert roles == {"ana": "owner", "bob": "admin", "cid": "moderator"}


async def test_the_last_owner_stays_one_until_there_is_another(live, plans):
    ana, _, _ = plans
    step_down = {"room": "plans", "user": "ana", "role": "member"}

    assert (await ana.refused("set_role", **step_down))["code"] == "conflict"
    await ana.do("set_role", room="plans", user="bob", role="owner")
    await ana.do("set_role", **step_down)

    assert (await ana.refused("set_room", room="plans", title="T"))["code"] == "forbidden"


@pytest.mark.parametrize("role", ["", "king", "moderators"])
async def test_a_role_that_is_none_is_refused(live, plans, role):
    ana, _, _ = plans

    for command in ("set_role", "add_member"):
        error = await ana.refused(command, room="plans", user="bob", role=role)
        assert error["code"] == "bad_frame"


async def test_the_rules_of_a_room_are_its_administrators_matter(live, plans):
    ana, bob, cid = plans

    await ana.do("set_room", room="plans", title="Plans", posting="moderators", name="designs")
    event = await bob.expect("room", was="plans")
    refused = await bob.refused("set_room", room="designs", title="Mine")
    await ana.do("set_room", room="designs", archived=True)
    archived = await ana.refused("post", room="designs", text="x", client_message_id="1")
    await ana.do("set_room", room="designs", archived=False)

    assert event["room"]["title"] == "Plans"
    assert (refused["code"], archived["code"]) == ("forbidden", "archived")
    assert (await ana.post("designs", "again"))["seq"] == 1
    assert [frame for frame in await cid.settled() if "plans" in str(frame)] == []
    assert (await ana.refused("set_room", room="designs"))["code"] == "bad_frame"


async def test_a_direct_room_is_the_same_for_the_same_people_whoever_asks(live):
    ana, bob, _ = await live.gather("lobby", "ana", "bob", "cid")

    first = await ana.do("direct", users=["bob"])
    again = await bob.do("direct", users=[ana.user["id"], bob.user["id"]])
    three = await bob.do("direct", users=["ana", "cid"])

    assert (first["began"], again["began"], three["began"]) == (True, False, True)
    assert first["room"]["name"] == again["room"]["name"] != three["room"]["name"]
    assert [person["name"] for person in first["room"]["people"]] == ["ana", "bob"]
    event = await bob.expect("room")
    assert event["room"]["people"] == first["room"]["people"]


async def test_what_is_said_in_a_direct_room_stays_there(live):
    ana, bob, cid = await live.gather("lobby", "ana", "bob", "cid")
    name = (await ana.do("direct", users=["bob"]))["room"]["name"]
    for client in (ana, bob):
        await client.subscribe(name)

    await ana.post(name, "between us")

    assert (await bob.expect("message"))["text"] == "between us"
    assert (await cid.refused("subscribe", room=name))["code"] == "not_found"
    assert [frame for frame in await cid.settled() if name in str(frame)] == []
    async with live.http() as http:
        listed = (await http.get("/api/rooms?name=x")).json()["rooms"]
    assert [room["name"] for room in listed] == ["general", "lobby"]


async def test_nobody_is_above_the_others_in_a_direct_room(live):
    ana, _ = await live.gather("lobby", "ana", "bob")
    await live.promote(ana, "owner")
    name = (await ana.do("direct", users=["bob"]))["room"]["name"]

    for command in (
        {"type": "kick", "user": "bob"},
        {"type": "add_member", "user": "cid"},
        {"type": "remove_member", "user": "bob"},
        {"type": "set_role", "user": "bob", "role": "admin"},
        {"type": "set_room", "title": "T"},
    ):
        error = await ana.refused(command.pop("type"), room=name, **command)
        assert error["code"] in ("forbidden", "not_found")
    assert (await ana.refused("leave", room=name))["code"] == "conflict"


@pytest.mark.parametrize("users", [[], ["ana"], ["nobody"], [0], [10**9], list(range(1, 10))])
async def test_a_direct_room_is_for_two_to_eight_who_are_here(live, users):
    (ana,) = await live.gather("lobby", "ana")

    error = await ana.refused("direct", users=users)

    assert error["code"] in ("bad_frame", "not_found")


async def test_a_room_banned_from_is_back_when_the_ban_ends(live, plans):
    ana, bob, _ = plans

    await ana.do("ban", room="plans", user="bob", reason="Hush.")
    assert (await bob.expect("removed"))["room"] == "plans"
    assert (await bob.refused("subscribe", room="plans"))["code"] == "not_found"
    bob.unread.clear()
    await ana.do("unban", room="plans", user="bob")

    assert (await bob.expect("room"))["room"]["name"] == "plans"
    assert (await bob.subscribe("plans"))["complete"]


async def test_guests_make_open_rooms_that_belong_to_nobody_and_accounts_own_theirs(live):
    (ana,) = await live.gather("lobby", "ana")
    async with live.http(headers={"Authorization": f"Bearer {ana.session}"}) as http:
        await http.post("/api/rooms", json={"name": "tea"})

    assert (await ana.do("members", room="tea"))["members"] == []
    assert (await ana.refused("set_room", room="tea", topic="T"))["code"] == "forbidden"
