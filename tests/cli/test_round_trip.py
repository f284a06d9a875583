"""An export brings rooms back whole, once, and only where nothing contradicts it."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sanchat.changes import Delete, Edit, KeepOut, Post, React, Subscribe
from sanchat.chat import Chat, open_chat
from sanchat.cli.admin import app
from sanchat.cli.failures import Exit
from sanchat.identity import SignInGuest


def run(database, *arguments):
    environment = {"SANCHAT_DATABASE": str(database), "NO_COLOR": "1"}
    return CliRunner().invoke(app, list(arguments), env=environment)


def exported(database, path: Path, *more: str) -> list[bytes]:
    result = run(database, "export", "--all", *more, "--out", str(path), "--force")
    assert result.exit_code == 0, result.stderr
    return path.read_bytes().splitlines(keepends=True)


def do(database, *changes):
    async def all_of_them():
        async with open_chat(database) as chat:
            return [await chat.journal.write(change) for change in changes]

    return asyncio.run(all_of_them())


@pytest.fixture
def lively(tmp_path):
    """A database with everything that rooms can hold."""
    database = tmp_path / "lively.db"

    async def talk(chat: Chat) -> None:
        write = chat.journal.write
        for name, kind in (("lobby", "open"), ("上海", "open"), ("plans", "closed")):
            await chat.create_room(name, title=f"The {name}", kind=kind)
        people = [
            (await write(SignInGuest(name=name, token_hash=os.urandom(32)))).user
            for name in ("ana", "ben", "玫", "ana", *(f"guest {n}" for n in range(21)))
        ]
        for person in people:
            await write(Subscribe(room_key="lobby", user_id=person.id))
        for number, person in enumerate(people[:4], 1):
            post = Post(
                room_key="lobby",
                author_id=person.id,
                text=f'\'=1\t"{number}"\n\x1b[31m 你好',
                client_message_id="c-1",
                reply_to=number - 1 or None,
                kind="action" if number == 2 else "plain",
            )
            await write(post)
        for person in people:
            await write(React(room_key="lobby", user_id=person.id, seq=1, emoji="👍", on=True))
        await write(React(room_key="lobby", user_id=people[3].id, seq=1, emoji="🎉", on=True))
        await write(Edit(room_key="lobby", user_id=people[1].id, seq=2, text="waves twice"))
        await write(Delete(room_key="lobby", user_id=people[2].id, seq=3))
        await chat.archive_room("plans", actor="cli:ana")
        await write(KeepOut(kind="kick", user_id=people[1].id, actor="cli:ana"))

    async def begin() -> None:
        async with open_chat(database, create=True) as chat:
            await talk(chat)

    asyncio.run(begin())
    return database


@pytest.mark.parametrize("more", [(), ("--audit",)], ids=["without acts", "with acts"])
def test_s13_what_is_exported_imported_and_exported_again_is_the_same(lively, tmp_path, more):
    first = exported(lively, tmp_path / "1.jsonl", *more)
    imported = run(tmp_path / "new.db", "import", str(tmp_path / "1.jsonl"))
    second = exported(tmp_path / "new.db", tmp_path / "2.jsonl", *more)

    assert imported.exit_code == 0, imported.stderr
    counts = json.loads(first[-1])["counts"]
    assert counts["message"] == 4
    assert counts["reaction"] == 26  # of which the message can name 20 people an emoji
    assert (counts.get("act", 0) > 0) == bool(more)
    assert first[1:] == second[1:]
    assert first[0] != second[0]


def test_an_import_again_changes_nothing(lively, tmp_path):
    exported(lively, tmp_path / "1.jsonl")

    first, second = (
        json.loads(run(tmp_path / "new.db", "import", str(tmp_path / "1.jsonl"), "--json").stdout)
        for _ in range(2)
    )

    assert (first["added"], first["rooms_made"], first["already_there"]) == (4, 3, 0)
    assert (second["added"], second["rooms_made"], second["already_there"]) == (0, 0, 4)
    assert (
        exported(tmp_path / "new.db", tmp_path / "2.jsonl")[1:]
        == exported(lively, tmp_path / "1.jsonl")[1:]
    )


def test_people_whose_names_differ_in_case_alone_stay_two(admin, database, tmp_path):
    log = tmp_path / "2008-12-11.log"
    log.write_text("[10:00] <Brandan> hello\n[10:01] <brandan> hello\n")
    admin("import", str(log), "--format", "irc", "--room", "ubuntu")

    first = exported(database, tmp_path / "1.jsonl")
    run(tmp_path / "new.db", "import", str(tmp_path / "1.jsonl"))

    assert json.loads(first[-1])["counts"]["user"] == 2
    assert exported(tmp_path / "new.db", tmp_path / "2.jsonl")[1:] == first[1:]


def test_an_increment_brings_what_was_said_and_changed_since(lively, tmp_path):
    whole, more = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    exported(lively, whole)
    run(tmp_path / "mirror.db", "import", str(whole))
    do(
        lively,
        Post(room_key="lobby", author_id=1, text="one more", client_message_id="c-9"),
        Edit(room_key="lobby", user_id=1, seq=1, text="changed"),
        React(room_key="lobby", user_id=3, seq=4, emoji="👀", on=True),
    )

    lines = exported(lively, more, "--since-export", str(whole))
    result = json.loads(run(tmp_path / "mirror.db", "import", str(more), "--json").stdout)

    said = [json.loads(line)["seq"] for line in lines if line.startswith(b'{"type":"message"')]
    assert said == [1, 4, 33]
    assert (result["added"], result["changed"], result["already_there"]) == (1, 2, 0)
    both = [
        exported(database, tmp_path / "3.jsonl")[1:]
        for database in (lively, tmp_path / "mirror.db")
    ]
    assert both[0] == both[1]


def test_an_increment_needs_what_it_goes_on_from(lively, tmp_path):
    exported(lively, tmp_path / "1.jsonl")
    exported(lively, tmp_path / "2.jsonl", "--since-export", str(tmp_path / "1.jsonl"))

    result = run(tmp_path / "new.db", "import", str(tmp_path / "2.jsonl"))

    assert result.exit_code == Exit.CONFLICT
    assert "Import the export first" in result.stderr


def test_another_room_of_the_same_name_is_not_touched(lively, tmp_path):
    here = tmp_path / "here.db"
    run(here, "rooms", "create", "lobby")
    assert run(lively, "export", "lobby", "--out", str(tmp_path / "1.jsonl")).exit_code == 0

    refused = run(here, "import", str(tmp_path / "1.jsonl"))
    renamed = run(here, "import", str(tmp_path / "1.jsonl"), "--room", "old-lobby")

    assert refused.exit_code == Exit.CONFLICT
    assert "another one" in refused.stderr
    assert "--room" in refused.stderr
    assert renamed.stdout.startswith("old-lobby: 4 added")
    shown = json.loads(run(here, "rooms", "show", "old-lobby", "--json").stdout)
    assert (shown["kind"], shown["last_seq"], shown["id"] != 1) == ("open", 32, True)


def test_strangers_with_the_same_ids_stay_strangers(lively, tmp_path, say, database):
    say("zoe", "hello")  # user 1 and room 1 of another database
    assert run(lively, "rooms", "rename", "lobby", "hall").exit_code == 0
    exported(lively, tmp_path / "1.jsonl")

    first = run(database, "import", str(tmp_path / "1.jsonl"), "--json")
    second = run(database, "import", str(tmp_path / "1.jsonl"), "--json")

    assert json.loads(first.stdout)["added"] == 4, first.stderr
    assert json.loads(second.stdout)["already_there"] == 4
    text = run(database, "export", "--all", "--format", "csv").stdout
    authors = {tuple(line.split(",")[i] for i in (0, 1, 4)) for line in text.splitlines()}
    assert {("lobby", "1", "zoe"), ("hall", "1", "ana"), ("hall", "2", "ben")} <= authors


def test_numbers_that_went_different_ways_are_refused(lively, tmp_path):
    exported(lively, tmp_path / "1.jsonl")
    run(tmp_path / "new.db", "import", str(tmp_path / "1.jsonl"))
    for database, text in ((lively, "here"), (tmp_path / "new.db", "there")):
        post = Post(room_key="lobby", author_id=1, text=text, client_message_id=text)
        do(database, post)
    exported(lively, tmp_path / "2.jsonl")

    result = run(tmp_path / "new.db", "import", str(tmp_path / "2.jsonl"))

    assert result.exit_code == Exit.CONFLICT
    assert "Number 33 of lobby is another message here" in result.stderr


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: lines[:-1],
        lambda lines: lines[:5] + lines[6:],
        lambda lines: [*lines[:-2], lines[-2].replace(b"lobby", b"hobby", 1), lines[-1]],
        lambda lines: [*lines, lines[1]],
        lambda lines: lines[1:],
        lambda lines: [lines[0], b"rubbish\n", *lines[1:]],
        lambda lines: [lines[0].replace(b'"version":1', b'"version":2'), *lines[1:]],
        lambda lines: [*lines[:-2], lines[-2][:-20], lines[-1]],
        lambda lines: [],
    ],
    ids=[
        "cut-off",
        "gone",
        "changed",
        "more",
        "headless",
        "rubbish",
        "other-version",
        "line-cut",
        "empty",
    ],
)
def test_a_damaged_export_is_refused_before_anything_is_stored(lively, tmp_path, damage):
    lines = exported(lively, tmp_path / "1.jsonl")
    (tmp_path / "1.jsonl").write_bytes(b"".join(damage(lines)))

    result = run(tmp_path / "new.db", "import", str(tmp_path / "1.jsonl"))

    assert result.exit_code == Exit.UNVERIFIED
    assert "Nothing was imported" in result.stderr
    assert run(tmp_path / "new.db", "rooms", "list").stdout == ""


def test_a_part_of_a_room_is_not_imported_as_if_it_were_all(lively, tmp_path):
    exported(lively, tmp_path / "1.jsonl", "--since", "2")

    result = run(tmp_path / "new.db", "import", str(tmp_path / "1.jsonl"))

    assert result.exit_code == Exit.CONFLICT
    assert "a part" in result.stderr


def test_an_audit_log_of_ones_own_is_kept(lively, tmp_path):
    exported(lively, tmp_path / "1.jsonl", "--audit")
    run(tmp_path / "new.db", "rooms", "create", "own")

    result = json.loads(
        run(tmp_path / "new.db", "import", str(tmp_path / "1.jsonl"), "--json").stdout
    )

    assert result["acts"] == 0
    assert result["skipped_acts"] > 0


def test_a_room_name_from_a_file_cannot_leave_the_folder(lively, tmp_path):
    lines = exported(lively, tmp_path / "1.jsonl")
    forged = b"".join(lines).replace(b'"name":"lobby"', b'"name":"../lobby"')
    (tmp_path / "1.jsonl").write_bytes(forged)

    assert run(tmp_path / "new.db", "import", str(tmp_path / "1.jsonl")).exit_code == 7


def test_a_folder_gets_a_file_for_each_room(lively, tmp_path):
    (tmp_path / "logs").mkdir()

    result = run(lively, "export", "--all", "--format", "weechat", "--out", f"{tmp_path}/logs")

    assert result.exit_code == 0, result.stderr
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert names == ["lobby.weechatlog", "plans.weechatlog", "上海.weechatlog"]


def test_only_one_persons_messages_can_be_taken(lively, tmp_path):
    lines = exported(lively, tmp_path / "1.jsonl", "--user", "ben")

    records = [json.loads(line) for line in lines]
    assert [r["user"]["name"] for r in records if r["type"] == "message"] == ["ben"]
    assert [r["name"] for r in records if r["type"] == "user"] == ["ben"]
    assert records[0]["part"] == {"user": "ben"}


@pytest.mark.parametrize("where", ["there", "here"])
def test_an_imported_user_who_was_renamed_stays_the_same_user(tmp_path, where):
    there, here = tmp_path / "there.db", tmp_path / "here.db"
    log, more = tmp_path / "2020-01-01.log", tmp_path / "2020-01-02.log"
    log.write_text("[10:00] <ann> hi\n[10:01] <ben> hello\n")
    more.write_text("[10:00] <ben> again\n")
    run(there, "rooms", "create", "lobby")
    run(there, "import", str(log), "--format", "irc", "--room", "lobby")
    exported(there, tmp_path / "first.jsonl")
    assert run(here, "import", str(tmp_path / "first.jsonl")).exit_code == 0
    run(there if where == "there" else here, "users", "rename", "ann", "anna")
    run(there, "import", str(more), "--format", "irc", "--room", "lobby")
    exported(there, tmp_path / "second.jsonl")

    result = run(here, "import", str(tmp_path / "second.jsonl"))

    assert result.exit_code == 0, result.stderr
    names = [json.loads(line)["user"]["name"] for line in messages(here, tmp_path)]
    assert names == ["ann" if where == "there" else "anna", "ben", "ben"]


def messages(database, tmp_path):
    return [
        line for line in exported(database, tmp_path / "m.jsonl") if b'"type":"message"' in line
    ]
