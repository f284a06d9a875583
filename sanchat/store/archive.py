"""Reads for exports: everything of a room, a page at a time, so that no read is a long one."""

import json
from collections.abc import Sequence
from typing import Any

from sanchat.models import Message, Reacted, Room, Seat
from sanchat.store.rows import MESSAGE_SELECT, message_from, message_id

# Steps from author to author along the index of client ids, instead of reading all of it.
_AUTHORS = """
with recursive found (id) as (
  select min(author_id) from messages where room_id = :room_id and author_id > :after
  union all
  select (select min(author_id) from messages where room_id = :room_id and author_id > found.id)
  from found where found.id is not null
)
select id from found where id is not null limit :limit
"""
_SEATS = """
select user_id, role, read_seq, joined_seq, joined_at from memberships
where room_id = :room_id and user_id > :after order by user_id limit :limit
"""
_REACTED = """
select message_id, emoji, user_id, reacted_at from reactions
where message_id >= :low and message_id <= :high
order by message_id, reacted_at, user_id, emoji
"""
_CHANGED = (
    MESSAGE_SELECT
    + """
where messages.room_id = :room_id and messages.changed_seq > :after
  and messages.changed_seq <> messages.seq and messages.id > :low and messages.id <= :high
order by messages.id limit :limit
"""
)
_AT = MESSAGE_SELECT + "where messages.id in (select value from json_each(:ids))"


class ArchiveReads:
    """The part of an SQLite store that exports read."""

    async def authors(self, room: Room, *, after: int, limit: int) -> list[int]:
        rows = await self._read(_AUTHORS, room_id=room.id, after=after, limit=limit)
        return [row[0] for row in rows]

    async def seats(self, room: Room, *, after: int, limit: int) -> list[Seat]:
        rows = await self._read(_SEATS, room_id=room.id, after=after, limit=limit)
        return [Seat(*row) for row in rows]

    async def reacted(self, room: Room, first: int, last: int) -> list[Reacted]:
        low, high = message_id(room.id, first), message_id(room.id, last)
        rows = await self._read(_REACTED, low=low, high=high)
        return [Reacted(row[0] - message_id(room.id, 0), *row[1:]) for row in rows]

    async def changed_since(
        self, room: Room, cursor: int, seq: int, *, limit: int
    ) -> list[Message]:
        rows = await self._read(
            _CHANGED,
            room_id=room.id,
            after=cursor,
            low=message_id(room.id, seq),
            high=message_id(room.id, cursor),
            limit=limit,
        )
        return [message_from(room.name, row) for row in rows]

    async def messages_at(self, room: Room, seqs: Sequence[int]) -> list[Message]:
        ids = json.dumps([message_id(room.id, seq) for seq in seqs])
        return [message_from(room.name, row) for row in await self._read(_AT, ids=ids)]

    async def _read(self, sql: str, *values: object, **named: object) -> list[Any]:
        raise NotImplementedError
