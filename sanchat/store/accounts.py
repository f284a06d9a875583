"""Accounts and sessions as they are made, changed and ended.

Runs inside the journal's transaction, on its connection. Every session that ends is named in the
act, so that servers hang up on it.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from sanchat.changes import Change
from sanchat.errors import Conflict, NameTaken, NotFound, NotSignedIn
from sanchat.identity import (
    Acted,
    CreateUser,
    Disable,
    Enable,
    EndSessions,
    Entered,
    EnterGuest,
    Entry,
    EraseUser,
    OfferReset,
    Register,
    ResetPassword,
    SetPassword,
    SetServerRole,
    SignIn,
)
from sanchat.models import BOT, ERASED, GUEST, MEMBER, ROLES, Session, User, user_key
from sanchat.skeleton import skeleton
from sanchat.store.acts import Acts
from sanchat.store.invitations import Invitations
from sanchat.store.people import People
from sanchat.store.rows import USER_COLUMNS, user_from

SESSIONS = 50  # of one account; the one unused for longest makes way


class Accounts:
    """The accounts of one batch."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        now_ms: int,
        people: People,
        acts: Acts,
        invitations: Invitations,
    ) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self._people = people
        self._acts = acts
        self._invitations = invitations

    def verbs(self) -> dict[type[Change], Callable[[Any], Any]]:
        """What it carries out."""
        return {
            EnterGuest: self.enter_guest,
            CreateUser: self.create_user,
            Register: self.register,
            SignIn: self.sign_in,
            SetPassword: self.set_password,
            OfferReset: self.offer_reset,
            ResetPassword: self.reset_password,
            SetServerRole: self.set_role,
            Disable: self.disable,
            Enable: self.enable,
            EraseUser: self.erase_user,
            EndSessions: self.end_sessions,
        }

    # Coming in

    def enter_guest(self, change: EnterGuest) -> Entered:
        invite = self._invitations.valid(change.invite_hash, newcomer=GUEST)
        user = self._people.add_guest(change.name, change.entry.address)
        room = self._invitations.use(invite, user)
        return self._enter(user, change.entry, room=room)

    def register(self, change: Register) -> Entered:
        invite = None
        if change.invite_hash is not None:
            invite = self._invitations.valid(change.invite_hash, newcomer=MEMBER)
        self._people.refuse_newcomer(skeleton(change.name), change.entry.address)
        role = invite.role if invite is not None and invite.room_id is None else "member"
        user, ended = self._add(change.name, MEMBER, role, change.password_hash)
        self._acts.record(
            "user_created", user=user, actor=user.name, actor_id=user.id, sessions=ended
        )
        room = self._invitations.use(invite, user) if invite is not None else None
        self._note_owner(user)
        return self._enter(user, change.entry, room=room, ended=ended)

    def sign_in(self, change: SignIn) -> Entered:
        user = self._user(change.user_id)
        known = self._password(user)
        if known != change.verified_hash or user.disabled_at is not None:
            raise NotSignedIn("The password has just been changed.")
        if change.fresh_hash is not None:
            self._store_password(user, change.fresh_hash)
        return self._enter(user, change.entry)

    def reset_password(self, change: ResetPassword) -> Entered:
        row = self._connection.execute(
            "delete from resets where token_hash = ? and expires_at > ? returning user_id",
            (change.reset_hash, self._now_ms),
        ).fetchone()
        user = self._user(row[0]) if row is not None else None
        if user is None or user.disabled_at is not None:
            raise NotFound("This link is not valid any more.")
        self._store_password(user, change.password_hash)
        ended = self._end_sessions(user)
        self._acts.record(
            "password_set", user=user, actor=user.name, actor_id=user.id, sessions=ended
        )
        return self._enter(user, change.entry, ended=ended)

    # Accounts

    def create_user(self, change: CreateUser) -> User:
        user, ended = self._add(change.name, change.kind, change.role, change.password_hash)
        self._acts.record("user_created", user=user, actor=change.actor, sessions=ended)
        self._note_owner(user)
        return user

    def set_password(self, change: SetPassword) -> Acted:
        user = self._user(change.user_id)
        if user.kind != MEMBER:
            raise Conflict(f"{user.name} is a {user.kind}, who has no password.")
        self._store_password(user, change.password_hash)
        self._connection.execute("delete from resets where user_id = ?", (user.id,))
        ended = self._end_sessions(user, keeps=change.keeps)
        if change.keeps_token_hash is not None:
            kept = self._connection.execute(
                "update sessions set token_hash = ?, created_at = ?, seen_at = ? "
                "where id = ? and user_id = ?",
                (change.keeps_token_hash, self._now_ms, self._now_ms, change.keeps, user.id),
            ).rowcount
            if not kept:
                raise NotSignedIn("The session has ended.")
        act = self._acts.record("password_set", user=user, actor=change.actor, sessions=ended)
        return Acted(act, ended)

    def offer_reset(self, change: OfferReset) -> Acted:
        user = self._user(change.user_id)
        if user.kind != MEMBER:
            raise Conflict(f"{user.name} is a {user.kind}, who has no password.")
        self._connection.execute(
            "insert or replace into resets (user_id, token_hash, created_at, expires_at) "
            "values (?, ?, ?, ?)",
            (user.id, change.token_hash, self._now_ms, change.expires_at),
        )
        return Acted(self._acts.record("reset_offered", user=user, actor=change.actor))

    def set_role(self, change: SetServerRole) -> Acted:
        by = self._acts.authority.of(change, None, "admin", grants=change.role)
        user = self._user(change.user_id)
        if change.actor_id != user.id:
            self._acts.authority.check_target(change, None, user)
        if user.kind not in (MEMBER, BOT):
            raise Conflict(f"{user.name} is a {user.kind}: only accounts have roles.")
        if user.role == change.role:
            raise Conflict(f"{user.name} is {change.role} already.")
        self._refuse_last_owner(user)
        self._connection.execute("update users set role = ? where id = ?", (change.role, user.id))
        act = self._acts.record("user_role", user=user, role=change.role, was=user.role, **by)
        self._note_owner(self._user(user.id))
        return Acted(act)

    def disable(self, change: Disable) -> Acted:
        user = self._user(change.user_id)
        if user.disabled_at is not None:
            raise Conflict(f"{user.name} is switched off already.")
        self._refuse_last_owner(user)
        self._connection.execute(
            "update users set disabled_at = ? where id = ?", (self._now_ms, user.id)
        )
        # A bot's tokens stay, since nobody could give it the same again; they let nobody in now.
        ended = self._end_sessions(user) + self._tokens_of(user)
        act = self._acts.record("user_disabled", user=user, actor=change.actor, sessions=ended)
        return Acted(act, ended)

    def enable(self, change: Enable) -> Acted:
        user = self._user(change.user_id)
        if user.disabled_at is None or user.name == ERASED:
            raise Conflict(f"{user.name} is not switched off.")
        self._connection.execute("update users set disabled_at = null where id = ?", (user.id,))
        return Acted(self._acts.record("user_enabled", user=user, actor=change.actor))

    def erase_user(self, change: EraseUser) -> Acted:
        user = self._user(change.user_id)
        if user.name == ERASED and user.disabled_at is not None:
            raise Conflict("Their data is erased already.")
        self._refuse_last_owner(user)
        ended = self._end_sessions(user) + self._tokens_of(user)
        # What they said and what was done keeps its place in the order; who it was, goes.
        for statement in (
            "delete from sessions where user_id = ?1",
            "delete from passwords where user_id = ?1",
            "delete from resets where user_id = ?1",
            "delete from memberships where user_id = ?1",
            "delete from invites where created_by = ?1",
            "delete from ban_networks where ban_id in (select id from bans where user_id = ?1)",
            "update bans set lifted_at = coalesce(lifted_at, ?3), skeleton = ?4, reason = '' "
            "where user_id = ?1",
            "update users set name = ?2, name_key = ?2, skeleton = ?4, kind = 'guest', "
            "role = 'member', disabled_at = ?3 where id = ?1",
            "update acts set user = ?2, data = '{}' where user_id = ?1",
            "update acts set actor = ?2 where actor_id = ?1",
        ):
            numbered = (user.id, ERASED, self._now_ms, skeleton(ERASED))
            highest = max(int(part[0]) for part in statement.split("?")[1:])
            self._connection.execute(statement, numbered[:highest])
        act = self._acts.record(
            "user_erased", user=self._user(user.id), actor=change.actor, sessions=ended
        )
        return Acted(act, ended)

    def end_sessions(self, change: EndSessions) -> Acted:
        user = self._user(change.user_id)
        ended = self._end_sessions(user, only=change.session_ids)
        if change.session_ids is not None and len(ended) < len(set(change.session_ids)):
            raise NotFound("There is no such session.")
        act = self._acts.record("sessions_ended", user=user, actor=change.actor, sessions=ended)
        return Acted(act, ended)

    # Both

    def add_bot(self, name: str) -> User:
        """A new bot of this cleaned name."""
        user, ended = self._add(name, BOT, "member", None)
        self._acts.record("user_created", user=user, sessions=ended)
        return user

    def _add(
        self, name: str, kind: str, role: str, password_hash: str | None
    ) -> tuple[User, tuple[int, ...]]:
        look, key = skeleton(name), user_key(name)
        self._people.refuse_account_name(name)
        # A guest who looks like it comes back under another name.
        guests = self._connection.execute(
            f"select {USER_COLUMNS} from users where (skeleton = ? or name_key = ?) "
            "and kind = 'guest' and exists (select 1 from sessions where user_id = users.id)",
            (look, key),
        ).fetchall()
        ended = tuple(
            session for guest in guests for session in self._end_sessions(user_from(guest))
        )
        try:
            user_id = self._connection.execute(
                "insert into users (name, name_key, skeleton, kind, role, created_at) "
                "values (?, ?, ?, ?, ?, ?)",
                (name, key, look, kind, role, self._now_ms),
            ).lastrowid
        except sqlite3.IntegrityError:
            raise NameTaken(f"The name {name} is in use.") from None
        assert user_id is not None
        user = self._user(user_id)
        if password_hash is not None:
            self._store_password(user, password_hash)
        return user, ended

    def _enter(
        self,
        user: User,
        entry: Entry,
        *,
        room: Any = None,
        ended: tuple[int, ...] = (),
    ) -> Entered:
        """A new session; who held the one that it replaces keeps nothing of it."""
        if entry.replaces is not None:
            ended += self._people.end_sessions("id = ?", entry.replaces)
        ended += self._people.end_sessions(
            "user_id = ?1 and id not in (select session_id from tokens) and id not in "
            "(select id from sessions where user_id = ?1 order by seen_at desc, id desc "
            f"limit {SESSIONS - 1})",
            user.id,
        )
        session: Session = self._people.add_session(user, entry)
        return Entered(session, room, ended)

    def _end_sessions(
        self, user: User, *, keeps: int | None = None, only: tuple[int, ...] | None = None
    ) -> tuple[int, ...]:
        known = self._connection.execute(
            "select id from sessions where user_id = ? "
            "and id not in (select session_id from tokens)",
            (user.id,),
        ).fetchall()
        ended: tuple[int, ...] = ()
        for (session_id,) in known:
            if session_id != keeps and (only is None or session_id in only):
                ended += self._people.end_sessions("id = ?", session_id)
        return ended

    def _tokens_of(self, user: User) -> tuple[int, ...]:
        rows = self._connection.execute(
            "select id from sessions join tokens on session_id = id where user_id = ?", (user.id,)
        ).fetchall()
        return tuple(row[0] for row in rows)

    def _store_password(self, user: User, password_hash: str) -> None:
        self._connection.execute(
            "insert or replace into passwords (user_id, hash, changed_at) values (?, ?, ?)",
            (user.id, password_hash, self._now_ms),
        )

    def _password(self, user: User) -> str | None:
        row = self._connection.execute(
            "select hash from passwords where user_id = ?", (user.id,)
        ).fetchone()
        return row[0] if row is not None else None

    def _note_owner(self, user: User) -> None:
        """Once the first owner is there, no link makes another who was not meant."""
        (owners,) = self._connection.execute(
            "select count(*) from users where role = 'owner' and kind = 'member'"
        ).fetchone()
        if user.kind == MEMBER and user.role == ROLES[0] and owners == 1:
            self._invitations.withdraw_offers()

    def _refuse_last_owner(self, user: User) -> None:
        if user.role != ROLES[0] or user.kind != MEMBER or user.disabled_at is not None:
            return
        # A bot cannot sign in: it is nobody whom an owner could leave the server to.
        (others,) = self._connection.execute(
            "select count(*) from users where role = 'owner' and kind = 'member' "
            "and disabled_at is null and id <> ?",
            (user.id,),
        ).fetchone()
        if not others:
            raise Conflict(f"{user.name} is the only owner. Make somebody else an owner first.")

    def _user(self, user_id: int) -> User:
        row = self._connection.execute(
            f"select {USER_COLUMNS} from users where id = ? and id > 0", (user_id,)
        ).fetchone()
        if row is None:
            raise NotFound("There is no such user.")
        return user_from(row)
