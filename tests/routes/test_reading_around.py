"""The messages around a number and after one, by frame and over HTTP."""

import pytest

from sanchat.protocol import SERVER_FRAME_BYTES, encode

ROOM = "lobby"
LOG = "/api/rooms/lobby/messages"


@pytest.fixture
async def ana(live):
    [ana] = await live.gather(ROOM, "ana")
    return ana


async def fill(ana, first, last):
    for number in range(first, last + 1):
        await ana.post(ROOM, str(number), f"n-{number}")


async def around(client, seq, limit=4):
    page = await client.do("history", room=ROOM, around=seq, limit=limit)
    return [message["seq"] for message in page["messages"]], page["more"], page["more_after"]


@pytest.mark.parametrize(
    ("seq", "limit", "found", "more", "more_after"),
    [
        (5, 4, [3, 4, 5, 6], True, True),
        (5, 5, [3, 4, 5, 6, 7], True, True),
        (5, 1, [5], True, True),
        (3, 4, [1, 2, 3, 4], False, True),
        (1, 4, [1, 2], False, True),
        (0, 4, [1, 2], False, True),
        (8, 4, [6, 7, 8, 9], True, False),
        (9, 4, [7, 8, 9], True, False),
        (2**53, 4, [8, 9], True, False),
        (5, 200, [1, 2, 3, 4, 5, 6, 7, 8, 9], False, False),
    ],
)
async def test_half_a_page_lies_before_the_number_and_half_from_it_on(
    ana, seq, limit, found, more, more_after
):
    await fill(ana, 1, 9)

    assert await around(ana, seq, limit) == (found, more, more_after)


async def test_a_number_that_is_no_message_shows_what_lies_about_it(ana):
    await fill(ana, 1, 3)
    await ana.do("react", room=ROOM, seq=1, emoji="👍", on=True)
    await fill(ana, 5, 6)

    assert await around(ana, 4, 2) == ([3, 5], True, True)


async def test_an_empty_room_has_nothing_around_anything(ana):
    assert await around(ana, 7) == ([], False, False)


async def test_after_a_jump_the_pages_go_down_to_the_end_without_gap_or_overlap(ana):
    await fill(ana, 1, 9)

    seqs, _, more = await around(ana, 3, 2)
    while more:
        page = await ana.do("history", room=ROOM, after=seqs[-1], limit=3)
        seqs += [message["seq"] for message in page["messages"]]
        more = page["more_after"]

    assert seqs == [2, 3, 4, 5, 6, 7, 8, 9]


async def test_around_a_number_too_a_page_has_50_messages_and_200_at_most(ana):
    await fill(ana, 1, 260)

    assert (await around(ana, 130, None))[0] == list(range(105, 155))
    assert (await around(ana, 130, 1_000))[0] == list(range(30, 230))


async def test_what_does_not_fit_a_frame_is_left_out_at_both_ends(ana):
    text = "漢" * 4_000
    for number in range(1, 41):
        await ana.post(ROOM, text, f"n-{number}")

    page = await ana.do("history", room=ROOM, around=20, limit=200)

    seqs = [message["seq"] for message in page["messages"]]
    assert len(encode(page)) <= SERVER_FRAME_BYTES
    assert seqs == list(range(seqs[0], seqs[-1] + 1))
    assert seqs[0] < 19
    assert seqs[-1] > 21
    assert (page["more"], page["more_after"]) == (True, True)


@pytest.mark.parametrize(
    "numbers",
    [
        {},
        {"before": 3, "around": 3},
        {"around": 3, "after": 3},
        {"before": 3, "after": 3},
        {"around": -1},
        {"around": 2.5},
        {"around": "5"},
        {"around": 2**53 + 1},
    ],
)
async def test_one_whole_number_says_where_to_read(ana, numbers):
    await fill(ana, 1, 3)

    error = await ana.refused("history", room=ROOM, **numbers)

    assert error["code"] == "bad_frame"
    assert "around" in error["message"]


async def test_what_newcomers_do_not_see_is_not_around_anything_either(live, ana):
    await fill(ana, 1, 3)
    await live.server.chat.set_room(ROOM, history="since-join")
    [bob] = await live.gather(ROOM, "bob")
    await fill(ana, 4, 6)

    assert await around(bob, 2) == ([4, 5], False, True)
    assert await around(bob, 5) == ([4, 5, 6], False, False)
    page = await bob.do("history", room=ROOM, after=0, limit=2)
    assert [message["seq"] for message in page["messages"]] == [4, 5]
    async with live.http(headers={"Authorization": f"Bearer {bob.session}"}) as http:
        page = (await http.get(LOG, params={"around": 2, "limit": 4})).json()
    assert [message["seq"] for message in page["messages"]] == [4, 5]


async def test_over_http_the_page_around_a_number_is_the_same(live, ana):
    await fill(ana, 1, 9)
    told = await ana.do("history", room=ROOM, around=5, limit=4)

    async with live.http(headers={"Authorization": f"Bearer {ana.session}"}) as http:
        page = (await http.get(LOG, params={"around": 5, "limit": 4})).json()

    assert page == {
        **{name: told[name] for name in ("messages", "more", "more_after")},
        "cursor": 9,
        "epoch": live.server.store.epoch,
    }


@pytest.mark.parametrize(
    "numbers",
    [{"around": "x"}, {"around": -1}, {"around": 3, "before": 3}, {"around": 3, "after": 3}],
)
async def test_over_http_too_one_whole_number_says_where_to_read(live, ana, numbers):
    async with live.http(headers={"Authorization": f"Bearer {ana.session}"}) as http:
        answer = await http.get(LOG, params=numbers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_frame")
    assert "around" in answer.json()["error"]["message"]


async def test_looking_around_costs_the_same_in_a_long_room(live, ana):
    await fill(ana, 1, 4)

    async def steps(seq):
        """How many instructions SQLite carries out for a page."""
        reader = live.server.store._reader
        count = 0

        def note():
            nonlocal count
            count += 1

        await reader.set_progress_handler(note, 1)
        await around(ana, seq, 2)
        await reader.set_progress_handler(None, 1)
        return count

    short = await steps(3)
    await fill(ana, 5, 300)
    assert await steps(150) <= short * 1.1
