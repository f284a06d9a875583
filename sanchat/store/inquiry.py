"""Reads for administrators: what was done, who is kept out, how much of everything there is."""

import os
from pathlib import Path
from typing import Any

from sanchat.models import Act, BanEntry, Room
from sanchat.store.rows import (
    ACT_COLUMNS,
    BAN_COLUMNS,
    IS_THERE,
    act_from,
    ban_from,
    message_id,
    role_in_room,
)

DAY_MS = 24 * 60 * 60 * 1000

_ACTS = f"""
select {ACT_COLUMNS} from acts
where (:kind is null or kind = :kind) and (:user_id is null or user_id = :user_id)
  and (:room_id is null or room_id = :room_id) and acted_at >= :since and acted_at <= :until
  and (:actor is null or actor = :actor) and id < :before
  and (:seen_by is null or room_id is null or exists (
    select 1 from rooms where rooms.id = acts.room_id
      and (rooms.kind = 'open' or {role_in_room(":seen_by", ":now")} is not null)
  ))
order by id desc limit :limit
"""
_BANS = f"""
select {BAN_COLUMNS}, users.name, users.kind, rooms.name, bans.lifted_at,
  coalesce((select acts.actor from acts where acts.kind = bans.kind
    and acts.user_id = bans.user_id and acts.acted_at = bans.created_at limit 1), ''),
  (select group_concat(network, ' ') from ban_networks where ban_id = bans.id)
from bans join users on users.id = bans.user_id left join rooms on rooms.id = bans.room_id
where bans.id > :after and (:room_id is null or bans.room_id = :room_id)
  and (not :of_server or bans.room_id is null) and (:user_id is null or bans.user_id = :user_id)
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

    async def acts_after(self, act_id: int, *, limit: int = 200) -> list[Act]:
        rows = await self._read(
            f"select {ACT_COLUMNS} from acts where id > ? order by id limit ?", act_id, limit
        )
        return [act_from(row) for row in rows]

    async def last_act(self) -> int:
        rows = await self._read("select coalesce(max(id), 0) from acts")
        return int(rows[0][0])

    async def act_results(self, act_id: int) -> list[tuple[str, int]]:
        rows = await self._read(
            "select server, connections from act_results where act_id = ? order by server", act_id
        )
        return [(row[0], row[1]) for row in rows]

    async def acts(
        self,
        *,
        kind: str | None = None,
        user_id: int | None = None,
        room_id: int | None = None,
        since: int = 0,
        until: int = 1 << 62,
        actor: str | None = None,
        before: int = 1 << 62,
        seen_by: int | None = None,
        limit: int = 200,
    ) -> list[Act]:
        rows = await self._read(
            _ACTS,
            kind=kind,
            user_id=user_id,
            room_id=room_id,
            since=since,
            until=until,
            actor=actor,
            before=before,
            seen_by=seen_by,
            now=self._clock(),
            limit=limit,
        )
        return [act_from(row) for row in reversed(rows)]

    async def last_act_done(self) -> int:
        rows = await self._read("select coalesce(max(act_id), 0) from act_results")
        return int(rows[0][0])

    async def bans(
        self,
        *,
        room_id: int | None = None,
        of_server: bool = False,
        user_id: int | None = None,
        ended: bool = False,
        after: int = 0,
        limit: int = 200,
    ) -> list[BanEntry]:
        rows = await self._read(
            _BANS,
            room_id=room_id,
            of_server=of_server,
            user_id=user_id,
            ended=ended,
            after=after,
            limit=limit,
            now=self._clock(),
        )
        return [BanEntry(ban_from(row[:-6]), *row[-6:]) for row in rows]

    async def networks_of(self, user_id: int) -> list[str]:
        rows = await self._read(
            "select network from ban_networks join bans on bans.id = ban_id where user_id = ?1 "
            "and lifted_at is null and (until is null or until > ?2)",
            user_id,
            self._clock(),
        )
        return [row[0] for row in rows]

    async def message_count(self, room_id: int) -> int:
        rows = await self._read(
            "select count(*) from messages where id > ? and id < ?",
            message_id(room_id, 0),
            message_id(room_id + 1, 0),
        )
        return int(rows[0][0])

    async def count_written_by(self, user_id: int, room: Room | None = None) -> int:
        rows = await self._read(
            "select sum((select count(*) from messages where room_id = rooms.id "
            "and author_id = ?1 and deleted_at is null)) from rooms where ?2 is null or id = ?2",
            user_id,
            room.id if room is not None else None,
        )
        return int(rows[0][0] or 0)

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
                f"from rooms where {IS_THERE} group by 1",
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
