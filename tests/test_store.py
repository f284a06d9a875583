"""What every store promises, whatever it is made of: run against each adapter."""

import asyncio
import contextlib
import os
import random
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from people import (
    HandClock,
    deleting,
    do,
    do_all,
    editing,
    guest,
    open_room,
    present,
    reacting,
    saying,
)

from sanchat.adoption import EnsureImportedUser
from sanchat.changes import (
    ArchiveRoom,
    CreateRoom,
    DeleteRoom,
    Import,
    KeepOut,
    Leave,
    LiftBan,
    Post,
    Posted,
    Read,
    RecordResult,
    RenameRoom,
    RestoreRoom,
    Subscribe,
    Sweep,
    Tidy,
)
from sanchat.errors import (
    Archived,
    Banned,
    Conflict,
    Forbidden,
    Kicked,
    Muted,
    NameTaken,
    NotFound,
    SlowMode,
)
from sanchat.identity import SignInGuest, SignOut
from sanchat.models import EMOJI_PER_MESSAGE, REACTION_NAMES, Message, Room, User
from sanchat.replay import read_replay
from sanchat.store import Store, open_store
from sanchat.store.people import TIDY_LIMIT


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["sqlite"])
async def store(request, tmp_path: Path, clock: HandClock) -> AsyncIterator[Store]:
    addresses = {"sqlite": tmp_path / "chat.db"}
    opened = await open_store(addresses[request.param], server=True, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def lobby(store: Store) -> Room:
    return await open_room(store, "lobby")


@pytest.fixture
async def ana(store: Store, lobby: Room) -> User:
    return await guest(store, "ana", "lobby")


@pytest.fixture
async def bob(store: Store, lobby: Room) -> User:
    return await guest(store, "bob", "lobby")


async def everything(store: Store, room: str = "lobby") -> list[Message]:
    return await store.since(await present(store, room), 0, limit=100_000)


# Numbers


async def test_messages_are_numbered_from_one_without_a_hole(store, ana):
    batch = [saying(ana, f"{n}") for n in range(100)]

    answers = await do_all(store, batch)

    assert [posted.seq for posted in answers] == list(range(1, 101))
    assert [(m.seq, m.changed_seq, m.text) for m in await everything(store)] == [
        (n, n, f"{n - 1}") for n in range(1, 101)
    ]
    assert (await present(store, "lobby")).last_seq == 100


async def test_each_room_counts_for_itself_within_one_batch(store, ana):
    await open_room(store, "kitchen")

    answers = await do_all(
        store,
        [saying(ana, "a"), saying(ana, "b", room="kitchen"), saying(ana, "c")],
    )

    assert [posted.seq for posted in answers] == [1, 1, 2]


async def test_edits_deletions_and_reactions_take_the_rooms_next_number(store, ana):
    answers = await do_all(
        store,
        [
            saying(ana, "one"),
            saying(ana, "two"),
            editing(ana, 1, "uno"),
            reacting(ana, 2),
            saying(ana, "three"),
            deleting(ana, 1),
        ],
    )

    assert [getattr(a, "changed_seq", None) or a.seq for a in answers] == [1, 2, 3, 4, 5, 6]
    found = {m.seq: m for m in await everything(store)}
    assert sorted(found) == [1, 2, 5]
    assert [found[seq].changed_seq for seq in (1, 2, 5)] == [6, 4, 5]


async def test_what_is_committed_is_told_in_the_order_of_its_numbers(store, ana):
    appended = await store.append(
        [saying(ana, "one"), editing(ana, 1, "uno"), saying(ana, "two"), deleting(ana, 1)]
    )

    assert [c.message.changed_seq for c in appended.committed] == [1, 2, 3, 4]
    assert [c.message.text for c in appended.committed] == ["one", "uno", "two", None]


async def test_a_change_that_changes_nothing_takes_no_number(store, ana):
    await do_all(store, [saying(ana, "one"), reacting(ana, 1)])

    same_text = await do(store, editing(ana, 1, "one"))
    same_reaction = await do(store, reacting(ana, 1))
    no_reaction = await do(store, reacting(ana, 1, "🎉", on=False))
    await do(store, deleting(ana, 1))
    deleted_again = await do(store, deleting(ana, 1))

    assert [same_text.changed_seq, same_reaction.changed_seq, no_reaction.changed_seq] == [2, 2, 2]
    assert deleted_again.changed_seq == 3
    assert (await present(store, "lobby")).last_seq == 3


async def test_a_number_beyond_all_numbers_reaches_no_other_room(store, ana):
    secret = await do(store, CreateRoom(name="secret", kind="closed", actor_id=ana.id))
    await do(store, saying(ana, "for us alone", room="secret"))
    bob = await guest(store, "bob", "lobby")
    lobby = await present(store, "lobby")
    beyond = ((secret.id - lobby.id) << 40) + 1

    answers = await do_all(
        store, [reacting(bob, beyond), editing(bob, beyond, "x"), deleting(bob, beyond)]
    )
    pages = [
        await store.before(lobby, 2**53, limit=10),
        await store.changes_after(lobby, beyond - 1, limit=10),
        await store.since(lobby, beyond - 1, limit=10),
    ]

    assert [type(answer) for answer in answers] == [NotFound] * 3
    assert pages == [[], [], []]


# Retries


async def test_a_retried_post_is_the_same_message(store, ana, clock):
    first = await do(store, saying(ana, "hi", "id-1"))
    await do(store, saying(ana, "more"))
    clock.turn(days=400)

    again = await do(store, saying(ana, "hi", "id-1"))

    assert again == Posted(first.seq, first.sent_at, "id-1", duplicate=True)
    assert (await present(store, "lobby")).last_seq == 2


async def test_equal_posts_in_one_batch_are_one_message(store, ana):
    appended = await store.append([saying(ana, "hi", "same")] * 5 + [saying(ana, "next")])

    assert [a.seq for a in appended.answers] == [1, 1, 1, 1, 1, 2]
    assert [a.duplicate for a in appended.answers] == [False, True, True, True, True, False]
    assert [c.message.seq for c in appended.committed] == [1, 2]


async def test_old_and_new_posts_of_one_batch_leave_no_hole(store, ana, bob):
    await do_all(store, [saying(ana, "a"), saying(ana, "b")])

    answers = await do_all(
        store,
        [
            saying(bob, "x"),
            saying(ana, "b"),
            editing(ana, 1, "A"),
            saying(ana, "a"),
            saying(bob, "y"),
        ],
    )

    assert [getattr(a, "changed_seq", None) or a.seq for a in answers] == [3, 2, 4, 1, 5]
    assert [m.changed_seq for m in await everything(store)] == [4, 2, 3, 5]


async def test_a_hundred_racing_equal_posts_are_one_message(store, ana):
    answers = await asyncio.gather(*(do(store, saying(ana, "hi", "same")) for _ in range(100)))

    assert {posted.seq for posted in answers} == {1}
    assert sum(posted.duplicate for posted in answers) == 99
    assert len(await everything(store)) == 1


async def test_the_same_id_in_another_room_or_of_somebody_else_is_another_message(store, ana, bob):
    await open_room(store, "kitchen")

    answers = await do_all(
        store,
        [
            saying(ana, "hi", "id"),
            saying(bob, "hi", "id"),
            saying(ana, "hi", "id", room="kitchen"),
        ],
    )

    assert [a.duplicate for a in answers] == [False] * 3


async def test_a_retry_of_a_deleted_message_does_not_bring_it_back(store, ana):
    await do_all(store, [saying(ana, "oops", "id"), deleting(ana, 1)])

    again = await do(store, saying(ana, "oops", "id"))

    assert (again.seq, again.duplicate) == (1, True)
    assert [m.text for m in await everything(store)] == [None]


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda ana: ArchiveRoom(room_key="lobby"),
        lambda ana: KeepOut(kind="mute", user_id=ana.id),
        lambda ana: KeepOut(kind="ban", user_id=ana.id, room_key="lobby"),
    ],
    ids=["archived", "muted", "banned"],
)
async def test_a_retry_is_answered_as_before_whatever_happened_since(store, ana, meanwhile):
    await do(store, saying(ana, "hi", "id"))
    await do(store, meanwhile(ana))

    again = await do(store, saying(ana, "hi", "id"))

    assert (again.seq, again.duplicate) == (1, True)


# One refused change among others


async def test_a_refused_change_does_not_disturb_the_rest_of_its_batch(store, ana, bob):
    answers = await do_all(
        store,
        [
            saying(ana, "one"),
            editing(bob, 1, "not mine"),
            saying(ana, "nowhere", room="nowhere"),
            saying(bob, "two"),
            deleting(bob, 99),
            CreateRoom(name="lobby"),
            saying(bob, "three"),
        ],
    )

    assert [type(a) for a in answers] == [
        Posted,
        Forbidden,
        NotFound,
        Posted,
        NotFound,
        Conflict,
        Posted,
    ]
    assert [m.seq for m in await everything(store)] == [1, 2, 3]


async def test_a_batch_that_fails_whole_leaves_no_trace_and_no_hole(store, ana):
    await do(store, saying(ana, "one"))

    with pytest.raises(UnicodeEncodeError):
        await store.append([saying(ana, "two"), saying(ana, "three \ud800", "id")])
    after = await do(store, saying(ana, "two again"))

    assert after.seq == 2
    assert [m.text for m in await everything(store)] == ["one", "two again"]


# Rights


async def test_an_archived_room_can_be_read_but_not_written_in(store, ana):
    await do(store, saying(ana, "one"))
    await do(store, ArchiveRoom(room_key="lobby"))

    answers = await do_all(
        store, [saying(ana, "two"), editing(ana, 1, "uno"), reacting(ana, 1), deleting(ana, 1)]
    )

    assert [type(a) for a in answers] == [Archived] * 4
    assert [m.text for m in await everything(store)] == ["one"]


async def test_a_restored_room_can_be_written_in_again(store, ana):
    await do_all(store, [ArchiveRoom(room_key="lobby"), RestoreRoom(room_key="lobby")])

    posted = await do(store, saying(ana, "back"))

    assert posted.seq == 1


async def test_who_is_banned_from_a_room_can_write_elsewhere(store, ana):
    await open_room(store, "kitchen")
    await do(store, KeepOut(kind="ban", user_id=ana.id, room_key="lobby"))

    here, there = await do_all(store, [saying(ana, "a"), saying(ana, "b", room="kitchen")])

    assert isinstance(here, Banned)
    assert there.seq == 1


async def test_a_ban_takes_effect_within_its_own_batch(store, ana):
    answers = await do_all(
        store, [saying(ana, "before"), KeepOut(kind="ban", user_id=ana.id), saying(ana, "after")]
    )

    assert answers[0].seq == 1
    assert isinstance(answers[2], Banned)


async def test_a_ban_ends_at_its_time_and_when_it_is_lifted(store, ana, bob, clock):
    until = clock() + 60_000
    await do(store, KeepOut(kind="ban", user_id=ana.id, until=until))
    await do(store, KeepOut(kind="ban", user_id=bob.id))

    refused = await do_all(store, [saying(ana, "a"), saying(bob, "b")])
    clock.turn(seconds=60)
    await do(store, LiftBan(user_id=bob.id))
    taken = await do_all(store, [saying(ana, "a"), saying(bob, "b")])

    assert [type(a) for a in refused] == [Banned, Banned]
    assert refused[0].facts == {"until": until}
    assert [a.seq for a in taken] == [1, 2]


async def test_who_is_kicked_may_come_back_after_a_minute(store, ana, clock):
    await do(store, KeepOut(kind="kick", user_id=ana.id, until=clock() + 60_000))

    (refused,) = await do_all(store, [saying(ana, "a")])
    clock.turn(seconds=60)
    posted = await do(store, saying(ana, "a"))

    assert isinstance(refused, Kicked)
    assert refused.facts == {"retry_after_ms": 60_000}
    assert posted.seq == 1


async def test_who_is_muted_may_read_and_delete_but_not_write(store, ana):
    await do_all(store, [saying(ana, "one"), KeepOut(kind="mute", user_id=ana.id)])

    answers = await do_all(
        store, [saying(ana, "two"), editing(ana, 1, "uno"), reacting(ana, 1), deleting(ana, 1)]
    )
    place = await store.place("lobby", ana.id)

    assert [type(a) for a in answers[:3]] == [Muted] * 3
    assert answers[3].changed_seq == 2
    assert place.role == "member"


async def test_a_ban_keeps_out_who_looks_like_the_banned(store, ana):
    await do(store, KeepOut(kind="ban", user_id=ana.id))

    with pytest.raises(Banned):
        await guest(store, "аna")  # with a Cyrillic а


async def test_a_ban_from_one_room_keeps_nobody_off_the_server(store, ana):
    await do(store, KeepOut(kind="ban", user_id=ana.id, room_key="lobby"))

    twin = await guest(store, "ana")

    assert twin.id != ana.id


async def test_a_closed_room_does_not_exist_for_outsiders(store, ana, bob):
    await do(store, CreateRoom(name="secret", kind="closed", actor_id=ana.id))
    await do(store, saying(ana, "one", room="secret"))

    answers = await do_all(
        store,
        [
            saying(bob, "a", room="secret"),
            reacting(bob, 1, room="secret"),
            Subscribe(room_key="secret", user_id=bob.id),
            Read(room_key="secret", user_id=bob.id, seq=1),
            Leave(room_key="secret", user_id=bob.id),
        ],
    )
    nowhere = await do_all(store, [Subscribe(room_key="nowhere", user_id=bob.id)])

    assert {type(a) for a in answers} == {NotFound}
    assert {str(a) for a in answers} == {str(nowhere[0])}


async def test_a_reply_is_to_a_message_of_the_same_room(store, ana):
    await open_room(store, "kitchen")

    answers = await do_all(
        store,
        [
            saying(ana, "one"),
            saying(ana, "to the one above", reply_to=1),
            saying(ana, "to nothing", reply_to=9),
            saying(ana, "to the wrong room", room="kitchen", reply_to=1),
        ],
    )

    assert [type(a) for a in answers] == [Posted, Posted, NotFound, NotFound]
    assert (await everything(store))[1].reply_to == 1


async def test_imported_users_speak_at_their_own_time(store, lobby):
    said_at = 1_000_000_000_000
    mark = await do(store, EnsureImportedUser(name="mark"))
    again = await do(store, EnsureImportedUser(name="mark"))
    line = Import(
        room_key="lobby", author_id=mark.id, text="hi", client_message_id="1", sent_at=said_at
    )

    first, second = await do_all(store, [line, line])

    assert again.id == mark.id
    assert (first.seq, first.sent_at, second.duplicate) == (1, said_at, True)


# Slow mode


@pytest.fixture
async def slow_lobby(store: Store, lobby: Room, tmp_path: Path) -> Room:
    # No change sets it; an administrator does, in the file.
    await store._on_writer(store._writer.execute, "update rooms set slow_mode_s = 10")
    return await present(store, "lobby")


async def test_slow_mode_takes_one_message_per_person_and_interval(
    store, slow_lobby, ana, bob, clock
):
    first = await do_all(store, [saying(ana, "a"), saying(bob, "b")])
    clock.turn(seconds=4)
    (refused,) = await do_all(store, [saying(ana, "too soon")])
    clock.turn(seconds=6)
    later = await do(store, saying(ana, "in time"))

    assert [a.seq for a in first] == [1, 2]
    assert isinstance(refused, SlowMode)
    assert refused.facts == {"retry_after_ms": 6_000}
    assert later.seq == 3


async def test_slow_mode_holds_within_one_batch(store, slow_lobby, ana):
    answers = await do_all(store, [saying(ana, f"{n}") for n in range(5)])

    assert [type(a) for a in answers] == [Posted, *[SlowMode] * 4]
    assert len(await everything(store)) == 1


async def test_slow_mode_answers_a_retry_with_the_first_number(store, slow_lobby, ana):
    await do(store, saying(ana, "hi", "id"))

    again = await do(store, saying(ana, "hi", "id"))

    assert (again.seq, again.duplicate) == (1, True)


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


# Rooms


async def test_one_name_is_one_room_in_every_spelling(store, lobby):
    (answer,) = await do_all(store, [CreateRoom(name="LOBBY")])

    assert isinstance(answer, Conflict)


async def test_a_name_used_again_goes_on_above_the_deleted_rooms_numbers(store, ana):
    await do_all(store, [saying(ana, f"{n}") for n in range(7)])
    await do(store, DeleteRoom(room_key="lobby"))

    again = await open_room(store, "lobby")
    posted = await do(store, saying(ana, "new"))

    assert again.last_seq >= 7
    assert posted.seq == again.last_seq + 1
    assert [m.text for m in await everything(store)] == ["new"]


@pytest.mark.parametrize("after", [0, 6, 7])
async def test_cursors_of_a_deleted_room_are_void_in_the_room_that_takes_its_name(
    store, ana, after
):
    await do_all(store, [saying(ana, f"{n}") for n in range(7)])
    await do(store, DeleteRoom(room_key="lobby"))
    again = await open_room(store, "lobby")

    replay = await read_replay(store, again, after=after, epoch=store.epoch, limit=None)

    assert replay.reset


@pytest.mark.parametrize("after", [3, 7])
async def test_cursors_of_a_former_room_are_void_also_after_a_rename(store, ana, after):
    await do_all(store, [saying(ana, f"{n}") for n in range(7)])
    await do(store, DeleteRoom(room_key="lobby"))
    await open_room(store, "hall")
    await do(store, RenameRoom(room_key="hall", name="lobby"))
    await do_all(store, [saying(ana, f"{n}") for n in range(20)])

    replay = await read_replay(
        store, await present(store, "lobby"), after=after, epoch=store.epoch, limit=None
    )

    assert replay.reset


async def test_a_renamed_room_keeps_its_messages_and_frees_its_name(store, ana):
    await do(store, saying(ana, "one"))

    renamed = await do(store, RenameRoom(room_key="lobby", name="Hall"))
    posted = await do(store, saying(ana, "two", room="hall"))
    successor = await open_room(store, "lobby")

    assert (renamed.name, posted.seq) == ("Hall", 2)
    assert [m.room for m in await everything(store, "hall")] == ["Hall", "Hall"]
    assert successor.last_seq >= 1


async def test_a_room_is_not_renamed_to_a_name_in_use(store, lobby):
    await open_room(store, "hall")

    (answer,) = await do_all(store, [RenameRoom(room_key="hall", name="Lobby")])

    assert isinstance(answer, Conflict)


async def test_a_deleted_room_takes_its_messages_and_members_with_it(store, ana):
    await do_all(store, [saying(ana, "one"), reacting(ana, 1)])
    lobby = await present(store, "lobby")

    await do(store, DeleteRoom(room_key="lobby"))

    assert await store.room("lobby") is None
    while await do(store, Sweep()):
        pass
    assert await store.since(lobby, 0, limit=10) == []
    assert await store.rooms_of(ana.id) == []
    assert await store.last_seqs([lobby.id]) == {}


async def test_rooms_are_listed_by_name_in_pages(store):
    for name in ("beta", "Alpha", "gamma"):
        await open_room(store, name)

    first = await store.rooms(limit=2)
    rest = await store.rooms(after="beta", limit=2)

    assert [room.name for room in first] == ["Alpha", "beta"]
    assert [room.name for room in rest] == ["gamma"]


async def test_ones_own_rooms_come_newest_activity_first(store, ana, clock):
    for name in ("old", "busy"):
        await open_room(store, name)
        await do(store, Subscribe(room_key=name, user_id=ana.id))
    clock.turn(seconds=5)

    await do(store, saying(ana, "news", room="old"))

    newest, *_ = await store.rooms_of(ana.id)
    assert newest.room.name == "old"


# Acts


async def test_each_act_is_a_row_that_servers_read_after_their_cursor(store, ana):
    start = await store.last_act()

    act_id = await do(store, KeepOut(kind="kick", user_id=ana.id, reason="Enough.", actor="root"))
    appended = await store.append([ArchiveRoom(room_key="lobby", actor="root")])
    acts = await store.acts_after(start)

    assert [act.kind for act in acts] == ["kick", "room_archived"]
    assert (acts[0].id, acts[0].user, acts[0].data["reason"]) == (act_id, "ana", "Enough.")
    assert appended.acted


async def test_what_a_server_did_about_an_act_is_recorded_once(store, ana):
    act_id = await do(store, KeepOut(kind="kick", user_id=ana.id))

    await do_all(
        store,
        [RecordResult(act_id=act_id, server="one", connections=n) for n in (2, 7)],
    )

    assert await store.act_results(act_id) == [("one", 2)]


async def test_lifting_what_is_not_there_is_refused(store, ana):
    (answer,) = await do_all(store, [LiftBan(user_id=ana.id)])

    assert isinstance(answer, NotFound)


# Reading


async def test_history_comes_in_pages_that_meet_without_gap_or_overlap(store, ana):
    await do_all(store, [saying(ana, f"{n}") for n in range(1, 101)])
    lobby = await present(store, "lobby")

    pages = [await store.newest(lobby, limit=30)]
    while pages[-1]:
        pages.append(await store.before(lobby, pages[-1][0].seq, limit=30))

    assert [len(page) for page in pages] == [30, 30, 30, 10, 0]
    assert [m.seq for page in reversed(pages) for m in page] == list(range(1, 101))


@pytest.mark.parametrize("seed", range(8))
async def test_changes_after_any_cursor_are_those_of_a_naive_model(store, ana, bob, seed):
    chance = random.Random(seed)
    model = Model()
    people = [ana, bob]
    for _ in range(12):
        batch, expected = [], []
        for _ in range(chance.randint(1, 30)):
            change = random_change(chance, people, model)
            batch.append(change)
            expected.append(model.apply(change))
        answers = await do_all(store, batch)
        assert [getattr(a, "changed_seq", getattr(a, "seq", None)) for a in answers] == expected
    lobby = await present(store, "lobby")

    assert lobby.last_seq == model.last
    for after in [0, model.last, *(chance.randrange(model.last) for _ in range(20))]:
        for limit in (1, 7, 1_000):
            found = await store.changes_after(lobby, after, limit=limit)
            assert [shape(m) for m in found] == model.changes_after(after)[:limit]


class Model:
    """A room as a list of messages, for comparison."""

    def __init__(self) -> None:
        self.last = 0
        self.messages: dict[int, list] = {}  # seq: [changed, author, text, {emoji: {user}}]
        self.ids: dict[tuple[int, str], int] = {}

    def apply(self, change) -> int | None:
        if isinstance(change, Post):
            return self._post(change)
        message = self.messages.get(change.seq)
        kind = type(change).__name__
        if message is None or (kind != "React" and message[1] != change.user_id):
            return None
        if message[2] is None:
            return message[0] if kind == "Delete" else None
        if kind == "Edit":
            changed, message[2] = message[2] != change.text, change.text
        elif kind == "Delete":
            changed, message[2] = True, None
            message[3].clear()
        else:
            users = message[3].setdefault(change.emoji, set())
            changed = (change.user_id in users) != change.on
            (users.add if change.on else users.discard)(change.user_id)
            if not users:
                del message[3][change.emoji]
        if changed:
            self.last += 1
            message[0] = self.last
        return message[0]

    def _post(self, post: Post) -> int:
        key = (post.author_id, post.client_message_id)
        if key not in self.ids:
            self.last += 1
            self.ids[key] = self.last
            self.messages[self.last] = [self.last, post.author_id, post.text, {}]
        return self.ids[key]

    def changes_after(self, after: int) -> list:
        found = [
            (seq, changed, author, text, {emoji: len(users) for emoji, users in reactions.items()})
            for seq, (changed, author, text, reactions) in self.messages.items()
            if changed > after
        ]
        return sorted(found, key=lambda message: message[1])


def shape(m: Message) -> tuple:
    reactions = {reaction.emoji: reaction.count for reaction in m.reactions or ()}
    return (m.seq, m.changed_seq, m.user.id, m.text, reactions)


def random_change(chance: random.Random, people: list[User], model: Model):
    user = chance.choice(people)
    seq = chance.randint(1, model.last + 2)
    return chance.choices(
        [
            saying(user, f"text {chance.random()}", f"id-{chance.randrange(200)}"),
            editing(user, seq, chance.choice(["new", "newer"])),
            deleting(user, seq),
            reacting(user, seq, chance.choice("👍🎉"), on=chance.random() < 0.7),
        ],
        weights=[5, 2, 1, 2],
    )[0]
