"""Subscribing: fresh, after a cursor, at the door, and what makes a cursor void."""

import json

import pytest

from sanchat.protocol import SERVER_FRAME_BYTES


@pytest.fixture
async def ana(live):
    return await live.join("ana")


async def talk(client, room, *texts):
    return [(await client.post(room, text, f"say-{text}"))["seq"] for text in texts]


async def test_a_fresh_subscription_brings_the_newest_messages(live, ana):
    await talk(ana, "general", *(str(number) for number in range(60)))

    reply = await ana.subscribe("general")

    assert set(reply) == {
        *("type", "ref", "ok", "room", "messages", "cursor", "complete", "reset", "epoch"),
        *("read_seq", "notify", "you", "members", "member_count", "online"),
    }
    assert [message["text"] for message in reply["messages"]] == [str(n) for n in range(10, 60)]
    assert (reply["cursor"], reply["complete"], reply["reset"]) == (60, True, False)
    assert reply["epoch"] == ana.hello["epoch"]
    assert reply["room"]["name"] == "general"
    assert (reply["member_count"], reply["online"]) == (1, 1)
    assert reply["members"] == [
        {
            "id": ana.user["id"],
            "name": "ana",
            "kind": "guest",
            "online": True,
            "role": "member",
        }
    ]


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (200, 200), (201, 200), (0, 1), (-5, 1)])
async def test_a_fresh_subscription_brings_at_most_200(live, ana, limit, count):
    await talk(ana, "general", *(str(number) for number in range(205)))

    reply = await ana.subscribe("general", limit=limit)

    assert [message["seq"] for message in reply["messages"]] == list(range(206 - count, 206))


async def test_after_a_cursor_come_the_changes_since_oldest_first(ana):
    one, two, three = await talk(ana, "general", "one", "two", "three")
    await ana.do("edit", room="general", seq=one, text="first")
    await ana.do("edit", room="general", seq=one, text="first of all")

    reply = await ana.subscribe("general", after=two)

    found = [(m["seq"], m["changed_seq"], m["text"]) for m in reply["messages"]]
    assert found == [(three, 3, "three"), (one, 5, "first of all")]
    assert (reply["cursor"], reply["complete"], reply["reset"]) == (5, True, False)


async def test_a_long_absence_is_caught_up_in_pieces_and_then_live(live, ana):
    await talk(ana, "general", *(str(number) for number in range(7)))
    bob = await live.join("bob")

    pieces = [await bob.subscribe("general", after=0, limit=3)]
    while not pieces[-1]["complete"]:
        await ana.post("general", "still talking", f"between-{len(pieces)}")
        assert await bob.settled("message") == []
        pieces.append(await bob.subscribe("general", after=pieces[-1]["cursor"], limit=3))
    await ana.post("general", "at last")

    caught_up = [message["seq"] for piece in pieces for message in piece["messages"]]
    assert caught_up == list(range(1, pieces[-1]["cursor"] + 1))
    assert (await bob.expect("message"))["changed_seq"] == pieces[-1]["cursor"] + 1


async def test_up_to_a_thousand_changes_come_at_once(live, ana):
    for number in range(1_005):
        await ana.send(
            {"type": "post", "room": "general", "text": "x", "client_message_id": str(number)}
        )
    await ana.expect("reply", seq=1_005)

    usual = await ana.subscribe("general", after=0)
    most = await ana.subscribe("general", after=0, limit=5_000)

    assert (len(usual["messages"]), usual["complete"]) == (500, False)
    assert (len(most["messages"]), most["complete"], most["cursor"]) == (1_000, False, 1_000)


async def test_no_reply_is_larger_than_256_kib(live, ana):
    for number in range(100):
        await ana.post("general", "👍" * 4_000, f"big-{number}")

    fresh = await ana.subscribe("general", limit=200)
    replay = await ana.subscribe("general", after=0, limit=1_000)
    page = await ana.do("history", room="general", before=101, limit=200)

    for reply in (fresh, replay, page):
        assert len(json.dumps(reply, ensure_ascii=False).encode()) <= SERVER_FRAME_BYTES
        assert len(reply["messages"]) >= 8
    assert fresh["messages"][-1]["seq"] == 100
    assert page["more"] is True
    assert replay["complete"] is False
    assert replay["cursor"] == replay["messages"][-1]["changed_seq"] < 100


@pytest.mark.parametrize(
    "held", [{"after": 1, "epoch": "another life"}, {"after": 99}, {"after": 2**53}]
)
async def test_a_void_cursor_is_answered_with_a_fresh_page(ana, held):
    await talk(ana, "general", "one", "two")

    reply = await ana.subscribe("general", **held)

    assert reply["reset"] is True
    assert reply["complete"] is True
    assert [message["text"] for message in reply["messages"]] == ["one", "two"]
    assert reply["cursor"] == 2


@pytest.mark.parametrize("limit", [None, 1_000])
async def test_a_void_cursor_brings_a_fresh_page_of_the_usual_size(ana, limit):
    await talk(ana, "general", *(str(number) for number in range(210)))
    wanted = {} if limit is None else {"limit": limit}

    reply = await ana.subscribe("general", after=999, **wanted)

    assert len(reply["messages"]) == (50 if limit is None else 200)


async def test_the_epoch_of_this_life_keeps_a_cursor(ana):
    await talk(ana, "general", "one", "two")

    reply = await ana.subscribe("general", after=1, epoch=ana.hello["epoch"])

    assert reply["reset"] is False
    assert [message["text"] for message in reply["messages"]] == ["two"]


async def test_from_a_complete_reply_on_every_change_comes_once(live, ana):
    bob = await live.join("bob")
    await talk(ana, "general", "before")
    cursor = (await bob.subscribe("general"))["cursor"]

    seqs = await talk(ana, "general", *(str(number) for number in range(50)))
    numbers = [(await bob.expect("message"))["changed_seq"] for _ in seqs]

    assert numbers == list(range(cursor + 1, cursor + 51))


async def test_subscribing_again_neither_doubles_nor_loses_anything(live, ana):
    bob = await live.join("bob")
    for _ in range(3):
        await bob.subscribe("general")

    await ana.post("general", "once")

    await bob.expect("message", text="once")
    assert await bob.settled("message") == []
    assert (await bob.subscribe("general"))["online"] == 1


async def test_who_unsubscribes_hears_no_more(live):
    ana, bob = await live.gather("lobby", "ana", "bob")

    await bob.do("unsubscribe", room="lobby")
    await ana.post("lobby", "anybody there?")

    assert await bob.settled("message") == []


async def test_subscribing_creates_no_room(ana, live):
    error = await ana.refused("subscribe", room="nowhere")

    assert error["code"] == "not_found"
    assert await live.server.store.room("nowhere") is None


async def test_room_names_are_found_however_they_are_written(live, ana):
    await live.server.chat.create_room("Straße")

    reply = await ana.subscribe("STRASSE")

    assert reply["room"]["name"] == "Straße"


# The door of one room


@pytest.mark.parametrize("room", ["lobby", "123", "上海", "हिन्दी", "a-b_c.d", "ж" * 64])
async def test_the_second_frame_at_a_rooms_door_is_its_subscription(live, room):
    ana = await live.join("ana", room)

    reply = await ana.frame()

    assert (reply["type"], reply["ref"], reply["ok"]) == ("reply", None, True)
    assert reply["room"]["name"] == room
    assert reply["cursor"] == 0


@pytest.mark.parametrize("room", ["a b", "a/b", "..", "x" * 65, "#general", "\u202e", "\u3164"])
async def test_a_door_that_cannot_be_a_rooms_is_closed_with_4504(live, room):
    ana = await live.knock("ana", room)

    assert (await ana.ended())[0] == 4504


async def test_the_door_honours_a_cursor(live, ana):
    await talk(ana, "general", "one", "two", "three")

    bob = await live.join("bob", "general", query=f"after=1&epoch={ana.hello['epoch']}")
    reply = await bob.frame()

    assert [message["text"] for message in reply["messages"]] == ["two", "three"]
    assert reply["reset"] is False


async def test_the_door_notices_another_epoch(live, ana):
    await talk(ana, "general", "one", "two")

    bob = await live.join("bob", "general", query="after=1&epoch=old")
    reply = await bob.frame()

    assert reply["reset"] is True
    assert [message["text"] for message in reply["messages"]] == ["one", "two"]


@pytest.mark.parametrize("after", ["abc", "-1", "1.5", "%D9%A1"])
async def test_a_cursor_that_is_no_number_is_no_reason_to_come_back(live, after):
    ana = await live.knock("ana", "general", query=f"after={after}")

    assert (await ana.ended())[0] == 4503


async def test_the_door_of_a_new_room_is_told_to_everybody(live, ana):
    await live.join("bob", "tea")

    event = await ana.expect("room")
    if event["room"]["name"] == "general":  # which this server has just made for its first day
        event = await ana.expect("room")

    assert event["room"]["name"] == "tea"
    assert set(event["room"]) >= {"name", "title", "topic", "kind", "slow_mode_s"}


async def test_ten_rooms_in_ten_minutes_are_enough_for_one_session(tmp_path):
    from harness import serving

    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana = await live.join("ana")
        for number in range(10):
            bob = await live.join("ana", f"room-{number}", session=ana.session)
            await bob.close()

        late = await live.knock("ana", "room-11", session=ana.session)

        assert (await late.ended())[0] == 1013
