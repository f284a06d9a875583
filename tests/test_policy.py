"""Who may do what."""

import msgspec
import pytest

from sanchat import policy
from sanchat.models import Ban, Room, Standing, User

NOW = 1_000_000
ANA = User(id=1, name="ana", kind="member")
GUEST = User(id=2, name="gus", kind="guest")
MODERATOR = User(id=3, name="mia", kind="member", role="moderator")
LOBBY, TEA = 10, 11


def ban(
    kind: str, *, room_id: int | None = None, until: int | None = None, reason: str = ""
) -> Ban:
    return Ban(
        id=1,
        kind=kind,
        user_id=ANA.id,
        room_id=room_id,
        reason=reason,
        created_at=NOW - 1,
        until=until,
    )


def code_of(error) -> str | None:
    return error.code if error is not None else None


@pytest.mark.parametrize(
    ("kind", "role", "sees"),
    [
        ("open", None, True),
        ("open", "member", True),
        ("closed", None, False),
        ("closed", "member", True),
        ("direct", None, False),
        ("direct", "member", True),
    ],
)
def test_a_room_that_is_not_open_exists_for_its_members_alone(kind, role, sees):
    assert policy.may_see(kind, role) is sees


@pytest.mark.parametrize(
    ("user", "public", "may"),
    [(GUEST, False, True), (GUEST, True, False), (ANA, True, True), (ANA, False, True)],
)
def test_on_the_internet_guests_create_no_rooms(user, public, may):
    assert policy.may_create_rooms(user, is_public=public) is may


@pytest.mark.parametrize(
    ("bans", "at_server", "in_lobby", "in_tea"),
    [
        ([], None, None, None),
        ([ban("ban")], "banned", "banned", "banned"),
        ([ban("ban", room_id=LOBBY)], None, "banned", None),
        ([ban("kick", until=NOW + 1)], "forbidden", "forbidden", "forbidden"),
        ([ban("kick", room_id=LOBBY, until=NOW + 1)], None, "forbidden", None),
        ([ban("mute")], None, None, None),
        ([ban("ban", until=NOW)], None, None, None),
        ([ban("ban", until=NOW + 1)], "banned", "banned", "banned"),
        ([ban("mute"), ban("ban", room_id=TEA)], None, None, "banned"),
    ],
)
def test_who_may_come_in(bans, at_server, in_lobby, in_tea):
    found = [code_of(policy.refusal_to_enter(bans, room, NOW)) for room in (None, LOBBY, TEA)]

    assert found == [at_server, in_lobby, in_tea]


def test_a_refusal_says_why_and_until_when():
    kicked = policy.refusal_to_enter([ban("kick", until=NOW + 5_000, reason="spam.")], None, NOW)
    banned = policy.refusal_to_enter([ban("ban", until=NOW + 5_000, reason="spam")], None, NOW)

    assert kicked.payload()["retry_after_ms"] == 5_000
    assert kicked.payload()["temporary"] is True
    assert str(kicked).startswith("You were removed: spam. ")
    assert banned.payload()["until"] == NOW + 5_000
    assert str(banned) == "You are banned: spam."


@pytest.mark.parametrize(
    ("bans", "archived_at", "code"),
    [
        ([], None, None),
        ([], 5, "archived"),
        ([ban("mute")], None, "muted"),
        ([ban("mute", room_id=LOBBY)], None, "muted"),
        ([ban("mute", room_id=TEA)], None, None),
        ([ban("mute", until=NOW)], None, None),
        ([ban("mute"), ban("ban")], None, "banned"),
        ([ban("ban", room_id=TEA)], None, None),
    ],
)
def test_who_may_write(bans, archived_at, code):
    assert code_of(policy.refusal_to_write(bans, LOBBY, archived_at, NOW)) == code


@pytest.mark.parametrize("verb", ["edit", "delete"])
def test_authors_change_their_own(verb):
    assert policy.refusal_to_change(GUEST, None, GUEST.id, verb) is None


@pytest.mark.parametrize(
    ("user", "role", "verb", "code"),
    [
        (ANA, "member", "edit", "forbidden"),
        (ANA, None, "delete", "forbidden"),
        (MODERATOR, None, "delete", None),
        (MODERATOR, None, "edit", "forbidden"),
        (GUEST, "moderator", "delete", None),
        (GUEST, "owner", "delete", None),
    ],
)
def test_moderators_delete_but_put_no_words_into_mouths(user, role, verb, code):
    assert code_of(policy.refusal_to_change(user, role, 99, verb)) == code


ROOM = Room(
    **{"id": LOBBY, "name": "lobby", "title": "", "topic": "", "kind": "open", "last_seq": 0},
    **{"floor_seq": 0, "slow_mode_s": 5, "created_at": 0},
)


@pytest.mark.parametrize("archived_at", [None, NOW - 1])
@pytest.mark.parametrize("posting", ["all", "members", "moderators"])
@pytest.mark.parametrize("role", [None, "member", "moderator"])
@pytest.mark.parametrize("bans", [[], [ban("mute")], [ban("mute", room_id=TEA)], [ban("ban")]])
def test_what_one_is_told_one_may_do_is_what_one_may_do(archived_at, posting, role, bans):
    room = msgspec.structs.replace(ROOM, archived_at=archived_at, posting=posting)

    you = policy.permissions(Standing(room, ANA, role, 0, bans), NOW)

    to_write = policy.refusal_to_write(bans, LOBBY, archived_at, NOW)
    to_post = to_write or policy.refusal_to_post(posting, ANA, role)
    assert you.may_react == (to_write is None)
    assert you.may_post == (to_post is None)
    assert you.refusal == (to_post.payload() if to_post else None)
    assert you.may_moderate == policy.may_moderate(ANA, role)
