"""What waits for somebody: unread messages, mentions, and what they want to be told of a room."""

import contextlib
import sqlite3

import pytest

ROOM = "lobby"


@pytest.fixture
async def people(live):
    return await live.gather(ROOM, "ana", "bob")


async def own_room(live, client, name=ROOM):
    """The room as a hello of this moment lists it."""
    again = await live.join(client.user["name"], session=client.session)
    [room] = [room for room in again.hello["rooms"] if room["name"] == name]
    await again.close()
    return room


async def waiting(live, client, name=ROOM):
    room = await own_room(live, client, name)
    return room["read_seq"], room["unread"], room["mentions"]


async def direct_room(live, *clients):
    """A room of these people alone."""
    room = await live.server.chat.create_room("whisper", kind="closed")
    with contextlib.closing(sqlite3.connect(live.server.settings.database)) as database:
        database.execute("update rooms set kind = 'direct' where id = ?", (room.id,))
        database.executemany(
            "insert into memberships (room_id, user_id, joined_at) values (?, ?, 0)",
            [(room.id, client.user["id"]) for client in clients],
        )
        database.commit()


# Counts


async def test_others_messages_are_unread_whatever_else_took_numbers(live, people):
    ana, bob = people
    for text in ("one", "two", "three"):
        await bob.post(ROOM, text, text)
    await ana.post(ROOM, "mine")
    await bob.do("edit", room=ROOM, seq=1, text="first")
    await ana.do("react", room=ROOM, seq=2, emoji="👍", on=True)
    await bob.do("delete", room=ROOM, seq=3)

    assert await waiting(live, ana) == (0, 2, 0)
    assert await waiting(live, bob) == (0, 1, 0)


async def test_who_is_named_finds_it_after_a_reload_until_it_is_read(live, people):
    ana, bob = people
    await bob.post(ROOM, "@ANA, look", "1")
    await bob.post(ROOM, "@anabel and joe@ana.example", "2")
    await bob.post(ROOM, "请@ana看一下 @bob", "3")

    assert await waiting(live, ana) == (0, 3, 2)
    assert await waiting(live, bob) == (0, 0, 0)
    await ana.do("read", room=ROOM, seq=1)
    assert await waiting(live, ana) == (1, 2, 1)
    await ana.do("read", room=ROOM, seq=3)
    assert await waiting(live, ana) == (3, 0, 0)


async def test_a_deleted_message_calls_nobody(live, people):
    ana, bob = people
    await bob.post(ROOM, "@ana")

    await bob.do("delete", room=ROOM, seq=1)

    assert await waiting(live, ana) == (0, 0, 0)


async def test_a_repeated_post_counts_once(live, people):
    ana, bob = people

    for _ in range(2):
        await bob.post(ROOM, "@ana", "same")

    assert await waiting(live, ana) == (0, 1, 1)


async def test_whoever_has_another_name_now_is_still_meant(live, people):
    ana, bob = people
    await bob.post(ROOM, "@ana")

    user = (await live.session_of(ana)).user
    await live.server.chat.moderation.rename(user, "anna")

    assert await waiting(live, ana) == (0, 1, 1)


async def test_who_is_no_member_is_not_called_by_what_was_said_before(live, people):
    _, bob = people
    await bob.post(ROOM, "@eve")
    [eve] = await live.gather(ROOM, "eve")

    assert await waiting(live, eve) == (1, 0, 0)


async def test_counting_ends_at_a_hundred(live, people):
    ana, bob = people
    for number in range(105):
        await bob.post(ROOM, f"@ana {number}", f"n-{number}")

    assert await waiting(live, ana) == (0, 100, 100)


async def test_rooms_say_when_they_were_last_spoken_in(live, people):
    ana, bob = people
    quiet = (await own_room(live, ana))["active_at"]

    posted = await bob.post(ROOM, "hi")
    await ana.do("react", room=ROOM, seq=1, emoji="👍", on=True)

    assert quiet <= posted["sent_at"]
    assert (await own_room(live, ana))["active_at"] == posted["sent_at"]


async def test_news_of_a_room_count_what_others_said(live, people):
    ana, bob = people
    tab = await live.join("ana", session=ana.session)

    sent = [await bob.post(ROOM, text, text) for text in ("hi", "@ana")]
    await ana.post(ROOM, "mine, @ana")
    await bob.do("edit", room=ROOM, seq=1, text="hi!")

    news = [await tab.expect("activity")]
    while news[-1]["last_seq"] < 4:
        news.append(await tab.expect("activity"))
    assert sum(event["messages"] for event in news) == 2
    assert sum(event["mentions"] for event in news) == 1
    assert news[-1]["active_at"] >= sent[-1]["sent_at"]


# Reading, and back


async def test_the_read_position_only_rises_unless_one_says_so(live, people):
    ana, bob = people
    for text in ("one", "@ana two", "three"):
        await bob.post(ROOM, text, text)

    for seq, position in ((2, 2), (1, 2), (99, 3)):
        assert (await ana.do("read", room=ROOM, seq=seq))["read_seq"] == position
    reply = await ana.do("read", room=ROOM, seq=1, unread=True)

    assert (reply["read_seq"], reply["unread"], reply["mentions"]) == (1, 2, 1)
    assert await waiting(live, ana) == (1, 2, 1)
    assert (await ana.subscribe(ROOM))["read_seq"] == 1


async def test_what_one_marks_unread_is_unread_on_every_device(live, people):
    ana, bob = people
    tab = await live.join("ana", session=ana.session)
    await bob.post(ROOM, "@ana")
    await ana.do("read", room=ROOM, seq=1)

    await ana.do("read", room=ROOM, seq=0, unread=True)

    events = [await tab.expect("read"), await tab.expect("read")]
    assert [(e["room"], e["seq"], e["unread"], e["mentions"]) for e in events] == [
        (ROOM, 1, 0, 0),
        (ROOM, 0, 1, 1),
    ]
    assert await ana.settled("read") == []
    assert await bob.settled("read") == []


async def test_nothing_is_unread_that_one_cannot_see(live, people):
    _, bob = people
    await bob.post(ROOM, "before")
    await live.server.chat.set_room(ROOM, history="since-join")
    [eve] = await live.gather(ROOM, "eve")

    reply = await eve.do("read", room=ROOM, seq=0, unread=True)

    assert (reply["read_seq"], reply["unread"]) == (1, 0)


@pytest.mark.parametrize("unread", [1, "true", None])
async def test_whether_to_go_back_is_said_with_yes_or_no(people, unread):
    ana, _ = people

    assert (await ana.refused("read", room=ROOM, seq=0, unread=unread))["code"] == "bad_frame"


async def test_who_is_no_member_reads_and_wants_nothing(live, people):
    eve = await live.join("eve")

    assert (await eve.refused("read", room=ROOM, seq=0, unread=True))["code"] == "not_found"
    assert (await eve.refused("notify", room=ROOM, level="all"))["code"] == "not_found"


# What to be told


async def test_one_is_told_of_mentions_unless_one_says_otherwise(live, people):
    ana, _ = people

    assert (await own_room(live, ana))["notify"] == "mentions"
    assert (await ana.subscribe(ROOM))["notify"] == "mentions"


@pytest.mark.parametrize("level", ["all", "none", "mentions"])
async def test_what_to_be_told_holds_on_every_device_and_after_a_restart(live, people, level):
    ana, bob = people
    tab = await live.join("ana", session=ana.session)

    await ana.do("notify", room=ROOM.upper(), level=level)

    event = await tab.expect("notify")
    assert (event["room"], event["level"]) == (ROOM, level)
    assert (await own_room(live, ana))["notify"] == level
    assert (await ana.subscribe(ROOM))["notify"] == level
    assert (await own_room(live, bob))["notify"] == "mentions"
    assert await ana.settled("notify") == []


@pytest.mark.parametrize("level", ["loud", "", None, 1])
async def test_there_are_three_levels(people, level):
    ana, _ = people

    error = await ana.refused("notify", room=ROOM, level=level)

    assert error["code"] == "bad_frame"
    assert "level" in error["message"]


async def test_who_wants_to_hear_nothing_is_called_by_nothing(live, people):
    ana, bob = people
    tab = await live.join("ana", session=ana.session)
    await ana.do("notify", room=ROOM, level="none")

    await bob.post(ROOM, "@ana")

    event = await tab.expect("activity")
    assert (event["messages"], event["mentions"]) == (1, 0)
    assert await waiting(live, ana) == (0, 1, 0)
    await ana.do("notify", room=ROOM, level="mentions")
    assert await waiting(live, ana) == (0, 1, 1)


async def test_in_a_direct_room_every_message_is_meant_for_one(live, people):
    ana, bob = people
    await direct_room(live, ana, bob)
    tab = await live.join("ana", session=ana.session)

    await bob.post("whisper", "hi")

    assert (await tab.expect("activity"))["mentions"] == 1
    assert await waiting(live, ana, "whisper") == (0, 1, 1)
    await ana.do("notify", room="whisper", level="none")
    assert await waiting(live, ana, "whisper") == (0, 1, 0)


async def test_who_leaves_and_comes_again_is_told_the_usual(live, people):
    ana, _ = people
    await ana.do("notify", room=ROOM, level="none")

    await ana.do("leave", room=ROOM)

    assert (await ana.subscribe(ROOM))["notify"] == "mentions"
