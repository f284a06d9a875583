"""Editing, deleting and reacting, and who may."""

import pytest

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


# Editing


async def test_an_edit_takes_the_next_number_and_keeps_the_place(ana, bob):
    await ana.post(ROOM, "helo")
    await bob.post(ROOM, "hm?")

    reply = await ana.do("edit", room=ROOM, seq=1, text="hello")
    event = await bob.expect("message", seq=1, text="hello")

    assert reply["changed_seq"] == event["changed_seq"] == 3
    assert event["edited_at"] >= event["sent_at"]


async def test_an_edit_that_changes_nothing_takes_no_number(ana, bob):
    await ana.post(ROOM, "hi")
    await bob.post(ROOM, "hey")

    reply = await ana.do("edit", room=ROOM, seq=1, text="hi")

    assert reply["changed_seq"] == 1
    assert (await ana.post(ROOM, "next"))["seq"] == 3


@pytest.mark.parametrize(
    ("text", "code"), [(" ", "empty_text"), ("x" * 4_001, "text_too_long"), ("\0", "bad_frame")]
)
async def test_an_edit_is_held_to_the_rules_of_a_post(ana, text, code):
    await ana.post(ROOM, "hi")

    assert (await ana.refused("edit", room=ROOM, seq=1, text=text))["code"] == code


@pytest.mark.parametrize("verb", ["edit", "delete"])
async def test_nobody_changes_what_another_said(ana, bob, verb):
    await ana.post(ROOM, "hi")
    more = {"text": "I am silly"} if verb == "edit" else {}

    error = await bob.refused(verb, room=ROOM, seq=1, **more)

    assert error["code"] == "forbidden"
    assert (await ana.subscribe(ROOM))["messages"][0]["text"] == "hi"


async def test_a_guest_of_the_same_name_is_another_author(tmp_path):
    from harness import serving, until

    async with serving(tmp_path / "chat.db", name_hold_seconds=0) as live:
        ana = await live.join("ana", "general")
        await ana.post("general", "mine", "c-1")
        await ana.close()
        await until(lambda: live.server.names.is_free("ana"))
        other = await live.join("ana", "general")

        error = await other.refused("delete", room="general", seq=1)
        reply = await other.post("general", "mine, too", "c-1")

        assert error["code"] == "forbidden"
        assert (reply["seq"], reply["duplicate"]) == (2, False)
        assert other.user["id"] != ana.user["id"]


@pytest.mark.parametrize(
    ("verb", "more"),
    [("edit", {"text": "x"}), ("delete", {}), ("react", {"emoji": "👍", "on": True})],
)
async def test_what_does_not_exist_cannot_be_changed(ana, verb, more):
    await ana.post(ROOM, "hi")

    for room, seq in ((ROOM, 0), (ROOM, 2), (ROOM, 2**53), ("nowhere", 1)):
        assert (await ana.refused(verb, room=room, seq=seq, **more))["code"] == "not_found"


# Deleting


async def test_a_deletion_erases_the_text_for_ever_and_the_reactions_vanish(live, ana, bob):
    await ana.post(ROOM, "what I regret")
    await bob.do("react", room=ROOM, seq=1, emoji="👎", on=True)

    reply = await ana.do("delete", room=ROOM, seq=1)
    event = await bob.expect("message", changed_seq=3)

    assert reply["changed_seq"] == 3
    assert event["deleted_at"] >= event["sent_at"]
    assert {"text", "reactions"} & set(event) == set()
    [kept] = (await bob.subscribe(ROOM))["messages"]
    assert kept == event
    assert b"what I regret" not in await live.server_bytes()


async def test_deleting_twice_takes_one_number(ana):
    await ana.post(ROOM, "hi")

    numbers = [(await ana.do("delete", room=ROOM, seq=1))["changed_seq"] for _ in range(2)]

    assert numbers == [2, 2]


@pytest.mark.parametrize(
    ("verb", "more"), [("edit", {"text": "back"}), ("react", {"emoji": "👍", "on": True})]
)
async def test_what_was_deleted_stays_as_it_is(ana, verb, more):
    await ana.post(ROOM, "hi")
    await ana.do("delete", room=ROOM, seq=1)

    assert (await ana.refused(verb, room=ROOM, seq=1, **more))["code"] == "conflict"


# Reacting


async def test_reactions_are_counted_by_emoji_with_names(ana, bob):
    await ana.post(ROOM, "cake!")

    await ana.do("react", room=ROOM, seq=1, emoji="🎂", on=True)
    reply = await bob.do("react", room=ROOM, seq=1, emoji="🎂", on=True)
    event = await ana.expect("message", changed_seq=reply["changed_seq"])

    assert event["reactions"] == [{"emoji": "🎂", "count": 2, "users": ["ana", "bob"]}]


async def test_a_reaction_can_be_taken_back(ana):
    await ana.post(ROOM, "cake!")
    await ana.do("react", room=ROOM, seq=1, emoji="🎂", on=True)

    reply = await ana.do("react", room=ROOM, seq=1, emoji="🎂", on=False)
    event = await ana.expect("message", changed_seq=3)

    assert reply["changed_seq"] == 3
    assert "reactions" not in event


@pytest.mark.parametrize("on", [True, False])
async def test_a_reaction_that_changes_nothing_takes_no_number(ana, on):
    await ana.post(ROOM, "cake!")
    if on:
        await ana.do("react", room=ROOM, seq=1, emoji="🎂", on=True)

    reply = await ana.do("react", room=ROOM, seq=1, emoji="🎂", on=on)

    assert reply["changed_seq"] == (2 if on else 1)


@pytest.mark.parametrize("emoji", ["👍", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "+1", "x" * 32, "❤️"])
async def test_any_short_text_that_shows_may_be_a_reaction(ana, emoji):
    await ana.post(ROOM, "hi")

    await ana.do("react", room=ROOM, seq=1, emoji=emoji, on=True)

    assert (await ana.expect("message", changed_seq=2))["reactions"][0]["emoji"] == emoji


@pytest.mark.parametrize("emoji", ["", " ", "x" * 33, "\0", "a\nb"])
async def test_other_reactions_are_refused(ana, emoji):
    await ana.post(ROOM, "hi")

    error = await ana.refused("react", room=ROOM, seq=1, emoji=emoji, on=True)

    assert error["code"] == "bad_frame"


async def test_a_message_takes_fifty_different_reactions(ana, bob):
    await ana.post(ROOM, "hi")
    for number in range(50):
        await ana.do("react", room=ROOM, seq=1, emoji=f"e{number}", on=True)

    error = await ana.refused("react", room=ROOM, seq=1, emoji="one more", on=True)
    await bob.do("react", room=ROOM, seq=1, emoji="e0", on=True)

    assert error["code"] == "conflict"


async def test_a_reaction_names_twenty_and_counts_all(live, ana):
    await ana.post(ROOM, "hi")
    crowd = [await live.join(f"person {number}") for number in range(22)]

    for person in crowd:
        await person.do("react", room=ROOM, seq=1, emoji="👍", on=True)

    [reaction] = (await ana.expect("message", changed_seq=23))["reactions"]
    assert (reaction["count"], len(reaction["users"])) == (22, 20)
