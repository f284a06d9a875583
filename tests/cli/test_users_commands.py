"""`sanchat-admin users`, while no server runs: what is said, and what holds when one starts."""

import json

import pytest

from sanchat.cli.failures import Exit


def bans_of(in_chat, user):
    return in_chat(lambda chat: chat.store.bans_of(user.id))


def test_users_are_listed_by_id(admin, say):
    say("ana")
    say("ben")

    lines = admin("users", "list").stdout.splitlines()
    records = [json.loads(line) for line in admin("users", "list", "--json").stdout.splitlines()]

    assert [line.split("\t")[1:4] for line in lines] == [
        ["ana", "guest", "member"],
        ["ben", "guest", "member"],
    ]
    assert [record["name"] for record in records] == ["ana", "ben"]
    assert set(records[0]) == {"id", "name", "kind", "role", "created_at", "disabled_at"}
    assert admin("users", "list", "--kind", "bot").stdout == ""
    unknown = admin("users", "list", "--kind", "robot")
    assert (unknown.exit_code, unknown.stdout) == (Exit.USAGE, "")
    assert "Choose from guest, member, bot, imported." in unknown.stderr


def test_a_kick_without_a_server_says_so_and_holds(admin, say, in_chat):
    bob = say("bob")

    result = admin("users", "kick", "bob", "--reason", "Take a break.")

    assert result.exit_code == 0
    assert result.stdout == "kicked bob: no server is running; bob is kept out for 60 s\n"
    (ban,) = bans_of(in_chat, bob)
    assert (ban.kind, ban.reason) == ("kick", "Take a break.")


def test_a_kick_is_an_act_under_the_name_of_who_ran_it(admin, say, in_chat):
    bob = say("bob")

    record = json.loads(admin("users", "kick", "bob", "--json").stdout)

    assert record == {
        "user": "bob",
        "user_id": bob.id,
        "act": record["act"],
        "action": "kick",
        "room": None,
        "reason": "",
        "server_running": False,
        "connections": None,
    }
    (act,) = in_chat(lambda chat: chat.store.acts_after(record["act"] - 1))
    assert (act.kind, act.user_id) == ("kick", bob.id)
    assert act.actor.startswith("cli:")


def test_a_ban_holds_until_it_is_lifted(admin, say, in_chat):
    bob = say("bob")

    banned = admin("users", "ban", "bob")

    assert banned.stdout == "banned bob: no server is running; the ban holds when one starts\n"
    assert [ban.until for ban in bans_of(in_chat, bob)] == [None]
    assert admin("users", "unban", "bob").stdout == "unbanned bob\n"
    assert bans_of(in_chat, bob) == []
    assert admin("users", "unban", "bob").exit_code == Exit.NOT_FOUND


def test_a_ban_may_end_by_itself_and_be_from_one_room(admin, say, in_chat):
    bob = say("bob", room="lobby")

    result = admin("users", "ban", "bob", "--for", "2h", "--room", "lobby", "--json")

    assert json.loads(result.stdout)["seconds"] == 7200
    (ban,) = bans_of(in_chat, bob)
    assert ban.until - ban.created_at == pytest.approx(7_200_000, abs=10_000)
    assert ban.room_id is not None
    assert admin("users", "unban", "bob").exit_code == Exit.NOT_FOUND
    assert admin("users", "unban", "bob", "--room", "lobby").stdout == "unbanned bob from lobby\n"


def test_the_newest_of_a_name_is_meant_and_others_have_ids(admin, say, in_chat):
    first, second = say("bob"), say("Bob")

    by_name = json.loads(admin("users", "kick", "bob", "--json").stdout)
    by_id = json.loads(admin("users", "kick", f"#{first.id}", "--json").stdout)

    assert (by_name["user_id"], by_id["user_id"]) == (second.id, first.id)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("kick", "nobody"), Exit.NOT_FOUND),
        (("kick", "bob", "--room", "nowhere"), Exit.NOT_FOUND),
        (("ban", "bob", "--for", "a while"), Exit.USAGE),
        (("ban", "bob", "--for", "0s"), Exit.USAGE),
        (("kick",), Exit.USAGE),
    ],
)
def test_errors_have_their_exit_codes(admin, say, in_chat, arguments, code):
    bob = say("bob")

    result = admin("users", *arguments, "--json")

    assert result.exit_code == code
    assert "error" in json.loads(result.stderr)
    assert bans_of(in_chat, bob) == []


def test_who_is_found_is_kicked_though_another_is_not(admin, say, in_chat):
    bob = say("bob")

    result = admin("users", "kick", "nobody", "bob")

    assert result.exit_code == Exit.NOT_FOUND
    assert "kicked bob" in result.stdout
    assert "nobody" in result.stderr
    assert len(bans_of(in_chat, bob)) == 1


def test_the_name_of_a_guest_is_free_once_that_guest_has_another(admin, say):
    say("ana")
    gone = say("ben")

    refused = admin("users", "rename", "ana", "ben")

    assert refused.exit_code == Exit.CONFLICT
    assert f"in use, by the user with id {gone.id}." in refused.stderr
    assert "rename them first" in refused.stderr
    assert admin("users", "rename", f"#{gone.id}", "ben-2025").exit_code == 0
    assert admin("users", "rename", "ana", "ben").exit_code == 0
