"""Who may post in a room and what newcomers read there, as administrators set it."""

import pytest

OLD, NEW = "said before", "said after"


async def rule(live, room="lobby", **rules):
    await live.server.chat.set_room(room, **rules)


@pytest.fixture
async def quiet(live):
    """Ana has said something in the lobby; since then newcomers read only what comes."""
    (ana,) = await live.gather("lobby", "ana")
    await ana.post("lobby", OLD)
    await rule(live, history="since-join")
    return ana


async def test_who_sets_a_room_is_heard_in_it(live):
    ana, bob = await live.gather("lobby", "ana", "bob")

    await rule(live, topic="Tea", slow_mode_s=9, posting="members")

    for person in (ana, bob):
        room = (await person.expect("room"))["room"]
        assert (room["topic"], room["slow_mode_s"], room["posting"]) == ("Tea", 9, "members")


async def test_where_moderators_post_others_read_react_and_delete(live):
    (ana,) = await live.gather("lobby", "ana")
    seq = (await ana.post("lobby", "mine"))["seq"]

    await rule(live, posting="moderators")

    assert (await ana.refused("post", room="lobby", text="x", client_message_id="2"))["code"] == (
        "forbidden"
    )
    assert (await ana.refused("edit", room="lobby", seq=seq, text="x"))["code"] == "forbidden"
    await ana.do("react", room="lobby", seq=seq, emoji="👍", on=True)
    await ana.do("delete", room="lobby", seq=seq)


async def test_a_retried_post_is_answered_though_posting_was_closed_since(live):
    (ana,) = await live.gather("lobby", "ana")
    first = await ana.post("lobby", "mine", "id-1")

    await rule(live, posting="moderators")

    assert (await ana.post("lobby", "mine", "id-1"))["seq"] == first["seq"]


async def test_where_members_post_one_has_to_join_first(live):
    await live.gather("lobby", "ana")
    bob = await live.join("bob")
    await rule(live, posting="members")

    post = {"room": "lobby", "text": "hi", "client_message_id": "1"}
    assert (await bob.refused("post", **post))["code"] == "forbidden"
    await bob.subscribe("lobby")
    await bob.do("post", **post)


async def test_a_newcomer_reads_what_was_said_since_they_joined(live, quiet):
    bob = await live.join("bob")

    fresh = await bob.subscribe("lobby")
    await quiet.post("lobby", NEW)
    again = await bob.subscribe("lobby", after=0)
    page = await bob.do("history", room="lobby", before=100)

    assert fresh["messages"] == []
    assert [message["text"] for message in again["messages"]] == [NEW]
    assert [message["text"] for message in page["messages"]] == [NEW]
    assert again["complete"]


async def test_who_was_there_before_still_reads_everything(live, quiet):
    page = await quiet.do("history", room="lobby", before=100)

    assert [message["text"] for message in page["messages"]] == [OLD]


async def test_an_old_message_that_changes_shows_a_newcomer_its_number_alone(live, quiet):
    bob = await live.join("bob")
    cursor = (await bob.subscribe("lobby"))["cursor"]

    await quiet.do("react", room="lobby", seq=1, emoji="👍", on=True)
    heard = await bob.expect("message", seq=1)
    theirs = await quiet.expect("message", changed_seq=cursor + 1)

    assert heard["changed_seq"] == cursor + 1
    assert "text" not in heard
    assert heard["user"]["id"] == 0
    assert theirs["text"] == OLD
    assert (await bob.subscribe("lobby", after=cursor))["messages"] == []


async def test_a_newcomer_neither_answers_nor_marks_what_they_cannot_read(live, quiet):
    bob = await live.join("bob")
    await bob.subscribe("lobby")
    seq = (await bob.post("lobby", NEW))["seq"]
    eve = await live.join("eve")  # has not joined

    for client in (bob, eve):
        error = await client.refused("react", room="lobby", seq=1, emoji="👍", on=True)
        assert error["code"] == "not_found"
    answer = {"room": "lobby", "text": "to that", "client_message_id": "2"}
    assert (await bob.refused("post", reply_to=1, **answer))["code"] == "not_found"

    await bob.do("react", room="lobby", seq=seq, emoji="👍", on=True)
    await bob.do("post", reply_to=seq, **answer)
    await quiet.do("react", room="lobby", seq=1, emoji="👍", on=True)


async def test_over_http_one_reads_such_a_room_as_a_member_alone(live, quiet):
    async with live.http() as http:
        stranger = await http.get("/api/rooms/lobby/messages?name=eve")
        await quiet.post("lobby", NEW)
        member = await http.get(
            "/api/rooms/lobby/messages",
            headers={"authorization": f"Bearer {quiet.session}"},
        )

    assert stranger.status_code == 403
    assert OLD not in stranger.text
    assert [message["text"] for message in member.json()["messages"]] == [OLD, NEW]


async def test_the_plain_door_keeps_the_past_from_newcomers_too(live, quiet):
    bob = await live.plain("lobby", "bob")
    await quiet.expect("presence", online=2)

    await quiet.post("lobby", NEW)

    assert await bob.line() == f"ana: {NEW}"
