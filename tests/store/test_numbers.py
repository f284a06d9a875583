"""Every change takes its room's next number: no hole, no repetition, whatever fails beside it."""

import asyncio

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

from sanchat.changes import (
    ArchiveRoom,
    CreateRoom,
    KeepOut,
    Posted,
)
from sanchat.errors import (
    Conflict,
    Forbidden,
    NotFound,
)

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
