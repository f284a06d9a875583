"""Who may write where, asked in the transaction that writes: bans, closed rooms, slow mode."""

from pathlib import Path

import pytest
from people import (
    deleting,
    do,
    do_all,
    editing,
    everything,
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
    Import,
    KeepOut,
    Leave,
    LiftBan,
    Posted,
    Read,
    RestoreRoom,
    Subscribe,
)
from sanchat.errors import (
    Archived,
    Banned,
    Kicked,
    Muted,
    NotFound,
    SlowMode,
)
from sanchat.models import Room
from sanchat.store import Store


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
