"""The file on the disk: what is erased is gone, and a full or locked one is an answer."""

import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from people import HandClock, deleting, do, do_all, editing, guest, open_room, present, saying

from sanchat.errors import Unavailable
from sanchat.models import User
from sanchat.store import Store, open_store, sqlite


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@pytest.fixture
async def store(database: Path) -> AsyncIterator[Store]:
    store = await open_store(database, server=True, clock=HandClock())
    await open_room(store, "lobby")
    yield store
    await store.close()


@pytest.fixture
async def ana(store: Store) -> User:
    return await guest(store, "ana", "lobby")


def bytes_on_disk(database: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(database.parent.glob("chat.db*")))


# Erasing


@pytest.mark.parametrize("length", [40, 4_000], ids=["short", "on pages of its own"])
async def test_a_deleted_text_is_nowhere_on_the_disk(store, ana, database, length):
    secret = "the-combination-is-4711".ljust(length, "!")
    await do_all(store, [saying(ana, f"around {n} " + "x" * 300, f"{n}") for n in range(40)])
    await do(store, saying(ana, secret, "secret"))
    await store.checkpoint()
    before = secret[:20].encode() in bytes_on_disk(database)

    await do(store, deleting(ana, 41))
    await store.checkpoint()

    assert before
    assert secret[:20].encode() not in bytes_on_disk(database)


async def test_an_edited_text_is_nowhere_on_the_disk(store, ana, database):
    await do(store, saying(ana, "the-combination-is-4711 " + "!" * 3_000, "secret"))
    await store.checkpoint()

    await do(store, editing(ana, 1, "never mind"))
    await store.checkpoint()

    assert b"combination" not in bytes_on_disk(database)


async def test_what_is_deleted_is_overwritten_whatever_the_builds_default(store):
    assert store._writer.execute("pragma secure_delete").fetchone() == (1,)


async def test_every_commit_is_synced(store):
    assert store._writer.execute("pragma synchronous").fetchone() == (2,)
    assert store._writer.execute("pragma journal_mode").fetchone() == ("wal",)


async def test_nobody_but_the_maintenance_checkpoints(store, database):
    readers = await store._reader.execute_fetchall("pragma wal_autocheckpoint")

    assert store._writer.execute("pragma wal_autocheckpoint").fetchone() == (0,)
    assert [tuple(row) for row in readers] == [(0,)]


# The write-ahead log


def frames(store: Store) -> int:
    """As SQLite counts them, who moves them by that."""
    _, in_log, _ = store._writer.execute("pragma wal_checkpoint(passive)").fetchone()
    return int(in_log)


async def test_what_is_in_the_log_is_counted_as_sqlite_counts_it(store, ana):
    await store.checkpoint()
    assert store.log_in_use() == 0
    for count in (1, 30, 3):
        await do_all(store, [saying(ana, "x" * 900, f"{count} {n}") for n in range(count)])
        in_use = store.log_in_use()  # before it is asked, which begins it anew
        assert in_use == frames(store) * (4096 + 24)


async def test_a_log_that_was_moved_begins_anew_in_the_same_file(store, ana):
    await do_all(store, [saying(ana, "x" * 900, f"{n}") for n in range(100)])
    long = store.log_bytes()
    await store.move_log()

    await do(store, saying(ana, "after it"))

    assert store.log_bytes() == long
    assert 0 < store.log_in_use() < long / 2


async def test_who_reads_an_old_state_keeps_the_log_from_beginning_anew(store, ana, database):
    with closing(sqlite3.connect(database)) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from messages").fetchone()
        await do_all(store, [saying(ana, "x" * 900, f"{n}") for n in range(30)])
        before = store.log_in_use()
        await store.move_log()
        await do(store, saying(ana, "after it"))

        assert before < store.log_in_use() < store.log_bytes()


# A full disk


async def test_a_full_disk_is_an_answer_that_loses_nothing_and_heals(store, ana):
    await do(store, saying(ana, "stored"))
    pages = store._writer.execute("pragma page_count").fetchone()[0]
    store._writer.execute(f"pragma max_page_count = {pages}")

    async def fill() -> None:
        for n in range(100):
            await do(store, saying(ana, "x" * 4_000, f"{n}"))

    with pytest.raises(Unavailable) as refusal:
        await fill()
    readable = await store.newest(await present(store, "lobby"), limit=200)
    store._writer.execute("pragma max_page_count = 1000000")
    after = await do(store, saying(ana, "healed"))

    assert refusal.value.temporary
    assert "disk" not in str(refusal.value)
    assert readable[0].text == "stored"
    assert after.seq == len(readable) + 1
    assert store._writer.execute("pragma integrity_check").fetchone() == ("ok",)


# A locked database


@contextmanager
def locked(database: Path) -> Iterator[None]:
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("begin immediate")
    try:
        yield
    finally:
        other.execute("rollback")
        other.close()


async def test_a_locked_database_is_waited_for_then_answered_and_stays_readable(
    store, ana, database
):
    await do(store, saying(ana, "before"))
    store._writer.execute("pragma busy_timeout = 200")

    with locked(database):
        began = time.monotonic()
        with pytest.raises(Unavailable) as refusal:
            await do(store, saying(ana, "during"))
        waited = time.monotonic() - began
        readable = await store.newest(await present(store, "lobby"), limit=10)
    after = await do(store, saying(ana, "during"))

    assert 0.2 <= waited < 2
    assert "locked" not in str(refusal.value)
    assert [message.text for message in readable] == ["before"]
    assert (after.seq, after.duplicate) == (2, False)


def test_a_lock_is_waited_for_no_longer_than_a_person_would():
    assert sqlite.BUSY_MS == 2_000


async def test_a_server_stays_alive_while_the_database_is_locked(live):
    (ana,) = await live.gather("general", "ana")
    live.server.store._writer.execute("pragma busy_timeout = 200")

    with locked(live.server.settings.database):
        error = await ana.refused("post", room="general", text="hi", client_message_id="1")
        await ana.do("ping")
        history = await ana.do("history", room="general", before=9)
    again = await ana.do("post", room="general", text="hi", client_message_id="1")

    assert (error["code"], error["temporary"]) == ("unavailable", True)
    assert history["messages"] == []
    assert (again["seq"], again["duplicate"]) == (1, False)
