"""Looks whether a database is in order: the file itself, its schema, and the numbers of each room.

A room's numbers have no holes: each is the place of a message, or that of a change that a later
change of the same message has replaced. So a hole is one only where no earlier message was
changed after it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sanchat.errors import StartupError
from sanchat.store.migrate import pending
from sanchat.store.rows import IS_THERE, message_id

_COLUMNS = "select id, seq, changed_seq, text is not null, deleted_at is not null from messages"
PAGE = 20_000  # messages read at once, so that no read of a live file is a long one


class Problem(NamedTuple):
    """Something that is not in order; `room` and `seq` where it has a place."""

    check: str
    message: str
    room: str | None = None
    seq: int | None = None


class _Room(NamedTuple):
    id: int
    name: str
    last_seq: int
    floor_seq: int


def problems_of(database: Path) -> Iterator[Problem]:
    """What is not in order, the file before the schema, the schema before the rooms by name.

    Where the file itself is damaged, nothing else is looked at.
    """
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=rw", uri=True)) as found:
            found.execute("pragma query_only = on")
            found.execute("pragma busy_timeout = 10000")
            yield from _problems(found)
    except sqlite3.DatabaseError as error:
        yield unreadable(error)


def unreadable(error: sqlite3.DatabaseError) -> Problem:
    """What is not in order where SQLite itself gives up."""
    return Problem("integrity", f"The file cannot be read: {error}.")


def _problems(connection: sqlite3.Connection) -> Iterator[Problem]:
    damaged = [row[0] for row in connection.execute("pragma integrity_check(10)")]
    if damaged != ["ok"]:
        yield from (Problem("integrity", line) for line in damaged)
        return
    for table, row_id, parent, _ in connection.execute("pragma foreign_key_check"):
        yield Problem("references", f"Row {row_id} of {table} refers to no row of {parent}.")
    try:
        waiting = pending(connection)
    except StartupError as error:
        yield Problem("schema", str(error))
        return
    if waiting:
        yield Problem("schema", f"Not applied yet: {', '.join(waiting)}.")
        return
    rooms = connection.execute(
        f"select id, name, last_seq, floor_seq from rooms where {IS_THERE} order by name_key"
    )
    for room in [_Room(*row) for row in rooms.fetchall()]:
        yield from _problems_of_room(connection, room)


def _problems_of_room(connection: sqlite3.Connection, room: _Room) -> Iterator[Problem]:
    previous = reach = room.floor_seq
    is_empty = True
    for seq, changed_seq, has_text, is_deleted in _messages(connection, room):
        if seq > previous + 1 and reach < seq - 1:
            first = max(previous, reach) + 1
            yield _problem("numbers", room, first, f"{room.name} has no number {first}.")
        if changed_seq > room.last_seq and _is_current(connection, room):
            yield _problem(
                "numbers",
                room,
                seq,
                f"Message {seq} of {room.name} changed at {changed_seq}, above the room's last "
                f"number, {room.last_seq}.",
            )
        if has_text == is_deleted:
            state = "is deleted and has a text" if has_text else "has no text and is not deleted"
            yield _problem("texts", room, seq, f"Message {seq} of {room.name} {state}.")
        previous, reach, is_empty = max(previous, seq), max(reach, changed_seq), False
    if not is_empty and max(previous, reach) < room.last_seq:
        first = max(previous, reach) + 1
        yield _problem(
            "numbers",
            room,
            first,
            f"{room.name} has no number {first}; {room.last_seq} is its last.",
        )
    taken_twice = connection.execute(
        "select changes.seq, changes.changed_seq from messages as changes "
        "where changes.room_id = ? and changes.changed_seq <> changes.seq and exists "
        "(select 1 from messages as posts "
        "where posts.id = (changes.room_id << 40) + changes.changed_seq) "
        "order by changes.changed_seq limit 10",
        (room.id,),
    ).fetchall()
    for seq, changed_seq in taken_twice:
        yield _problem(
            "numbers",
            room,
            changed_seq,
            f"{room.name} has number {changed_seq} twice: a message, and a change of {seq}.",
        )


def _is_current(connection: sqlite3.Connection, room: _Room) -> bool:
    # Somebody may be talking in it meanwhile.
    row = connection.execute("select last_seq from rooms where id = ?", (room.id,)).fetchone()
    return row is not None and row[0] == room.last_seq


def _messages(connection: sqlite3.Connection, room: _Room) -> Iterator[tuple[int, int, bool, bool]]:
    # What is said from now on is not waited for.
    low, high = message_id(room.id, 0), message_id(room.id, room.last_seq)
    while True:
        page = connection.execute(
            f"{_COLUMNS} where id > ? and id <= ? order by id limit ?",
            (low, high, PAGE),
        ).fetchall()
        if not page:
            break
        for row in page:
            yield row[1], row[2], bool(row[3]), bool(row[4])
        low = page[-1][0]
    above = connection.execute(
        f"{_COLUMNS} where id > ? and id < ? order by id limit 1",
        (high, message_id(room.id + 1, 0)),
    ).fetchone()
    if above is not None and _is_current(connection, room):
        yield above[1], above[2], bool(above[3]), bool(above[4])


def _problem(check: str, room: _Room, seq: int, message: str) -> Problem:
    return Problem(check, message, room.name, seq)
