"""Pages of a room's messages, found by their place: the newest, earlier, later, changed since."""

from typing import Any

from sanchat.models import Message, Room
from sanchat.store.rows import MESSAGE_SELECT, SEQ_LIMIT, message_from, message_id

NEWEST = (
    MESSAGE_SELECT
    + "where messages.id > :low and messages.id < :high order by messages.id desc limit :limit"
)
SINCE = (
    MESSAGE_SELECT
    + "where messages.id > :low and messages.id < :high order by messages.id limit :limit"
)
# Unchanged messages by their place, changed ones by the index of changes, neither further than the
# other needs: a long absence costs what its answers cost, also where everything was changed since.
CHANGES_AFTER = f"""
with unchanged as materialized (
  {MESSAGE_SELECT}
  where messages.id > :first + :after and messages.id <= :first + coalesce((
      select changed_seq from messages
      where room_id = :room_id and changed_seq > :after and changed_seq <> seq
      order by changed_seq limit 1 offset :limit - 1
    ), {SEQ_LIMIT - 1})
    and messages.changed_seq = messages.seq
  order by messages.id limit :limit
)
select * from unchanged
union all
select * from (
  {MESSAGE_SELECT}
  where messages.room_id = :room_id and messages.changed_seq > :after
    and messages.changed_seq <= (
      select case when count(*) < :limit then {SEQ_LIMIT} else max(seq) end from unchanged
    )
    and messages.changed_seq <> messages.seq
  order by messages.changed_seq limit :limit
)
order by 2
limit :limit
"""


def page_before(room_id: int, seq: int, limit: int) -> dict[str, int]:
    """The values of `NEWEST`."""
    return {"low": message_id(room_id, 0), "high": message_id(room_id, seq), "limit": limit}


def page_after(room_id: int, seq: int, limit: int) -> dict[str, int]:
    """The values of `CHANGES_AFTER`."""
    after = max(0, min(seq, SEQ_LIMIT - 1))
    return {"first": message_id(room_id, 0), "room_id": room_id, "after": after, "limit": limit}


class PageReads:
    """The questions of what was said."""

    async def newest(self, room: Room, *, limit: int) -> list[Message]:
        return await self.before(room, SEQ_LIMIT, limit=limit)

    async def before(self, room: Room, seq: int, *, limit: int) -> list[Message]:
        rows = await self._read(NEWEST, **page_before(room.id, seq, limit))
        return [message_from(room.name, row) for row in reversed(rows)]

    async def since(self, room: Room, seq: int, *, limit: int) -> list[Message]:
        rows = await self._read(
            SINCE, low=message_id(room.id, seq), high=message_id(room.id + 1, 0), limit=limit
        )
        return [message_from(room.name, row) for row in rows]

    async def changes_after(self, room: Room, seq: int, *, limit: int) -> list[Message]:
        rows = await self._read(CHANGES_AFTER, **page_after(room.id, seq, limit))
        return [message_from(room.name, row) for row in rows]

    async def _read(self, sql: str, *values: object, **named: object) -> list[Any]:
        raise NotImplementedError
