"""Guests, sessions and memberships as they come and go.

Runs inside the journal's transaction, on its connection.
"""

import sqlite3

from sanchat.addresses import network_of
from sanchat.adoption import EnsureImportedUser
from sanchat.changes import Joined, Leave, Subscribe, Tidy
from sanchat.errors import ChatError, Conflict, NameTaken, NotFound, NotSignedIn
from sanchat.identity import CameIn, ComeInAsGuest, Entry, SeeSession, SignInGuest, SignOut
from sanchat.models import DIRECT, Room, Session, User, user_key
from sanchat.policy import may_see, refusal_to_enter
from sanchat.skeleton import skeleton
from sanchat.store.rows import (
    BAN_COLUMNS,
    ROOM_COLUMNS,
    ROOM_WIDTH,
    SESSION_COLUMNS,
    USER_COLUMNS,
    ban_from,
    role_in_room,
    room_from,
    session_from,
    user_from,
)

_ROLE = role_in_room("?1", "?3")
TIDY_LIMIT = 500  # sessions at once, so that a batch stays short


class People:
    """The people of one batch."""

    def __init__(self, connection: sqlite3.Connection, now_ms: int) -> None:
        self._connection = connection
        self._now_ms = now_ms

    def sign_in_guest(self, change: SignInGuest) -> Session:
        entry = Entry(change.token_hash, change.address, change.agent)
        return self.add_session(self.add_guest(change.name, change.address), entry)

    def come_in_as_guest(self, change: ComeInAsGuest) -> CameIn:
        session = self.sign_in_guest(change)
        try:
            joined = self.subscribe(Subscribe(room_key=change.room_key, user_id=session.user.id))
        except ChatError:
            # There is no such room, say: whoever asks for it again as themselves learns why.
            return CameIn(session)
        return CameIn(session, joined)

    def add_guest(self, name: str, address: str) -> User:
        """A new guest of this cleaned name, from this address. NameTaken, Banned, Kicked."""
        look = skeleton(name)
        self.refuse_account_name(name)
        self.refuse_newcomer(look, address)
        user_id = self._connection.execute(
            "insert into users (name, name_key, skeleton, kind, created_at) "
            "values (?, ?, ?, 'guest', ?)",
            (name, user_key(name), look, self._now_ms),
        ).lastrowid
        row = self._connection.execute(
            f"select {USER_COLUMNS} from users where id = ?", (user_id,)
        ).fetchone()
        return user_from(row)

    def refuse_account_name(self, name: str) -> None:
        """NameTaken where an account has the name, or one that looks like it."""
        taken = self._connection.execute(
            "select 1 from users where (skeleton = ? or name_key = ?) "
            "and kind in ('member', 'bot', 'system')",
            (skeleton(name), user_key(name)),
        ).fetchone()
        if taken is not None:
            raise NameTaken(f"The name {name} is in use.")

    def refuse_newcomer(self, look: str, address: str) -> None:
        """Banned or Kicked where somebody is who looks like it, or who was at this address."""
        refusal = self._refusal(
            "(skeleton = ?1 or id in (select ban_id from ban_networks where network = ?3)) "
            "and kind <> 'mute' and room_id is null",
            look,
            None,
            network_of(address),
        )
        if refusal is not None:
            raise refusal

    def refuse_banned(self, user_id: int, room_id: int | None) -> None:
        """Banned or Kicked where the user may not come in."""
        refusal = self._refusal("user_id = ?1", user_id, room_id)
        if refusal is not None:
            raise refusal

    def add_session(self, user: User, entry: Entry) -> Session:
        """A session for somebody who may come in."""
        session_id = self._connection.execute(
            "insert into sessions (token_hash, user_id, created_at, seen_at, address, agent) "
            "values (?, ?, ?, ?, ?, ?)",
            (
                entry.token_hash,
                user.id,
                self._now_ms,
                self._now_ms,
                entry.address,
                entry.agent[:200],
            ),
        ).lastrowid
        row = self._connection.execute(
            f"select {SESSION_COLUMNS} from sessions join users on users.id = user_id "
            "where sessions.id = ?",
            (session_id,),
        ).fetchone()
        return session_from(row)

    def see_session(self, change: SeeSession) -> None:
        self._connection.execute(
            "update sessions set seen_at = ? where id = ?", (self._now_ms, change.session_id)
        )

    def sign_out(self, change: SignOut) -> None:
        self.end_sessions("id = ?", change.session_id)

    def tidy(self, change: Tidy) -> int:
        ended = self.end_sessions(
            "id in (select id from sessions left join tokens on session_id = id "
            "where session_id is null and seen_at < ? "
            f"or expires_at < {self._now_ms} limit {TIDY_LIMIT})",
            change.unused_since,
        )
        return len(ended)

    def subscribe(self, change: Subscribe) -> Joined:
        room, role, read_seq, joined_seq = self._place(change.room_key, change.user_id)
        self._refuse_ended(change, room)
        self.refuse_banned(change.user_id, room.id)
        if role is not None:
            return Joined(room, role, read_seq, began=False, joined_seq=joined_seq)
        present = self._connection.execute(
            "select 1 from users where id = ? and disabled_at is null", (change.user_id,)
        ).fetchone()
        if present is None:
            raise NotSignedIn("This account is switched off.")
        # What was said before one came counts as read.
        self._connection.execute(
            "insert into memberships (room_id, user_id, read_seq, joined_seq, joined_at) "
            "values (?1, ?2, ?3, ?3, ?4)",
            (room.id, change.user_id, room.last_seq, self._now_ms),
        )
        return Joined(room, "member", room.last_seq, began=True, joined_seq=room.last_seq)

    def _refuse_ended(self, change: Subscribe, room: Room) -> None:
        if not change.session_id:
            return
        row = self._connection.execute(
            "select is_confined, exists (select 1 from token_rooms "
            "where token_rooms.session_id = sessions.id and room_id = ?) "
            "from sessions left join tokens on tokens.session_id = sessions.id "
            "where sessions.id = ? and user_id = ?",
            (room.id, change.session_id, change.user_id),
        ).fetchone()
        if row is None:
            raise NotSignedIn("The session has ended.")
        if row[0] and not row[1]:
            raise NotFound("There is no such room.")

    def leave(self, change: Leave) -> Room:
        room, role, _, _ = self._place(change.room_key, change.user_id)
        if role is None:
            raise NotFound("You are not a member of this room.")
        if room.kind == DIRECT:
            raise Conflict("A direct room cannot be left.")
        self._connection.execute(
            "delete from memberships where room_id = ? and user_id = ?", (room.id, change.user_id)
        )
        return room

    def ensure_imported_user(self, change: EnsureImportedUser) -> User:
        self._connection.execute(
            "insert into users (name, name_key, skeleton, kind, created_at) "
            "values (?, ?, ?, 'imported', ?) on conflict do nothing",
            (change.name, user_key(change.name), skeleton(change.name), self._now_ms),
        )
        row = self._connection.execute(
            f"select {USER_COLUMNS} from users where kind = 'imported' and name = ?",
            (change.name,),
        ).fetchone()
        return user_from(row)

    def _place(self, key: str, user_id: int) -> tuple[Room, str | None, int, int]:
        row = self._connection.execute(
            f"select {ROOM_COLUMNS}, {_ROLE}, memberships.read_seq, "
            "memberships.joined_seq from rooms "
            "left join memberships on memberships.room_id = rooms.id and user_id = ?1 "
            "where name_key = ?2",
            (user_id, key, self._now_ms),
        ).fetchone()
        if row is None or not may_see(row[4], row[ROOM_WIDTH]):
            raise NotFound("There is no such room.")
        role, read_seq, joined_seq = row[ROOM_WIDTH:]
        return room_from(row[:ROOM_WIDTH]), role, read_seq or 0, joined_seq or 0

    def _refusal(
        self, whose: str, value: object, room_id: int | None, *more: object
    ) -> ChatError | None:
        rows = self._connection.execute(
            f"select {BAN_COLUMNS} from bans where {whose} and lifted_at is null "
            "and (until is null or until > ?2) order by kind",
            (value, self._now_ms, *more),
        ).fetchall()
        return refusal_to_enter([ban_from(row) for row in rows], room_id, self._now_ms)

    def end_sessions(self, which: str, value: object) -> tuple[int, ...]:
        """End sessions for good; their ids."""
        ended = self._connection.execute(
            f"delete from sessions where {which} returning user_id, id", (value,)
        ).fetchall()
        # A guest's memberships end with the session; an account's stay.
        self._connection.executemany(
            "delete from memberships where user_id = ?1 "
            "and exists (select 1 from users where id = ?1 and kind = 'guest') "
            "and not exists (select 1 from sessions where user_id = ?1)",
            [(user_id,) for user_id, _ in ended],
        )
        return tuple(session_id for _, session_id in ended)
