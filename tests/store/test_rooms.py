"""Rooms and their names over time, and the acts that change them."""

import pytest
from people import (
    do,
    do_all,
    everything,
    open_room,
    present,
    reacting,
    saying,
)

from sanchat.changes import (
    ArchiveRoom,
    CreateRoom,
    DeleteRoom,
    KeepOut,
    LiftBan,
    RecordResult,
    RenameRoom,
    Subscribe,
    Sweep,
)
from sanchat.errors import (
    Conflict,
    NotFound,
)
from sanchat.replay import read_replay

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
