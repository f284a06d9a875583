"""The journal: one transaction after the other, and not a word to anybody before it is durable."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gated import Poster, Scene, playing, turns
from harness import until
from people import (
    HandClock,
    do,
    do_all,
    editing,
    guest,
    open_room,
    present,
    reacting,
    saying,
)

from sanchat.changes import Posted
from sanchat.errors import Internal, NotFound, Unavailable
from sanchat.journal import DELIVERY_BYTES, Journal
from sanchat.models import room_key
from sanchat.store import open_store
from sanchat.tasks import Tasks


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with playing(tmp_path) as scene:
        yield scene


# One transaction after the other


async def test_what_queues_while_one_commit_runs_becomes_the_next(scene):
    ana = await scene.poster("ana")
    scene.store.gate.clear()
    scene.submit(ana, saying(ana.connection.user, "first"))
    await turns()

    scene.submit(ana, *(saying(ana.connection.user, f"{n}") for n in range(20)))
    await turns()
    waiting = [len(batch) for batch in scene.store.batches]
    scene.store.gate.set()
    await scene.settle()

    assert waiting == [1]
    assert [len(batch) for batch in scene.store.batches] == [1, 20]
    assert [answer.seq for answer in ana.answers] == list(range(1, 22))


async def test_who_was_just_answered_is_heard_before_the_next_commit_begins(scene):
    # Or two halves of the people would take turns for ever, in commits half as full.
    ana, bob = await scene.poster("ana"), await scene.poster("bob")
    real = ana.connection.wire.write

    def answered(data: bytes, most_unsent: int) -> bool:
        ana.connection.wire.write = real
        # What the answer brings is at the socket, which the loop reads at its next turn.
        asyncio.get_running_loop().call_soon(
            scene.submit, ana, saying(ana.connection.user, "second")
        )
        return real(data, most_unsent)

    ana.connection.wire.write = answered
    scene.store.gate.clear()
    scene.submit(ana, saying(ana.connection.user, "first"))
    await turns()
    scene.submit(bob, saying(bob.connection.user, "meanwhile"))
    scene.store.gate.set()
    await until(lambda: len(ana.answers) == 2)

    assert [len(batch) for batch in scene.store.batches] == [1, 2]


async def test_nobody_is_answered_shown_or_rung_before_the_commit(scene):
    ana, bob = await scene.poster("ana"), await scene.poster("bob")
    scene.store.gate.clear()

    scene.submit(ana, saying(ana.connection.user, "hi"))
    waiter = asyncio.ensure_future(scene.journal.write(saying(bob.connection.user, "ho")))
    await turns()

    assert (ana.answers, ana.connection.wire.writes, bob.connection.wire.writes) == ([], [], [])
    assert not waiter.done()
    assert scene.rings == 0
    scene.store.gate.set()
    await waiter
    assert ana.connection.wire.numbers() == [1, 2]
    assert bob.connection.wire.numbers() == [1, 2]


async def test_what_is_shown_is_in_the_database(scene, tmp_path):
    ana = await scene.poster("ana")
    committed = sqlite3.connect(tmp_path / "chat.db")
    known: list[int] = []
    real = ana.connection.wire.write

    def write(data: bytes, most_unsent: int) -> bool:
        # Another connection looks at the moment of delivery.
        known.append(committed.execute("select last_seq from rooms").fetchone()[-1])
        return real(data, most_unsent)

    ana.connection.wire.write = write
    for n in range(5):
        await scene.journal.write(saying(ana.connection.user, f"{n}"))
    await scene.settle()

    committed.close()
    assert known == [1, 2, 3, 4, 5]


async def test_the_poster_hears_the_message_before_the_reply_in_one_write(scene):
    ana = await scene.poster("ana")

    scene.submit(ana, saying(ana.connection.user, "hi"))
    await scene.settle()

    assert [f["type"] for f in ana.connection.wire.frames()] == ["message", "reply"]
    assert len(ana.connection.wire.writes) == 1


async def test_each_sender_keeps_their_order(scene):
    people = [await scene.poster(name) for name in ("ana", "bob", "eve")]
    chance = random.Random(7)
    said = {poster: 0 for poster in people}
    for _ in range(300):
        poster = chance.choice(people)
        said[poster] += 1
        scene.submit(poster, saying(poster.connection.user, f"{said[poster]}"))
        if chance.random() < 0.1:
            await turns(3)
    await scene.settle()

    for poster in people:
        seqs = [answer.seq for answer in poster.answers]
        assert seqs == sorted(seqs)
        assert poster.connection.wire.numbers() == list(range(1, 301))


async def test_a_ring_goes_out_for_what_was_committed_and_for_nothing_else(scene):
    ana = await scene.poster("ana")

    await scene.journal.write(saying(ana.connection.user, "hi"))
    await scene.settle()
    with pytest.raises(NotFound):
        await scene.journal.write(saying(ana.connection.user, "ho", room="nowhere"))
    await scene.settle()

    assert scene.rings == 1


# Failures


async def test_a_store_that_cannot_write_answers_unavailable_and_the_journal_goes_on(scene):
    ana = await scene.poster("ana")
    scene.store.fails.append(Unavailable("full"))

    scene.submit(ana, saying(ana.connection.user, "lost", "id"))
    await scene.settle()
    scene.submit(ana, saying(ana.connection.user, "lost", "id"))
    await scene.settle()

    assert isinstance(ana.answers[0], Unavailable)
    assert ana.answers[1] == Posted(1, ana.answers[1].sent_at, "id")
    assert ana.connection.wire.numbers() == [1]
    assert scene.failures == 0


async def test_a_store_that_breaks_is_an_incident_and_the_journal_goes_on(scene, caplog):
    ana = await scene.poster("ana")
    scene.store.fails.append(ZeroDivisionError("secret detail"))

    scene.submit(ana, saying(ana.connection.user, "one"))
    await scene.settle()
    after = await scene.journal.write(saying(ana.connection.user, "two"))

    assert isinstance(ana.answers[0], Internal)
    assert "secret" not in str(ana.answers[0])
    assert ana.answers[0].facts["incident"] in caplog.text
    assert after.seq == 1


async def test_a_delivery_that_breaks_sends_everybody_back_and_the_journal_goes_on(scene, caplog):
    ana = await scene.poster("ana")
    ana.connection.wire.write = None

    scene.submit(ana, saying(ana.connection.user, "one"))
    await scene.settle()
    del ana.connection.wire.write
    after = await scene.journal.write(saying(ana.connection.user, "two"))

    assert scene.failures == 1
    assert after.seq == 2


async def test_a_waiter_that_gave_up_disturbs_nobody(scene):
    ana = await scene.poster("ana")
    scene.store.gate.clear()
    waiter = asyncio.ensure_future(scene.journal.write(saying(ana.connection.user, "one")))
    await turns()

    waiter.cancel()
    scene.store.gate.set()
    after = await scene.journal.write(saying(ana.connection.user, "two"))

    assert after.seq == 2
    assert scene.failures == 0


# Bounds


async def test_the_queue_takes_its_last_change_and_not_one_more(tmp_path):
    async with playing(tmp_path, queue_changes=3) as scene:
        ana = await scene.poster("ana")
        scene.store.gate.clear()
        scene.submit(ana, saying(ana.connection.user, "in the store's hands"))
        await turns()

        scene.submit(ana, *(saying(ana.connection.user, f"{n}") for n in range(3)))
        with pytest.raises(Unavailable):
            scene.submit(ana, saying(ana.connection.user, "too many"))
        scene.store.gate.set()
        await scene.settle()

        assert len(ana.answers) == 4


async def test_batches_are_bounded_by_number_and_by_text(tmp_path):
    async with playing(tmp_path, batch_changes=4, batch_text=100) as scene:
        ana = await scene.poster("ana")
        scene.store.gate.clear()
        scene.submit(ana, saying(ana.connection.user, "0"))
        await turns()

        texts = ["x" * 60, "y" * 40, "z" * 60, "1", "2", "3", "4", "w" * 500]
        scene.submit(ana, *(saying(ana.connection.user, text) for text in texts))
        scene.store.gate.set()
        await scene.settle()

        assert [len(batch) for batch in scene.store.batches] == [1, 2, 4, 1, 1]


LETTERS = {"ascii": "x", "han": "上", "emoji": "😀", "control": "\x01"}


@pytest.mark.parametrize("script", LETTERS)
async def test_a_batch_of_the_largest_changes_costs_no_healthy_reader_the_connection(scene, script):
    ana = await scene.poster("ana")
    text = LETTERS[script] * 4_000
    people = [await guest(scene.store.store, f"guest {n} {'x' * 22}") for n in range(200)]
    await scene.journal.write(saying(ana.connection.user, text, "large"))
    await scene.settle()
    largest = 0
    real = ana.connection.wire.write

    def write(data: bytes, most_unsent: int) -> bool:
        nonlocal largest
        largest = max(largest, len(data))
        return real(data, most_unsent)

    ana.connection.wire.write = write
    scene.submit(ana, *(reacting(p, 1, chr(0x1F600 + n % 50)) for n, p in enumerate(people)))
    edits = [f"{text[:-3]}{n}" for n in range(100, 200)]
    scene.submit(ana, *(editing(ana.connection.user, 1, edit) for edit in edits))
    await scene.settle()

    assert ana.connection.wire.numbers() == list(range(1, 302))
    assert largest < DELIVERY_BYTES + 64 * 1024


# What other processes write


async def test_what_another_process_wrote_comes_first_and_without_a_hole(scene):
    ana = await scene.poster("ana")
    await do_all(scene.store.store, [saying(ana.connection.user, f"foreign {n}") for n in range(5)])

    await scene.journal.write(saying(ana.connection.user, "own"))
    await scene.settle()

    assert ana.connection.wire.numbers() == [1, 2, 3, 4, 5, 6]


async def test_what_another_process_wrote_is_delivered_when_the_bell_rings(scene):
    ana = await scene.poster("ana")
    many = [saying(ana.connection.user, f"{n}") for n in range(450)]
    await do_all(scene.store.store, many)

    scene.journal.look_for_foreign()
    await until(lambda: 450 in scene.hub.positions().values())

    assert ana.connection.wire.numbers() == list(range(1, 451))


async def test_what_was_written_to_many_rooms_costs_one_look_at_all_of_them(scene, monkeypatch):
    ana = await scene.poster("ana")
    names = [f"room{n}" for n in range(12)]
    for name in names:
        room = await open_room(scene.store.store, name)
        assert scene.hub.start(ana.connection, scene.hub.enlist(ana.connection, room), 0) == b""
    user = ana.connection.user
    await do_all(scene.store.store, [saying(user, "hi", room=name) for name in names])
    looks = []
    positions = scene.hub.positions
    monkeypatch.setattr(scene.hub, "positions", lambda: looks.append(1) or positions())

    scene.journal.look_for_foreign()
    await until(lambda: len(ana.connection.wire.numbers()) == 12)

    assert len(looks) == 1


async def test_a_bell_without_news_delivers_nothing(scene):
    ana = await scene.poster("ana")
    await scene.journal.write(saying(ana.connection.user, "hi"))

    scene.journal.look_for_foreign()
    await scene.journal.write(saying(ana.connection.user, "ho"))
    await scene.settle()

    assert ana.connection.wire.numbers() == [1, 2]


@pytest.mark.parametrize("seed", range(10))
async def test_own_and_foreign_rounds_and_joins_in_any_order_are_heard_once_each(tmp_path, seed):
    chance = random.Random(seed)
    async with playing(tmp_path) as scene:
        store = scene.store.store
        ana = await scene.poster("ana")
        joined: list[tuple[Poster, int]] = [(ana, 0)]
        said = 0
        for step in range(40):
            doing = chance.random()
            if doing < 0.5:
                said += 1
                scene.submit(ana, saying(ana.connection.user, f"own {step}"))
            elif doing < 0.7:
                said += 1
                await do(store, saying(ana.connection.user, f"foreign {step}"))
                if chance.random() < 0.5:
                    scene.journal.look_for_foreign()
            elif doing < 0.85:
                await join_like_a_socket(scene, joined, chance)
            else:
                await turns(chance.randint(1, 30))
        scene.journal.look_for_foreign()
        await scene.journal.write(saying(ana.connection.user, "end"))
        await scene.settle()

        for poster, cursor in joined:
            assert poster.connection.wire.numbers() == list(range(cursor + 1, said + 2))


async def join_like_a_socket(
    scene: Scene, joined: list[tuple[Poster, int]], chance: random.Random
) -> None:
    store = scene.store.store
    poster = Poster(await guest(store, f"guest {len(joined)}", "lobby"))
    scene.hub.add(poster.connection, ())
    subscription = scene.hub.enlist(poster.connection, await present(store, "lobby"))
    await turns(chance.randint(0, 10))
    room = await store.room(room_key("lobby"))
    replay = await store.changes_after(room, 0, limit=1_000)
    cursor = max([m.changed_seq for m in replay] + [room.last_seq])
    await turns(chance.randint(0, 10))
    held = scene.hub.start(poster.connection, subscription, cursor)
    if held is not None:
        poster.connection.write(held)
        joined.append((poster, cursor))


async def test_a_program_without_connections_writes_all_the_same(tmp_path):
    store = await open_store(tmp_path / "chat.db", clock=HandClock())
    await open_room(store, "lobby")
    ana = await guest(store, "ana")
    journal = Journal(store, None, lambda: None)
    async with Tasks() as tasks:
        tasks.start(journal.run())

        answers = await journal.write_all([saying(ana, "a"), saying(ana, "b", room="nowhere")])
        tasks.cancel()
    await store.close()

    assert [type(answer) for answer in answers] == [Posted, NotFound]
