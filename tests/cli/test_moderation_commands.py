"""Muting, renaming, erasing, announcing and reading of it all, while no server runs."""

import json
import sqlite3
from contextlib import closing

import pytest

from sanchat.cli.failures import Exit


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_mute_says_what_it_does_and_is_listed_until_it_is_lifted(admin, say, in_chat):
    bob = say("bob")

    muted = admin("users", "mute", "bob", "--for", "1h", "--room", "lobby", "--reason", "Calm.")

    assert muted.stdout == (
        "muted bob in lobby for 1h: no server is running; the mute holds when one starts\n"
    )
    (entry,) = lines(admin("bans", "list", "--json"))
    assert (entry["kind"], entry["user_id"], entry["room"]) == ("mute", bob.id, "lobby")
    assert abs(entry["until"] - entry["created_at"] - 3_600_000) < 1_000
    assert set(entry) == {
        *("id", "kind", "user", "user_id", "room", "reason"),
        *("created_at", "until", "lifted_at", "by", "networks"),
    }
    assert admin("users", "unmute", "bob").exit_code == Exit.NOT_FOUND
    assert admin("users", "unmute", "bob", "--room", "lobby").stdout == "unmuted bob in lobby\n"
    assert admin("bans", "list").stdout == ""
    assert len(lines(admin("bans", "list", "--all", "--json"))) == 1


def test_bans_of_one_room_are_listed_apart(admin, say):
    say("bob", room="lobby")
    say("eve", room="kitchen")
    admin("users", "ban", "bob", "--room", "lobby")
    admin("users", "ban", "eve")

    assert [e["user"] for e in lines(admin("bans", "list", "--room", "lobby", "--json"))] == ["bob"]
    assert [e["user"] for e in lines(admin("bans", "list", "--json"))] == ["bob", "eve"]


def test_a_new_name_is_under_old_messages_too(admin, say, messages_of):
    bob = say("bob", "hello")

    result = admin("users", "rename", "bob", "Robert")

    assert result.stdout == "renamed bob to Robert\n"
    assert [message.user.name for message in messages_of("lobby")] == ["Robert"]
    assert json.loads(admin("users", "show", "robert", "--json").stdout)["id"] == bob.id


@pytest.mark.parametrize(
    ("name", "code"),
    [("ana", "name_taken"), ("Ana", "name_taken"), ("bob", "conflict"), ("adm1n", "bad_name")],
)
def test_a_name_that_somebody_has_is_refused(admin, say, name, code):
    say("ana")
    say("bob")

    result = admin("users", "rename", "bob", name, "--json")

    assert json.loads(result.stderr)["error"]["code"] == code
    assert result.exit_code == (Exit.USAGE if code == "bad_name" else Exit.CONFLICT)


def test_somebody_is_shown_with_rooms_messages_and_bans(admin, say):
    say("bob", "one", "two")
    admin("users", "mute", "bob", "--reason", "Calm.")

    record = json.loads(admin("users", "show", "bob", "--json").stdout)

    assert (record["name"], record["messages"], record["sessions"]) == ("bob", 2, 1)
    assert record["rooms"] == [{"room": "lobby", "role": "member"}]
    assert [(ban["kind"], ban["reason"]) for ban in record["bans"]] == [("mute", "Calm.")]
    assert "mute for good (Calm.)" in admin("users", "show", "bob").stdout


def test_messages_are_listed_newest_last_and_can_be_chosen(admin, say):
    say("bob", *map(str, range(60)))
    say("eve", "hi")

    listed = lines(admin("messages", "list", "lobby", "--json"))
    assert [message["seq"] for message in listed] == list(range(12, 62))
    assert listed[-1]["text"] == "hi"

    def texts(*options):
        return [m["text"] for m in lines(admin("messages", "list", "lobby", "--json", *options))]

    assert texts("--user", "eve") == ["hi"]
    assert texts("--since", "3", "--until", "4") == ["2", "3"]
    assert texts("--limit", "2") == ["59", "hi"]
    assert texts("--until", "2001-01-01") == []


def test_erased_messages_keep_their_numbers_and_lose_their_texts(admin, say, messages_of):
    say("bob", "a", "b", "c", "d")

    assert admin("messages", "delete", "lobby", "2", "3-9", "--yes").exit_code == 0

    messages = messages_of("lobby")
    assert [message.text for message in messages] == ["a", None, None, None]
    assert [message.changed_seq for message in messages] == [1, 5, 6, 7]
    (act,) = lines(admin("audit", "list", "--kind", "messages_deleted", "--json"))
    assert act["data"] == {"seqs": [2, 3, 4]}
    assert admin("check").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("lobby", "2", "9", "--yes"), Exit.NOT_FOUND),
        (("lobby", "x", "--yes"), Exit.USAGE),
        (("lobby", "3-2", "--yes"), Exit.USAGE),
        (("nowhere", "1", "--yes"), Exit.NOT_FOUND),
        (("lobby", "2"), Exit.REFUSED),
        (("lobby", "2", "--dry-run"), Exit.DONE),
    ],
)
def test_what_cannot_or_should_not_be_erased_stays(admin, say, messages_of, arguments, code):
    say("bob", "a", "b")

    result = admin("messages", "delete", *arguments)

    assert result.exit_code == code, result.stderr
    assert [message.text for message in messages_of("lobby")] == ["a", "b"]


def test_the_audit_log_can_be_asked_by_kind_user_room_and_time(admin, say):
    say("bob")
    admin("users", "ban", "bob", "--reason", "Spam.")
    admin("rooms", "archive", "lobby")

    def kinds(*options):
        return [act["kind"] for act in lines(admin("audit", "list", "--json", *options))]

    assert kinds() == ["room_created", "ban", "room_archived"]
    assert kinds("--user", "bob") == ["ban"]
    assert kinds("--room", "lobby", "--limit", "1") == ["room_archived"]
    assert kinds("--until", "2001-01-01") == []
    assert "Spam." in admin("audit", "list", "--kind", "ban").stdout


def test_statistics_count_what_is_there(admin, say):
    say("bob", "a", "b")
    admin("messages", "delete", "lobby", "1", "--yes")

    record = json.loads(admin("stats", "--json", "--days", "2").stdout)

    assert (record["users"], record["rooms"], record["messages"]) == (1, 1, 2)
    assert record["messages_deleted"] == 1
    assert list(record["messages_by_day"].values()) == [0, 2]
    assert record["server_running"] is False


def test_an_announcement_nobody_hears_says_so(admin, say):
    say("bob")

    result = admin("announce", "-", input="Back soon.\n")

    assert result.stdout == "announced: no server is running; who comes within an hour is told\n"
    (act,) = lines(admin("audit", "list", "--kind", "announce", "--json"))
    assert act["data"] == {"text": "Back soon.", "sender": "sanchat"}
    assert admin("announce", "  ").exit_code == Exit.USAGE


def test_rooms_are_set_and_show_it(admin, say):
    say("bob")

    first = admin("rooms", "set", "lobby", "--posting", "members", "--history", "since-join")
    again = admin("rooms", "set", "lobby", "--posting", "members", "--json")

    assert first.stdout == "changed lobby\n"
    assert json.loads(again.stdout)["changed"] is False
    shown = json.loads(admin("rooms", "show", "lobby", "--json").stdout)
    assert (shown["posting"], shown["history"], shown["slow_mode_s"]) == (
        "members",
        "since-join",
        0,
    )


@pytest.mark.parametrize(
    "options", [(), ("--posting", "nobody"), ("--slow", "-1"), ("--title", "x\ny")]
)
def test_rules_that_make_no_sense_are_refused(admin, say, options):
    say("bob")

    assert admin("rooms", "set", "lobby", *options).exit_code == Exit.USAGE


@pytest.mark.parametrize(
    ("address", "networks", "words"),
    [
        ("93.184.216.34", ["93.184.216.34/32"], "; covers 93.184.216.34/32\n"),
        ("127.0.0.1", [], "; no address that can be covered\n"),
    ],
)
def test_a_ban_of_addresses_says_which_it_covers(admin, say, database, address, networks, words):
    for name in ("bob", "eve"):
        say(name)
    with closing(sqlite3.connect(database)) as file:
        file.execute("update sessions set address = ?", (address,))
        file.commit()

    told = admin("users", "ban", "bob", "--addresses").stdout
    record = json.loads(admin("users", "ban", "eve", "--addresses", "--json").stdout)

    assert told.endswith(words)
    assert record["networks"] == networks
