"""Moderators remove and silence people from the page: with reasons, for a time, and back again."""

import pytest
from harness import serving


@pytest.fixture
async def three(live):
    """Moa moderates the server; ana and bob are in the lobby with her."""
    moa, ana, bob = await live.gather("lobby", "moa", "ana", "bob")
    await live.promote(moa, "moderator")
    return moa, ana, bob


async def test_who_is_kicked_from_a_room_is_out_of_it_when_the_reply_comes(live, three):
    moa, ana, bob = three

    reply = await moa.do("kick", room="lobby", user="ana", reason="Hush.")
    await bob.post("lobby", "among us")
    removed = await ana.expect("removed")

    assert reply["connections"] == 1
    assert (removed["room"], removed["reason"], removed["by"]) == ("lobby", "Hush.", "moa")
    assert await ana.settled("message") == []
    assert (await ana.refused("subscribe", room="lobby"))["retry_after_ms"] <= 60_000


async def test_who_is_banned_from_the_server_is_closed_on_every_connection(live, three):
    moa, ana, _ = three
    second = await live.join("ana", session=ana.session)

    reply = await moa.do("ban", user=ana.user["id"], reason="Spam.", seconds=3600)

    assert reply["connections"] == 2
    for client in (ana, second):
        assert await client.ended() == (4502, "Spam.")
    again = await live.knock("ana", session=ana.session)
    assert (await again.ended())[0] == 4502


async def test_who_is_banned_from_an_open_room_learns_no_counts_of_it(live, three):
    moa, ana, bob = three
    await moa.do("ban", room="lobby", user="ana", reason="Enough.")
    await ana.expect("removed")

    await bob.post("lobby", "@ana are you there?")

    assert (await ana.refused("read", room="lobby", seq=0))["code"] == "banned"
    assert (await ana.refused("notify", room="lobby", level="all"))["code"] == "banned"


async def test_a_ban_is_undone_and_its_subject_comes_back_as_the_same_person(live, three):
    moa, ana, _ = three
    await moa.do("ban", user="ana")
    await ana.ended()

    await moa.do("unban", user="ana")
    again = await live.join("ana", session=ana.session)

    assert again.user["id"] == ana.user["id"]
    assert (await moa.refused("unban", user="ana"))["code"] == "not_found"


async def test_who_is_muted_reads_and_writes_again_after_it(live, three):
    moa, ana, bob = three

    await moa.do("mute", room="lobby", user="ana", seconds=60, reason="Cool down.")
    error = await ana.refused("post", room="lobby", text="x", client_message_id="1")
    await bob.post("lobby", "hello")
    await ana.expect("message", text="hello")
    await moa.do("unmute", room="lobby", user="ana")

    assert (error["code"], error["message"]) == (
        "muted",
        "You cannot write here for now: Cool down.",
    )
    assert error["until"] > 0
    assert (await ana.post("lobby", "sorry"))["seq"] == 2


async def test_who_is_muted_for_a_time_is_told_when_it_is_over(live, three):
    moa, ana, bob = three
    await moa.do("mute", room="lobby", user="ana", seconds=1)
    await moa.do("mute", room="lobby", user="bob", seconds=1)
    assert not (await ana.expect("permissions"))["you"]["may_post"]
    assert not (await bob.expect("permissions"))["you"]["may_post"]
    await moa.do("unmute", room="lobby", user="bob")
    assert (await bob.expect("permissions"))["you"]["may_post"]

    again = await ana.expect("permissions")

    assert again["room"] == "lobby"
    assert again["you"]["may_post"]
    told = [frame["text"] for frame in ana.unread if frame["type"] == "announcement"]
    assert told == ["You cannot write in lobby for now.", "You can write in lobby again."]
    assert await bob.settled("permissions") == [], "who was let speak before is not told again"
    assert (await ana.post("lobby", "thank you"))["seq"] == 1


async def test_a_mute_that_ends_while_another_holds_lets_nobody_speak(live, three):
    moa, ana, _ = three
    await moa.do("mute", room="lobby", user="ana", seconds=1)
    await moa.do("mute", user="ana", seconds=3600, reason="Everywhere.")
    for _ in range(2):
        assert not (await ana.expect("permissions"))["you"]["may_post"]

    still = await ana.expect("permissions")

    assert not still["you"]["may_post"]
    assert still["you"]["refusal"]["message"] == "You cannot write here for now: Everywhere."
    told = [frame["text"] for frame in ana.unread if frame["type"] == "announcement"]
    assert not [text for text in told if "again" in text]


async def test_a_mute_from_before_a_restart_ends_like_all_others(tmp_path):
    async with serving(tmp_path / "chat.db") as live:
        moa, ana = await live.gather("general", "moa", "ana")
        await live.promote(moa, "moderator")
        await moa.do("mute", user="ana", seconds=2)
        session = ana.session
    async with serving(tmp_path / "chat.db") as live:
        ana = await live.join("ana", session=session)
        reply = await ana.subscribe("general")
        assert reply["you"]["refusal"]["code"] == "muted"

        assert (await ana.expect("permissions"))["you"]["may_post"]


async def test_s8_a_mute_in_a_closed_room_tells_nothing_to_who_is_not_there(live, three):
    _, ana, _ = three
    session = await live.session_of(ana)
    await live.server.chat.create_room("plans", kind="closed")

    act = await live.server.chat.moderation.mute(session.user, room="plans", seconds=1)
    await live.server.acts.carried_out(act)

    assert await ana.settled("announcement") == []


async def test_s8_a_ban_from_a_closed_room_reaches_who_only_heard_of_it(live, three):
    moa, ana, _ = three
    await live.close_off("plans", moa, ana)
    await moa.do("ban", room="plans", user="ana", reason="Enough.")

    removed = await ana.expect("removed")
    await moa.post("plans", "between us")
    live.server.hub.tell_news()

    assert (removed["room"], removed["kind"], removed["reason"]) == ("plans", "ban", "Enough.")
    assert await ana.settled("activity") == []
    assert (await ana.refused("subscribe", room="plans"))["code"] == "not_found"


async def test_a_moderator_of_one_room_moderates_that_room_alone(live, three):
    moa, ana, bob = three
    await live.promote(moa, "member")
    await live.server.chat.create_room("tea")
    for client in (moa, ana, bob):
        await client.subscribe("tea")
    session = await live.session_of(moa)
    await live.server.chat.belonging.set_role("lobby", session.user, "moderator")

    await moa.do("mute", room="lobby", user="ana")

    for command in ({"room": "tea"}, {}):
        assert (await moa.refused("mute", user="bob", **command))["code"] == "forbidden"
    assert (await moa.refused("set_room", room="lobby", title="T"))["code"] == "forbidden"
    assert (await moa.do("set_room", room="lobby", topic="T"))["room"]["topic"] == "T"


@pytest.mark.parametrize("verb", ["kick", "ban", "mute", "unban", "unmute", "erase"])
async def test_nobody_acts_on_their_equals_their_betters_or_themselves(live, three, verb):
    moa, ana, bob = three
    await live.promote(bob, "moderator")

    assert (await ana.refused(verb, user="bob"))["code"] == "forbidden"
    assert (await moa.refused(verb, user="bob"))["code"] == "forbidden"
    assert (await moa.refused(verb, user="moa"))["code"] == "forbidden"
    assert (await moa.refused(verb, user="nobody"))["code"] == "not_found"
    assert (await moa.refused(verb, user="ana", room="nowhere"))["code"] == "not_found"


async def test_who_lost_their_role_since_they_came_has_lost_it(live, three):
    moa, _, _ = three
    await live.promote(moa, "member")

    assert (await moa.refused("kick", room="lobby", user="ana"))["code"] == "forbidden"
    assert (await moa.refused("bans"))["code"] == "forbidden"
    assert (await moa.refused("audit"))["code"] == "forbidden"


async def test_a_banned_moderator_moderates_no_more(live, three):
    moa, _, bob = three
    await live.promote(bob, "admin")
    await bob.do("ban", room="lobby", user="moa")

    assert (await moa.refused("kick", room="lobby", user="ana"))["code"] == "banned"


async def test_what_somebody_said_goes_in_pieces_that_everybody_sees(live, three):
    moa, ana, bob = three
    for number in range(7):
        await ana.post("lobby", f"spam {number}")
    await bob.post("lobby", "not spam")

    await moa.do("ban", room="lobby", user="ana", erase=True, reason="Spam.")
    erased = 0
    while erased < 7:
        message = await bob.expect("message")
        erased += "deleted_at" in message
    texts = [m.text for m in await live.server.store.since(await lobby(live), 0, limit=100)]

    assert texts == [None] * 7 + ["not spam"]


async def lobby(live):
    return await live.server.store.room("lobby")


async def test_a_moderators_deletion_is_on_record_and_an_authors_is_not(live, three):
    moa, ana, _ = three
    await ana.post("lobby", "one")
    await ana.post("lobby", "two")

    await ana.do("delete", room="lobby", seq=1)
    await moa.do("delete", room="lobby", seq=2, reason="Rude.")
    acts = (await moa.do("audit", room="lobby", kind="messages_deleted"))["acts"]

    assert [(act["actor"], act["user"]["name"], act["data"]) for act in acts] == [
        ("moa", "ana", {"seqs": [2], "reason": "Rude."})
    ]


async def test_the_list_of_bans_and_the_record_are_told_page_by_page(live, three):
    moa, ana, _ = three
    await moa.do("mute", room="lobby", user="ana", reason="One.")
    await moa.do("mute", room="lobby", user="bob", reason="Two.", seconds=60)

    first = await moa.do("bans", room="lobby", limit=1)
    second = await moa.do("bans", room="lobby", limit=1, after=first["bans"][0]["id"])
    newest = await moa.do("audit", room="lobby", limit=1)
    before = await moa.do("audit", room="lobby", limit=1, before=newest["acts"][0]["id"])

    assert [(b["user"]["name"], b["by"], "until" in b) for b in first["bans"] + second["bans"]] == [
        ("ana", "moa", False),
        ("bob", "moa", True),
    ]
    assert (first["more"], second["more"], newest["more"], before["more"]) == (
        True,
        False,
        True,
        True,
    )
    assert [page["acts"][0]["data"]["reason"] for page in (newest, before)] == ["Two.", "One."]
    of_bob = await moa.do("bans", room="lobby", user="bob")
    assert [entry["reason"] for entry in of_bob["bans"]] == ["Two."]
    assert (await ana.refused("bans", room="lobby"))["code"] == "forbidden"
    assert (await ana.refused("audit", room="lobby"))["code"] == "forbidden"


async def test_the_same_commands_are_there_over_http(live, three):
    moa, ana, _ = three
    async with live.http(headers={"Authorization": f"Bearer {moa.session}"}) as http:
        muted = await http.post(
            "/api/commands/mute", json={"room": "lobby", "user": "ana", "seconds": 60}
        )
        odd = await http.post("/api/commands/mute", json={"room": "lobby"})
        unknown = await http.post("/api/commands/post", json={})
        high = await http.post("/api/commands/kick", json={"user": "moa"})

    assert (muted.status_code, muted.json()["connections"]) == (200, 1)
    assert [answer.status_code for answer in (odd, unknown, high)] == [400, 404, 403]
    assert (await ana.refused("post", room="lobby", text="x", client_message_id="1"))["code"] == (
        "muted"
    )


async def test_a_reason_is_one_line_that_can_be_shown(live, three):
    moa, _, _ = three

    for reason in ("a\nb", "x" * 501, "\x1b[31m"):
        assert (await moa.refused("mute", user="ana", reason=reason))["code"] == "bad_frame"


async def test_who_is_muted_says_nothing_by_rooms_and_their_words_either(live, three):
    moa, ana, bob = three
    await live.close_off("plans", ana, bob)
    await moa.do("mute", user="ana", reason="Cool down.")

    async with live.script(headers={"authorization": f"Bearer {ana.session}"}) as http:
        made = await http.post("/api/rooms", json={"name": "moa-is-mean", "title": "Moa is mean"})
    assert (made.status_code, made.json()["error"]["code"]) == (403, "muted")
    for words in ({"topic": "Moa"}, {"title": "Moa"}, {"name": "moa"}):
        assert (await ana.refused("set_room", room="plans", **words))["code"] == "muted"
    assert (await ana.refused("direct", users=["bob"]))["code"] == "muted"
    door = await live.knock("ana", "moa-is-mean", session=ana.session)
    assert await door.ended() == (4504, "There is no such room.")
    await ana.do("set_room", room="plans", slow_mode_s=5)

    await moa.do("unmute", user="ana")
    await ana.do("set_room", room="plans", topic="Tea")
    await ana.do("direct", users=["bob"])
