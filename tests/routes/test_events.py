"""What is told without being asked for: presence, typing, reading, rooms, news."""

import pytest
from harness import serving

from sanchat import journal, presence
from sanchat.routes import conversation


async def quiet(client):
    await client.settled()
    client.unread.clear()


async def test_coming_and_going_is_told_to_those_who_are_there(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    eve = await live.join("eve")

    await eve.subscribe("lobby")
    joined = await ana.expect("presence", online=3)
    await eve.close()
    author = {"id": eve.user["id"], "name": "eve", "kind": "guest"}
    left = await ana.expect("presence", left=[author])

    assert joined["room"] == "lobby"
    assert author in joined["joined"]
    assert (left["joined"], left["online"]) == ([], 2)
    await quiet(bob)


async def test_presence_is_gathered(live):
    [ana] = await live.gather("lobby", "ana")
    await ana.expect("presence", online=1)
    names = {f"person {number}" for number in range(20)}

    crowd = [await live.join(name) for name in names]
    for person in crowd:
        await person.subscribe("lobby")
    told = [await ana.expect("presence")]
    while told[-1]["online"] < 21:
        told.append(await ana.expect("presence"))

    assert {user["name"] for event in told for user in event["joined"]} == names
    assert len(told) <= 3


async def test_a_second_tab_is_not_a_second_person(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    tab = await live.join("ana", session=ana.session)

    reply = await tab.subscribe("lobby")
    await ana.do("unsubscribe", room="lobby")

    assert reply["online"] == 2
    assert (await bob.subscribe("lobby"))["online"] == 2


async def test_in_a_large_room_presence_is_a_count_and_nobody_is_seen_typing(live, monkeypatch):
    monkeypatch.setattr(presence, "LARGE_ROOM", 2)
    monkeypatch.setattr(conversation, "LARGE_ROOM", 2)
    ana, bob = await live.gather("lobby", "ana", "bob")
    eve = await live.join("eve")

    await eve.subscribe("lobby")
    event = await ana.expect("presence", online=3)
    await bob.send({"type": "typing", "room": "lobby"})
    await bob.do("ping")

    assert set(event) == {"type", "room", "online"}
    assert await ana.settled("typing") == []


async def test_typing_is_shown_to_the_others_and_not_answered(live):
    ana, bob = await live.gather("lobby", "ana", "bob")

    await ana.send({"type": "typing", "ref": 1, "room": "lobby"})
    event = await bob.expect("typing")

    assert event == {
        "type": "typing",
        "room": "lobby",
        "user": {"id": ana.user["id"], "name": "ana", "kind": "guest"},
    }
    assert await ana.settled("typing") == []
    assert [frame for frame in ana.unread if frame["type"] == "reply"] == []


async def test_typing_needs_a_subscription(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    await bob.do("unsubscribe", room="lobby")

    error = await bob.refused("typing", room="lobby")

    assert error["code"] == "not_subscribed"
    assert await ana.settled("typing") == []


async def test_reading_on_one_device_is_told_to_the_others_alone(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    tab = await live.join("ana", session=ana.session)
    for text in ("one", "two"):
        await bob.post("lobby", text)

    await ana.do("read", room="LOBBY", seq=2)
    event = await tab.expect("read")

    counts = {"unread": 0, "mentions": 0}
    assert event == {"type": "read", "room": "lobby", "seq": 2, **counts}
    assert await ana.settled("read") == []
    assert await bob.settled("read") == []


async def test_what_was_read_is_never_unread_again(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    for text in ("one", "two"):
        await bob.post("lobby", text)

    await ana.do("read", room="lobby", seq=2)
    await ana.do("read", room="lobby", seq=1)

    assert (await ana.subscribe("lobby"))["read_seq"] == 2


async def test_nobody_reads_what_is_not_written_yet(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    await bob.post("lobby", "one")

    await ana.do("read", room="lobby", seq=2**53)

    assert (await ana.subscribe("lobby"))["read_seq"] == 1


async def test_who_comes_later_has_read_what_was_before(live):
    [ana] = await live.gather("lobby", "ana")
    await ana.post("lobby", "before")
    bob = await live.join("bob")

    assert (await bob.subscribe("lobby"))["read_seq"] == 1


async def test_news_of_own_rooms_that_are_not_heard_come_gathered(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    await bob.do("unsubscribe", room="lobby")

    for text in ("one", "hey @bob", "@BOB!", "@bobby", "four"):
        await ana.post("lobby", text)
    events = [await bob.expect("activity")]
    while events[-1]["last_seq"] < 5:
        events.append(await bob.expect("activity"))

    assert {event["room"] for event in events} == {"lobby"}
    assert sum(event["mentions"] for event in events) == 2
    assert len(events) <= 2
    assert await bob.settled("message") == []


async def test_news_of_a_room_that_is_heard_are_its_messages(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    eve = await live.join("eve")
    await eve.subscribe("lobby")
    await eve.do("unsubscribe", room="lobby")

    await ana.post("lobby", "hi")
    await eve.expect("activity")

    assert await bob.settled("activity") == []


async def test_a_tab_that_opens_later_hears_news_too(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    tab = await live.join("bob", session=bob.session)

    await ana.post("lobby", "hi")

    assert (await tab.expect("activity"))["last_seq"] == 1


async def test_all_tabs_learn_of_a_new_membership_and_of_its_end(live):
    ana = await live.join("ana")
    tab = await live.join("ana", session=ana.session)
    await live.server.chat.create_room("lobby")
    for client in (ana, tab):
        await client.expect("room")

    await ana.subscribe("lobby")
    began = [await client.expect("room") for client in (ana, tab)]
    await ana.do("leave", room="lobby")
    ended = [await client.expect("room") for client in (ana, tab)]

    assert [event["room"]["name"] for event in began + ended] == ["lobby"] * 4
    assert all(event["left"] for event in ended)
    assert all("left" not in event for event in began)
    later = await live.join("ana", session=ana.session)
    assert later.hello["rooms"] == []


async def test_who_left_hears_nothing_more(live):
    ana, bob = await live.gather("lobby", "ana", "bob")
    tab = await live.join("bob", session=bob.session)
    await tab.subscribe("lobby")

    await bob.do("leave", room="lobby")
    await ana.post("lobby", "alone at last")

    assert await bob.settled("message") == []
    assert await tab.settled("message") == []


async def test_who_is_no_member_cannot_leave(live):
    ana = await live.join("ana")

    assert (await ana.refused("leave", room="general"))["code"] == "not_found"


async def test_everybody_learns_that_an_open_room_appears(live):
    ana = await live.join("ana")

    await live.server.chat.create_room("lobby", title="The lobby")
    event = await ana.expect("room")

    assert event == {
        "type": "room",
        "room": {
            "name": "lobby",
            "title": "The lobby",
            "topic": "",
            "kind": "open",
            "slow_mode_s": 0,
        },
    }


async def test_a_closed_room_appears_to_its_maker_alone(live):
    ana, bob = await live.join("ana"), await live.join("bob")
    session = await live.session_of(ana)

    await live.server.chat.create_room("cabal", kind="closed", user=session.user)
    await live.server.chat.create_room("lobby")

    seen = await bob.expect("room")
    assert seen["room"]["name"] == "lobby"
    assert b"cabal" not in str(bob.unread).encode()


async def test_a_new_name_is_told_and_later_events_bear_it(live):
    ana, bob = await live.gather("lobby", "ana", "bob")

    await live.server.chat.rename_room("lobby", "lounge")
    event = await bob.expect("room")
    await ana.post("lounge", "nice here")
    await ana.send({"type": "typing", "room": "lounge"})

    assert (event["room"]["name"], event["was"]) == ("lounge", "lobby")
    assert (await bob.expect("message"))["room"] == "lounge"
    assert (await bob.expect("typing"))["room"] == "lounge"
    assert (await ana.refused("history", room="lobby", before=9))["code"] == "not_found"


async def test_presence_bears_the_new_name_of_a_room(live):
    ana, _bob = await live.gather("lobby", "ana", "bob")
    eve = await live.join("eve")
    await eve.subscribe("lobby")
    await ana.expect("presence", online=3)
    await live.server.chat.rename_room("lobby", "lounge")
    await ana.expect("room", was="lobby")

    await eve.close()

    assert await ana.expect("presence", online=2, room="lounge")


async def test_archiving_and_restoring_are_told(live):
    [ana] = await live.gather("lobby", "ana")

    await live.server.chat.archive_room("lobby")
    archived = await ana.expect("room")
    await live.server.chat.restore_room("lobby")
    restored = await ana.expect("room")

    assert archived["room"]["archived_at"] > 0
    assert "archived_at" not in restored["room"]


async def test_a_name_that_is_used_again_continues_above_the_old_numbers(live):
    [ana] = await live.gather("lobby", "ana")
    for text in ("one", "two"):
        await ana.post("lobby", text)
    await live.server.chat.delete_room("lobby")
    await ana.expect("room", deleted=True)

    again = await live.join("ana", "lobby", session=ana.session)
    door = await again.frame()
    seq = (await again.post("lobby", "three"))["seq"]
    stale = await again.subscribe("lobby", after=2)

    assert door["messages"] == []
    assert seq > 2
    assert stale["reset"] is True


# Rates


@pytest.fixture
async def strict(tmp_path):
    async with serving(tmp_path / "chat.db", limits=True) as server:
        server.freeze_rates()
        yield server


async def test_who_posts_too_fast_is_told_when_to_go_on(strict):
    ana = await strict.join("ana")
    for number in range(10):
        await ana.post("general", str(number), f"c-{number}")

    error = await ana.refused("post", room="general", text="x", client_message_id="late")

    assert error["code"] == "rate_limited"
    assert error["temporary"] is True
    assert error["retry_after_ms"] == 500
    assert error["message"].startswith("Slow down.")


async def test_a_rate_belongs_to_a_session_not_to_a_room_or_a_socket(strict):
    ana, bob = await strict.join("ana"), await strict.join("bob")
    tab = await strict.join("ana", session=ana.session)
    for number in range(10):
        await (ana if number % 2 else tab).post("general", str(number), f"c-{number}")

    refused = await tab.refused("edit", room="general", seq=1, text="x")
    await bob.post("general", "me, too")

    assert refused["code"] == "rate_limited"


async def test_the_rate_is_the_same_over_http(strict):
    ana = await strict.join("ana")
    for number in range(10):
        await ana.post("general", str(number), f"c-{number}")

    async with strict.http(headers={"Authorization": f"Bearer {ana.session}"}) as http:
        answer = await http.post("/api/rooms/general/messages", json={"text": "x"})

    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "rate_limited"
    assert int(answer.headers["retry-after"]) == 1


async def test_reading_too_fast_is_slowed_down_as_well(strict, monkeypatch):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 0)
    ana = await strict.join("ana")
    for _ in range(220):
        await ana.send({"type": "history", "room": "general", "before": 1})

    replies = [await ana.expect("reply") for _ in range(220)]

    codes = {reply["error"]["code"] for reply in replies if not reply["ok"]}
    assert codes == {"rate_limited"}
    assert sum(reply["ok"] for reply in replies) >= 200


async def test_a_tab_hears_of_a_room_that_another_tab_has_joined(live):
    ana = await live.join("ana")
    tab = await live.join("ana", session=ana.session)
    await live.server.chat.create_room("lobby")

    await ana.subscribe("lobby")
    await ana.post("lobby", "hi")

    assert (await tab.expect("activity"))["room"] == "lobby"


async def test_who_makes_a_closed_room_is_told_at_all_their_connections(live):
    ana, eve = await live.join("ana"), await live.join("eve")
    token = {"Authorization": f"Bearer {ana.session}"}
    async with live.http(headers=token) as http:
        await http.post("/api/rooms", json={"name": "vault", "kind": "closed"})
        told = await ana.expect("room")
        await http.post("/api/rooms/vault/messages", json={"text": "hi"})

    assert (told["room"]["name"], told["room"]["kind"]) == ("vault", "closed")
    assert (await ana.expect("activity"))["room"] == "vault"
    assert await eve.settled() == []
