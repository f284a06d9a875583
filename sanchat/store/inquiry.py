"""Reads for administrators: what was done, who is kept out, how much of everything there is."""

import os
from pathlib import Path
from typing import Any

from sanchat.models import Act, BanEntry, Room
from sanchat.store.rows import (
    ACT_COLUMNS,
    BAN_COLUMNS,
    act_from,
    ban_from,
    message_id,
)

DAY_MS = 24 * 60 * 60 * 1000

_ACTS = f"""
select {ACT_COLUMNS} from acts
where (:kind is null or kind = :kind) and (:user_id is null or user_id = :user_id)
  and (:room_id is null or room_id = :room_id) and acted_at >= :since and acted_at <= :until
order by id desc limit :limit
"""
_BANS = f"""
select {BAN_COLUMNS}, users.name, rooms.name, bans.lifted_at
from bans join users on users.id = bans.user_id left join rooms on rooms.id = bans.room_id
where bans.id > :after and (:room_id is null or bans.room_id = :room_id)
  and (:ended or bans.lifted_at is null and (bans.until is null or bans.until > :now))
order by bans.id limit :limit
"""
_FIGURES_OF_USER = """
select (select coalesce(sum(written), 0) from (
    select (select count(*) from messages where room_id = rooms.id and author_id = :user_id)
      as written from rooms
  )),
  (select count(*) from sessions where user_id = :user_id),
  (select max(seen_at) from sessions where user_id = :user_id)
"""
_DAYS = """
select sent_at / :day_ms, count(*), count(deleted_at) from messages
where id > :low and id <= :high group by 1
"""


class Inquiries:
    """The part of an SQLite store that answers administrators."""

    _clock: Any
    _read: Any
    path: Path

    async def acts(
        self,
        *,
        kind: str | None = None,
        user_id: int | None = None,
        room_id: int | None = None,
        since: int = 0,
        until: int = 1 << 62,
        limit: int = 200,
    ) -> list[Act]:
        rows = await self._read(
            _ACTS,
            kind=kind,
            user_id=user_id,
            room_id=room_id,
            since=since,
            until=until,
            limit=limit,
        )
        return [act_from(row) for row in reversed(rows)]

    async def last_act_done(self) -> int:
        rows = await self._read("select coalesce(max(act_id), 0) from act_results")
        return int(rows[0][0])

    async def bans(
        self, *, room_id: int | None = None, ended: bool = False, after: int = 0, limit: int = 200
    ) -> list[BanEntry]:
        rows = await self._read(
            _BANS, room_id=room_id, ended=ended, after=after, limit=limit, now=self._clock()
        )
        return [BanEntry(ban_from(row[:-3]), *row[-3:]) for row in rows]

    async def figures_of_user(self, user_id: int) -> dict[str, int | None]:
        rows = await self._read(_FIGURES_OF_USER, user_id=user_id)
        return dict(zip(("messages", "sessions", "seen_at"), rows[0], strict=True))

    async def counts(self) -> dict[str, dict[str, int]]:
        counted = {}
        for what, sql in (
            ("users", "select kind, count(*) from users where id <> 0 group by kind"),
            (
                "rooms",
                "select case when archived_at is null then kind else 'archived' end, count(*) "
                "from rooms group by 1",
            ),
            ("acts", "select kind, count(*) from acts group by kind"),
            ("memberships", "select 'all', count(*) from memberships"),
            ("sessions", "select 'all', count(*) from sessions"),
        ):
            counted[what] = {row[0]: row[1] for row in await self._read(sql)}
        return counted

    def file_bytes(self) -> int:
        return os.stat(self.path).st_size

    async def messages_by_day(
        self, room: Room, *, after: int, span: int
    ) -> dict[int, tuple[int, int]]:
        rows = await self._read(
            _DAYS,
            day_ms=DAY_MS,
            low=message_id(room.id, after),
            high=message_id(room.id, after + span),
        )
        return {row[0] * DAY_MS: (row[1], row[2]) for row in rows}
