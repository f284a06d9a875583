"""How people stand in a room: all that decides what they may do there, read at one moment."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from sanchat.models import Ban, Standing
from sanchat.store.rows import (
    BAN_COLUMNS,
    IS_THERE,
    ROOM_COLUMNS,
    ROOM_WIDTH,
    USER_COLUMNS,
    room_from,
    user_from,
)

STANDINGS = f"""
select {ROOM_COLUMNS}, memberships.role, memberships.joined_seq, (
    select json_group_array(json_array({BAN_COLUMNS})) from bans
    where user_id = users.id and lifted_at is null and (until is null or until > ?3)
  ), {USER_COLUMNS}
from rooms, json_each(?2) as asked join users on users.id = asked.value
left join memberships on memberships.room_id = rooms.id and memberships.user_id = users.id
where rooms.id = ?1 and {IS_THERE}
"""


class StandingReads:
    """The question of rights, for as many people as are asked about."""

    _clock: Any

    async def standings(self, room_id: int, user_ids: Sequence[int]) -> list[Standing]:
        rows = await self._read(STANDINGS, room_id, json.dumps(list(user_ids)), self._clock())
        return [standing_from(row) for row in rows]

    async def _read(self, sql: str, *values: object) -> list[Any]:
        raise NotImplementedError


def standing_from(row: Any) -> Standing:
    """The standing of a `STANDINGS` row."""
    role, joined_seq, bans, *user = row[ROOM_WIDTH:]
    return Standing(
        room=room_from(row[:ROOM_WIDTH]),
        user=user_from(user),
        role=role,
        joined_seq=joined_seq or 0,
        bans=[Ban(*ban) for ban in msgspec.json.decode(bans)],
    )
