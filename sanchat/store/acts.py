"""Rooms and names as those in charge change them: each a row of its own and an act beside it.

Runs inside the journal's transaction, on its connection.
"""

import sqlite3
from typing import Any

import msgspec

from sanchat.changes import (
    Announce,
    ArchiveRoom,
    CreateRoom,
    DeleteRoom,
    RecordResult,
    RenameRoom,
    RenameUser,
    RestoreRoom,
    SetRoom,
)
from sanchat.errors import Conflict, NameTaken, NotFound
from sanchat.models import Room, User, room_key, user_key
from sanchat.policy import least_role_to_set
from sanchat.skeleton import skeleton
from sanchat.store.authority import Authority
from sanchat.store.rows import ROOM_COLUMNS, USER_COLUMNS, room_from, user_from
from sanchat.store.sweeping import take_away


class Acts:
    """The acts of one batch; `written` says that there is something to carry out."""

    def __init__(self, connection: sqlite3.Connection, now_ms: int) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self.authority = Authority(connection, now_ms)
        self.written = False

    # Rooms

    def create_room(self, change: CreateRoom) -> Room:
        key = room_key(change.name)
        self.authority.check_voice(change.actor_id)  # a room's name is read by everybody
        self._refuse_taken(key)
        start = self._floor_of(key)
        self._connection.execute(
            "insert into rooms (name, name_key, title, kind, last_seq, floor_seq, created_at, "
            "created_by) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                change.name,
                key,
                change.title,
                change.kind,
                start,
                start,
                self._now_ms,
                change.actor_id,
            ),
        )
        room = self.room(key)
        if change.actor_id is not None:
            # Of an open room, guests get no more than anybody: it belongs to all of them.
            self._connection.execute(
                "insert into memberships (room_id, user_id, role, read_seq, joined_at) "
                "select ?1, id, 'owner', ?4, ?2 from users where id = ?3 "
                "and (kind = 'member' or ?5 <> 'open')",
                (room.id, self._now_ms, change.actor_id, start, change.kind),
            )
        self.record("room_created", room=room, actor=change.actor, actor_id=change.actor_id)
        return room

    def rename_room(self, change: RenameRoom) -> Room:
        room = self.room(change.room_key)
        by = self.authority.of(change, room, "admin", speaks=True)
        key = room_key(change.name)
        if key != change.room_key:
            self._refuse_taken(key)
            self._remember_name(change.room_key, room.last_seq)
        elif change.name == room.name:
            raise Conflict(f"The room is called {room.name} already.")
        # Cursors of an earlier room of this name are void here, also once the numbers pass them.
        floor = self._floor_of(key) if key != change.room_key else 0
        self._connection.execute(
            "update rooms set name = ?, name_key = ?, floor_seq = max(floor_seq, ?) where id = ?",
            (change.name, key, floor, room.id),
        )
        renamed = self.room(key)
        self.record("room_renamed", room=renamed, was=room.name, **by)
        return renamed

    def set_room(self, change: SetRoom) -> Room:
        room = self.room(change.room_key)
        wanted = {
            column: getattr(change, column)
            for column in ("title", "topic", "posting", "history", "slow_mode_s", "retain_s")
        }
        fresh = {
            column: value
            for column, value in wanted.items()
            if value is not None and value != getattr(room, column)
        }
        speaks = bool(fresh.keys() & {"title", "topic"})
        by = self.authority.of(change, room, least_role_to_set(fresh), speaks=speaks)
        if not fresh:
            return room
        assignments = ", ".join(f"{column} = :{column}" for column in fresh)
        self._connection.execute(
            f"update rooms set {assignments} where id = :id", fresh | {"id": room.id}
        )
        self.record("room_set", room=room, **by, **fresh)
        return self.room(change.room_key)

    def archive_room(self, change: ArchiveRoom) -> Room:
        room = self.room(change.room_key)
        by = self.authority.of(change, room, "admin")
        if room.archived_at is not None:
            raise Conflict(f"The room {room.name} is archived already.")
        return self._set_archived(room, self._now_ms, "room_archived", by)

    def restore_room(self, change: RestoreRoom) -> Room:
        room = self.room(change.room_key)
        by = self.authority.of(change, room, "admin")
        if room.archived_at is None:
            raise Conflict(f"The room {room.name} is not archived.")
        return self._set_archived(room, None, "room_restored", by)

    def delete_room(self, change: DeleteRoom) -> Room:
        room = self.room(change.room_key)
        self._remember_name(change.room_key, room.last_seq)
        take_away(self._connection, room.id)
        self.record("room_deleted", room=room, actor=change.actor, room_kind=room.kind)
        return room

    # People

    def rename_user(self, change: RenameUser) -> int:
        user = self.user(change.user_id)
        if user.name == change.name:
            raise Conflict(f"The user is called {user.name} already.")
        look, key = skeleton(change.name), user_key(change.name)
        # An account's name is its own for good, a guest's for as long as a session lasts.
        taken = self._connection.execute(
            "select id from users where id <> ?1 and (skeleton = ?2 or name_key = ?3) and ("
            "kind in ('member', 'bot', 'system') "
            "or exists (select 1 from sessions where user_id = users.id) "
            "or kind = 'imported' and name = ?4)",
            (user.id, look, key, change.name),
        ).fetchone()
        if taken is not None:
            raise NameTaken(f"The name {change.name} is in use, by the user with id {taken[0]}.")
        self._connection.execute(
            "update users set name = ?, name_key = ?, skeleton = ? where id = ?",
            (change.name, key, look, user.id),
        )
        renamed = self.user(user.id)
        return self.record(
            "user_renamed",
            user=renamed,
            actor=change.actor,
            actor_id=change.actor_id,
            was=user.name,
        )

    def announce(self, change: Announce) -> int:
        return self.record("announce", actor=change.actor, text=change.text, sender=change.sender)

    def record_result(self, change: RecordResult) -> None:
        self._connection.execute(
            "insert or ignore into act_results (act_id, server, connections, done_at) "
            "select id, ?, ?, ? from acts where id = ?",
            (change.server, change.connections, self._now_ms, change.act_id),
        )

    # Both

    def record(
        self,
        kind: str,
        *,
        room: Room | None = None,
        user: User | None = None,
        actor: str = "",
        actor_id: int | None = None,
        **data: object,
    ) -> int:
        """Write an act down; its id."""
        self.written = True
        cursor = self._connection.execute(
            "insert into acts (kind, room_id, room, user_id, user, actor_id, actor, data, "
            "acted_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                kind,
                room.id if room else None,
                room.name if room else "",
                user.id if user else None,
                user.name if user else "",
                actor_id,
                actor,
                msgspec.json.encode(data).decode(),
                self._now_ms,
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _set_archived(self, room: Room, at: int | None, kind: str, by: dict[str, Any]) -> Room:
        self._connection.execute("update rooms set archived_at = ? where id = ?", (at, room.id))
        self.record(kind, room=room, **by)
        return self.room(room_key(room.name))

    def _remember_name(self, key: str, last_seq: int) -> None:
        self._connection.execute(
            "insert into former_names (name_key, last_seq) values (?, ?) "
            "on conflict (name_key) do update set last_seq = max(last_seq, excluded.last_seq)",
            (key, last_seq),
        )

    def _floor_of(self, key: str) -> int:
        """One above all numbers of an earlier room of this name: its last cursor is void too."""
        former = self._connection.execute(
            "select last_seq + 1 from former_names where name_key = ?", (key,)
        ).fetchone()
        return int(former[0]) if former is not None else 0

    def _refuse_taken(self, key: str) -> None:
        taken = self._connection.execute("select name from rooms where name_key = ?", (key,))
        row = taken.fetchone()
        if row is not None:
            raise Conflict(f"There is a room {row[0]} already.")

    def room(self, key: str) -> Room:
        """The room as it is at this point of the batch; NotFound."""
        row = self._connection.execute(
            f"select {ROOM_COLUMNS} from rooms where name_key = ?", (key,)
        ).fetchone()
        if row is None:
            raise NotFound("There is no such room.")
        return room_from(row)

    def user(self, user_id: int) -> User:
        """Somebody as they are at this point of the batch; NotFound."""
        row = self._connection.execute(
            f"select {USER_COLUMNS} from users where id = ?", (user_id,)
        ).fetchone()
        if row is None:
            raise NotFound("There is no such user.")
        return user_from(row)
