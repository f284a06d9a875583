"""Who belongs to a room, at a cost that does not grow with how many they are."""

from typing import Any

from sanchat.models import Member
from sanchat.store.rows import member_from

# Of a large room those in charge and whoever came to the server first: sorting all of its members
# by name would take the longer the more there are.
MEMBERS = """
select users.id, users.name, seats.role, users.kind
from (
  select * from (
    select user_id, role from memberships where room_id = :room and role <> 'member' limit :limit
  )
  union all
  select * from (
    select user_id, role from memberships where room_id = :room and role = 'member'
    order by user_id limit :limit
  )
  limit :limit
) as seats join users on users.id = seats.user_id
order by seats.role = 'member', users.name_key, users.id
"""
MEMBER_COUNT = "select member_count from rooms where id = ?"
_MEMBERS_PAGE = """
select users.id, users.name, memberships.role, users.kind
from memberships join users on users.id = memberships.user_id
where memberships.room_id = ? and memberships.user_id > ? order by memberships.user_id limit ?
"""


class RosterReads:
    """The questions of a room's members."""

    async def members(self, room_id: int, *, limit: int) -> list[Member]:
        rows = await self._read(MEMBERS, room=room_id, limit=limit)
        return [member_from(row) for row in rows]

    async def members_page(self, room_id: int, *, after: int, limit: int) -> list[Member]:
        rows = await self._read(_MEMBERS_PAGE, room_id, after, limit)
        return [member_from(row) for row in rows]

    async def member_count(self, room_id: int) -> int:
        rows = await self._read(MEMBER_COUNT, room_id)
        return int(rows[0][0]) if rows else 0

    async def _read(self, sql: str, *values: object, **named: object) -> list[Any]:
        raise NotImplementedError
