"""Hot queries find what they want by an index, and never sort a whole room."""

import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from people import HandClock, do, do_all, editing, guest, open_room, present, saying
from statements import Statements, scans_of_messages

from sanchat.changes import KeepOut, Leave
from sanchat.store import Store, open_store

QUERIES = {
    "newest": lambda store, room, user: store.newest(room, limit=50),
    "before": lambda store, room, user: store.before(room, 100, limit=50),
    "since": lambda store, room, user: store.since(room, 100, limit=50),
    "changes after": lambda store, room, user: store.changes_after(room, 100, limit=50),
    "room": lambda store, room, user: store.room("lobby"),
    "room by id": lambda store, room, user: store.room_by_id(room.id),
    "place": lambda store, room, user: store.place("lobby", user.id),
    "rooms of": lambda store, room, user: store.rooms_of(user.id),
    "members": lambda store, room, user: store.members(room.id, limit=200),
    "members page": lambda store, room, user: store.members_page(room.id, after=5, limit=200),
    "member count": lambda store, room, user: store.member_count(room.id),
    "session": lambda store, room, user: store.session(b"x" * 32),
    "user": lambda store, room, user: store.user(user.id),
    "users named": lambda store, room, user: store.users_named("ana"),
    "bans of": lambda store, room, user: store.bans_of(user.id),
    "acts after": lambda store, room, user: store.acts_after(1),
    "last act": lambda store, room, user: store.last_act(),
    "act results": lambda store, room, user: store.act_results(1),
    "last seqs": lambda store, room, user: store.last_seqs([room.id]),
}
SMALL = ("CONSTANT ROW", "json_each", "again", "outermost", "(subquery", "CO-ROUTINE")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(tmp_path / "chat.db", server=True, clock=HandClock())
    await open_room(store, "lobby")
    await guest(store, "ana", "lobby")
    yield store
    await store.close()


def plan_of(database: Path, statements: list[str]) -> list[str]:
    connection = sqlite3.connect(database)
    rows = [
        row[3]
        for statement in statements
        for row in connection.execute(f"explain query plan {statement}")
    ]
    connection.close()
    return rows


async def traced(store: Store, query) -> list[str]:
    """The statements that a query runs, with their values."""
    found: list[str] = []
    (ana,) = await store.users_named("ana")
    room = await present(store, "lobby")
    reader = store._reader
    await reader.set_trace_callback(found.append)
    await query(store, room, ana)
    await reader.set_trace_callback(None)
    return [statement for statement in found if not statement.startswith("--")]


@pytest.mark.parametrize("name", QUERIES)
async def test_a_hot_query_uses_its_index(store, tmp_path, name):
    statements = await traced(store, QUERIES[name])

    plan = plan_of(tmp_path / "chat.db", statements)

    assert plan
    scans = [step for step in plan if step.startswith("SCAN") and not re.search(r"\(|json", step)]
    assert [step for step in scans if step.split()[1] in ("messages", "rooms", "users")] == []


@pytest.mark.parametrize("name", ["newest", "before", "since", "changes after"])
async def test_reading_messages_sorts_at_most_one_answer(store, tmp_path, name):
    statements = await traced(store, QUERIES[name])

    plan = plan_of(tmp_path / "chat.db", statements)

    reads = [step for step in plan if re.match(r"(SEARCH|SCAN) messages", step)]
    assert reads
    for step in reads:
        assert "INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in step or (
            "INDEX messages_changed (room_id=? AND changed_seq>?" in step
        )


@pytest.mark.parametrize("name", ["newest", "changes after"])
async def test_a_long_room_costs_no_more_than_a_short_one(store, name):
    (ana,) = await store.users_named("ana")
    await do_all(store, [saying(ana, f"{n}") for n in range(300)])
    await do_all(store, [editing(ana, n, "new") for n in range(1, 60)])
    short = await steps(store, QUERIES[name])
    for part in range(10):
        await do_all(store, [saying(ana, f"{part} {n}") for n in range(500)])
    await do_all(store, [editing(ana, n, "newer") for n in range(1_000, 1_200)])

    long = await steps(store, QUERIES[name])

    assert long < short * 1.5


async def test_an_answer_after_a_long_absence_reads_no_change_that_is_not_in_it(store):
    (ana,) = await store.users_named("ana")

    def page(store, room, user):
        return store.changes_after(room, 0, limit=100)

    await do_all(store, [saying(ana, f"{n}") for n in range(300)])
    before = await steps(store, page)
    await do_all(store, [editing(ana, n, "new") for n in range(201, 300)])

    after = await steps(store, page)

    assert after < before * 1.2


async def test_catching_up_where_everything_was_changed_costs_what_there_is_to_catch_up(store):
    (ana,) = await store.users_named("ana")
    answers = 0

    async def catch_up(store, room, user):
        nonlocal answers
        answers, cursor = 0, 0
        while changes := await store.changes_after(room, cursor, limit=10):
            answers, cursor = answers + 1, changes[-1].changed_seq

    async def change_all(first: int, last: int) -> None:
        await do_all(store, [saying(ana, f"{n}") for n in range(first, last)])
        for _ in range(2):
            numbers = [
                m.seq
                for m in await store.before(await present(store, "lobby"), 1 << 39, limit=1_000)
            ]
            await do_all(store, [editing(ana, n, "new") for n in numbers])

    await change_all(0, 200)
    few, few_answers = await steps(store, catch_up), answers
    await change_all(200, 800)

    many = await steps(store, catch_up)

    assert (few_answers, answers) == (20, 80)
    assert many < few * 4 * 1.3


@pytest.mark.parametrize("name", ["members", "member count"])
async def test_a_room_of_many_members_costs_no_more_than_one_of_a_full_list(store, name):
    crowd = [await guest(store, f"g{n}", "lobby") for n in range(205)]
    few = await steps(store, QUERIES[name])
    crowd += [await guest(store, f"h{n}", "lobby") for n in range(600)]
    await do(store, Leave(room_key="lobby", user_id=crowd[0].id))

    many = await steps(store, QUERIES[name])

    assert many <= few + 1
    assert await store.member_count((await present(store, "lobby")).id) == len(crowd)


async def steps(store: Store, query) -> int:
    """How many hundreds of instructions of SQLite's machine a query takes."""
    (ana,) = await store.users_named("ana")
    room = await present(store, "lobby")
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    await store._reader.set_progress_handler(step, 100)
    await query(store, room, ana)
    await store._reader.set_progress_handler(None, 100)
    return count


async def test_numbering_a_post_reads_by_index_alone(store, tmp_path):
    (ana,) = await store.users_named("ana")
    await do(store, KeepOut(kind="mute", user_id=ana.id, until=1))
    found: list[str] = []
    await store._on_writer(store._writer.set_trace_callback, found.append)
    await do_all(store, [saying(ana, "hi", "id"), saying(ana, "hi", "id")])
    await do_all(store, [saying(ana, "hi", "id"), editing(ana, 1, "ho")])
    await store._on_writer(store._writer.set_trace_callback, None)

    reads = [s for s in found if re.match(r"\s*(select|update|insert)", s)]
    plan = plan_of(tmp_path / "chat.db", reads)

    assert any("messages_by_client_id" in step for step in plan)
    assert [step for step in plan if re.match(r"SCAN (messages|rooms|users|bans)", step)] == []


@pytest.mark.parametrize(
    "scanning",
    [
        "select count(*) from messages",
        "select seq from messages where text = ?",
        "select one.seq from rooms join messages as one on one.seq = rooms.last_seq",
    ],
)
async def test_a_statement_that_reads_all_messages_is_found_by_every_test(scanning):
    assert scans_of_messages(scanning, ("hi",) * scanning.count("?"))


async def test_every_test_sees_what_its_store_is_asked(tmp_path, monkeypatch):
    statements = Statements()
    monkeypatch.setattr("sanchat.store.sqlite._connect", statements.connect)
    store = await open_store(tmp_path / "seen.db", clock=HandClock())
    await store._read("select max(sent_at) from messages")
    await store._on_writer(store._writer.execute, "select seq from messages where kind = 'x'")
    await store.close()

    assert sorted(statements.scans()) == [
        "select max(sent_at) from messages",
        "select seq from messages where kind = 'x'",
    ]
