"""All that somebody said goes in pieces that hold nobody up, and goes on after every stop."""

import contextlib
import sqlite3

import pytest
from harness import serving, serving_process, until
from people import HandClock, do, do_all, guest, open_room, present, saying

from sanchat.changes import DeleteRoom, Sweep
from sanchat.measures import BeginErasure, EraseFurther
from sanchat.store import open_store
from sanchat.store.erasing import ERASED_AT_ONCE


def left_of(path, name):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute(
            "select count(*) from messages join users on users.id = author_id "
            "where name = ? and deleted_at is null",
            (name,),
        ).fetchone()[0]


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
async def store(tmp_path, clock):
    store = await open_store(tmp_path / "chat.db", server=True, clock=clock)
    yield store
    await store.close()


async def fill(store, count):
    """Mallory says so much in each of two rooms, Ana a word between."""
    await open_room(store, "lobby")
    await open_room(store, "tea")
    ana = await guest(store, "ana", "lobby", "tea")
    mallory = await guest(store, "mallory", "lobby", "tea")
    for room in ("lobby", "tea"):
        await do_all(store, [saying(mallory, f"spam {n}", room=room) for n in range(count)])
        await do(store, saying(ana, "not spam", room=room))
    return ana, mallory


async def test_no_piece_is_larger_than_others_can_wait_for(store, tmp_path):
    _, mallory = await fill(store, 700)
    await do(store, BeginErasure(user_id=mallory.id))
    pieces, before = [], 1_400

    while await do(store, EraseFurther()) is not None:
        after = left_of(tmp_path / "chat.db", "mallory")
        pieces.append(before - after)
        before = after

    assert sum(pieces) == 1_400
    assert max(pieces) == ERASED_AT_ONCE
    assert left_of(tmp_path / "chat.db", "ana") == 2
    assert await do(store, EraseFurther()) is None


async def test_of_one_room_only_that_room_is_touched(store, tmp_path):
    _, mallory = await fill(store, 3)
    await do(store, BeginErasure(user_id=mallory.id, room_key="tea"))

    while await do(store, EraseFurther()) is not None:
        pass

    lobby, tea = await present(store, "lobby"), await present(store, "tea")
    assert left_of(tmp_path / "chat.db", "mallory") == 3
    assert [bool(m.text) for m in await store.newest(lobby, limit=9)] == [True] * 4
    assert [m.text for m in await store.newest(tea, limit=9) if m.text] == ["not spam"]


async def test_what_somebody_says_after_the_decision_stays(store, tmp_path, clock):
    _, mallory = await fill(store, 3)
    await do(store, BeginErasure(user_id=mallory.id))
    clock.turn(seconds=1)
    await do(store, saying(mallory, "sorry"))

    while await do(store, EraseFurther()) is not None:
        pass

    assert left_of(tmp_path / "chat.db", "mallory") == 1


async def test_two_decisions_are_carried_out_one_after_the_other(store, tmp_path):
    ana, mallory = await fill(store, 3)
    first = await do(store, BeginErasure(user_id=mallory.id))
    second = await do(store, BeginErasure(user_id=ana.id))

    while await do(store, EraseFurther(act=second)) is not None:
        pass
    of_mallory = left_of(tmp_path / "chat.db", "mallory")
    while await do(store, EraseFurther(act=first)) is not None:
        pass

    assert of_mallory == 6
    assert left_of(tmp_path / "chat.db", "ana") == left_of(tmp_path / "chat.db", "mallory") == 0


async def test_a_room_that_is_deleted_meanwhile_is_no_obstacle(store, tmp_path):
    _, mallory = await fill(store, 700)
    await do(store, BeginErasure(user_id=mallory.id))
    await do(store, EraseFurther())
    await do(store, DeleteRoom(room_key="lobby"))

    while await do(store, EraseFurther()) is not None or await do(store, Sweep()):
        pass

    assert left_of(tmp_path / "chat.db", "mallory") == 0
    assert left_of(tmp_path / "chat.db", "ana") == 1


async def test_what_a_stop_has_left_is_erased_by_the_next_server(tmp_path):
    database = tmp_path / "chat.db"
    store = await open_store(database)
    _, mallory = await fill(store, 700)
    await do(store, BeginErasure(user_id=mallory.id))
    await do(store, EraseFurther())
    await store.close()
    before = left_of(database, "mallory")

    with serving_process(database):
        await until(lambda: left_of(database, "mallory") == 0)

    assert before == 900
    assert left_of(database, "ana") == 2


async def test_who_listens_sees_the_messages_go(tmp_path):
    async with serving(tmp_path / "chat.db") as live:
        moa, ana, bob = await live.gather("lobby", "moa", "ana", "bob")
        await live.promote(moa, "moderator")
        for number in range(5):
            await ana.post("lobby", f"spam {number}", f"s-{number}")
        bob.unread.clear()

        await moa.do("erase", user="ana")

        gone = [await bob.expect("message", changed_seq=number) for number in range(6, 11)]
        assert [message["seq"] for message in gone] == [1, 2, 3, 4, 5]
        assert not any("text" in message for message in gone)
