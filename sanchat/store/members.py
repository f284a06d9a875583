"""Who belongs to a room, as those in charge change it, and the rooms of a few people alone.

Runs inside the journal's transaction, on its connection.
"""

import secrets
import sqlite3

from sanchat.commands import DIRECT_PEOPLE
from sanchat.errors import BadFrame, Conflict, NotFound
from sanchat.measures import AddMember, OpenDirect, Opened, RemoveMember, SetRole
from sanchat.models import BOT, DIRECT, GUEST, MEMBER, Room
from sanchat.policy import RANK
from sanchat.store.acts import Acts


class Members:
    """The memberships of one batch."""

    def __init__(self, connection: sqlite3.Connection, acts: Acts, now_ms: int) -> None:
        self._connection = connection
        self._acts = acts
        self._now_ms = now_ms

    def add(self, change: AddMember) -> int:
        room = self._acts.room(change.room_key)
        by = self._acts.authority.of(change, room, "moderator", grants=change.role)
        if change.role not in RANK:
            raise BadFrame(f"A role is one of {', '.join(RANK)}.")
        if room.kind == DIRECT:
            raise Conflict("A direct room has the people it was made for.")
        user = self._acts.user(change.user_id)
        if user.kind not in (GUEST, MEMBER, BOT) or user.disabled_at is not None:
            raise NotFound("There is no such user.")
        if not self._sit(room, user.id, change.role):
            raise Conflict(f"{user.name} is a member of {room.name} already.")
        return self._acts.record("member_added", room=room, user=user, role=change.role, **by)

    def remove(self, change: RemoveMember) -> int:
        room = self._acts.room(change.room_key)
        by = self._acts.authority.of(change, room, "moderator")
        user = self._acts.user(change.user_id)
        self._acts.authority.check_target(change, room, user)
        if room.kind == DIRECT:
            raise Conflict("A direct room has the people it was made for.")
        gone = self._connection.execute(
            "delete from memberships where room_id = ? and user_id = ?", (room.id, user.id)
        ).rowcount
        if not gone:
            raise NotFound(f"{user.name} is no member of {room.name}.")
        return self._acts.record("member_removed", room=room, user=user, reason=change.reason, **by)

    def set_role(self, change: SetRole) -> int:
        room = self._acts.room(change.room_key)
        by = self._acts.authority.of(change, room, "admin", grants=change.role)
        user = self._acts.user(change.user_id)
        is_own = change.actor_id == user.id
        if not is_own:
            self._acts.authority.check_target(change, room, user)
        if change.role not in RANK:
            raise BadFrame(f"A role is one of {', '.join(RANK)}.")
        row = self._connection.execute(
            "select role from memberships where room_id = ? and user_id = ?", (room.id, user.id)
        ).fetchone()
        if row is None:
            raise NotFound(f"{user.name} is no member of {room.name}.")
        if row[0] == change.role:
            raise Conflict(f"{user.name} has that role already.")
        if is_own and row[0] == "owner" and self._owners(room) == 1:
            raise Conflict("A room keeps an owner: name another one first.")
        self._connection.execute(
            "update memberships set role = ? where room_id = ? and user_id = ?",
            (change.role, room.id, user.id),
        )
        return self._acts.record(
            "member_role_set", room=room, user=user, role=change.role, was=row[0], **by
        )

    def open_direct(self, change: OpenDirect) -> Opened:
        ids = sorted({*change.user_ids, change.actor_id})
        if not 2 <= len(ids) <= DIRECT_PEOPLE:
            raise BadFrame(f"A direct room is for 2 to {DIRECT_PEOPLE} people, you among them.")
        for user_id in ids:
            user = self._acts.user(user_id)
            if user.kind not in (GUEST, MEMBER, BOT) or user.disabled_at is not None:
                raise NotFound("There is no such user.")
        people = ",".join(map(str, ids))
        row = self._connection.execute(
            "select name_key from rooms where people = ?", (people,)
        ).fetchone()
        if row is not None:
            return Opened(self._acts.room(row[0]), began=False)
        self._acts.authority.check_voice(change.actor_id)
        # Nobody reads this name, and nobody can guess it.
        name = f"direct-{secrets.token_hex(16)}"
        self._connection.execute(
            "insert into rooms (name, name_key, kind, created_at, created_by, people) "
            "values (?1, ?1, 'direct', ?2, ?3, ?4)",
            (name, self._now_ms, change.actor_id, people),
        )
        room = self._acts.room(name)
        for user_id in ids:
            self._sit(room, user_id, "member")
        room = self._acts.room(name)
        maker = self._acts.user(change.actor_id)
        self._acts.record("room_created", room=room, actor=maker.name, actor_id=maker.id)
        return Opened(room, began=True)

    def _sit(self, room: Room, user_id: int, role: str) -> bool:
        """Make a member; False where they are one. What was said before counts as read."""
        return bool(
            self._connection.execute(
                "insert into memberships (room_id, user_id, role, read_seq, joined_seq, joined_at) "
                "values (?1, ?2, ?3, ?4, ?4, ?5) on conflict do nothing",
                (room.id, user_id, role, room.last_seq, self._now_ms),
            ).rowcount
        )

    def _owners(self, room: Room) -> int:
        (count,) = self._connection.execute(
            "select count(*) from memberships where room_id = ? and role = 'owner'", (room.id,)
        ).fetchone()
        return int(count)
