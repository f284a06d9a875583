"""How far people have read, what they want to be told, and what waits for them in their rooms.

`Attention` runs inside the journal's transaction, on its connection; `AttentionReads` is the
reading half. Whatever is counted is counted up to a bound, so a long absence costs no more.
"""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from sanchat.changes import Read, SetNotify
from sanchat.errors import NotFound
from sanchat.mentions import calls_in, keys_called
from sanchat.models import COUNT_LIMIT, DIRECT, NONE, SINCE_JOIN, Membership, Room, Waiting
from sanchat.policy import may_see, refusal_to_enter
from sanchat.store.rows import (
    IS_THERE,
    ROOM_COLUMNS,
    ROOM_WIDTH,
    bans_of,
    role_in_room,
    room_from,
)

LOOKED_AT = 3 * COUNT_LIMIT  # messages: one's own and deleted ones among them do not count
WEARERS = 20  # of one name, the latest: guests repeat each other's names over time

# Of `seat`: room_id, user_id, read_seq, last_seq.
_UNREAD = f"""
case when seat.last_seq <= seat.read_seq then 0 else (
  select count(*) from (
    select 1 from (
      select author_id, deleted_at from messages
      where id > (seat.room_id << 40) + seat.read_seq and id < (seat.room_id + 1) << 40
      order by id limit {LOOKED_AT}
    ) where author_id <> seat.user_id and deleted_at is null limit {COUNT_LIMIT}
  )
) end
"""
_NAMED = f"""
case when seat.last_seq <= seat.read_seq then 0 else (
  select count(*) from (
    select 1 from mentions
    where user_id = seat.user_id and message_id > (seat.room_id << 40) + seat.read_seq
      and message_id < (seat.room_id + 1) << 40
    limit {COUNT_LIMIT}
  )
) end
"""
_ROOMS_OF = f"""
select {ROOM_COLUMNS.replace("rooms.", "seat.")}, seat.role, seat.read_seq, seat.notify,
  seat.active_at, {_UNREAD}, {_NAMED}
from (
  select rooms.*, rooms.id as room_id, user_id, role, read_seq, notify,
    coalesce((
      select sent_at from messages
      where messages.id between rooms.id << 40 and (rooms.id + 1) << 40
      order by messages.id desc limit 1
    ), joined_at) as active_at
  from memberships join rooms on rooms.id = memberships.room_id where user_id = ?1 and {IS_THERE}
    and not exists (
      select 1 from bans where bans.user_id = ?1 and bans.room_id = rooms.id
        and bans.kind = 'ban' and lifted_at is null and (until is null or until > ?2)
    )
  order by active_at desc limit ?3
) as seat
order by seat.active_at desc
"""
_SEAT = f"""
select {ROOM_COLUMNS}, {role_in_room("?1", "?3")}, read_seq, joined_seq
from rooms left join memberships on memberships.room_id = rooms.id and user_id = ?1
where name_key = ?2
"""
_WAITING = f"""
select seat.read_seq, seat.kind, seat.notify, {_UNREAD}, {_NAMED}
from (
  select room_id, user_id, read_seq, notify, last_seq, kind
  from memberships join rooms on rooms.id = room_id where room_id = ? and user_id = ?
) as seat
"""
# Of each call the last name, in their order, that is not behind it.
_NEIGHBOURS = """
select called.value, (
  select name_key from users where name_key <= called.value order by name_key desc limit 1
) from json_each(?) as called
"""
_NOTE = f"""
insert or ignore into mentions (user_id, message_id)
select users.id, ?1 from json_each(?2) as called, users join memberships
  on memberships.user_id = users.id and memberships.room_id = ?1 >> 40
where users.id <> ?3 and users.id in (
  select wearer.id from users as wearer where wearer.name_key = called.value
  order by wearer.id desc limit {WEARERS}
)
"""


class Attention:
    """What the people of one batch have read, want and are called to."""

    def __init__(self, connection: sqlite3.Connection, now_ms: int) -> None:
        self._connection = connection
        self._now_ms = now_ms

    def read(self, change: Read) -> Waiting:
        room, read_seq, joined_seq = self._seat(change.room_key, change.user_id)
        position = min(change.seq, room.last_seq)
        if not change.is_back:
            position = max(position, read_seq)
        elif room.history == SINCE_JOIN:
            position = max(position, joined_seq)
        if position != read_seq:
            self._connection.execute(
                "update memberships set read_seq = ? where room_id = ? and user_id = ?",
                (position, room.id, change.user_id),
            )
        row = self._connection.execute(_WAITING, (room.id, change.user_id)).fetchone()
        return Waiting(room.name, row[0], *_waiting(*row[1:]))

    def set_notify(self, change: SetNotify) -> Room:
        room, _, _ = self._seat(change.room_key, change.user_id)
        self._connection.execute(
            "update memberships set notify = ? where room_id = ? and user_id = ?",
            (change.level, room.id, change.user_id),
        )
        return room

    def _seat(self, room_key: str, user_id: int) -> tuple[Room, int, int]:
        row = self._connection.execute(_SEAT, (user_id, room_key, self._now_ms)).fetchone()
        room = room_from(row[:ROOM_WIDTH]) if row is not None else None
        if room is None or not may_see(room.kind, row[ROOM_WIDTH]):
            raise NotFound("There is no such room.")
        role, read_seq, joined_seq = row[ROOM_WIDTH:]
        if role is None:
            raise NotFound("You are not a member of this room.")
        bans = bans_of(self._connection, user_id, self._now_ms)
        refusal = refusal_to_enter(bans, room.id, self._now_ms)
        if refusal is not None:
            raise refusal
        return room, read_seq, joined_seq


def note_mentions(connection: sqlite3.Connection, posted: Iterable[tuple[int, int, str]]) -> None:
    """Remember whom new messages (each with its author and its text) name of their rooms' members.

    Most of what stands behind an `@` is no name: one look for all of them finds that out.
    """
    called = [
        (message, author_id, calls_in(text.casefold()))
        for message, author_id, text in posted
        if "@" in text
    ]
    calls = {call for _, _, own in called for call in own}
    if not calls:
        return
    found = connection.execute(_NEIGHBOURS, (json.dumps(list(calls)),)).fetchall()
    neighbours = {call: name for call, name in found if name and name[0] == call[0]}
    if not neighbours:
        return
    for message, author_id, own in called:
        keys = {
            key for call in own if call in neighbours for key in keys_called(call, neighbours[call])
        }
        if keys:
            connection.execute(_NOTE, (message, json.dumps(sorted(keys)), author_id))


def forget_mentions(connection: sqlite3.Connection, message: int) -> None:
    """A message that is deleted calls nobody any more."""
    connection.execute("delete from mentions where message_id = ?", (message,))


class AttentionReads:
    """The questions of one's own rooms."""

    _clock: Any

    async def rooms_of(self, user_id: int, *, limit: int = 200) -> list[Membership]:
        return [
            _membership(row) for row in await self._read(_ROOMS_OF, user_id, self._clock(), limit)
        ]

    async def _read(self, sql: str, *values: object) -> list[Any]:
        raise NotImplementedError


def _membership(row: Any) -> Membership:
    room = room_from(row[:ROOM_WIDTH])
    role, read_seq, notify, active_at, *counts = row[ROOM_WIDTH:]
    unread, mentions = _waiting(room.kind, notify, *counts)
    return Membership(room, role, read_seq, notify, active_at, unread, mentions)


def _waiting(kind: str, notify: str, unread: int, named: int) -> Iterable[int]:
    # Whatever is said in a direct room is said to those who are in it.
    mentions = unread if kind == DIRECT else named
    return unread, 0 if notify == NONE else mentions
