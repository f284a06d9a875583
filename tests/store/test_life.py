"""One server to a file, and an epoch that lasts exactly as long as the database's life."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from people import do, guest, open_room, saying

from sanchat.errors import StartupError
from sanchat.store import Store, life, open_store, sqlite
from sanchat.store.life import ServerLock

HOLDER = """
import sys
from pathlib import Path
from sanchat.store.life import ServerLock
lock = ServerLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@asynccontextmanager
async def served(database: Path) -> AsyncIterator[Store]:
    store = await open_store(database, server=True)
    try:
        yield store
    finally:
        await store.close()


async def epoch_of(database: Path) -> str:
    async with served(database) as store:
        return store.epoch


async def test_the_epoch_outlives_restarts(database):
    epochs = {await epoch_of(database) for _ in range(20)}

    assert len(epochs) == 1


async def test_programs_beside_the_server_see_its_epoch(database):
    async with served(database) as store:
        beside = await open_store(database)
        epoch = beside.epoch
        await beside.close()

    assert epoch == store.epoch


async def test_a_copy_served_elsewhere_begins_an_epoch(database, tmp_path):
    before = await epoch_of(database)
    copy = tmp_path / "elsewhere" / "chat.db"
    copy.parent.mkdir()
    shutil.copy(database, copy)

    assert await epoch_of(copy) != before
    assert await epoch_of(database) == before


async def test_a_copy_of_an_earlier_run_begins_an_epoch_when_it_is_restored(database, tmp_path):
    before = await epoch_of(database)
    shutil.copy(database, tmp_path / "backup.db")
    await epoch_of(database)

    os.replace(tmp_path / "backup.db", database)

    assert await epoch_of(database) != before


async def test_a_copy_made_while_the_server_ran_begins_an_epoch_when_it_is_restored(
    database, tmp_path
):
    async with served(database) as store:
        await store.checkpoint()
        shutil.copy(database, tmp_path / "backup.db")
        before = store.epoch

    os.replace(tmp_path / "backup.db", database)

    assert await epoch_of(database) != before


async def test_a_file_without_its_life_begins_an_epoch(database):
    before = await epoch_of(database)

    database.with_name("chat.db.life").unlink()

    assert await epoch_of(database) != before


@pytest.mark.parametrize("writes", [1, 2, 3, 4])
async def test_a_crash_while_the_token_turns_begins_no_epoch(database, monkeypatch, writes):
    before = await epoch_of(database)
    crash_after(writes, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        await epoch_of(database)

    monkeypatch.undo()

    assert await epoch_of(database) == before


def crash_after(writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that ends after so many of its writes: each life file counts before and after."""
    real, steps = life._write_durably, [0]

    def write(path: Path, text: str) -> None:
        for half in (0, 1):
            steps[0] += 1
            if steps[0] == writes:
                raise KeyboardInterrupt
            if half == 0:
                real(path, text)

    monkeypatch.setattr(life, "_write_durably", write)


async def test_a_second_server_is_refused_and_told_why(database):
    async with served(database):
        with pytest.raises(StartupError, match=f"process {os.getpid()}"):
            await open_store(database, server=True)


async def test_a_refused_second_server_leaves_the_first_ones_life_alone(database):
    async with served(database) as store:
        with pytest.raises(StartupError):
            await open_store(database, server=True)
        epoch = store.epoch

    assert await epoch_of(database) == epoch


def test_the_right_to_serve_ends_with_the_process_however_it_ends(database):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        held = ServerLock(database).is_held()
        holder.kill()
    free = ServerLock(database)

    free.acquire()

    assert held
    assert free.is_held()
    free.release()
    assert not ServerLock(database).is_held()


def test_where_people_reach_the_server_is_told_while_it_runs_and_not_by_its_successor(database):
    server, beside = ServerLock(database), ServerLock(database)
    server.acquire()
    server.mark(7, 1234)
    server.note_address("https://chat.example.org/")
    told = beside.address()
    server.release()
    after = beside.address()
    server.acquire()
    anew = beside.address()

    assert (told, after, anew) == ("https://chat.example.org/", None, None)
    assert server.marked() == (7, 1234)
    server.release()


async def test_everything_beside_the_database_is_its_owners_alone(database):
    async with served(database) as store:
        await do(store, saying(await guest_in_lobby(store), "hi"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in database.parent.iterdir()}

    assert set(modes) >= {"chat.db", "chat.db-wal", "chat.db-shm", "chat.db.lock", "chat.db.life"}
    assert set(modes.values()) == {0o600}


async def test_a_new_folder_is_its_owners_alone(tmp_path):
    database = tmp_path / "deep" / "chat.db"

    await epoch_of(database)

    assert database.parent.stat().st_mode & 0o777 == 0o700


async def test_what_is_no_database_is_refused_with_a_sentence(database):
    database.write_bytes(b"Dear diary, " * 1_000)

    with pytest.raises(StartupError, match=r"cannot be opened as a sanchat database"):
        await open_store(database, server=True)

    assert not ServerLock(database).is_held()


async def test_what_cannot_be_opened_leaves_no_thread_that_would_speak_or_wait_at_the_end(database):
    database.write_bytes(b"Dear diary, " * 1_000)
    before = threading.enumerate()

    for _ in range(20):
        with pytest.raises(StartupError):
            await open_store(database, server=True)
        assert threading.enumerate() == before


async def test_a_file_that_can_be_written_but_not_read_is_free_for_the_next_try(
    database, monkeypatch
):
    await epoch_of(database)
    before = threading.enumerate()
    connect, asked = sqlite._connect, []

    def connect_once(path: Path) -> sqlite3.Connection:
        asked.append(path)
        if len(asked) > 1:
            raise sqlite3.OperationalError("unable to open database file")  # no descriptor, say
        return connect(path)

    monkeypatch.setattr(sqlite, "_connect", connect_once)
    with pytest.raises(sqlite3.OperationalError):
        await open_store(database, server=True)
    monkeypatch.undo()

    assert threading.enumerate() == before
    assert await epoch_of(database)


# Another file in its place, while it is open


async def test_a_file_that_is_moved_over_the_open_one_is_noticed(database, tmp_path):
    await epoch_of(tmp_path / "other.db")
    async with served(database) as store:
        before = store.is_replaced()
        os.replace(tmp_path / "other.db", database)

        assert not before
        assert store.is_replaced()


async def test_what_the_old_file_had_in_its_log_never_reaches_the_new_one(database, tmp_path):
    async with served(database) as store:
        ana = await guest_in_lobby(store)
        await do(store, saying(ana, "in the backup"))
        await store.checkpoint()
        shutil.copy(database, tmp_path / "backup.db")
        for n in range(50):
            await do(store, saying(ana, f"after the backup {n} " * 100))
        epoch = store.epoch
        os.replace(tmp_path / "backup.db", database)

    async with served(database) as restored:
        room = await restored.room("lobby")
        texts = [message.text for message in await restored.newest(room, limit=10)]
        assert restored.epoch != epoch
    with sqlite3.connect(database) as check:
        (verdict,) = check.execute("pragma integrity_check").fetchone()
    check.close()
    assert texts == ["in the backup"]
    assert verdict == "ok"


async def guest_in_lobby(store: Store):
    await open_room(store, "lobby")
    return await guest(store, "ana", "lobby")
