"""The websocket without JSON: each frame in becomes a message, each message a line `name: text`."""

import pytest
from clients import Ended
from harness import serving


async def test_what_is_sent_is_posted_and_comes_back_with_the_name(live):
    ana, bob = await live.plain("lobby", "ana"), await live.plain("lobby", "bob")

    await ana.say("hi, I'm here")
    await bob.say("me, too")

    assert [await ana.line(), await ana.line()] == ["ana: hi, I'm here", "bob: me, too"]
    assert [await bob.line(), await bob.line()] == ["ana: hi, I'm here", "bob: me, too"]


async def test_first_comes_the_recent_history_then_what_is_said(live):
    [ana] = await live.gather("lobby", "ana")
    for number in range(60):
        await ana.post("lobby", str(number))
    await ana.do("delete", room="lobby", seq=60)

    bob = await live.plain("lobby", "bob")
    lines = [await bob.line()]
    await ana.post("lobby", "live")
    lines += [await bob.line() for _ in range(49)]

    assert lines == [f"ana: {number}" for number in range(10, 59)] + ["ana: live"]


async def test_both_doors_lead_into_the_same_room(live):
    [ana] = await live.gather("lobby", "ana")
    bob = await live.plain("lobby", "bob")

    await bob.say('{"type":"ping"}')
    event = await ana.expect("message")
    await ana.post("lobby", "/me waves", kind="action")

    assert (event["user"]["name"], event["text"]) == ("bob", '{"type":"ping"}')
    assert [await bob.line(), await bob.line()] == ['bob: {"type":"ping"}', "* ana /me waves"]


async def test_who_brings_no_name_is_given_a_free_one(live):
    one, two = await live.plain("lobby"), await live.plain("lobby")

    await one.say("hello")
    await two.say("hello")

    names = {(await one.line()).partition(":")[0] for _ in range(2)}
    assert len(names) == 2
    assert all(name.startswith("guest") for name in names)


async def test_edits_and_deletions_have_no_lines(live):
    [ana] = await live.gather("lobby", "ana")
    bob = await live.plain("lobby", "bob")
    await ana.post("lobby", "helo")
    assert await bob.line() == "ana: helo"

    await ana.do("edit", room="lobby", seq=1, text="hello")
    await ana.do("delete", room="lobby", seq=1)
    await ana.post("lobby", "next")

    assert await bob.line() == "ana: next"


@pytest.mark.parametrize("text", [" ", "x" * 4_001, "a\0b"], ids=["blank", "too long", "NUL"])
async def test_what_cannot_be_posted_is_answered_in_brackets(live, text):
    ana = await live.plain("lobby", "ana")

    await ana.say(text)
    refusal = await ana.line()
    await ana.say("sorry")

    assert refusal.startswith("[")
    assert refusal.endswith("]")
    assert await ana.line() == "ana: sorry"


async def test_who_is_too_fast_is_told_to_slow_down(tmp_path):
    async with serving(tmp_path / "chat.db", limits=True) as live:
        live.freeze_rates()
        ana = await live.plain("general", "ana")
        for number in range(11):
            await ana.say(str(number))

        lines = [await ana.line() for _ in range(11)]

    [refusal] = [line for line in lines if line.startswith("[")]
    assert refusal.startswith("[slow down: wait 0.")
    assert refusal.endswith(" s]")


@pytest.mark.parametrize(
    ("name", "code"), [("bob", 4506), ("Bоb", 4506), ("admin", 4506), ("a\tb", 4506)]
)
async def test_a_name_that_cannot_be_had_is_refused_with_a_line_that_says_why(live, name, code):
    await live.join("bob")

    client = await live.plain("lobby", name)

    assert (await client.line()).startswith("[")
    with pytest.raises(Ended) as end:
        await client.line()
    assert end.value.code == code


async def test_a_room_that_cannot_be_is_refused_with_4504(live):
    client = await live.plain("not a room", "ana")

    assert (await client.line()).startswith("[")
    with pytest.raises(Ended) as end:
        await client.line()
    assert end.value.code == 4504


async def test_an_archived_room_is_told_in_brackets(live):
    await live.server.chat.create_room("attic")
    await live.server.chat.archive_room("attic")
    ana = await live.plain("attic", "ana")

    await ana.say("hello?")

    assert (await ana.line()).startswith("[the room is archived")


async def test_a_server_that_stops_says_so(tmp_path):
    async with serving(tmp_path / "chat.db") as live:
        ana = await live.plain("general", "ana")
        await ana.say("hi")
        await ana.line()

        await live.server.stop()

        assert (await ana.line()).startswith("[")
        with pytest.raises(Ended) as end:
            await ana.line()
        assert end.value.code == 1012


async def test_a_guest_at_the_plain_door_holds_the_name(live):
    await live.plain("lobby", "ana")
    bob = await live.join("bob", "lobby")

    other = await live.knock("ana")

    assert (await other.ended())[0] == 4506
    assert (await bob.frame())["online"] == 2
