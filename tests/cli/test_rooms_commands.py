"""`sanchat-admin rooms`: what it does, says and answers to scripts."""

import json
import os
import pty
import re
import subprocess
import sys

import pytest
from harness import ROOT

from sanchat.cli.failures import Exit
from sanchat.models import ACT_KINDS


def test_a_room_can_be_made_listed_and_shown(admin):
    made = admin("rooms", "create", "lobby", "上海", "--kind", "closed")

    assert (made.exit_code, made.stdout, made.stderr) == (0, "created lobby\ncreated 上海\n", "")
    listed = admin("rooms", "list")
    assert [line.split("\t")[:4] for line in listed.stdout.splitlines()] == [
        ["1", "lobby", "", "closed"],
        ["2", "上海", "", "closed"],
    ]
    assert "name\t上海\n" in admin("rooms", "show", "上海").stdout


def test_lists_are_json_lines_for_programs(admin):
    admin("rooms", "create", "lobby", "kitchen", "--quiet")

    records = [json.loads(line) for line in admin("rooms", "list", "--json").stdout.splitlines()]

    assert [record["name"] for record in records] == ["kitchen", "lobby"]
    assert set(records[0]) == {
        *("id", "name", "title", "topic", "kind", "members", "last_seq"),
        *("created_at", "archived_at", "posting", "history", "slow_mode_s", "retain_s"),
    }


def test_more_rooms_than_a_page_are_listed_once_each(admin):
    names = [f"room-{number:03}" for number in range(205)]
    admin("rooms", "create", *names)

    listed = admin("rooms", "list")

    assert [line.split("\t")[1] for line in listed.stdout.splitlines()] == names


def test_a_missing_database_is_not_found_and_not_made(admin, database):
    for arguments in (
        ("rooms", "list"),
        ("rooms", "delete", "x", "--yes"),
        ("users", "kick", "bob"),
        ("export", "lobby"),
    ):
        result = admin(*arguments)

        assert result.exit_code == Exit.NOT_FOUND
        assert "There is no database at" in result.stderr
        assert result.stdout == ""
    assert not database.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("rooms", "show", "nowhere"), Exit.NOT_FOUND, "not_found"),
        (("rooms", "create", "lobby"), Exit.CONFLICT, "conflict"),
        (("rooms", "create", "a b"), Exit.USAGE, "bad_name"),
        (("rooms", "create", "x", "--kind", "secret"), Exit.USAGE, "usage"),
        (("rooms", "rename", "lobby", "kitchen"), Exit.CONFLICT, "conflict"),
        (("rooms", "rename", "nowhere", "x"), Exit.NOT_FOUND, "not_found"),
        (("rooms", "restore", "lobby"), Exit.CONFLICT, "conflict"),
        (("rooms", "delete", "lobby"), Exit.REFUSED, "refused"),
        (("rooms", "create"), Exit.USAGE, "usage"),
        (("rooms", "paint", "lobby"), Exit.USAGE, "usage"),
        (("rooms", "list", "--loud"), Exit.USAGE, "usage"),
        (("rooms", "list", "--kind", "secret"), Exit.USAGE, "usage"),
        (("users", "list", "--kind", "ghost"), Exit.USAGE, "usage"),
        (("audit", "list", "--kind", "bann"), Exit.USAGE, "usage"),
        (("export", "lobby", "--format", "doc"), Exit.USAGE, "usage"),
    ],
)
def test_every_error_has_its_exit_code_and_its_word_for_programs(admin, arguments, code, word):
    admin("rooms", "create", "lobby", "kitchen")

    for_people, for_programs = admin(*arguments), admin(*arguments, "--json")

    assert (for_people.exit_code, for_programs.exit_code) == (code, code)
    assert "Error" in for_people.stderr
    assert "Traceback" not in for_people.stderr
    error = json.loads(for_programs.stderr)["error"]
    assert error["code"] == word
    assert set(error) == {"code", "message", "hint"}
    assert for_programs.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "choices"),
    [
        (("audit", "list", "--kind", "bann"), ("kick", "ban", "room_created", "token_revoked")),
        (("export", "lobby", "--format", "doc"), ("jsonl", "csv", "html")),
    ],
)
def test_a_wrong_choice_is_told_with_those_there_are(admin, arguments, choices):
    admin("rooms", "create", "lobby")

    said = admin(*arguments).stderr

    assert all(choice in said for choice in choices)


def test_what_is_no_number_is_told_in_a_person_s_words(admin):
    admin("rooms", "create", "lobby")

    result = admin("rooms", "set", "lobby", "--slow", "x")

    assert result.exit_code == Exit.USAGE
    assert "Invalid value for '--slow': 'x' is not a valid int" in result.stderr


def test_all_kinds_of_acts_can_be_asked_for():
    written = {
        kind
        for path in (ROOT / "sanchat" / "store").rglob("*.py")
        for kind in re.findall(r"record\(\s*\"(\w+)\"", path.read_text())
    }

    assert len(written) > 15
    assert written <= set(ACT_KINDS)


def test_what_is_there_already_can_be_good_enough(admin):
    admin("rooms", "create", "lobby")

    again = admin("rooms", "create", "Lobby", "--if-not-exists", "--json")

    assert again.exit_code == 0
    assert json.loads(again.stdout)["created"] is False


def test_each_of_several_rooms_is_dealt_with_whatever_becomes_of_the_others(admin):
    admin("rooms", "create", "lobby", "kitchen")

    result = admin("rooms", "archive", "lobby", "nowhere", "kitchen")

    assert result.exit_code == Exit.NOT_FOUND
    assert result.stdout == "archived lobby\narchived kitchen\n"
    assert [line.split("\t")[-1] for line in admin("rooms", "list").stdout.splitlines()] == [
        "archived",
        "archived",
    ]


def test_a_name_wins_over_an_id_unless_it_is_marked_as_one(admin):
    admin("rooms", "create", "2", "two")

    def name(given: str) -> str:
        return json.loads(admin("rooms", "show", given, "--json").stdout)["name"]

    assert name("2") == "2"
    assert name("#2") == "two"
    assert name("1") == "2"
    assert name("#two") == "two"


def test_a_renamed_room_keeps_its_messages(admin, say, messages_of):
    say("ana", "hello")

    admin("rooms", "rename", "lobby", "hall")

    assert [message.text for message in messages_of("hall")] == ["hello"]
    assert admin("rooms", "show", "lobby").exit_code == Exit.NOT_FOUND


def test_an_archived_room_can_be_restored(admin):
    admin("rooms", "create", "lobby")

    assert admin("rooms", "archive", "lobby").exit_code == 0
    assert admin("rooms", "archive", "lobby").exit_code == Exit.CONFLICT
    assert admin("rooms", "restore", "lobby").stdout == "restored lobby\n"


def test_a_dry_run_says_what_would_go_and_deletes_nothing(admin, say):
    say("ana", "one", "two")

    dry = json.loads(admin("rooms", "delete", "lobby", "--dry-run", "--json").stdout)
    wet = json.loads(admin("rooms", "delete", "lobby", "--yes", "--json").stdout)

    assert (dry["messages"], dry["members"], dry.pop("dry_run")) == (2, 1, True)
    assert wet.pop("dry_run") is False
    assert dry == wet
    assert admin("rooms", "list").stdout == ""


def test_nothing_is_deleted_where_nobody_can_be_asked(admin, say):
    say("ana", "one")

    refused = admin("rooms", "delete", "lobby", input="lobby\n")

    assert refused.exit_code == Exit.REFUSED
    assert "--yes" in refused.stderr
    assert admin("rooms", "show", "lobby").exit_code == 0


@pytest.mark.parametrize(("typed", "code"), [("lobby", Exit.DONE), ("lobi", Exit.REFUSED)])
def test_on_a_terminal_the_name_is_asked_for(admin, say, database, typed, code):
    say("ana", "one")
    ours, theirs = pty.openpty()

    process = subprocess.Popen(
        [sys.executable, "-m", "sanchat.cli.admin", "rooms", "delete", "lobby"],
        cwd=os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
        env=os.environ | {"SANCHAT_DATABASE": str(database)},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while b"go on:" not in shown:
        shown += os.read(ours, 1000)
    os.write(ours, f"{typed}\n".encode())
    process.communicate(timeout=20)
    os.close(ours)

    assert process.returncode == code
    assert (admin("rooms", "show", "lobby").exit_code == 0) is (code != Exit.DONE)
