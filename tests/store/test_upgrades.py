"""Every schema there ever was opens under this code with all it holds, or not at all."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from harness import ROOT, serving
from people import do, saying

from sanchat.paths import data_dir
from sanchat.store import open_store
from sanchat.store.checking import problems_of
from sanchat.store.migrate import migrate

MIGRATIONS = sorted((data_dir("migrations") / "sqlite").glob("[0-9]*.sql"))

# What the very first schema can hold, in its own words.
LIFE = """
insert into meta values ('epoch', '01KB6W2N8C4X');
insert into users (id, name, name_key, skeleton, kind, created_at) values
  (7, 'ana', 'ana', 'ana', 'guest', 1), (8, 'bob', 'bob', 'bob', 'guest', 1);
insert into sessions (token_hash, user_id, created_at, seen_at)
  values (x'00', 7, 1790000000000, 1790000000000);
insert into rooms (id, name, name_key, title, last_seq, created_at)
  values (1, 'lobby', 'lobby', 'Lobby', 5, 1);
insert into memberships (room_id, user_id, joined_at) values (1, 7, 1), (1, 8, 1);
insert into messages (id, room_id, seq, changed_seq, author_id, client_message_id, text, sent_at)
  values ((1 << 40) + 1, 1, 1, 4, 7, 'a', 'first', 1), ((1 << 40) + 2, 1, 2, 2, 8, 'b', 'hi', 2);
insert into messages
  (id, room_id, seq, changed_seq, author_id, client_message_id, text, sent_at, deleted_at)
  values ((1 << 40) + 3, 1, 3, 5, 7, 'c', null, 3, 4);
insert into reactions (message_id, emoji, user_id, reacted_at) values ((1 << 40) + 1, '+', 8, 3);
insert into bans (kind, user_id, skeleton, reason, created_at)
  values ('mute', 8, 'bob', 'noise', 1);
insert into acts (kind, room_id, room, actor, data, acted_at)
  values ('room_created', 1, 'lobby', 'cli:root', '{}', 1);
"""


@pytest.fixture(params=range(1, len(MIGRATIONS) + 1), ids=[path.stem for path in MIGRATIONS])
def old(request, tmp_path: Path) -> Path:
    """A database in use that took the migrations up to this one, and none since."""
    database = tmp_path / "chat.db"
    make(database, request.param, tmp_path)
    return database


def make(database: Path, version: int, folder: Path) -> None:
    known = folder / "known"
    known.mkdir()
    shutil.copy(MIGRATIONS[0], known)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        migrate(connection, now_ms=1, folder=known)
        # It lived under the first schema; the later ones came over it.
        for statement in LIFE.split(";\n"):
            connection.execute(statement)
        for path in MIGRATIONS[1:version]:
            shutil.copy(path, known)
        migrate(connection, now_ms=2, folder=known)


async def test_a_database_of_every_schema_opens_with_all_it_holds_and_goes_on(old):
    async with serving(old) as live:
        ana = await live.join("zoe")
        replay = await ana.subscribe("lobby", after=0)
        posted = await ana.post("lobby", "and on")

    first, second, third = replay["messages"]
    assert [first["text"], second["text"]] in (["first", "hi"], ["hi", "first"])
    assert {m["seq"]: m["changed_seq"] for m in replay["messages"]} == {1: 4, 2: 2, 3: 5}
    assert "text" not in third
    assert posted["seq"] == 6
    assert list(problems_of(old)) == []


async def test_who_was_kept_out_or_had_a_session_before_the_upgrade_still_is_and_has(old):
    store = await open_store(old, server=True)
    try:
        session = await store.session(b"\0")
        bans = await store.bans_of(8)
        assert session is not None
        await do(store, saying(session.user, "still me"))
    finally:
        await store.close()

    assert session.user.name == "ana"
    assert [ban.kind for ban in bans] == ["mute"]


INTERRUPTED = """
import os, signal, sqlite3, sys
from sanchat.store.migrate import migrate

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("pragma journal_mode = wal")
left = int(sys.argv[2])

def strike(statement):
    global left
    if statement.lstrip().lower().startswith(("create", "alter", "insert", "update", "drop")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

connection.set_trace_callback(strike)
migrate(connection, now_ms=3)
"""


@pytest.mark.parametrize("statement", [2, 3, 5, 8])
async def test_a_migration_that_is_killed_leaves_the_old_state_and_is_taken_up_again(
    tmp_path, statement
):
    database = tmp_path / "chat.db"
    make(database, 1, tmp_path)
    before = shape(database)

    command = [sys.executable, "-c", INTERRUPTED, str(database), str(statement)]
    code = subprocess.run(command, cwd=ROOT, env=os.environ).returncode  # noqa: ASYNC221

    whole = []
    for version in range(1, len(MIGRATIONS) + 1):
        path = tmp_path / f"{version}"
        path.mkdir()
        make(path / "chat.db", version, path)
        whole.append(shape(path / "chat.db"))
    assert code == -signal.SIGKILL
    assert shape(database) in whole
    assert before == whole[0]
    store = await open_store(database, server=True)
    await store.close()
    assert shape(database) == whole[-1]
    assert list(problems_of(database)) == []


def shape(database: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("select type, name, sql from sqlite_schema order by type, name")
        versions = connection.execute("select version, name from schema_migrations order by 1")
        return rows.fetchall() + versions.fetchall()


def test_an_older_program_refuses_a_newer_database_with_a_sentence_and_leaves_it(tmp_path):
    database = tmp_path / "chat.db"
    make(database, len(MIGRATIONS), tmp_path)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("insert into schema_migrations values (9999, 'from_tomorrow', 'x', 1)")
        connection.commit()
    before = shape(database)

    command = [sys.executable, "-m", "sanchat", "serve", "--port", "0", "--database", database]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)

    assert run.returncode != 0
    assert "newer sanchat" in run.stderr
    assert "Traceback" not in run.stderr
    assert shape(database) == before
