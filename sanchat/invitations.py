"""Inviting people and letting bots in, each a verb."""

from sanchat.clock import Clock
from sanchat.credentials import ACCOUNTS, ADMITS, ANYONE, SCOPES, Invite
from sanchat.errors import BadFrame, NotFound
from sanchat.identity import (
    Accepted,
    AcceptInvite,
    Acted,
    CreateInvite,
    CreateToken,
    Minted,
    RevokeInvite,
    RevokeToken,
    hint_of,
    new_bot_token,
    new_link_token,
    token_hash,
)
from sanchat.journal import Journal
from sanchat.models import ROLES, User, clean_user_name, is_reserved, room_key
from sanchat.store import Store

INVITE_SECONDS = 7 * 24 * 60 * 60
LONGEST_INVITE_SECONDS = 365 * 24 * 60 * 60
MOST_USES = 1_000
LABEL_LENGTH = 100
ROOMS_OF_TOKEN = 100


class Invitations:
    """The invitations and bots' tokens of one chat."""

    def __init__(self, store: Store, journal: Journal, clock: Clock) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock

    async def create(
        self,
        *,
        room: str | None = None,
        role: str = "member",
        admits: str | None = None,
        seconds: int = INVITE_SECONDS,
        uses: int = 1,
        user: User | None = None,
        actor: str = "",
    ) -> tuple[Invite, str]:
        """An invitation and its token, which is told once. By a `user`, who must be allowed to.

        BadFrame, Forbidden, NotFound. Roles above member are for accounts alone.
        """
        admits = admits or (ANYONE if role == "member" else ACCOUNTS)
        if role not in ROLES or admits not in ADMITS:
            raise BadFrame(f"Roles are {', '.join(ROLES)}; admitted are {', '.join(ADMITS)}.")
        if admits == ANYONE and role != "member":
            raise BadFrame("Guests have no roles: invite `accounts` to this one.")
        if admits == "users" and room is None:
            raise BadFrame("Those who are here already can be invited to a room.")
        if not 60 <= seconds <= LONGEST_INVITE_SECONDS:
            raise BadFrame("An invitation is good for a minute to a year.")
        if not 1 <= uses <= MOST_USES:
            raise BadFrame(f"An invitation is good for 1 to {MOST_USES:,} people.")
        token = new_link_token()
        invite: Invite = await self._journal.write(
            CreateInvite(
                token_hash=token_hash(token),
                hint=hint_of(token),
                expires_at=self._clock() + seconds * 1000,
                room_key=room_key(room) if room is not None else None,
                role=role,
                admits=admits,
                uses=uses,
                user_id=user.id if user is not None else None,
                actor=user.name if user is not None else actor,
            )
        )
        return invite, token

    async def look(self, token: str) -> Invite:
        """What an invitation is for; NotFound where it is not valid (any more)."""
        invite = await self._store.invite(token_hash(token))
        if invite is None or invite.state(self._clock()) != "open":
            raise NotFound("This invitation is not valid any more.")
        return invite

    async def accept(self, token: str, user: User) -> Accepted:
        """Join its room as somebody who is here; NotFound, Banned."""
        accepted: Accepted = await self._journal.write(
            AcceptInvite(invite_hash=token_hash(token), user_id=user.id)
        )
        return accepted

    async def revoke(self, invite_id: int, *, user: User | None = None, actor: str = "") -> Invite:
        """Make it void. NotFound where the `user` may not, Conflict."""
        invite: Invite = await self._journal.write(
            RevokeInvite(
                invite_id=invite_id,
                user_id=user.id if user is not None else None,
                actor=user.name if user is not None else actor,
            )
        )
        return invite

    # Bots

    async def create_token(
        self,
        bot: str,
        *,
        scopes: tuple[str, ...],
        rooms: tuple[str, ...] | None = None,
        label: str = "",
        seconds: int | None = None,
        actor: str = "",
    ) -> tuple[Minted, str]:
        """A token, told once, of a bot that is made with its first one. BadName, NameTaken."""
        name = clean_user_name(bot)
        if is_reserved(name):
            raise BadFrame(f"Nobody but the server itself can be called {name}.")
        if not scopes or set(scopes) - set(SCOPES):
            raise BadFrame(f"A token is for one or more of {', '.join(SCOPES)}.")
        if len(label) > LABEL_LENGTH or not label.isprintable():
            raise BadFrame(f"A label has at most {LABEL_LENGTH} characters that can be seen.")
        if rooms is not None and not 1 <= len(rooms) <= ROOMS_OF_TOKEN:
            raise BadFrame(f"A token is for all rooms or for 1 to {ROOMS_OF_TOKEN}.")
        token = new_bot_token()
        minted: Minted = await self._journal.write(
            CreateToken(
                bot=name,
                token_hash=token_hash(token),
                hint=hint_of(token),
                label=label,
                scopes=tuple(scope for scope in SCOPES if scope in scopes),
                room_keys=tuple(map(room_key, rooms)) if rooms is not None else None,
                expires_at=self._clock() + seconds * 1000 if seconds is not None else None,
                actor=actor,
            )
        )
        return minted, token

    async def revoke_token(self, token_id: int, *, actor: str = "") -> Acted:
        """Make it void at once. NotFound."""
        acted: Acted = await self._journal.write(RevokeToken(token_id=token_id, actor=actor))
        return acted
