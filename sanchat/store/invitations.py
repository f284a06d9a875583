"""Invitations as they are made, used and revoked, and the tokens of bots.

Runs inside the journal's transaction, on its connection. One answer for every invitation that is
not valid, whatever the reason: a stranger learns nothing of those that were.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from sanchat.changes import Change
from sanchat.credentials import ACCOUNTS, ANYONE, USERS, Invite
from sanchat.errors import ChatError, Conflict, Forbidden, NotFound
from sanchat.identity import Accepted, AcceptInvite, CreateInvite, OfferOwner, RevokeInvite
from sanchat.models import ADMINS, GUEST, MEMBER, MODERATORS, OPEN, ROLES, Room, User
from sanchat.policy import may_give
from sanchat.store.acts import Acts
from sanchat.store.people import People
from sanchat.store.rows import (
    INVITE_SELECT,
    ROOM_COLUMNS,
    USER_COLUMNS,
    invite_from,
    room_from,
    user_from,
)

OPEN_INVITES = 500  # of one user; more are a mistake or an attack


class Invitations:
    """The invitations of one batch."""

    def __init__(
        self, connection: sqlite3.Connection, now_ms: int, people: People, acts: Acts
    ) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self._people = people
        self._acts = acts

    def verbs(self) -> dict[type[Change], Callable[[Any], Any]]:
        """What it carries out."""
        return {
            CreateInvite: self.create,
            RevokeInvite: self.revoke,
            AcceptInvite: self.accept,
            OfferOwner: self.offer_owner,
        }

    def create(self, change: CreateInvite) -> Invite:
        room = self._room(change.room_key) if change.room_key is not None else None
        if change.user_id is not None:
            self._refuse_issuer(change, room)
        return self._add(change, room)

    def revoke(self, change: RevokeInvite) -> Invite:
        invite = self._find("invites.id = ?", change.invite_id)
        if invite is None or not self._may_revoke(change.user_id, invite):
            raise NotFound("There is no such invitation.")
        if invite.revoked_at is not None:
            raise Conflict("The invitation is revoked already.")
        self._connection.execute(
            "update invites set revoked_at = ? where id = ?", (self._now_ms, invite.id)
        )
        self._record("invite_revoked", invite, change.actor, change.user_id)
        revoked = self._find("invites.id = ?", invite.id)
        assert revoked is not None
        return revoked

    def accept(self, change: AcceptInvite) -> Accepted:
        invite = self.valid(change.invite_hash, newcomer=None)
        row = self._connection.execute(
            f"select {USER_COLUMNS} from users where id = ? and disabled_at is null",
            (change.user_id,),
        ).fetchone()
        if row is None or (row[2] not in (MEMBER, GUEST)):
            raise Forbidden("Sign in first.")
        user = user_from(row)
        if invite.room_id is None:
            return Accepted(invite, None, began=False)
        if self._role_in(invite.room_id, user.id) is not None:
            return Accepted(invite, self._room_of(invite.room_id), began=False)
        return Accepted(invite, self.use(invite, user), began=True)

    def offer_owner(self, change: OfferOwner) -> bool:
        known = self._connection.execute(
            "select 1 from users where role = 'owner' and kind = 'member' "
            "union all select 1 from invites where role = 'owner' and room_id is null"
        ).fetchone()
        if known is not None:
            return False
        self._add(
            CreateInvite(
                token_hash=change.token_hash,
                hint=change.hint,
                expires_at=change.expires_at,
                role=ROLES[0],
                admits=ACCOUNTS,
                actor="sanchat",
            ),
            None,
        )
        return True

    def withdraw_offers(self) -> None:
        """The first owner is there: what was offered to whoever would be it is void."""
        offers = self._connection.execute(
            "update invites set revoked_at = ?1 where role = 'owner' and room_id is null "
            "and created_by is null and revoked_at is null and used < uses and expires_at > ?1 "
            "returning id",
            (self._now_ms,),
        ).fetchall()
        for (invite_id,) in offers:
            invite = self._find("invites.id = ?", invite_id)
            assert invite is not None
            self._record("invite_revoked", invite, "sanchat", None)

    def valid(self, token_hash: bytes, *, newcomer: str | None) -> Invite:
        """The invitation of this token, if it lets such a newcomer in (None: somebody of here).

        NotFound. Its issuer must still be one who may give that.
        """
        invite = self._find("invites.token_hash = ?", token_hash)
        if invite is None or invite.state(self._now_ms) != "open" or not self._still_may(invite):
            raise NotFound("This invitation is not valid any more.")
        admits = {GUEST: (ANYONE,), MEMBER: (ANYONE, ACCOUNTS)}.get(newcomer or "")
        if admits is not None and invite.admits not in admits:
            raise NotFound(
                "This invitation is for people who have an account here."
                if invite.admits == USERS
                else "This invitation is for an account: it needs a password."
            )
        return invite

    def use(self, invite: Invite, user: User) -> Room | None:
        """Count the use, and seat the user in the invitation's room."""
        self._connection.execute("update invites set used = used + 1 where id = ?", (invite.id,))
        if invite.room_id is None:
            self._record("invite_used", invite, user.name, user.id, user=user)
            return None
        room = self._room_of(invite.room_id)
        self._people.refuse_banned(user.id, room.id)
        self._connection.execute(
            "insert into memberships (room_id, user_id, role, read_seq, joined_seq, joined_at) "
            "values (?1, ?2, ?3, ?4, ?4, ?5)",
            (room.id, user.id, invite.role, room.last_seq, self._now_ms),
        )
        self._record("invite_used", invite, user.name, user.id, user=user)
        self._acts.record(
            "member_added",
            room=room,
            user=user,
            actor=user.name,
            actor_id=user.id,
            role=invite.role,
        )
        return room

    def _add(self, change: CreateInvite, room: Room | None) -> Invite:
        invite_id = self._connection.execute(
            "insert into invites (token_hash, hint, room_id, role, admits, uses, created_by, "
            "actor, created_at, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                change.token_hash,
                change.hint,
                room.id if room is not None else None,
                change.role,
                change.admits,
                change.uses,
                change.user_id,
                change.actor,
                self._now_ms,
                change.expires_at,
            ),
        ).lastrowid
        invite = self._find("invites.id = ?", invite_id)
        assert invite is not None
        self._record("invite_created", invite, change.actor, change.user_id)
        return invite

    # Rights

    def _refuse_issuer(self, change: CreateInvite, room: Room | None) -> None:
        assert change.user_id is not None
        if not self._may_issue(change.user_id, room.id if room else None, change.role):
            raise Forbidden("You may not invite people to this.")
        brings_newcomers = room is not None and change.admits != USERS
        if brings_newcomers and self._server_role(change.user_id) not in MODERATORS:
            raise Forbidden("You may invite people who have an account here, and no others.")
        (count,) = self._connection.execute(
            "select count(*) from invites where created_by = ? and revoked_at is null "
            "and used < uses and expires_at > ?",
            (change.user_id, self._now_ms),
        ).fetchone()
        if count >= OPEN_INVITES:
            raise Conflict(f"You have {OPEN_INVITES} open invitations. Revoke some first.")

    def _may_issue(self, user_id: int, room_id: int | None, role: str) -> bool:
        own = self._server_role(user_id)
        if own is None:
            return False
        if room_id is None:
            return may_give(own, role)
        there = self._role_in(room_id, user_id)
        if there is None and not self._is_open(room_id):
            return False  # closed rooms do not exist for those outside, moderators or not
        best = min((own, there or own), key=ROLES.index)
        return may_give(best, role)

    def _still_may(self, invite: Invite) -> bool:
        if invite.created_by is None:
            return True
        try:
            self._people.refuse_banned(invite.created_by, invite.room_id)
        except ChatError:
            return False
        return self._may_issue(invite.created_by, invite.room_id, invite.role)

    def _may_revoke(self, user_id: int | None, invite: Invite) -> bool:
        if user_id is None or user_id == invite.created_by:
            return True
        if self._server_role(user_id) in ADMINS:
            return True
        return invite.room_id is not None and self._role_in(invite.room_id, user_id) in MODERATORS

    def _server_role(self, user_id: int) -> str | None:
        row = self._connection.execute(
            "select role from users where id = ? and disabled_at is null and kind = 'member'",
            (user_id,),
        ).fetchone()
        return row[0] if row is not None else None

    def _role_in(self, room_id: int, user_id: int) -> str | None:
        row = self._connection.execute(
            "select role from memberships where room_id = ? and user_id = ?", (room_id, user_id)
        ).fetchone()
        return row[0] if row is not None else None

    # Rows

    def _is_open(self, room_id: int) -> bool:
        return self._room_of(room_id).kind == OPEN

    def _room(self, key: str) -> Room:
        row = self._connection.execute(
            f"select {ROOM_COLUMNS} from rooms where name_key = ? and kind <> 'direct'", (key,)
        ).fetchone()
        if row is None:
            raise NotFound("There is no such room.")
        return room_from(row)

    def _room_of(self, room_id: int) -> Room:
        row = self._connection.execute(
            f"select {ROOM_COLUMNS} from rooms where id = ?", (room_id,)
        ).fetchone()
        return room_from(row)

    def _find(self, which: str, value: object) -> Invite | None:
        row = self._connection.execute(f"{INVITE_SELECT} where {which}", (value,)).fetchone()
        return invite_from(row) if row is not None else None

    def _record(
        self,
        kind: str,
        invite: Invite,
        actor: str,
        actor_id: int | None,
        *,
        user: User | None = None,
    ) -> None:
        room = self._room_of(invite.room_id) if invite.room_id is not None else None
        self._acts.record(
            kind,
            room=room,
            user=user,
            actor=actor,
            actor_id=actor_id,
            invite=invite.id,
            role=invite.role,
        )
