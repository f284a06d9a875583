"""What becomes of people in the store: their words, names, sessions, seats and read positions."""

import contextlib
import os
import sqlite3

import pytest
from people import (
    deleting,
    do,
    do_all,
    editing,
    everything,
    guest,
    open_room,
    reacting,
    saying,
)

from sanchat.changes import (
    Leave,
    Read,
    Subscribe,
    Tidy,
)
from sanchat.errors import (
    Conflict,
    Forbidden,
    NameTaken,
)
from sanchat.identity import SignInGuest, SignOut
from sanchat.models import EMOJI_PER_MESSAGE, REACTION_NAMES
from sanchat.store.people import TIDY_LIMIT

# Deletion and reactions


async def test_a_deleted_message_keeps_its_place_and_loses_everything_else(store, ana, bob):
    await do_all(store, [saying(ana, "oops"), reacting(bob, 1), deleting(ana, 1)])

    (message,) = await everything(store)
    edited, reacted = await do_all(store, [editing(ana, 1, "back"), reacting(bob, 1)])

    assert (message.seq, message.changed_seq, message.text) == (1, 3, None)
    assert message.deleted_at is not None
    assert message.reactions is None
    assert isinstance(edited, Conflict)
    assert isinstance(reacted, Conflict)


async def test_nobody_edits_or_deletes_for_somebody_else(store, ana, bob):
    await do(store, saying(ana, "mine"))

    answers = await do_all(store, [editing(bob, 1, "yours"), deleting(bob, 1)])

    assert [type(a) for a in answers] == [Forbidden, Forbidden]
    assert [m.text for m in await everything(store)] == ["mine"]


async def test_a_reaction_names_some_and_counts_all(store, ana):
    await do(store, saying(ana, "one"))
    people = [await guest(store, f"guest {n:02}") for n in range(REACTION_NAMES + 5)]

    await do_all(store, [reacting(person, 1) for person in people])
    (message,) = await everything(store)

    (reaction,) = message.reactions
    assert reaction.count == REACTION_NAMES + 5
    assert reaction.users == [person.name for person in people[:REACTION_NAMES]]


async def test_a_message_takes_fifty_different_reactions_and_not_one_more(store, ana, bob):
    await do(store, saying(ana, "one"))

    answers = await do_all(
        store, [reacting(ana, 1, chr(0x1F600 + n)) for n in range(EMOJI_PER_MESSAGE + 1)]
    )
    joined = await do(store, reacting(bob, 1, chr(0x1F600)))

    assert isinstance(answers[-1], Conflict)
    assert joined.changed_seq == EMOJI_PER_MESSAGE + 2


# Names and people


async def test_guests_may_repeat_each_others_names_and_stay_different(store, lobby):
    first = await guest(store, "ana")
    second = await guest(store, "ana")

    found = await store.users_named("ana")

    assert [user.id for user in found] == [second.id, first.id]


@pytest.mark.parametrize("name", ["sanchat", "SANCHAT", "sаnchat"])
async def test_nobody_signs_in_as_the_server_or_its_look_alike(store, name):
    with pytest.raises(NameTaken):
        await guest(store, name)


async def test_a_guests_memberships_end_with_the_session(store, ana, lobby):
    token = os.urandom(32)
    session = await do(store, SignInGuest(name="eve", token_hash=token))
    await do(store, Subscribe(room_key="lobby", user_id=session.user.id))
    before = await store.member_count(lobby.id)

    await do(store, SignOut(session_id=session.id))

    assert before == 2
    assert await store.session(token) is None
    assert [member.name for member in await store.members(lobby.id, limit=10)] == ["ana"]
    assert await store.user(session.user.id) is not None


async def test_sessions_unused_for_long_are_tidied_away(store, lobby, clock):
    old, new = os.urandom(32), os.urandom(32)
    await guest(store, "old", "lobby", token=old)
    clock.turn(days=31)
    await guest(store, "new", "lobby", token=new)

    ended = await do(store, Tidy(unused_since=clock() - 30 * 24 * 3600 * 1000))

    assert ended == 1
    assert await store.session(old) is None
    assert await store.session(new) is not None
    assert await store.member_count(lobby.id) == 1


async def test_so_many_sessions_are_tidied_away_at_once(store, clock):
    await do_all(
        store,
        [SignInGuest(name=f"pupil {n}", token_hash=os.urandom(32)) for n in range(TIDY_LIMIT + 3)],
    )
    clock.turn(days=31)
    tidy = Tidy(unused_since=clock() - 30 * 24 * 3600 * 1000)

    assert [await do(store, tidy) for _ in range(3)] == [TIDY_LIMIT, 3, 0]


async def test_the_number_of_members_is_right_however_they_come_and_go(store, lobby, clock):
    await open_room(store, "kitchen")
    ana, bob, cho = [await guest(store, name, "lobby", "kitchen") for name in ("ana", "bob", "cho")]
    await do_all(store, [Subscribe(room_key="lobby", user_id=ana.id)] * 2)  # again, and again
    await do(store, Leave(room_key="lobby", user_id=bob.id))
    token = os.urandom(32)
    eve = await do(store, SignInGuest(name="eve", token_hash=token))
    await do(store, Subscribe(room_key="lobby", user_id=eve.user.id))
    await do(store, SignOut(session_id=eve.id))
    clock.turn(days=31)
    await do(store, Tidy(unused_since=clock()))  # with their sessions all guests' memberships go
    await do(store, Subscribe(room_key="kitchen", user_id=cho.id))

    with contextlib.closing(sqlite3.connect(store.path)) as file:
        kept = file.execute("select id, member_count from rooms order by id").fetchall()
        counted = file.execute(
            "select rooms.id, count(user_id) from rooms left join memberships "
            "on memberships.room_id = rooms.id group by rooms.id order by rooms.id"
        ).fetchall()

    assert kept == counted
    assert sum(count for _, count in kept) == 1


async def test_read_positions_move_forward_only_and_never_past_the_room(store, ana, bob):
    await do_all(store, [saying(bob, f"{n}") for n in range(5)])

    positions = [
        (await do(store, Read(room_key="lobby", user_id=ana.id, seq=seq))).read_seq
        for seq in (3, 1, 99)
    ]

    assert positions == [3, 3, 5]
    (membership,) = await store.rooms_of(ana.id)
    assert membership.read_seq == 5


async def test_what_was_said_before_one_came_counts_as_read(store, ana):
    await do_all(store, [saying(ana, "a"), saying(ana, "b")])
    bob = await guest(store, "bob")

    joined = await do(store, Subscribe(room_key="lobby", user_id=bob.id))
    again = await do(store, Subscribe(room_key="lobby", user_id=bob.id))

    assert (joined.read_seq, joined.began, again.began) == (2, True, False)


async def test_who_leaves_is_no_member_and_may_come_back(store, ana, lobby):
    left = await do(store, Leave(room_key="lobby", user_id=ana.id))
    count = await store.member_count(lobby.id)
    back = await do(store, Subscribe(room_key="lobby", user_id=ana.id))

    assert left.name == "lobby"
    assert count == 0
    assert back.began
