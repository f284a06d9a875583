"""Reads about who somebody is: sessions, passwords, tokens and invitations."""

from typing import Any

import msgspec

from sanchat.credentials import Device, Invite, Token
from sanchat.models import Session, User
from sanchat.store.rows import (
    INVITE_SELECT,
    SESSION_COLUMNS,
    USER_COLUMNS,
    invite_from,
    session_from,
    user_from,
)

_TOKENS = """
select sessions.id, users.id, users.name, label, hint, scopes,
  case when is_confined then (
    select json_group_array(rooms.name) from token_rooms join rooms on rooms.id = room_id
    where token_rooms.session_id = sessions.id
  ) end,
  created_by, sessions.created_at, sessions.seen_at, expires_at
from tokens join sessions on sessions.id = tokens.session_id join users on users.id = user_id
where sessions.id > ?1 and (?2 is null or users.id = ?2)
order by sessions.id limit ?3
"""


class AccessReads:
    """The part of an SQLite store that knows who may come in."""

    _clock: Any
    _read: Any

    async def session(self, token_hash: bytes) -> Session | None:
        rows = await self._read(
            f"select {SESSION_COLUMNS} from sessions join users on users.id = user_id "
            "where token_hash = ?",
            token_hash,
        )
        return session_from(rows[0]) if rows else None

    async def account(self, key: str) -> tuple[User, str] | None:
        rows = await self._read(
            f"select {USER_COLUMNS}, hash from users join passwords on user_id = users.id "
            "where name_key = ? and kind = 'member'",
            key,
        )
        return (user_from(rows[0][:-1]), rows[0][-1]) if rows else None

    async def accounts(self, *, after: int, limit: int) -> list[User]:
        rows = await self._read(
            f"select {USER_COLUMNS} from users where id > ? and kind in ('member', 'bot') "
            "order by id limit ?",
            after,
            limit,
        )
        return [user_from(row) for row in rows]

    async def password_hash(self, user_id: int) -> str | None:
        rows = await self._read("select hash from passwords where user_id = ?", user_id)
        return rows[0][0] if rows else None

    async def has_owner(self) -> bool:
        first = "select 1 from users where role = 'owner' and kind = 'member' limit 1"
        return bool(await self._read(first))

    async def devices(self, user_id: int, *, limit: int = 200) -> list[Device]:
        rows = await self._read(
            "select id, created_at, seen_at, address, agent from sessions where user_id = ? "
            "and id not in (select session_id from tokens) order by seen_at desc, id desc limit ?",
            user_id,
            limit,
        )
        return [Device(*row) for row in rows]

    async def reset(self, token_hash: bytes) -> User | None:
        rows = await self._read(
            f"select {USER_COLUMNS} from resets join users on users.id = user_id "
            "where token_hash = ? and expires_at > ? and disabled_at is null",
            token_hash,
            self._clock(),
        )
        return user_from(rows[0]) if rows else None

    async def invite(self, token_hash: bytes) -> Invite | None:
        rows = await self._read(f"{INVITE_SELECT} where invites.token_hash = ?", token_hash)
        return invite_from(rows[0]) if rows else None

    async def invites(
        self,
        *,
        created_by: int | None = None,
        room_id: int | None = None,
        before: int = 1 << 62,
        limit: int = 200,
    ) -> list[Invite]:
        rows = await self._read(
            f"{INVITE_SELECT} where invites.id < ?1 and (?2 is null or invites.created_by = ?2) "
            "and (?3 is null or invites.room_id = ?3) order by invites.id desc limit ?4",
            before,
            created_by,
            room_id,
            limit,
        )
        return [invite_from(row) for row in rows]

    async def tokens(
        self, *, user_id: int | None = None, after: int = 0, limit: int = 200
    ) -> list[Token]:
        rows = await self._read(_TOKENS, after, user_id, limit)
        return [
            Token(
                id=row[0],
                user_id=row[1],
                user=row[2],
                label=row[3],
                hint=row[4],
                scopes=row[5].split(),
                rooms=None if row[6] is None else msgspec.json.decode(row[6]),
                created_by=row[7],
                created_at=row[8],
                seen_at=row[9],
                expires_at=row[10],
            )
            for row in rows
        ]
