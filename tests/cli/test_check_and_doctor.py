"""Whether a database is in order, of this version, and safe where it lies."""

import json
import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from sanchat.cli import checks
from sanchat.cli.failures import Exit
from sanchat.paths import data_dir
from sanchat.store.life import ServerLock
from sanchat.store.migrate import migrate

MIGRATIONS = data_dir("migrations") / "sqlite"


@pytest.fixture
def talked(say, in_chat, admin):
    """Six messages in the lobby, one edited twice and one deleted: twice holes in `seq` alone."""
    from sanchat.changes import Edit

    bob = say("bob", "a", "b", "c")

    async def edit(chat):
        for text in ("b!", "b!!"):
            await chat.journal.write(Edit(room_key="lobby", user_id=bob.id, seq=2, text=text))

    in_chat(edit)
    admin("messages", "delete", "lobby", "1", "--yes")
    say("eve", "d", "e", "f")


def change(database, *statements):
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("pragma ignore_check_constraints = on")
        for statement in statements:
            connection.execute(statement)


def problems(admin):
    result = admin("check", "--json")
    record = json.loads(result.stdout)
    assert (result.exit_code == Exit.UNVERIFIED) is not record["ok"]
    return record["problems"]


def test_a_database_in_which_people_edit_and_delete_is_in_order(admin, talked):
    assert problems(admin) == []
    assert admin("check").stdout.endswith("is in order\n")


@pytest.mark.parametrize(
    ("harm", "check", "seq"),
    [
        ("delete from messages where seq = 8", "numbers", 8),
        ("delete from messages where seq = 9", "numbers", 9),
        ("delete from messages where seq = 1", "numbers", 1),
        ("update rooms set last_seq = 8", "numbers", 9),
        ("update rooms set last_seq = 12", "numbers", 10),
        ("update messages set changed_seq = 8 where seq = 3", "numbers", 8),
        ("update messages set text = 'back' where seq = 1", "texts", 1),
        ("update messages set author_id = 99 where seq = 3", "references", None),
        ("update schema_migrations set checksum = 'x' where version = 1", "schema", None),
    ],
)
def test_the_first_thing_that_is_wrong_is_named(admin, talked, database, harm, check, seq):
    change(database, harm)

    result = problems(admin)

    assert result, "nothing was found"
    assert (result[0]["check"], result[0]["seq"]) == (check, seq)


def test_a_damaged_file_is_told_in_a_sentence(admin, talked, database):
    change(database, "pragma journal_mode = delete")
    with open(database, "r+b") as raw:
        raw.seek(4_096 * 3)
        raw.write(b"x" * 4_096 * 4)

    result = admin("check", "--json")

    assert result.exit_code == Exit.UNVERIFIED
    assert json.loads(result.stdout)["problems"][0]["check"] == "integrity"
    assert "Traceback" not in result.stderr


def test_rooms_that_go_on_under_an_older_rooms_name_are_in_order(admin, say):
    say("bob", "a", "b", room="old")
    admin("rooms", "delete", "old", "--yes")
    say("eve", "c", room="old")
    say("zoe", "d", room="new")
    admin("rooms", "rename", "old", "new-old")
    admin("rooms", "rename", "new", "old")
    say("ana", "e", room="old")

    assert problems(admin) == []


def test_migrations_are_listed_with_what_waits(admin, database, tmp_path):
    newest = sorted(MIGRATIONS.glob("*.sql"))[-1]
    older = shutil.copytree(MIGRATIONS, tmp_path / "older")
    (older / newest.name).unlink()
    database.touch(mode=0o600)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        migrate(connection, now_ms=1_800_000_000_000, folder=older)

    before = [
        json.loads(line) for line in admin("migrate", "--status", "--json").stdout.split("\n")[:-1]
    ]
    done = json.loads(admin("migrate", "--json").stdout)["applied"]

    assert [step["name"] for step in before if step["pending"]] == [newest.stem]
    assert done == [newest.stem]
    assert admin("migrate").stdout == "nothing to apply\n"
    assert admin("doctor").exit_code == 0


def test_a_newer_database_is_refused_by_all_of_them(admin, say, database):
    say("bob")
    change(database, "insert into schema_migrations values (9999, '9999_x', '', 0)")

    assert admin("migrate", "--status").exit_code == Exit.FAILED
    assert admin("migrate").exit_code == Exit.FAILED
    assert problems(admin)[0]["check"] == "schema"
    assert admin("doctor").exit_code == Exit.UNVERIFIED


def findings(admin):
    return {
        finding["what"]: finding
        for finding in map(json.loads, admin("doctor", "--json").stdout.splitlines())
    }


def test_a_fresh_database_has_nothing_to_mend(admin, say, tmp_path):
    tmp_path.chmod(0o700)
    say("bob")

    found = findings(admin)

    assert {"SQLite", "durability", "file", "schema", "log", "disk", "file system"} <= set(found)
    assert {"file mode", "folder mode", "owner", "clock", "open files", "server"} <= set(found)
    assert [name for name, finding in found.items() if finding["state"] == "fail"] == []
    assert found["server"]["found"] == "none is running"


@pytest.mark.parametrize(
    ("harm", "what", "state"),
    [
        (lambda database: database.chmod(0o644), "file mode", "fail"),
        (lambda database: database.parent.chmod(0o777), "folder mode", "fail"),
        (lambda database: database.parent.chmod(0o755), "folder mode", "warn"),
        (lambda database: change(database, "pragma journal_mode = delete"), "durability", "warn"),
        (
            lambda database: change(database, "update users set created_at = 1 << 42 where id = 1"),
            "clock",
            "warn",
        ),
    ],
    ids=["file", "folder", "looks", "journal", "clock"],
)
def test_what_is_wrong_comes_with_its_remedy(admin, say, database, harm, what, state):
    database.parent.chmod(0o700)
    say("bob")
    harm(database)

    finding = findings(admin)[what]

    assert finding["state"] == state
    assert finding["remedy"]
    assert admin("doctor").exit_code == (Exit.UNVERIFIED if state == "fail" else Exit.DONE)


@pytest.mark.parametrize("command", ["check", "migrate", "doctor", "backup x.db", "stats"])
def test_without_a_database_they_say_so_and_make_none(admin, database, command):
    assert admin(*command.split()).exit_code == Exit.NOT_FOUND
    assert not database.exists()


@pytest.fixture
def served(database):
    """Somebody holds the database as a running server does."""
    lock = ServerLock(database)
    lock.acquire()
    yield lock
    lock.release()


def test_the_doctor_knows_the_server_also_when_it_has_given_a_number(admin, say, served):
    say("bob", "hello")
    served.mark(1, 1)

    found = findings(admin)

    assert f"process {os.getpid()}" in found["server"]["found"]
    assert "the server's limit" in found["open files"]["found"]


def test_beside_a_server_a_copy_is_looked_at_and_thrown_away(
    admin, talked, database, served, monkeypatch
):
    """R13: the database itself is read no longer than its bytes take to copy."""
    looked_at = []
    look = checks.problems_of
    monkeypatch.setattr(checks, "problems_of", lambda path: looked_at.append(path) or look(path))
    leftover = database.with_name("chat.db.checking")
    leftover.write_bytes(b"of one that was killed")

    assert problems(admin) == []
    change(database, "delete from messages where seq = 8")
    assert [(found["check"], found["seq"]) for found in problems(admin)] == [("numbers", 8)]

    assert looked_at == [leftover] * 2
    assert not leftover.exists()


def test_a_damaged_file_beside_a_server_is_told_in_a_sentence(admin, talked, database, served):
    change(database, "pragma journal_mode = delete")
    with open(database, "r+b") as raw:
        raw.seek(4_096 * 3)
        raw.write(b"x" * 4_096 * 4)

    assert problems(admin)[0]["check"] == "integrity"
    assert not database.with_name("chat.db.checking").exists()


def test_a_disk_that_cannot_hold_the_copy_is_told_before_it_is_full(
    admin, talked, database, served, monkeypatch
):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1))

    result = admin("check")

    assert result.exit_code == Exit.FAILED
    assert "cannot hold a copy" in result.stderr
    assert "Stop the server" in result.stderr
