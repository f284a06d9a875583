"""Members from the command line: added, promoted, removed, and all that one of them said."""

import json

import pytest

from sanchat.cli.failures import Exit


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def plans(admin, say):
    """A closed room that ana owns; bob is somewhere else."""
    say("ana", room="lobby")
    say("bob", room="lobby")
    assert admin("rooms", "create", "plans", "--closed", "--owner", "ana").exit_code == 0


def test_members_come_change_and_go(admin, plans):
    assert admin("members", "add", "plans", "bob").stdout == "added bob to plans as member\n"
    assert admin("members", "role", "plans", "bob", "moderator").stdout == (
        "bob is moderator in plans\n"
    )

    listed = [(m["name"], m["role"]) for m in lines(admin("members", "list", "plans", "--json"))]
    removed = admin("members", "remove", "plans", "bob", "--reason", "Moved on.")

    assert listed == [("ana", "owner"), ("bob", "moderator")]
    assert removed.stdout == "removed bob from plans\n"
    assert len(lines(admin("members", "list", "plans", "--json"))) == 1
    kinds = [act["kind"] for act in lines(admin("audit", "list", "--room", "plans", "--json"))]
    assert kinds == [
        *("room_created", "member_added", "member_added"),
        *("member_role_set", "member_removed"),
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "plans", "ana"), Exit.CONFLICT),
        (("add", "plans", "ana", "--if-not-exists"), Exit.DONE),
        (("add", "plans", "nobody"), Exit.NOT_FOUND),
        (("add", "nowhere", "ana"), Exit.NOT_FOUND),
        (("add", "plans", "bob", "--role", "king"), Exit.USAGE),
        (("remove", "plans", "bob"), Exit.NOT_FOUND),
        (("role", "plans", "ana", "owner"), Exit.CONFLICT),
        (("role", "plans", "bob", "owner"), Exit.NOT_FOUND),
        (("role", "plans", "ana", "king"), Exit.USAGE),
    ],
)
def test_what_cannot_be_done_says_so_by_its_exit_code(admin, plans, words, code):
    assert admin("members", *words).exit_code == code


def test_all_that_somebody_said_goes_and_the_rest_stays(admin, say, plans):
    say("ana", "spam", "more spam", "spam again", room="lobby")
    say("bob", "not spam", room="lobby")

    looked = admin("messages", "purge", "ana", "--dry-run", "--json")
    refused = admin("messages", "purge", "ana")
    purged = admin("messages", "purge", "ana", "--reason", "Spam.", "--yes", "--json")
    left = lines(admin("messages", "list", "lobby", "--json"))

    assert lines(looked)[0]["messages"] == 3
    assert refused.exit_code == Exit.REFUSED
    assert lines(purged)[0]["messages"] == 3
    assert [message["user"]["name"] for message in left if message.get("text")] == ["bob"]
    (act,) = lines(admin("audit", "list", "--kind", "person_erased", "--json"))
    assert act["data"]["reason"] == "Spam."


def test_the_record_can_be_asked_for_one_actor(admin, plans):
    (first, *_) = lines(admin("audit", "list", "--json"))

    by_them = lines(admin("audit", "list", "--by", first["actor"], "--json"))
    by_nobody = lines(admin("audit", "list", "--by", "nobody", "--json"))

    assert len(by_them) > 0
    assert by_nobody == []
