"""`sanchat-admin apply`: the database becomes as the file says, once, and nothing else changes."""

import json

import pytest
from argon2 import PasswordHasher

from sanchat.cli.failures import Exit

HASH = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("seven herons in the fog")
TEAM = f"""
[[users]]
name = "ana"
role = "admin"
password_hash = "{HASH}"

[[users]]
name = "ben"

[[rooms]]
name = "plans"
kind = "closed"
title = "Plans"
posting = "members"
members = {{ ana = "owner", ben = "member" }}

[[rooms]]
name = "lobby"
topic = "Welcome"
slow_mode_s = 5
"""


@pytest.fixture
def apply(admin, tmp_path):
    """Applies a text as a file, and returns the result with its records."""

    def run(text, *arguments):
        file = tmp_path / "team.toml"
        file.write_text(text)
        result = admin("apply", str(file), "--json", *arguments)
        return result, [json.loads(line) for line in result.stdout.splitlines()]

    return run


def members_of(admin, room):
    lines = admin("members", "list", room, "--json").stdout.splitlines()
    return {record["name"]: record["role"] for record in map(json.loads, lines)}


def test_everything_that_is_missing_is_made(apply, admin, say):
    say("eve")

    result, records = apply(TEAM)

    assert result.exit_code == 0, result.stderr
    assert [record["action"] for record in records] == [
        "user_created",
        "user_created",
        "room_created",
        "room_set",
        "member_added",
        "member_added",
        "room_set",
    ]
    assert "link" not in records[0]
    assert "/?reset=" in records[1]["link"]
    assert "The link is for this machine" in result.stderr
    assert members_of(admin, "plans") == {"ana": "owner", "ben": "member"}
    assert "eve" in members_of(admin, "lobby")  # an open room is nobody's to clear


def test_said_again_it_does_nothing(apply):
    apply(TEAM)

    result, records = apply(TEAM)

    assert (result.exit_code, records) == (0, [])


def test_a_dry_run_says_what_a_run_does_and_lets_it_be(apply, admin, say):
    say("eve")

    _, dry = apply(TEAM, "--dry-run")
    assert admin("users", "list", "--kind", "member").stdout == ""
    _, done = apply(TEAM)

    assert [(step["action"], step["what"]) for step in dry] == [
        (step["action"], step["what"]) for step in done
    ]
    assert all(step["dry_run"] for step in dry)


def test_what_differs_is_changed_and_no_more(apply, admin):
    apply(TEAM)
    changed = TEAM.replace('role = "admin"', 'role = "moderator"').replace(
        'ben = "member"', 'ben = "moderator"'
    )

    _, records = apply(changed + "archived = true\n")

    assert [(step["action"], step["what"]) for step in records] == [
        ("user_role", "ana"),
        ("member_role", "plans/ben"),
        ("room_archived", "lobby"),
    ]


def test_members_of_a_closed_room_who_are_not_in_the_file_are_removed(apply, admin):
    apply(TEAM)

    _, records = apply(TEAM.replace(', ben = "member"', ""))

    assert [(step["action"], step["what"]) for step in records] == [("member_removed", "plans/ben")]
    assert members_of(admin, "plans") == {"ana": "owner"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[users]]\nnam = 'ana'\n", Exit.USAGE),
        ("[[users]]\nname = 'ana'\nrole = 'queen'\n", Exit.USAGE),
        ("[[users]]\nname = 'ana'\n[[users]]\nname = 'ANA'\n", Exit.USAGE),
        ("[[users]]\nname = 'ana'\npassword_hash = 'plain'\n", Exit.USAGE),
        ("[[rooms]]\nname = 'plans'\nmembers = { zoe = 'owner' }\n", Exit.NOT_FOUND),
        ("[[rooms]]\nname = 'lobby'\nkind = 'closed'\n", Exit.CONFLICT),
        ("not toml", Exit.USAGE),
        ("[[users]]\nname = 'admin'\n", Exit.USAGE),
        ("[[users]]\nname = 'fírst'\n[[users]]\nname = 'fіrst'\n", Exit.USAGE),
        ("[[users]]\nname = 'first\u200b'\n", Exit.USAGE),
        ("[[rooms]]\nname = 'tea room'\n", Exit.USAGE),
        ("[[rooms]]\nname = 'tea'\nkind = 'secret'\n", Exit.USAGE),
        ("[[rooms]]\nname = 'tea'\nkind = 'direct'\n", Exit.USAGE),
        ("[[rooms]]\nname = 'tea'\nposting = 'nobody'\n", Exit.USAGE),
        ("[[rooms]]\nname = 'tea'\nhistory = 'some'\n", Exit.USAGE),
        ("[[rooms]]\nname = 'tea'\nslow_mode_s = -1\n", Exit.USAGE),
        ("[[rooms]]\nname = 'tea'\nslow_mode_s = 86401\n", Exit.USAGE),
        (f"[[rooms]]\nname = 'tea'\ntitle = '{'t' * 121}'\n", Exit.USAGE),
        (f"[[rooms]]\nname = 'tea'\ntopic = '{'t' * 501}'\n", Exit.USAGE),
        ("[[rooms]]\nname = 'tea'\nmembers = { first = 'owner', FIRST = 'member' }\n", Exit.USAGE),
    ],
)
def test_a_file_that_cannot_be_applied_changes_nothing(apply, admin, say, text, code):
    say("eve")
    before = admin("rooms", "list").stdout + admin("users", "list").stdout

    result, _ = apply("[[users]]\nname = 'first'\n" + text)

    assert result.exit_code == code
    assert admin("rooms", "list").stdout + admin("users", "list").stdout == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n[[users]]\nnam = 'ana'\n", "line 5"),
        ("[[rooms]]\nname = 'tea'\n\n[[rooms]]\nname = 'x'\nslow_mode_s = 'long'", "line 7"),
        ("[[rooms]]\nname = 'tea'\nposting = 'nobody'\n", "line 4"),
        ("[[users]]\nname = 'ana'\n[[users]]\nname = 'ANA'\n", "line 6"),
        ("[[users]]\nname ana\n", "line 5"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(apply, text, words):
    result, _ = apply("[[users]]\nname = 'first'\n\n" + text)

    assert result.exit_code == Exit.USAGE
    assert words in result.stderr
    assert "team.toml" in result.stderr


def test_a_file_that_is_not_there_is_a_sentence(admin, say):
    say("eve")

    result = admin("apply", "nowhere.toml")

    assert (result.exit_code, "There is no file nowhere.toml" in result.stderr) == (3, True)


@pytest.mark.parametrize(
    "text",
    [
        "[[users]]\nname = 'ana'\nrole = 'member'\n",
        "[[users]]\nname = 'ana'\ndisabled = true\n",
        "[[users]]\nname = 'аna'\n",  # with a Cyrillic letter
        "[[rooms]]\nname = 'plans'\nmembers = { ben = 'member' }\n",
        f"[[users]]\nname = 'helper'\npassword_hash = '{HASH}'\n",
    ],
)
def test_what_the_database_forbids_is_refused_before_anything_is_done(apply, admin, text):
    apply("[[users]]\nname = 'ana'\nrole = 'owner'\n[[users]]\nname = 'ben'\ndisabled = true\n")
    admin("tokens", "create", "helper", "--scope", "read")
    before = admin("rooms", "list").stdout + admin("users", "list").stdout

    result, records = apply("[[users]]\nname = 'first'\n" + text)

    assert (result.exit_code, records) == (Exit.CONFLICT, [])
    assert admin("rooms", "list").stdout + admin("users", "list").stdout == before


def test_the_server_changes_hands_whoever_stands_first(apply):
    apply("[[users]]\nname = 'ana'\nrole = 'owner'\n[[users]]\nname = 'ben'\n")

    file = "[[users]]\nname = 'ana'\nrole = 'member'\n[[users]]\nname = 'ben'\nrole = 'owner'\n"
    result, records = apply(file)

    assert result.exit_code == 0, result.stderr
    assert [step["what"] for step in records] == ["ben", "ana"]
    assert apply(file)[1] == []


def test_who_is_switched_off_by_the_file_keeps_the_rooms_it_gives(apply, admin):
    file = (
        "[[users]]\nname = 'ana'\ndisabled = true\n"
        "[[rooms]]\nname = 'plans'\nkind = 'closed'\nmembers = { ana = 'owner' }\n"
    )

    result, records = apply(file)

    assert result.exit_code == 0, result.stderr
    assert records[-1]["action"] == "user_disabled"
    assert members_of(admin, "plans") == {"ana": "owner"}
    assert apply(file)[1] == []


def test_names_are_read_as_they_are_stored(apply):
    file = "[[users]]\nname = ' ana '\n[[rooms]]\nname = 'ｐlans'\nmembers = { Ana = 'owner' }\n"

    result, _ = apply(file)

    assert result.exit_code == 0, result.stderr
    assert apply(file)[1] == []
