"""Who is kept out or silent, and whose words go: bans with the acts beside them.

Runs inside the journal's transaction, on its connection.
"""

import sqlite3
from typing import Any

from sanchat.addresses import network_of
from sanchat.changes import Delete, Erase, KeepOut, LiftBan
from sanchat.errors import BadFrame, NotFound
from sanchat.measures import BeginErasure
from sanchat.store.acts import Acts


class Removals:
    """The removals of one batch."""

    def __init__(self, connection: sqlite3.Connection, acts: Acts, now_ms: int) -> None:
        self._connection = connection
        self._acts = acts
        self._now_ms = now_ms

    def keep_out(self, change: KeepOut) -> int:
        room = self._acts.room(change.room_key) if change.room_key is not None else None
        by = self._acts.authority.of(change, room, "moderator")
        user = self._acts.user(change.user_id)
        self._acts.authority.check_target(change, room, user)
        if change.covers_addresses and (room is not None or change.kind != "ban"):
            raise BadFrame("Only a ban from the whole server covers addresses.")
        ban_id = self._connection.execute(
            "insert into bans (kind, user_id, room_id, skeleton, reason, created_by, created_at, "
            "until) select ?, id, ?, skeleton, ?, ?, ?, ? from users where id = ?",
            (
                change.kind,
                room.id if room else None,
                change.reason,
                by["actor_id"],
                self._now_ms,
                change.until,
                user.id,
            ),
        ).lastrowid
        covered: dict[str, Any] = {}
        if change.covers_addresses:
            covered = {"networks": self._cover_addresses(ban_id, user.id)}
        return self._acts.record(
            change.kind,
            room=room,
            user=user,
            reason=change.reason,
            until=change.until,
            **covered,
            **by,
        )

    def lift_ban(self, change: LiftBan) -> int:
        room = self._acts.room(change.room_key) if change.room_key is not None else None
        by = self._acts.authority.of(change, room, "moderator")
        user = self._acts.user(change.user_id)
        self._acts.authority.check_target(change, room, user)
        lifted = self._connection.execute(
            "update bans set lifted_at = ?1 where lifted_at is null and kind = ?2 "
            "and room_id is ?3 and (until is null or until > ?1) and (user_id = ?4 or ("
            "room_id is null and skeleton = (select skeleton from users where id = ?4)))",
            (self._now_ms, change.kind, room.id if room else None, user.id),
        ).rowcount
        if not lifted:
            where = f" in {room.name}" if room else ""
            raise NotFound(f"{user.name} is not {_PARTICIPLES[change.kind]}{where}.")
        return self._acts.record(f"un{change.kind}", room=room, user=user, **by)

    def begin_erasure(self, change: BeginErasure) -> int:
        room = self._acts.room(change.room_key) if change.room_key is not None else None
        by = self._acts.authority.of(change, room, "moderator")
        user = self._acts.user(change.user_id)
        self._acts.authority.check_target(change, room, user)
        act = self._acts.record("person_erased", room=room, user=user, reason=change.reason, **by)
        self._connection.execute(
            "insert into erasures (act_id, user_id, room_id, decided_at) values (?, ?, ?, ?)",
            (act, user.id, room.id if room else None, self._now_ms),
        )
        return act

    def erased(self, change: Erase) -> int:
        """The act of an erasure."""
        room = self._acts.room(change.room_key)
        by = self._acts.authority.of(change, room, "moderator")
        return self._acts.record("messages_deleted", room=room, seqs=change.seqs, **by)

    def deleted(self, change: Delete, author_id: int) -> None:
        """The act of a moderator who deleted what another said."""
        if author_id != change.user_id:
            self._acts.record(
                "messages_deleted",
                room=self._acts.room(change.room_key),
                user=self._acts.user(author_id),
                actor=self._acts.user(change.user_id).name,
                actor_id=change.user_id,
                seqs=[change.seq],
                reason=change.reason,
            )

    def _cover_addresses(self, ban_id: int | None, user_id: int) -> int:
        """Let the ban hold for the networks that the user's sessions were made from; how many."""
        addresses = self._connection.execute(
            "select distinct address from sessions where user_id = ?", (user_id,)
        ).fetchall()
        networks = {network_of(address) for (address,) in addresses} - {None}
        self._connection.executemany(
            "insert into ban_networks (ban_id, network) values (?, ?)",
            [(ban_id, network) for network in networks],
        )
        return len(networks)


_PARTICIPLES = {"ban": "banned", "mute": "muted", "kick": "kicked"}
