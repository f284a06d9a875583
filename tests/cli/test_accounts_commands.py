"""`sanchat-admin users` for accounts, `invites` and `tokens`: what they print, take and refuse."""

import json

import pytest
from argon2 import PasswordHasher

from sanchat.accounts import From
from sanchat.cli.failures import Exit

PASSWORD = "seven herons in the fog"
OTHER = "a kettle of blue rivers"


@pytest.fixture
def create(admin):
    """Makes an account with the usual password."""

    def run(name, *arguments):
        result = admin(
            "users", "create", name, "--password-stdin", "--json", *arguments, input=PASSWORD + "\n"
        )
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return run


@pytest.fixture
def signs_in(in_chat):
    """Whether name and password belong together."""

    def run(name, password):
        async def tried(chat):
            try:
                await chat.accounts.sign_in(name, password, From())
            except Exception:
                return False
            return True

        return in_chat(tried)

    return run


def test_an_account_is_made_with_a_password_that_no_command_line_shows(create, signs_in):
    record = create("ana", "--role", "moderator")

    assert record == {
        "user": "ana",
        "user_id": record["user_id"],
        "kind": "member",
        "role": "moderator",
        "created": True,
    }
    assert signs_in("ana", PASSWORD)
    assert not signs_in("ana", OTHER)


def test_a_password_comes_from_the_environment_or_hashed_too(admin, signs_in, monkeypatch):
    monkeypatch.setenv("SANCHAT_PASSWORD", PASSWORD)
    assert admin("users", "create", "ana").stdout == "created ana\n"
    monkeypatch.delenv("SANCHAT_PASSWORD")
    hashed = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(OTHER)
    assert admin("users", "create", "ben", "--password-hash", hashed).exit_code == 0

    assert signs_in("ana", PASSWORD)
    assert signs_in("ben", OTHER)


@pytest.mark.parametrize(
    ("arguments", "given", "code"),
    [
        (("ana",), None, Exit.USAGE),
        (("ana", "--password-stdin"), "short\n", Exit.USAGE),
        (("ana", "--password-stdin", "--role", "admin"), "blue heron\n", Exit.USAGE),
        (("ana", "--password-hash", "$2b$12$abcdefgh"), None, Exit.USAGE),
        (("ana", "--password-stdin", "--role", "queen"), PASSWORD + "\n", Exit.USAGE),
        (("Admin", "--password-stdin"), PASSWORD + "\n", Exit.USAGE),
    ],
)
def test_what_cannot_be_an_account_is_a_usage_error(admin, arguments, given, code):
    result = admin("users", "create", *arguments, "--json", input=given)

    assert result.exit_code == code
    assert "error" in json.loads(result.stderr)
    assert admin("users", "list").stdout == ""


def test_making_it_again_is_a_conflict_unless_one_is_content(admin, create):
    create("ana")

    again = admin("users", "create", "ana", "--password-stdin", input=PASSWORD)
    content = create("ANA", "--if-not-exists")
    alike = admin("users", "create", "аna", "--password-stdin", input=PASSWORD)

    assert again.exit_code == Exit.CONFLICT
    assert content["created"] is False
    assert alike.exit_code == Exit.CONFLICT


def test_a_new_password_signs_everybody_out_who_had_the_old(admin, create, signs_in):
    create("ana")
    assert signs_in("ana", PASSWORD)

    result = admin("users", "passwd", "ana", "--password-stdin", "--json", input=OTHER + "\n")

    assert json.loads(result.stdout)["sessions_ended"] == 1
    assert not signs_in("ana", PASSWORD)
    assert signs_in("ana", OTHER)


def test_a_link_lets_somebody_choose_their_own_password(admin, create, in_chat, signs_in):
    create("ana")
    result = admin("users", "reset-link", "ana", "--url", "https://chat.example.org/", "--json")
    link = json.loads(result.stdout)["link"]
    assert link.startswith("https://chat.example.org/?reset=")

    token = link.partition("=")[2]
    in_chat(lambda chat: chat.accounts.reset_password(token, OTHER, From()))

    assert signs_in("ana", OTHER)
    assert not signs_in("ana", PASSWORD)


def test_the_owners_link_can_be_had_again_until_there_is_an_owner(admin, create):
    first = admin("users", "reset-link")
    assert first.exit_code == Exit.NOT_FOUND  # no database yet
    create("ana")
    link = admin("users", "reset-link").stdout
    create("ona", "--role", "owner")

    assert link.startswith("http://127.0.0.1:8000/?invite=")
    assert admin("users", "reset-link").exit_code == Exit.CONFLICT


def test_roles_are_given_and_the_last_owner_stays(admin, create):
    create("ona", "--role", "owner")
    create("ana")

    assert admin("users", "role", "ana", "admin").stdout == "ana is admin now\n"
    assert admin("users", "role", "ana", "admin").exit_code == Exit.CONFLICT
    assert admin("users", "role", "ana", "queen").exit_code == Exit.USAGE
    assert admin("users", "role", "ona", "member").exit_code == Exit.CONFLICT
    assert admin("users", "disable", "ona").exit_code == Exit.CONFLICT


def test_accounts_are_switched_off_and_on(admin, create, signs_in):
    create("ana")

    assert admin("users", "disable", "ana").stdout == "switched ana off; 0 sessions ended\n"
    assert not signs_in("ana", PASSWORD)
    assert admin("users", "disable", "ana").exit_code == Exit.CONFLICT
    assert admin("users", "enable", "ana").stdout == "switched ana on\n"
    assert signs_in("ana", PASSWORD)


def test_sessions_are_listed_and_ended(admin, create, signs_in):
    create("ana")
    signs_in("ana", PASSWORD)
    signs_in("ana", PASSWORD)

    listed = [
        json.loads(line) for line in admin("users", "sessions", "ana", "--json").stdout.splitlines()
    ]
    assert set(listed[0]) == {"id", "created_at", "seen_at", "address", "agent"}
    one = admin("users", "sessions", "ana", "--end", str(listed[0]["id"]))
    assert one.stdout == "ended 1 session of ana\n"
    assert admin("users", "sessions", "ana", "--end", "99").exit_code == Exit.NOT_FOUND
    assert admin("users", "sessions", "ana", "--end-all").stdout == "ended 1 session of ana\n"
    assert admin("users", "sessions", "ana").stdout == ""


def test_erasing_asks_first_and_says_what_would_go(admin, create, say, messages_of):
    create("ana")
    say("bob", "one", "two")

    refused = admin("users", "erase", "bob")
    looked = json.loads(admin("users", "erase", "bob", "--dry-run", "--json").stdout)
    assert refused.exit_code == Exit.REFUSED
    assert (looked["dry_run"], looked["messages"], looked["messages_erased"]) == (True, 2, 0)
    assert [m.user.name for m in messages_of("lobby")] == ["bob", "bob"]

    assert admin("users", "erase", "bob", "--yes").stdout == "erased bob\n"
    assert [(m.user.name, m.text) for m in messages_of("lobby")] == [
        ("erased", "one"),
        ("erased", "two"),
    ]


def test_erasing_takes_what_they_said_where_one_says_so(admin, say, messages_of):
    say("bob", "one", "two")
    say("eve", "three")

    record = json.loads(admin("users", "erase", "bob", "--messages", "--yes", "--json").stdout)

    assert record["messages_erased"] == 2
    assert [message.text for message in messages_of("lobby")] == [None, None, "three"]


def test_an_invitation_is_made_listed_and_revoked(admin, say):
    say("bob", room="plans")
    result = admin("invites", "create", "--room", "plans", "--uses", "3", "--json")
    made = json.loads(result.stdout)
    token = made["link"].partition("=")[2]

    (line,) = admin("invites", "list").stdout.splitlines()
    assert line.split("\t")[:6] == [
        str(made["id"]),
        f"…{token[-4:]}",
        "plans",
        "member",
        "anyone",
        "0 of 3",
    ]
    assert token not in admin("invites", "list", "--json").stdout
    assert admin("invites", "revoke", str(made["id"])).exit_code == 0
    assert admin("invites", "revoke", str(made["id"])).exit_code == Exit.CONFLICT
    assert admin("invites", "revoke", "99").exit_code == Exit.NOT_FOUND
    assert admin("invites", "list").stdout == ""
    assert "revoked" in admin("invites", "list", "--all").stdout


@pytest.mark.parametrize(
    "words", [("invites", "create"), ("users", "reset-link"), ("users", "create", "ana", "--link")]
)
def test_a_link_that_does_not_lead_here_from_everywhere_is_told_as_one(admin, say, words):
    say("bob")
    here = admin(*words)
    assert "http://127.0.0.1:8000/?" in here.stdout
    assert "SANCHAT_PUBLIC_URL" in here.stderr

    near = admin(*(word.replace("ana", "eva") for word in words), "--url", "http://192.168.1.5:80")
    assert "own network" in near.stderr

    there = admin(*(word.replace("ana", "ben") for word in words), "--url", "https://chat.test")
    assert "https://chat.test/?" in there.stdout
    assert there.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--role", "admin", "--admits", "anyone"),
        ("--admits", "users"),
        ("--expires", "soon"),
        ("--expires", "400d"),
        ("--uses", "0"),
        ("--role", "queen"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(admin, arguments):
    assert admin("invites", "create", *arguments).exit_code == Exit.USAGE


def test_a_token_is_shown_once_listed_by_its_end_and_revoked(admin, say, database):
    say("bob", room="lobby")
    made = json.loads(
        admin("tokens", "create", "weather", "--scope", "write", "--room", "lobby", "--json").stdout
    )

    assert made["token"].startswith("san_")
    assert made["bot_created"] is True
    (line,) = admin("tokens", "list").stdout.splitlines()
    cells = line.split("\t")
    assert cells[:5] == [str(made["id"]), "weather", f"…{made['token'][-4:]}", "write", "lobby"]
    assert made["token"].encode() not in database.read_bytes()
    assert admin("tokens", "revoke", f"#{made['id']}").exit_code == 0
    assert admin("tokens", "revoke", str(made["id"])).exit_code == Exit.NOT_FOUND
    assert admin("tokens", "list").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("weather",), Exit.USAGE),
        (("weather", "--scope", "everything"), Exit.USAGE),
        (("weather", "--scope", "read", "--room", "nowhere"), Exit.NOT_FOUND),
        (("ana", "--scope", "read"), Exit.CONFLICT),
        (("system", "--scope", "read"), Exit.USAGE),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(admin, create, arguments, code):
    create("ana")

    assert admin("tokens", "create", *arguments).exit_code == code
