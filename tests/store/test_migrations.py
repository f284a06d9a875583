"""Migrations: forward only, each whole or not at all, and never over a file that is not ours."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sanchat.errors import StartupError
from sanchat.paths import data_dir
from sanchat.store import open_store
from sanchat.store.migrate import migrate

PEOPLE = "create table people (id integer primary key, name text);\n"
ROOMS = """-- Rooms; with a semicolon in a comment.
create table rooms (name text);
insert into rooms values ('a;b');
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_people.sql").write_text(PEOPLE)
    (folder / "README.md").write_text("not a migration")
    return folder


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "file.db", isolation_level=None)
    yield connection
    connection.close()


def tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("select name from sqlite_schema where type = 'table'")
    return {name for (name,) in rows}


def records(connection: sqlite3.Connection) -> list[tuple]:
    return connection.execute(
        "select version, name, applied_at from schema_migrations order by version"
    ).fetchall()


def test_what_is_pending_is_applied_in_order_and_recorded(connection, folder):
    (folder / "0002_rooms.sql").write_text(ROOMS)

    done = migrate(connection, now_ms=5, folder=folder)

    assert done == ["0001_people", "0002_rooms"]
    assert records(connection) == [(1, "0001_people", 5), (2, "0002_rooms", 5)]
    assert connection.execute("select name from rooms").fetchall() == [("a;b",)]


def test_what_was_applied_is_not_applied_again(connection, folder):
    migrate(connection, now_ms=5, folder=folder)
    (folder / "0002_rooms.sql").write_text(ROOMS)

    assert migrate(connection, now_ms=6, folder=folder) == ["0002_rooms"]
    assert migrate(connection, now_ms=7, folder=folder) == []
    assert records(connection) == [(1, "0001_people", 5), (2, "0002_rooms", 6)]


def test_a_migration_that_fails_in_the_middle_leaves_the_old_state(connection, folder):
    (folder / "0002_rooms.sql").write_text(ROOMS + "insert into nowhere values (1);\n")

    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, now_ms=5, folder=folder)

    assert not connection.in_transaction
    assert tables(connection) == {"people", "schema_migrations"}
    assert [record[0] for record in records(connection)] == [1]


def test_a_migration_is_taken_up_again_after_it_was_interrupted(connection, folder):
    (folder / "0002_rooms.sql").write_text(ROOMS + "insert into nowhere values (1);\n")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, now_ms=5, folder=folder)

    (folder / "0002_rooms.sql").write_text(ROOMS)

    assert migrate(connection, now_ms=6, folder=folder) == ["0002_rooms"]


def test_an_edited_migration_is_refused(connection, folder):
    migrate(connection, now_ms=5, folder=folder)
    (folder / "0001_people.sql").write_text(PEOPLE + "-- edited\n")

    with pytest.raises(StartupError, match=r"0001_people was applied .* in another wording"):
        migrate(connection, now_ms=6, folder=folder)

    assert not connection.in_transaction


def test_a_newer_schema_is_refused_with_a_sentence_that_says_what_to_do(connection, folder):
    (folder / "0007_rooms.sql").write_text(ROOMS)
    migrate(connection, now_ms=5, folder=folder)
    (folder / "0007_rooms.sql").unlink()

    with pytest.raises(StartupError) as refusal:
        migrate(connection, now_ms=6, folder=folder)

    assert str(refusal.value) == (
        "A newer sanchat has used this database (migration 7; this one ends at 1). "
        "Upgrade sanchat again, or go back to a backup that was made earlier."
    )


def test_a_migration_that_ends_in_the_middle_of_a_statement_is_refused(connection, folder):
    (folder / "0002_rooms.sql").write_text("create table rooms (name text)\n")

    with pytest.raises(StartupError, match="middle of a statement"):
        migrate(connection, now_ms=5, folder=folder)

    assert "rooms" not in tables(connection)


def test_an_installation_without_migrations_says_so(connection, tmp_path):
    (tmp_path / "empty").mkdir()

    with pytest.raises(StartupError, match="incomplete"):
        migrate(connection, now_ms=5, folder=tmp_path / "empty")


async def test_the_products_own_migrations_make_strict_tables_with_sound_keys(tmp_path):
    store = await open_store(tmp_path / "chat.db")
    await store.close()
    connection = sqlite3.connect(tmp_path / "chat.db")

    strict = dict(
        connection.execute("select name, strict from pragma_table_list where type = 'table'")
    )
    broken_keys = connection.execute("pragma foreign_key_check").fetchall()
    known = [record[1] for record in records(connection)]
    connection.close()

    assert {name for name, is_strict in strict.items() if not is_strict} <= {
        "sqlite_schema",
        "sqlite_temp_schema",
        "sqlite_sequence",
    }
    assert broken_keys == []
    assert known == sorted(path.stem for path in (data_dir("migrations") / "sqlite").glob("*.sql"))
