"""A deleted room is gone at once; its rows go in pieces that hold nobody up, whatever crashes."""

import contextlib
import sqlite3

import pytest
from harness import serving, serving_process, until
from people import do, do_all, guest, open_room, saying

from sanchat.changes import CreateRoom, DeleteRoom, React, Sweep
from sanchat.store import open_store
from sanchat.store.sweeping import SWEEP_ROWS

TABLES = ("rooms", "messages", "reactions", "mentions", "memberships")


def rows_in(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return {
            table: database.execute(f"select count(*) from {table}").fetchone()[0]
            for table in TABLES
        }


async def fill(store, count):
    """A room with so many messages, each with a reaction and a mention; and another room."""
    await open_room(store, "lobby")
    await open_room(store, "tea")
    ana = await guest(store, "ana", "lobby", "tea")
    bob = await guest(store, "bob", "lobby")
    await do_all(store, [saying(ana, f"@bob {number}") for number in range(count)])
    await do_all(
        store,
        [
            React(room_key="lobby", user_id=bob.id, seq=seq, emoji="👍", on=True)
            for seq in range(1, count + 1)
        ],
    )
    await do_all(store, [saying(ana, "@ana here stays", room="tea")])
    return ana, bob


@pytest.fixture
async def store(tmp_path):
    store = await open_store(tmp_path / "chat.db", server=True)
    yield store
    await store.close()


async def test_a_deleted_room_is_gone_for_everybody_before_its_rows_are(store, tmp_path):
    ana, _ = await fill(store, 3)
    room = await store.room("lobby")

    await do(store, DeleteRoom(room_key="lobby"))

    assert rows_in(tmp_path / "chat.db")["messages"] == 4
    assert await store.room("lobby") is None
    assert await store.room_by_id(room.id) is None
    assert [found.name for found in await store.rooms()] == ["tea"]
    assert [place.room.name for place in await store.rooms_of(ana.id)] == ["tea"]
    assert await store.standings(room.id, [ana.id]) == []
    assert (await store.counts())["rooms"] == {"open": 1}
    for name in ("deleted", "DELETED", "Deleted", f"DELETED {room.id}"):
        assert await store.place(name.casefold(), ana.id) is None


async def test_no_piece_is_larger_than_others_can_wait_for(store, tmp_path):
    await fill(store, 700)
    await do(store, DeleteRoom(room_key="lobby"))
    before = rows_in(tmp_path / "chat.db")
    pieces = []

    while await do(store, Sweep()):
        after = rows_in(tmp_path / "chat.db")
        pieces.append(sum(before.values()) - sum(after.values()))
        before = after

    # The last one takes the room itself along.
    assert max(pieces) <= SWEEP_ROWS + 1
    assert len(pieces) == 5
    assert rows_in(tmp_path / "chat.db") == {
        **{"rooms": 1, "messages": 1, "reactions": 0, "mentions": 0, "memberships": 1}
    }


async def test_the_name_is_free_at_once_and_its_numbers_go_on(store):
    await fill(store, 3)
    await do(store, DeleteRoom(room_key="lobby"))

    again = await do(store, CreateRoom(name="lobby"))
    while await do(store, Sweep()):
        pass

    assert again.last_seq == 7
    assert (await store.room("lobby")).id == again.id


async def test_a_server_sweeps_out_what_was_deleted_while_people_talk_elsewhere(tmp_path):
    database = tmp_path / "chat.db"
    async with serving(database) as live:
        [ana, bob] = await live.gather("lobby", "ana", "bob")
        for number in range(30):
            await ana.post("lobby", f"@bob {number}", f"n-{number}")
        await bob.subscribe("general")

        await live.server.chat.delete_room("lobby")
        await bob.post("general", "still here")

        await until(lambda: rows_in(database)["rooms"] == 1)
        assert rows_in(database)["messages"] == 1
        assert rows_in(database)["mentions"] == 0


async def test_what_a_crash_has_left_is_swept_out_by_the_next_server(tmp_path):
    database = tmp_path / "chat.db"
    store = await open_store(database)
    await fill(store, 700)
    await do(store, DeleteRoom(room_key="lobby"))
    await do(store, Sweep())
    await store.close()

    with serving_process(database):
        await until(lambda: rows_in(database)["rooms"] == 1)

    assert rows_in(database)["messages"] == 1
