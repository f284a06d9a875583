"""A backup is a whole database of its own, and a restore is noticed by everybody."""

import asyncio
import json
import os
import sqlite3
import stat
from contextlib import closing

import pytest
from harness import serving

from sanchat.cli.failures import Exit, Failure
from sanchat.cli.pace import Pace
from sanchat.store.copies import swap


def query(file, sql):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


async def run(program, *arguments):
    return await asyncio.to_thread(program, "sanchat.cli.admin", *arguments)


def test_a_backup_holds_everything_for_its_owner_alone_and_has_no_life_yet(
    admin, say, database, tmp_path
):
    say("bob", "a", "b")
    file = tmp_path / "copy.db"

    result = admin("backup", str(file), "--json")

    record = json.loads(result.stdout)
    assert (record["messages"], record["users"], record["rooms"]) == (2, 1, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert query(file, "select value from meta where key = 'life' and value <> ''") == []
    assert admin("check", "--database", str(file)).exit_code == 0
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_a_backup_writes_over_nothing_unasked(admin, say, database, tmp_path):
    say("bob", "a")
    file = tmp_path / "copy.db"
    file.write_text("mine")

    assert admin("backup", str(file)).exit_code == Exit.CONFLICT
    assert file.read_text() == "mine"
    assert admin("backup", str(file), "--force").exit_code == 0
    assert admin("backup", str(database), "--force").exit_code == Exit.USAGE
    assert admin("backup", str(tmp_path / "no" / "copy.db")).exit_code == Exit.NOT_FOUND


async def test_backups_under_load_are_consistent_prefixes(program, database, tmp_path):
    async with serving(database) as server:
        (ana,) = await server.gather("lobby", "ana")
        acknowledged = 0
        is_over = asyncio.Event()

        async def talk():
            nonlocal acknowledged
            while not is_over.is_set():
                acknowledged = (await ana.post("lobby", f"{acknowledged}", f"{acknowledged}"))[
                    "seq"
                ]

        talking = asyncio.create_task(talk())
        for number in range(4):
            before = acknowledged
            file = tmp_path / f"{number}.db"
            result = await run(program, "backup", str(file))
            assert result.returncode == 0, result.stderr
            checked = await run(program, "check", "--database", str(file))
            assert checked.returncode == 0, checked.stdout
            ((last, count),) = query(
                file,
                "select last_seq, (select count(*) from messages) from rooms where name = 'lobby'",
            )
            assert last == count >= before
        is_over.set()
        await talking
    assert acknowledged > 4


def test_a_restore_brings_back_what_was_and_keeps_what_it_replaced(
    admin, say, messages_of, database, tmp_path
):
    say("bob", "before")
    admin("backup", str(tmp_path / "copy.db"))
    say("eve", "after")

    result = admin("restore", str(tmp_path / "copy.db"), "--yes", "--json")

    record = json.loads(result.stdout)
    assert [message.text for message in messages_of("lobby")] == ["before"]
    assert query(record["kept"], "select text from messages order by seq") == [
        ("before",),
        ("after",),
    ]
    assert admin("check").exit_code == 0


def test_each_restore_begins_an_epoch_and_the_replaced_file_can_be_let_go(
    admin, say, in_chat, database, tmp_path
):
    say("bob")
    admin("backup", str(tmp_path / "copy.db"))

    epochs = []
    for _ in range(3):
        admin("restore", str(tmp_path / "copy.db"), "--yes", "--discard")
        epochs.append(query(database, "select value from meta where key = 'epoch'"))

    assert len({str(epoch) for epoch in epochs}) == 3
    assert list(tmp_path.glob("*.before-*")) == []


def test_a_database_can_be_restored_where_there_is_none(
    admin, say, messages_of, database, tmp_path
):
    say("bob", "hello")
    admin("backup", str(tmp_path / "copy.db"))
    for path in tmp_path.glob("chat.db*"):
        if path.is_file():
            path.unlink()

    assert admin("restore", str(tmp_path / "copy.db")).exit_code == 0
    assert [message.text for message in messages_of("lobby")] == ["hello"]


def stranger(file):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table recipes (name text)")


def newer(file):
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("insert into schema_migrations values (9999, '9999_x', '', 0)")


def damaged(file):
    with open(file, "r+b") as raw:
        raw.seek(5_000)
        raw.write(os.urandom(20_000))


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (stranger, Exit.UNVERIFIED),
        (damaged, Exit.UNVERIFIED),
        (lambda file: file.write_text("no database at all, just a letter"), Exit.UNVERIFIED),
        (newer, Exit.FAILED),
        (lambda file: file.unlink(), Exit.NOT_FOUND),
    ],
    ids=["stranger", "damaged", "letter", "newer", "missing"],
)
def test_what_is_no_good_is_not_put_in_place(
    admin, say, messages_of, database, tmp_path, harm, code
):
    say("bob", "hello")
    file = tmp_path / "copy.db"
    if harm is not stranger:
        admin("backup", str(file))
    harm(file)

    result = admin("restore", str(file), "--yes")

    assert result.exit_code == code, result.stderr
    assert [message.text for message in messages_of("lobby")] == ["hello"]
    assert list(tmp_path.glob("*.restoring*")) == []


def test_without_a_yes_or_a_person_nothing_is_restored(admin, say, messages_of, tmp_path):
    say("bob", "before")
    admin("backup", str(tmp_path / "copy.db"))
    say("eve", "after")

    refused = admin("restore", str(tmp_path / "copy.db"))
    dry = admin("restore", str(tmp_path / "copy.db"), "--dry-run", "--json")

    assert refused.exit_code == Exit.REFUSED
    assert json.loads(dry.stdout)["messages"] == 1
    assert len(messages_of("lobby")) == 2


async def test_people_online_come_back_to_the_restored_file_in_a_new_epoch(
    program, database, tmp_path
):
    async with serving(database) as server:
        server.server.address = "https://chat.example.org/"
        (ana,) = await server.gather("lobby", "ana")
        await ana.post("lobby", "before", "1")
        await run(program, "backup", str(tmp_path / "copy.db"))
        await ana.post("lobby", "after", "2")

        result = await run(program, "restore", str(tmp_path / "copy.db"), "--yes", "--json")

        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)["server_running"] is True
        assert (await ana.ended())[0] == 1012
        again = await server.join("ana", session=ana.session)
        assert again.hello["epoch"] != ana.hello["epoch"]
        reply = await again.subscribe("lobby", after=2, epoch=ana.hello["epoch"])
        assert reply["reset"]
        assert [message["text"] for message in reply["messages"]] == ["before"]
        await again.post("lobby", "anew", "3")
        link = await run(program, "invites", "create")
        assert link.stdout.startswith(b"https://chat.example.org/?invite=")
    kept = json.loads(result.stdout)["kept"]
    assert query(kept, "select text from messages order by seq") == [("before",), ("after",)]
    assert query(database, "select text from messages order by seq") == [("before",), ("anew",)]


def test_a_backup_holds_nothing_of_what_was_deleted(admin, say, in_chat, database, tmp_path):
    secret = "the words that nobody should find " * 40
    say("ana", *[f"{number} {secret}" for number in range(50)])
    with closing(sqlite3.connect(database)) as connection:
        # As a file that was written before deletions were wiped.
        connection.execute("pragma secure_delete = off")
        connection.execute("update messages set text = null, deleted_at = 1")
        connection.commit()
    assert b"nobody should find" in database.read_bytes()

    admin("backup", str(tmp_path / "copy.db"))

    assert b"nobody should find" not in (tmp_path / "copy.db").read_bytes()


def test_long_work_ends_where_another_database_takes_its_place(
    admin, say, in_chat, database, tmp_path
):
    say("ana", "hello")
    admin("backup", str(tmp_path / "copy.db"))

    async def import_meanwhile(chat):
        pace = Pace(chat)
        async with pace:
            pass
        swap(database, tmp_path / "copy.db", tmp_path / "kept.db")
        with pytest.raises(Failure) as ended:
            async with pace:
                pytest.fail("this would be written into the replaced file")
        return ended.value

    assert in_chat(import_meanwhile).exit == Exit.CONFLICT
