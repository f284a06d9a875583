"""R5: who comes back sees the room as if they had never left, by whichever door."""

import contextlib
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from clients import Client
from harness import ServerProcess, serving_process
from people import deleting, do_all, editing, guest, present, reacting, saying

from sanchat.models import User
from sanchat.store import Store, open_store

MISSED = (1, 41, 101, 301, 1_001, 10_001)
FIRST = 200  # changes before anybody left

State = dict[int, dict[str, Any]]  # messages by number, as the wire shows them


class Story:
    """A room that went on: its state now, and as it was so many changes ago."""

    def __init__(self, process: ServerProcess) -> None:
        self.process = process
        self.last = 0
        self.epoch = ""
        self.held: dict[int, State] = {}  # by number of changes missed since
        self.now: State = {}


@pytest.fixture(scope="module")
async def story(tmp_path_factory) -> AsyncIterator[Story]:
    database = tmp_path_factory.mktemp("resume") / "chat.db"
    with serving_process(database) as process:
        story = Story(process)
        store = await open_store(database)
        try:
            people = [await guest(store, name, "general") for name in ("ana", "bob")]
            story.epoch = store.epoch
            await live_through(store, story, people)
        finally:
            await store.close()
        yield story


async def live_through(store: Store, story: Story, people: list[User]) -> None:
    chance = random.Random(5)
    final = FIRST + max(MISSED)
    for stop in sorted([final - missed for missed in MISSED] + [final]):
        while story.last < stop:
            batch = [change(chance, people, story.last) for _ in range(min(400, stop - story.last))]
            await do_all(store, batch)
            story.last = (await present(store, "general")).last_seq
        story.now = {
            message.seq: msgspec.json.decode(msgspec.json.encode(message))
            for message in await store.since(await present(store, "general"), 0, limit=100_000)
        }
        story.held[final - stop] = story.now


def change(chance: random.Random, people: list[User], last: int):
    user, seq = chance.choice(people), chance.randint(1, max(1, last))
    what = chance.random()
    if what < 0.75 or last < 10:
        return saying(user, f"text {chance.random()}", room="general")
    if what < 0.87:
        return editing(user, seq, f"edit {chance.random()}", room="general")
    if what < 0.93:
        return deleting(user, seq, room="general")
    return reacting(user, seq, room="general", on=chance.random() < 0.8)


async def by_websocket(story: Story, cursor: int) -> AsyncIterator[dict]:
    client = Client(await story.process.connect(f"/ws?name=zoe{cursor}"))
    await client.expect("hello")
    complete = False
    while not complete:
        reply = await client.subscribe("general", after=cursor, epoch=story.epoch)
        assert not reply["reset"]
        for message in reply["messages"]:
            yield message
        cursor, complete = reply["cursor"], reply["complete"]
    assert cursor == story.last
    await client.close()


async def by_poll(story: Story, cursor: int) -> AsyncIterator[dict]:
    async with story.process.http() as http:
        complete = False
        while not complete:
            answer = await http.get(
                "/api/rooms/general/messages",
                params={"name": "zoe", "after": cursor, "epoch": story.epoch},
            )
            page = answer.json()
            assert "reset" not in page
            for message in page["messages"]:
                yield message
            cursor, complete = page["cursor"], page["complete"]
    assert cursor == story.last


async def by_event_stream(story: Story, cursor: int) -> AsyncIterator[dict]:
    async with (
        story.process.http() as http,
        http.stream(
            "GET",
            "/api/rooms/general/messages",
            params={"name": "zoe", "epoch": story.epoch},
            headers={"accept": "text/event-stream", "last-event-id": str(cursor)},
        ) as answer,
    ):
        event = {}
        async for line in answer.aiter_lines():
            key, _, value = line.partition(": ")
            event[key] = value
            if line:
                continue
            assert event["event"] != "reset"
            if event["event"] == "message":
                message = json.loads(event["data"])
                assert int(event["id"]) == message["changed_seq"]
                yield message
                if message["changed_seq"] == story.last:
                    return
            event = {}


@pytest.mark.parametrize("missed", MISSED)
@pytest.mark.parametrize("door", [by_websocket, by_poll, by_event_stream])
async def test_who_comes_back_has_what_those_have_who_stayed(story, missed, door):
    cursor = FIRST + max(MISSED) - missed
    state = dict(story.held[missed])
    numbers = []

    async with contextlib.aclosing(door(story, cursor)) as messages:
        async for message in messages:
            numbers.append(message["changed_seq"])
            state[message["seq"]] = message

    assert state == story.now
    assert numbers == sorted(set(numbers))
    assert numbers[0] > cursor
