"""The log as server-sent events."""

import asyncio
import contextlib
import json
from dataclasses import replace

import pytest
from clients import PATIENCE_SECONDS

from sanchat.routes import messages

LOG = "/api/rooms/lobby/messages"


class Stream:
    """An open stream, an event at a time."""

    def __init__(self, response):
        self.response = response
        self._lines = response.aiter_lines()

    async def event(self):
        """`(event, id, data)` of the next block; a comment as ("", None, text)."""
        kind, number, data = None, None, None
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for line in self._lines:
                if line == "":
                    return kind, number, data
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "id":
                    number = int(value)
                elif name == "data":
                    data = json.loads(value)
                else:
                    kind, data = "", value
        raise EOFError


@pytest.fixture
async def ana(live):
    [ana] = await live.gather("lobby", "ana")
    return ana


@pytest.fixture
async def listen(live, ana):
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(live.http())

        async def opened(headers=None, **params):
            request = http.stream(
                "GET",
                LOG,
                params={"name": "reader"} | params,
                headers={"Accept": "text/event-stream"} | (headers or {}),
            )
            return Stream(await stack.enter_async_context(request))

        yield opened


async def test_a_stream_begins_with_hello_and_the_newest_messages_then_goes_live(ana, listen):
    await ana.post("lobby", "before")

    stream = await listen()
    hello, before = await stream.event(), await stream.event()
    await ana.post("lobby", "live")
    live = await stream.event()

    assert stream.response.headers["content-type"].startswith("text/event-stream")
    assert stream.response.headers["cache-control"] == "no-store"
    assert hello == ("hello", None, {"epoch": ana.hello["epoch"], "cursor": 1})
    assert before[:2] == ("message", 1)
    assert before[2] == await ana.expect("message", seq=1)
    assert (live[0], live[1], live[2]["text"]) == ("message", 2, "live")


async def test_a_stream_continues_after_the_last_event_id(ana, listen):
    for text in ("one", "two", "three"):
        await ana.post("lobby", text)

    stream = await listen(headers={"Last-Event-ID": "2"}, after=0)
    await stream.event()

    assert (await stream.event())[2]["text"] == "three"


async def test_a_stream_continues_after_a_cursor_of_the_address(ana, listen):
    for text in ("one", "two", "three"):
        await ana.post("lobby", text)

    stream = await listen(after=1, epoch=ana.hello["epoch"])
    hello = await stream.event()
    found = [(await stream.event())[2]["text"] for _ in range(2)]

    assert hello[2]["cursor"] == 3
    assert found == ["two", "three"]


async def test_a_long_absence_is_caught_up_whole(ana, listen):
    for number in range(450):
        await ana.send(
            {"type": "post", "room": "lobby", "text": "x", "client_message_id": str(number)}
        )
    await ana.expect("reply", seq=450)

    stream = await listen(after=0)
    await stream.event()

    assert [(await stream.event())[1] for _ in range(450)] == list(range(1, 451))


@pytest.mark.parametrize("asked", [{"after": 99}, {"after": 1, "epoch": "another life"}])
async def test_a_void_cursor_is_told_by_a_reset(ana, listen, asked):
    await ana.post("lobby", "one")
    await ana.post("lobby", "two")

    stream = await listen(**asked)
    events = [await stream.event() for _ in range(4)]

    assert [event[0] for event in events] == ["hello", "reset", "message", "message"]
    assert events[1][2]["cursor"] == 2
    assert [event[2]["text"] for event in events[2:]] == ["one", "two"]


async def test_changes_have_their_own_ids(ana, listen):
    await ana.post("lobby", "helo")
    stream = await listen(after=1)
    await stream.event()

    await ana.do("edit", room="lobby", seq=1, text="hello")
    edited = await stream.event()
    await ana.do("delete", room="lobby", seq=1)
    deleted = await stream.event()

    assert (edited[1], edited[2]["seq"], edited[2]["text"]) == (2, 1, "hello")
    assert (deleted[1], "text" in deleted[2]) == (3, False)


async def test_line_breaks_in_a_text_do_not_break_the_stream(ana, listen):
    stream = await listen()
    await stream.event()

    await ana.post("lobby", "one\n\nevent: hello\r\ndata: {}\r")

    assert (await stream.event())[2]["text"] == "one\n\nevent: hello\r\ndata: {}\r"


async def test_a_silent_stream_is_kept_awake_by_comments(ana, listen, monkeypatch):
    monkeypatch.setattr(messages, "STREAM_COMMENT_SECONDS", 0.05)

    stream = await listen()
    await stream.event()

    assert (await stream.event())[0] == ""


async def test_a_stream_ends_with_the_ban_of_its_reader(live, ana):
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {ana.session}"}
    session = await live.session_of(ana)
    async with live.http() as http, http.stream("GET", LOG, headers=headers) as response:
        stream = Stream(response)
        await stream.event()
        bob = await live.join("bob")

        await live.server.chat.moderation.ban(session.user)
        await bob.post("lobby", "not for ana")

        with pytest.raises(EOFError):
            await stream.event()


async def test_a_stream_of_a_room_that_does_not_exist_is_a_404(live):
    async with live.http() as http:
        answer = await http.get(
            "/api/rooms/nowhere/messages?name=bob", headers={"Accept": "text/event-stream"}
        )

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_a_stream_cut_anywhere_goes_on_without_a_hole(ana, listen):
    for number in range(1, 6):
        await ana.post("lobby", str(number))
    await ana.do("edit", room="lobby", seq=1, text="edited")
    whole = await listen()
    await whole.event()
    ids = [(await whole.event())[1] for _ in range(5)]

    rest = await listen({"Last-Event-ID": str(ids[0])})
    await rest.event()
    heard = [(await rest.event())[1] for _ in range(4)]

    assert ids == [2, 3, 4, 5, 6]
    assert heard == ids[1:]


async def test_a_stream_ends_with_the_session_of_its_reader(live, ana):
    token = {"Authorization": f"Bearer {ana.session}"}
    accept = {"Accept": "text/event-stream"}
    async with live.http(headers=token) as http, http.stream("GET", LOG, headers=accept) as answer:
        stream = Stream(answer)
        await stream.event()

        await http.delete("/api/session")

        with pytest.raises(EOFError):
            await stream.event()


async def test_streams_count_among_the_connections_of_a_session(live, ana):
    live.freeze_rates()
    live.server.settings = replace(live.server.settings, session_connections=2)
    token = {"Authorization": f"Bearer {ana.session}"}
    accept = {"Accept": "text/event-stream"}
    async with live.http(headers=token) as http, http.stream("GET", LOG, headers=accept) as first:
        one_more = await http.get(LOG, headers=accept)

    assert first.status_code == 200
    assert one_more.status_code == 429
    assert one_more.headers["retry-after"] == "5"
