"""Who asks for something, and whether they may: looked at in the transaction that does it."""

import sqlite3
from typing import Any

from sanchat.errors import NotFound, NotSignedIn
from sanchat.models import Ban, Room, User
from sanchat.policy import (
    may_see,
    rank,
    refusal_to_act_on,
    refusal_to_enter,
    refusal_to_grant,
    refusal_to_keep_order,
    refusal_to_speak,
)
from sanchat.store.rows import USER_COLUMNS, bans_of, role_in_room, user_from

_STANDING = f"""
select {USER_COLUMNS}, (
  select {role_in_room("users.id", "?3")} from rooms where rooms.id = ?2
) from users where users.id = ?1
"""


class Authority:
    """The rights of one batch's askers. Whoever may write the file may do everything."""

    def __init__(self, connection: sqlite3.Connection, now_ms: int) -> None:
        self._connection = connection
        self._now_ms = now_ms

    def of(
        self,
        change: Any,
        room: Room | None,
        least: str,
        *,
        grants: str | None = None,
        speaks: bool = False,
    ) -> dict[str, Any]:
        """Who does it, as `Acts.record` takes it; its refusal where they may not.

        NotFound where the room does not exist for them; Forbidden where it takes the role `least`,
        or the role they would give is not theirs to give. Muted where it `speaks` to people.
        """
        if change.actor_id is None:
            return {"actor": change.actor, "actor_id": None}
        actor, role, own_rank = self.standing(change.actor_id, room)
        if actor.disabled_at is not None:
            raise NotSignedIn("This account is switched off.")
        if room is not None and not may_see(room.kind, role):
            raise NotFound("There is no such room.")
        bans, room_id = self._bans_of(actor.id), room.id if room else None
        refusal = (
            refusal_to_enter(bans, room_id, self._now_ms)
            or (refusal_to_speak(bans, room_id, self._now_ms) if speaks else None)
            or refusal_to_keep_order(room, own_rank, least)
            or (refusal_to_grant(own_rank, grants) if grants is not None else None)
        )
        if refusal is not None:
            raise refusal
        return {"actor": actor.name, "actor_id": actor.id}

    def check_voice(self, actor_id: int | None) -> None:
        """Muted where whoever asks may say nothing to people anywhere."""
        if actor_id is not None:
            refusal = refusal_to_speak(self._bans_of(actor_id), None, self._now_ms)
            if refusal is not None:
                raise refusal

    def check_target(self, change: Any, room: Room | None, target: User) -> None:
        """Forbidden where whoever asks may not act on this person. Asked after `of`."""
        if change.actor_id is not None:
            actor, _, own_rank = self.standing(change.actor_id, room)
            _, _, target_rank = self.standing(target.id, room)
            refusal = refusal_to_act_on(actor, own_rank, target, target_rank)
            if refusal is not None:
                raise refusal

    def _bans_of(self, user_id: int) -> list[Ban]:
        return bans_of(self._connection, user_id, self._now_ms)

    def standing(self, user_id: int, room: Room | None) -> tuple[User, str | None, int]:
        """Somebody with their role in the room (None: no member) and their rank there."""
        row = self._connection.execute(
            _STANDING, (user_id, room.id if room else -1, self._now_ms)
        ).fetchone()
        if row is None:
            raise NotFound("There is no such user.")
        user, role = user_from(row[:-1]), row[-1]
        return user, role, rank(user, role)
