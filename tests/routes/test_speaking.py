"""Posting and reading back, and who may."""

import asyncio

import pytest

from sanchat.errors import Unavailable

ROOM = "lobby"


@pytest.fixture
async def people(live):
    return await live.gather(ROOM, "ana", "bob")


@pytest.fixture
async def ana(people):
    return people[0]


@pytest.fixture
async def bob(people):
    return people[1]


async def test_a_post_is_answered_and_everybody_hears_it_the_poster_too(ana, bob):
    reply = await ana.post(ROOM, "hi", "c-1")
    own, others = await ana.expect("message"), await bob.expect("message")

    assert set(reply) == {
        *("type", "ref", "ok", "seq", "sent_at", "duplicate", "client_message_id")
    }
    assert (reply["seq"], reply["duplicate"], reply["client_message_id"]) == (1, False, "c-1")
    assert own == others
    assert own == {
        "type": "message",
        "room": ROOM,
        "seq": 1,
        "changed_seq": 1,
        "sent_at": reply["sent_at"],
        "user": {"id": ana.user["id"], "name": "ana", "kind": "guest"},
        "text": "hi",
        "client_message_id": "c-1",
    }


async def test_a_post_needs_no_mark_for_its_id_is_in_the_reply(ana):
    await ana.send({"type": "post", "room": ROOM, "text": "hi", "client_message_id": "c-1"})

    reply = await ana.expect("reply")

    assert (reply["ref"], reply["client_message_id"], reply["seq"]) == (None, "c-1", 1)


async def test_a_refused_post_says_which_one(ana):
    await ana.send({"type": "post", "room": ROOM, "text": " ", "client_message_id": "c-1"})
    await ana.send({"type": "post", "room": "nowhere", "text": "x", "client_message_id": "c-2"})

    refusals = [await ana.expect("reply"), await ana.expect("reply")]

    assert [(r["client_message_id"], r["error"]["code"]) for r in refusals] == [
        ("c-1", "empty_text"),
        ("c-2", "not_found"),
    ]


async def test_a_retried_post_is_the_same_message(ana, bob):
    first = await ana.post(ROOM, "hi", "c-1")

    again = await ana.post(ROOM, "changed my mind", "c-1")

    assert again["duplicate"] is True
    assert (again["seq"], again["sent_at"]) == (first["seq"], first["sent_at"])
    await bob.expect("message", text="hi")
    assert await bob.settled("message") == []


async def test_a_retry_is_known_from_another_connection_and_after_a_deletion(live, ana):
    first = await ana.post(ROOM, "hi", "c-1")
    await ana.do("delete", room=ROOM, seq=first["seq"])
    tab = await live.join("ana", session=ana.session)

    again = await tab.post(ROOM, "hi", "c-1")

    assert (again["seq"], again["duplicate"]) == (first["seq"], True)


async def test_equal_posts_in_a_race_are_stored_once(live, ana):
    tabs = [await live.join("ana", session=ana.session) for _ in range(8)]

    replies = await asyncio.gather(*(tab.post(ROOM, "hi", "c-1") for tab in tabs))

    assert {reply["seq"] for reply in replies} == {1}
    assert sorted(reply["duplicate"] for reply in replies) == [False] + [True] * 7


async def test_an_id_is_its_authors_own_and_its_rooms_own(live, ana, bob):
    await live.server.chat.create_room("kitchen")

    replies = [
        await ana.post(ROOM, "hi", "c-1"),
        await bob.post(ROOM, "hi", "c-1"),
        await ana.post("kitchen", "hi", "c-1"),
    ]

    assert [reply["duplicate"] for reply in replies] == [False, False, False]


async def test_an_open_room_can_be_written_in_and_read_without_a_subscription(live, people):
    eve = await live.join("eve")

    seq = (await eve.post(ROOM, "hi"))["seq"]
    await eve.do("edit", room=ROOM, seq=seq, text="hi!")
    await eve.do("react", room=ROOM, seq=seq, emoji="👍", on=True)
    page = await eve.do("history", room=ROOM, before=100)
    await eve.do("delete", room=ROOM, seq=seq)

    assert [message["text"] for message in page["messages"]] == ["hi!"]


async def test_a_message_may_answer_another(ana, bob):
    await ana.post(ROOM, "hi?")
    await bob.post(ROOM, "hi!", reply_to=1)

    assert (await ana.expect("message", seq=2))["reply_to"] == 1


@pytest.mark.parametrize("reply_to", [0, 1, 99])
async def test_nobody_answers_what_is_not_there(ana, reply_to):
    error = await ana.refused(
        "post", room=ROOM, text="hi", client_message_id="c", reply_to=reply_to
    )

    assert error["code"] == "not_found"


async def test_an_action_is_marked_as_one_and_not_parsed(ana, bob):
    await ana.post(ROOM, "/me waves", kind="action")

    event = await bob.expect("message")

    assert (event["kind"], event["text"]) == ("action", "/me waves")


@pytest.mark.parametrize("kind", ["notice", "poll", "system", ""])
async def test_the_servers_own_kinds_cannot_be_posted(ana, kind):
    error = await ana.refused("post", room=ROOM, text="x", client_message_id="c", kind=kind)

    assert error["code"] == "bad_frame"


# Reading back


async def test_history_turns_the_pages_back(ana):
    for number in range(1, 8):
        await ana.post(ROOM, str(number))

    last = await ana.do("history", room=ROOM, before=8, limit=3)
    first = await ana.do("history", room=ROOM, before=4, limit=3)

    assert [m["text"] for m in last["messages"]] == ["5", "6", "7"]
    assert [m["text"] for m in first["messages"]] == ["1", "2", "3"]
    assert (last["more"], first["more"]) == (True, False)


async def test_history_shows_messages_as_they_are_now(ana):
    await ana.post(ROOM, "helo")
    await ana.do("edit", room=ROOM, seq=1, text="hello")

    page = await ana.do("history", room=ROOM, before=2)

    assert [(m["text"], m["changed_seq"]) for m in page["messages"]] == [("hello", 2)]


async def test_a_history_page_has_50_messages_and_200_at_most(ana):
    for number in range(205):
        await ana.post(ROOM, str(number))

    usual = await ana.do("history", room=ROOM, before=2**53)
    most = await ana.do("history", room=ROOM, before=2**53, limit=1_000)

    assert (len(usual["messages"]), len(most["messages"])) == (50, 200)


# Rooms that are not for writing, or not for everybody


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("post", {"text": "x", "client_message_id": "new"}),
        ("edit", {"seq": 1, "text": "x"}),
        ("delete", {"seq": 1}),
        ("react", {"seq": 1, "emoji": "👍", "on": True}),
    ],
)
async def test_an_archived_room_is_read_only(live, ana, verb, more):
    await ana.post(ROOM, "hi")
    await live.server.chat.archive_room(ROOM)

    error = await ana.refused(verb, room=ROOM, **more)

    assert error["code"] == "archived"
    assert (await ana.subscribe(ROOM))["room"]["archived_at"] > 0


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("subscribe", {}),
        ("unsubscribe", {}),
        ("leave", {}),
        ("post", {"text": "x", "client_message_id": "c"}),
        ("edit", {"seq": 1, "text": "x"}),
        ("delete", {"seq": 1}),
        ("react", {"seq": 1, "emoji": "👍", "on": True}),
        ("history", {"before": 9}),
        ("read", {"seq": 1}),
        ("typing", {}),
    ],
)
async def test_a_closed_room_does_not_exist_for_outsiders(live, ana, bob, verb, more):
    session = await live.session_of(ana)
    await live.server.chat.create_room("cabal", kind="closed", user=session.user)
    await ana.post("cabal", "psst")

    closed = await bob.refused(verb, room="cabal", **more)
    missing = await bob.refused(verb, room="nowhere", **more)

    assert closed == missing
    assert closed["code"] == "not_found"


async def test_slow_mode_asks_for_patience(live, ana, bob):
    await live.set_slow_mode(ROOM, 60)
    await ana.post(ROOM, "one", "c-1")

    error = await ana.refused("post", room=ROOM, text="two", client_message_id="c-2")
    await bob.post(ROOM, "my turn")
    again = await ana.post(ROOM, "one", "c-1")

    assert error["code"] == "slow_mode"
    assert error["temporary"] is True
    assert 0 < error["retry_after_ms"] <= 60_000
    assert again["duplicate"] is True


async def test_one_person_cannot_overtake_slow_mode_in_one_batch(live, ana):
    await live.set_slow_mode(ROOM, 60)
    for number in range(5):
        await ana.send(
            {"type": "post", "room": ROOM, "text": "x", "client_message_id": str(number)}
        )

    replies = [await ana.expect("reply") for _ in range(5)]

    assert sorted(reply["ok"] for reply in replies) == [False] * 4 + [True]


async def test_who_is_muted_reads_and_does_not_write(live, ana, bob):
    await bob.post(ROOM, "hi")
    session = await live.session_of(bob)
    await live.server.chat.moderation.mute(session.user, room=ROOM, reason="tired")

    for verb, more in (
        ("post", {"text": "x", "client_message_id": "new"}),
        ("edit", {"seq": 1, "text": "x"}),
        ("react", {"seq": 1, "emoji": "👍", "on": True}),
    ):
        assert (await bob.refused(verb, room=ROOM, **more))["code"] == "muted"
    await bob.do("history", room=ROOM, before=9)
    await ana.post(ROOM, "poor bob")
    assert (await bob.expect("message", text="poor bob"))["seq"] == 2


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Unavailable("The disk is full. Nothing was stored."), "unavailable"),
        (RuntimeError("select secret from /tmp/chat.db"), "internal"),
    ],
)
async def test_a_fault_of_the_server_is_told_without_its_inside(live, ana, fault, code, caplog):
    caplog.set_level("CRITICAL")
    append = live.server.store.append

    async def fail(batch):
        raise fault

    live.server.store.append = fail
    error = await ana.refused("post", room=ROOM, text="hi", client_message_id="c")
    async with live.http(headers={"Authorization": f"Bearer {ana.session}"}) as http:
        answer = await http.post(f"/api/rooms/{ROOM}/messages", json={"text": "hi"})
    live.server.store.append = append

    assert error["code"] == answer.json()["error"]["code"] == code
    assert answer.status_code == {"unavailable": 503, "internal": 500}[code]
    assert error.get("temporary", False) is (code == "unavailable")
    assert ("incident" in error) is (code == "internal")
    assert "secret" not in str(error) + answer.text
    assert (await ana.post(ROOM, "hi", "c"))["seq"] == 1
