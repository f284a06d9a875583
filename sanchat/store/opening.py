"""What somebody finds who opens a room, read at one moment and in one go.

Each question that goes to the reading thread and back costs more than most answers do.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from sanchat.models import Room
from sanchat.opening import Opening, Wanted
from sanchat.store.pages import CHANGES_AFTER, NEWEST, page_after, page_before
from sanchat.store.roster import MEMBER_COUNT, MEMBERS
from sanchat.store.rows import SEQ_LIMIT, member_from, message_from
from sanchat.store.standing import STANDINGS, standing_from


class OpeningReads:
    """The questions of somebody who opens a room, all at once."""

    _clock: Any

    async def opening(
        self, room_id: int, user_id: int, want: Callable[[Room], Wanted], *, members: int
    ) -> Opening | None:
        opening: Opening | None = await self._ask(
            _read_opening, room_id, user_id, want, members, self._clock()
        )
        return opening

    async def _ask(self, question: Any, *values: object) -> Any:
        raise NotImplementedError


def _read_opening(
    connection: sqlite3.Connection,
    room_id: int,
    user_id: int,
    want: Callable[[Room], Wanted],
    members: int,
    now_ms: int,
) -> Opening | None:
    connection.execute("begin")
    try:
        row = connection.execute(STANDINGS, (room_id, f"[{user_id}]", now_ms)).fetchone()
        if row is None:
            return None
        standing = standing_from(row)
        room = standing.room
        wanted = want(room)
        if wanted.after is None:
            page = page_before(room_id, SEQ_LIMIT, wanted.limit)
            rows = connection.execute(NEWEST, page).fetchall()[::-1]
        else:
            page = page_after(room_id, wanted.after, wanted.limit)
            rows = connection.execute(CHANGES_AFTER, page).fetchall()
        listed = {"room": room_id, "limit": members}
        seats = connection.execute(MEMBERS, listed).fetchall() if members else []
        (count,) = connection.execute(MEMBER_COUNT, (room_id,)).fetchone()
    finally:
        connection.execute("rollback")  # nothing was written: it lets go of the moment
    messages = [message_from(room.name, row) for row in rows]
    return Opening(standing, wanted, messages, [member_from(seat) for seat in seats], count)
