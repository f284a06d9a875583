"""Rights are asked at every post, and read again only where somebody may have changed them."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from people import HandClock, do, do_all, guest, open_room, saying

from sanchat.changes import Erase, KeepOut, Posted, Read
from sanchat.errors import Archived, Internal, Muted, NotFound
from sanchat.models import User
from sanchat.store import Store, open_store
from sanchat.store.posting import Posting


@pytest.fixture
async def store(tmp_path: Path, clock: HandClock) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "chat.db", server=True, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def ana(store: Store) -> User:
    for number in range(10):
        await open_room(store, f"room{number}")
    return await guest(store, "Ana")


@pytest.fixture
async def statements(store: Store, ana: User) -> list[str]:
    """What the writer asks SQLite from here on; all of Ana's places are known by then."""
    await do_all(store, [saying(ana, "first", room=f"room{n}") for n in range(10)])
    asked: list[str] = []
    store._writer.set_trace_callback(asked.append)
    return asked


async def test_a_batch_of_posts_reads_nothing_of_the_chat(store, ana, statements):
    posts = [saying(ana, f"again {n}", room=f"room{n % 10}") for n in range(100)]

    answers = await do_all(store, posts)

    assert [answer.seq for answer in answers] == [2 + n // 10 for n in range(100)]
    assert not [sql for sql in statements if "select" in sql]


async def test_the_statements_of_a_batch_grow_with_its_size_only_a_little(store, ana, statements):
    await do_all(store, [saying(ana, f"again {n}", room=f"room{n % 10}") for n in range(500)])

    assert len(statements) < 40


async def test_reading_on_does_not_make_the_writer_ask_for_rights_again(store, ana, statements):
    await do_all(
        store, [Read(room_key="room1", user_id=ana.id, seq=1), saying(ana, "more 1", room="room1")]
    )

    assert not [sql for sql in statements if "from rooms, users" in sql]


async def test_a_rule_set_by_another_process_holds_from_the_next_post_on(store, ana, statements):
    assert isinstance(await do(store, saying(ana, "more 2", room="room1")), Posted)
    with sqlite3.connect(store.path) as other:
        other.execute("update rooms set archived_at = 1 where name = 'room1'")

    with pytest.raises(Archived):
        await do(store, saying(ana, "more 3", room="room1"))


async def test_numbers_go_on_from_where_another_process_has_come(store, ana, statements):
    with sqlite3.connect(store.path) as other:
        other.execute("update rooms set last_seq = 41 where name = 'room1'")

    assert (await do(store, saying(ana, "more 4", room="room1"))).seq == 42


async def test_a_mute_ends_by_itself_while_nothing_else_is_written(store, ana, clock, statements):
    await do(store, KeepOut(kind="mute", user_id=ana.id, until=clock() + 60_000))
    with pytest.raises(Muted):
        await do(store, saying(ana, "more 5", room="room1"))
    clock.turn(seconds=60)

    assert isinstance(await do(store, saying(ana, "more 6", room="room1")), Posted)


async def test_a_room_that_did_not_exist_is_found_once_it_does(store, ana, statements):
    with pytest.raises(NotFound):
        await do(store, saying(ana, "more 7", room="attic"))
    await open_room(store, "attic")

    assert (await do(store, saying(ana, "more 8", room="attic"))).seq == 1


async def test_a_change_that_breaks_halfway_shows_nothing_and_leaves_no_hole(
    store, ana, statements, monkeypatch
):
    await do(store, saying(ana, "second", room="room1"))
    erase, broken = Posting._erase, []

    def breaks_at_the_second(posting, place, seq):
        broken.append(seq)
        if len(broken) == 2:
            raise RuntimeError("on purpose")
        return erase(posting, place, seq)

    monkeypatch.setattr(Posting, "_erase", breaks_at_the_second)
    batch = [Erase(room_key="room1", seqs=(1, 2)), saying(ana, "third", room="room1")]
    appended = await store.append(batch)

    assert isinstance(appended.answers[0], Internal)
    assert [(c.message.seq, c.message.text) for c in appended.committed] == [(3, "third")]
    texts = [message.text for message in await store.newest(await store.room("room1"), limit=9)]
    assert texts == ["first", "second", "third"]
