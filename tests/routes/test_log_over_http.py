"""The log over HTTP: pages, polls, long polls, and the changes."""

import asyncio

import pytest
from harness import serving, until

from sanchat.protocol import FRAME_BYTES
from sanchat.routes import messages

LOG = "/api/rooms/lobby/messages"


@pytest.fixture
async def ana(live):
    [ana] = await live.gather("lobby", "ana")
    return ana


@pytest.fixture
async def http(live, ana):
    async with live.http(headers={"Authorization": f"Bearer {ana.session}"}) as client:
        yield client


async def fill(ana, count):
    for number in range(1, count + 1):
        await ana.post("lobby", str(number), f"n-{number}")


def texts(answer):
    return [message.get("text") for message in answer.json()["messages"]]


async def test_the_newest_page(live, ana, http):
    await fill(ana, 60)

    answer = await http.get(LOG)

    page = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert set(page) == {"messages", "cursor", "more", "epoch"}
    assert texts(answer) == [str(number) for number in range(11, 61)]
    assert (page["cursor"], page["more"], page["epoch"]) == (60, True, live.server.store.epoch)


async def test_the_page_before(ana, http):
    await fill(ana, 7)

    answer = await http.get(LOG, params={"before": 4, "limit": 5})

    assert texts(answer) == ["1", "2", "3"]
    assert answer.json()["more"] is False


async def test_one_message_looks_the_same_through_every_door(live, ana, http):
    await ana.post("lobby", "hi")
    await ana.do("react", room="lobby", seq=1, emoji="👍", on=True)

    event = await ana.expect("message", changed_seq=2)
    history = (await ana.do("history", room="lobby", before=9))["messages"]
    page = (await http.get(LOG)).json()["messages"]
    poll = (await http.get(LOG, params={"after": 0})).json()["messages"]

    assert [event] == history == page == poll


async def test_a_poll_brings_the_changes_after_a_cursor(live, ana, http):
    await fill(ana, 3)
    await ana.do("edit", room="lobby", seq=1, text="one")

    answer = await http.get(LOG, params={"after": 2})

    poll = answer.json()
    assert set(poll) == {"messages", "cursor", "complete", "epoch"}
    assert texts(answer) == ["3", "one"]
    assert (poll["cursor"], poll["complete"]) == (4, True)


async def test_a_poll_with_a_limit_says_that_there_is_more(ana, http):
    await fill(ana, 3)

    answer = await http.get(LOG, params={"after": 0, "limit": 2})

    assert texts(answer) == ["1", "2"]
    assert (answer.json()["cursor"], answer.json()["complete"]) == (2, False)


@pytest.mark.parametrize("asked", [{"after": 99}, {"after": 1, "epoch": "another life"}])
async def test_a_void_cursor_is_answered_with_reset(ana, http, asked):
    await fill(ana, 2)

    answer = await http.get(LOG, params=asked)

    assert answer.json()["reset"] is True
    assert texts(answer) == ["1", "2"]


async def test_a_long_poll_is_answered_at_the_first_change(live, ana, http):
    await fill(ana, 1)

    asked = asyncio.create_task(http.get(LOG, params={"after": 1, "wait": 30}))
    await until(lambda: waits(live))
    await ana.post("lobby", "news")
    answer = await asked

    assert texts(answer) == ["news"]
    assert answer.json()["cursor"] == 2


def waits(live):
    return any(audience.watchers for audience in live.server.hub._audiences.values())


async def test_a_long_poll_hears_edits_and_deletions(live, ana, http):
    await fill(ana, 1)

    asked = asyncio.create_task(http.get(LOG, params={"after": 1, "wait": 30}))
    await until(lambda: waits(live))
    await ana.do("delete", room="lobby", seq=1)

    [message] = (await asked).json()["messages"]
    assert message["deleted_at"] > 0
    assert "text" not in message


async def test_a_long_poll_without_news_is_answered_empty(http, ana):
    answer = await http.get(LOG, params={"after": 0, "wait": 1})

    assert answer.json()["messages"] == []
    assert answer.json()["complete"] is True


async def test_a_long_poll_lasts_half_a_minute_at_most(http, ana, monkeypatch):
    assert messages.LONGEST_WAIT_SECONDS == 30
    monkeypatch.setattr(messages, "LONGEST_WAIT_SECONDS", 0.05)

    answer = await http.get(LOG, params={"after": 0, "wait": 3_600})

    assert answer.json()["messages"] == []


async def test_a_long_poll_ends_with_the_server(live, http, ana):
    asked = asyncio.create_task(http.get(LOG, params={"after": 0, "wait": 30}))
    await until(lambda: waits(live))

    await live.server.stop()

    assert (await asked).status_code in (200, 503)


@pytest.mark.parametrize(
    "asked", [{"after": "x"}, {"after": "-1"}, {"before": "1.5"}, {"after": 0, "wait": "long"}]
)
async def test_a_number_that_is_none_is_a_bad_frame(http, ana, asked):
    answer = await http.get(LOG, params=asked)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_frame"


async def test_reading_with_a_name_alone_signs_nobody_in(live, ana):
    await fill(ana, 1)

    async with live.http() as stranger:
        answer = await stranger.get(LOG, params={"name": "bob"})

    assert texts(answer) == ["1"]
    assert "set-cookie" not in answer.headers
    await live.join("bob")


async def test_reading_without_any_name_is_refused(live, ana):
    async with live.http() as stranger:
        answer = await stranger.get(LOG)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_signed_in"


# Writing


async def test_a_post_is_answered_with_201_and_a_retry_with_200(ana, http):
    body = {"text": "hi", "client_message_id": "c-1"}

    first, again = await http.post(LOG, json=body), await http.post(LOG, json=body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert {"seq", "sent_at"} <= set(first.json())
    assert "duplicate" not in first.json()
    assert again.json() == first.json() | {"duplicate": True}
    assert (await ana.expect("message"))["text"] == "hi"
    assert await ana.settled("message") == []


async def test_a_retry_is_known_whichever_door_it_takes(ana, http):
    seq = (await ana.post("lobby", "hi", "c-1"))["seq"]

    answer = await http.post(LOG, json={"text": "hi", "client_message_id": "c-1"})

    assert answer.status_code == 200
    assert answer.json()["seq"] == seq


async def test_a_post_without_an_id_is_a_new_message_each_time(ana, http):
    seqs = [(await http.post(LOG, json={"text": "hi"})).json()["seq"] for _ in range(2)]

    assert seqs == [1, 2]


async def test_a_message_is_edited_reacted_to_and_deleted(ana, http):
    await ana.post("lobby", "helo")

    answers = [
        await http.post(f"{LOG}/1/edit", json={"text": "hello"}),
        await http.post(f"{LOG}/1/react", json={"emoji": "👍", "on": True}),
        await http.post(f"{LOG}/1/delete"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer.json()["changed_seq"] for answer in answers] == [2, 3, 4]


@pytest.mark.parametrize("verb", ["edit", "delete"])
async def test_nobody_changes_what_another_said(live, ana, verb):
    await ana.post("lobby", "hi")
    bob = await live.join("bob")
    body = {"text": "x"} if verb == "edit" else None

    async with live.http(headers={"Authorization": f"Bearer {bob.session}"}) as http:
        answer = await http.post(f"{LOG}/1/{verb}", json=body)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (LOG, {"text": " "}, 400, "empty_text"),
        (LOG, {"text": "x" * 4_001}, 413, "text_too_long"),
        (LOG, {"text": "a\0"}, 400, "bad_frame"),
        (LOG, {"text": 7}, 400, "bad_frame"),
        (LOG, {}, 400, "bad_frame"),
        (LOG, [], 400, "bad_frame"),
        (LOG, {"text": "x", "client_message_id": ""}, 400, "bad_frame"),
        (LOG, {"text": "x", "client_message_id": "x" * 65}, 400, "bad_frame"),
        (LOG, {"text": "x", "reply_to": 99}, 404, "not_found"),
        ("/api/rooms/nowhere/messages", {"text": "x"}, 404, "not_found"),
        (f"{LOG}/9/edit", {"text": "x"}, 404, "not_found"),
        (f"{LOG}/9/react", {"emoji": "", "on": True}, 400, "bad_frame"),
        (f"{LOG}/9/dance", {"text": "x"}, 400, "bad_frame"),
        (f"{LOG}/nine/edit", {"text": "x"}, 404, "not_found"),
    ],
    ids=str,
)
async def test_what_is_refused_is_said_with_a_status_and_a_code(http, path, body, status, code):
    answer = await http.post(path, json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["message"].endswith(".")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"text":"\\ud800"}', b'{"text":NaN}', b"[" * 60_000], ids=repr
)
async def test_a_body_that_is_no_json_is_a_bad_frame(http, body):
    answer = await http.post(LOG, content=body, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_frame")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_form_of_another_site_cannot_post(http, kind):
    answer = await http.post(LOG, content=b'{"text":"hi"}', headers={"content-type": kind})

    assert answer.status_code == 400


async def test_a_body_above_64_kib_is_too_long(http):
    body = b'{"text":"hi","x":"' + b"x" * FRAME_BYTES + b'"}'

    answer = await http.post(LOG, content=body, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "text_too_long")


async def test_a_query_that_never_ends_is_a_bad_frame(http):
    answer = await http.get(LOG, params={"x": "y" * 2_100})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_frame")


async def test_an_archived_room_says_so(live, http):
    await live.server.chat.archive_room("lobby")

    answer = await http.post(LOG, json={"text": "hi"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "archived")


async def test_slow_mode_says_when_to_come_back(live, http):
    await live.set_slow_mode("lobby", 60)
    await http.post(LOG, json={"text": "hi"})

    answer = await http.post(LOG, json={"text": "hi again"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "slow_mode")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


# With a name in the address


async def test_a_name_in_the_address_posts_as_a_guest_and_gets_the_cookie(live, ana):
    async with live.http() as http:
        first = await http.post(LOG, params={"name": "bob"}, json={"text": "hi"})
        assert first.status_code == 201
        token = first.cookies["sanchat_session"]
        http.cookies.clear()
        back = await http.post(
            LOG, params={"name": "bob", "session": token}, json={"text": "me again"}
        )
        by_cookie = await http.post(
            LOG,
            json={"text": "and again"},
            headers={"Cookie": f"sanchat_session={token}", "Origin": live.origin},
        )
        held = await http.post(LOG, params={"name": "Bob"}, json={"text": "who am I?"})

    assert (back.status_code, by_cookie.status_code) == (201, 201)
    authors = {(await ana.expect("message"))["user"]["id"] for _ in range(3)}
    assert len(authors) == 1
    assert (held.status_code, held.json()["error"]["code"]) == (409, "name_taken")


@pytest.mark.parametrize("path", ["/api/rooms", f"{LOG}/1/react"])
async def test_every_change_takes_a_name_in_the_address(live, ana, path):
    await ana.post("lobby", "hi")
    body = {"name": "tea"} if path == "/api/rooms" else {"emoji": "👍", "on": True}

    async with live.http() as http:
        answer = await http.post(path, params={"name": "bob"}, json=body)

    assert answer.status_code in (200, 201)
    assert "sanchat_session" in answer.cookies


async def test_guests_that_are_not_admitted_get_401(tmp_path):
    settings = {"public_url": "https://chat.test", "allow_host": ("127.0.0.1",)}
    async with serving(tmp_path / "chat.db", **settings) as live, live.http() as http:
        read = await http.get("/api/rooms/general/messages", params={"name": "bob"})
        posted = await http.post(
            "/api/rooms/general/messages", params={"name": "bob"}, json={"text": "hi"}
        )

    assert (read.status_code, posted.status_code) == (401, 401)


async def test_a_long_poll_ends_with_the_session(live, ana, http):
    asked = asyncio.create_task(http.get(LOG, params={"after": 0, "wait": 30}))
    await until(lambda: waits(live))

    await http.delete("/api/session")

    assert (await asked).status_code == 401


async def test_a_long_poll_ends_with_its_room(live, ana, http):
    asked = asyncio.create_task(http.get(LOG, params={"after": 0, "wait": 30}))
    await until(lambda: waits(live))

    await live.server.chat.delete_room("lobby")

    assert (await asked).status_code == 404


async def test_reading_fast_is_slowed_down(live, ana, http):
    live.freeze_rates()

    answers = [await http.get(LOG, params={"limit": 1}) for _ in range(201)]

    assert {answer.status_code for answer in answers[:200]} == {200}
    assert answers[200].status_code == 429
