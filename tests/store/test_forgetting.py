"""Rooms that keep messages for a time: what is older goes for good, and leaves no riddle."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from people import HandClock, do, do_all, editing, guest, open_room, present, saying

from sanchat.changes import Forget, SetRoom
from sanchat.replay import read_replay
from sanchat.store import Store, open_store
from sanchat.store.checking import problems_of
from sanchat.store.copies import write_copy

DAY = 24 * 3600


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def store(tmp_path: Path, clock: HandClock):
    store = await open_store(tmp_path / "chat.db", server=True, clock=clock)
    yield store
    await store.close()


async def lobby(store: Store, retain_s: int):
    await open_room(store, "lobby")
    await do(store, SetRoom(room_key="lobby", retain_s=retain_s))
    return await guest(store, "ana", "lobby")


async def texts(store: Store) -> list[str | None]:
    return [m.text for m in await store.since(await present(store, "lobby"), 0, limit=10_000)]


async def forget_all(store: Store) -> int:
    rounds = 0
    while await do(store, Forget()) is not None:
        rounds += 1
    return rounds


async def test_only_what_is_older_goes(store, clock):
    ana = await lobby(store, 90 * DAY)
    await do(store, saying(ana, "old"))
    clock.turn(days=60)
    await do(store, saying(ana, "young"))
    assert await forget_all(store) == 0
    clock.turn(days=31)

    assert await forget_all(store) == 1

    assert await texts(store) == ["young"]
    assert (await do(store, saying(ana, "newest"))).seq == 3


async def test_a_room_that_keeps_for_ever_forgets_nothing(store, clock):
    ana = await lobby(store, 0)
    await do(store, saying(ana, "old"))
    clock.turn(days=40_000)

    assert await forget_all(store) == 0
    assert await texts(store) == ["old"]


async def test_cursors_from_before_are_void_and_later_ones_good(store, clock):
    ana = await lobby(store, DAY)
    for n in range(1, 4):
        await do(store, saying(ana, f"{n}"))
    clock.turn(days=2)
    await do(store, editing(ana, 2, "2!"))  # number 4, of a message that goes
    for n in (5, 6):
        await do(store, saying(ana, f"{n}"))
    await forget_all(store)

    room = await present(store, "lobby")
    resets = {
        after: (await read_replay(store, room, after=after, epoch=None, limit=None)).reset
        for after in range(7)
    }
    assert await texts(store) == ["5", "6"]
    assert resets == {0: True, 1: True, 2: True, 3: True, 4: False, 5: False, 6: False}


async def test_much_goes_in_pieces_and_the_file_is_sound_and_smaller(store, clock, tmp_path):
    ana = await lobby(store, DAY)
    for start in range(0, 2_000, 500):
        await do_all(store, [saying(ana, f"{start + n} " + "x" * 3_000) for n in range(500)])
    clock.turn(days=2)
    await do(store, saying(ana, "young"))
    await store.checkpoint()
    before = (tmp_path / "chat.db").stat().st_size

    assert await forget_all(store) == 4
    while await store.give_back():
        pass
    await store.checkpoint()

    assert await texts(store) == ["young"]
    assert list(problems_of(tmp_path / "chat.db")) == []
    assert (tmp_path / "chat.db").stat().st_size < before / 3


def test_a_file_from_before_can_shrink_once_its_backup_is_restored(tmp_path):
    old, copy = tmp_path / "old.db", tmp_path / "copy.db"
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute("create table meta (key text primary key, value text)")

    write_copy(old, copy)

    with closing(sqlite3.connect(old)) as before, closing(sqlite3.connect(copy)) as after:
        assert before.execute("pragma auto_vacuum").fetchone() == (0,)
        assert after.execute("pragma auto_vacuum").fetchone() == (2,)
