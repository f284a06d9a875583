"""Databases as they are after years: long rooms, many rooms, rooms of many members.

Made in a few statements in which SQLite counts by itself, through the schema of the project.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sanchat.chat import open_chat
from sanchat.store.rows import message_id

AUTHORS = 100
EVERY = 20  # of the numbers one is an edit, of the message ten before it
BORN = 1_700_000_000_000  # UTC milliseconds

_MESSAGES = """
with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < :numbers)
insert into messages (id, room_id, seq, changed_seq, author_id, client_message_id, text, sent_at,
  edited_at)
select :base + n, :room, n, case when n % :every = 10 then n + 10 else n end,
  :author + n % :authors, printf('c%09d', n),
  'message ' || n || ' says what it has to say in some sixty letters', :born + n * 1000,
  case when n % :every = 10 then :born + n * 1000 + 500 end
from numbers where n % :every <> 0
"""
_ROOMS = """
with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n < ? - 1)
insert into rooms (name, name_key, created_at) select 'room' || n, 'room' || n, ? from numbers
"""
_PEOPLE = """
with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n < ? - 1)
insert into users (name, name_key, skeleton, kind, created_at)
select 'author' || n, 'author' || n, 'author' || n, 'member', ? from numbers
"""
_MEMBERS = """
insert into memberships (room_id, user_id, joined_at)
select rooms.id, users.id, ? from rooms, users where rooms.name = ? and users.kind = 'member'
"""
_BY_CLIENT_ID = "select sql from sqlite_master where name = 'messages_by_client_id'"


def name_of(size: int) -> str:
    """The long room of so many numbers."""
    return f"long{size}"


def make_long_room(database: Path, size: int) -> None:
    """A room whose numbers reach so far; of every twenty numbers one is an edit."""
    with _writing(database) as connection:
        if connection.execute("select 1 from users where name = 'author0'").fetchone() is None:
            connection.execute(_PEOPLE, (AUTHORS, BORN))
        (author,) = connection.execute("select id from users where name = 'author0'").fetchone()
        room = connection.execute(
            "insert into rooms (name, name_key, created_at, last_seq) values (?1, ?1, ?2, ?3)",
            (name_of(size), BORN, size),
        ).lastrowid
        assert room is not None
        # Made anew at the end, sorted, it takes a fifth of the time.
        (index,) = connection.execute(_BY_CLIENT_ID).fetchone()
        connection.execute("drop index messages_by_client_id")
        connection.execute(
            _MESSAGES,
            {
                "numbers": size,
                "base": message_id(room, 0),
                "room": room,
                "every": EVERY,
                "author": author,
                "authors": AUTHORS,
                "born": BORN,
            },
        )
        connection.execute(index)


def make_rooms(database: Path, count: int) -> None:
    """Open rooms named room0, room1, …"""
    with _writing(database) as connection:
        connection.execute(_ROOMS, (count, BORN))


def make_members(database: Path, room: str, count: int) -> None:
    """A room of that name with so many people who are not there."""
    with _writing(database) as connection:
        connection.execute(
            "insert into rooms (name, name_key, created_at) values (?1, ?1, ?2)", (room, BORN)
        )
        connection.execute(_PEOPLE, (count, BORN))
        connection.execute(_MEMBERS, (BORN, room))


@contextlib.contextmanager
def _writing(database: Path) -> Iterator[sqlite3.Connection]:
    """One large transaction; no server has the file."""

    async def make() -> None:
        async with open_chat(database, create=True):
            pass

    asyncio.run(make())
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma synchronous = off")
        connection.execute("pragma cache_size = -500000")
        with connection:
            yield connection
        connection.execute("pragma wal_checkpoint(truncate)")
