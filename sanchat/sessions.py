"""Sessions: a guest's, made with a name alone, and whose a token is.

Accounts come in by `accounts`, bots by the tokens of `invitations`.
"""

import itertools

from sanchat.clock import Clock
from sanchat.errors import BadName, NameTaken, NotSignedIn
from sanchat.identity import (
    CameIn,
    ComeInAsGuest,
    SeeSession,
    SignInGuest,
    new_session_token,
    token_hash,
)
from sanchat.journal import Journal
from sanchat.limits import Limits
from sanchat.models import Session, clean_user_name, is_reserved, room_key
from sanchat.presence import HeldNames
from sanchat.store import Store

DAY_MS = 24 * 60 * 60 * 1000
# Ids of nobody, one for each who waits for theirs.
_RESERVATIONS = itertools.count(-1, -1)
SEE_SESSION_MS = 60 * 60 * 1000  # how stale `seen_at` may be


class Sessions:
    """The sessions of one chat."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        *,
        clock: Clock,
        names: HeldNames,
        guests_are_open: bool,
        idle_days: int,
        absolute_days: int,
    ) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._names = names
        self.limits: Limits | None = None
        self.guests_are_open = guests_are_open
        self._idle_ms = idle_days * DAY_MS
        self._absolute_ms = absolute_days * DAY_MS

    async def sign_in_guest(
        self, raw_name: str, *, address: str = "", agent: str = ""
    ) -> tuple[Session, str]:
        """A new guest and the session's token, which is told once. Holds the name.

        NotSignedIn where a name alone is not enough; BadName, NameTaken, Banned, RateLimited.
        """
        came_in, token = await self.come_in(raw_name, None, address=address, agent=agent)
        return came_in.session, token

    async def come_in(
        self, raw_name: str, room: str | None, *, address: str = "", agent: str = ""
    ) -> tuple[CameIn, str]:
        """As `sign_in_guest`, and in the same commit a member of this room where that may be."""
        name = clean_user_name(raw_name)
        if not self.guests_are_open:
            raise NotSignedIn("This server admits no guests by name alone.")
        if is_reserved(name):
            raise BadName(f"Nobody but the server itself can be called {name}.")
        if not self._names.is_free(name):
            raise NameTaken(f"The name {name} is in use.")
        if self.limits is not None:
            self.limits.spend(self.limits.sign_ins, address, "sign in")
        # Held before the store answers, so that two who ask at once do not both get it.
        reservation = next(_RESERVATIONS)
        self._names.hold(name, reservation)
        token = new_session_token()
        try:
            came_in = await self._write_guest(name, token_hash(token), room, address, agent)
        except BaseException:
            self._names.free(name, reservation)
            raise
        self._names.hold(name, came_in.session.user.id)
        return came_in, token

    async def _write_guest(
        self, name: str, token_hash: bytes, room: str | None, address: str, agent: str
    ) -> CameIn:
        if room is None:
            return CameIn(
                await self._journal.write(
                    SignInGuest(name=name, token_hash=token_hash, address=address, agent=agent)
                )
            )
        came_in: CameIn = await self._journal.write(
            ComeInAsGuest(
                name=name,
                token_hash=token_hash,
                room_key=room_key(room),
                address=address,
                agent=agent,
            )
        )
        return came_in

    def ends_at(self, session: Session) -> int | None:
        """When the session ends however much it is used (UTC milliseconds), if ever."""
        if session.grant is not None:
            return session.grant.expires_at
        return session.created_at + self._absolute_ms

    async def of(self, token: str) -> Session | None:
        """The session of a token, or None where it has ended, by its age too.

        A bot's has no age: it lasts until it is revoked, or until its day.
        """
        session = await self._store.session(token_hash(token))
        if session is None or session.user.disabled_at is not None:
            return None
        now = self._clock()
        unused_ms = now - session.seen_at
        if session.grant is None:
            if unused_ms > self._idle_ms or now - session.created_at > self._absolute_ms:
                return None
        elif session.grant.expires_at is not None and session.grant.expires_at <= now:
            return None
        if unused_ms > SEE_SESSION_MS:
            await self._journal.write(SeeSession(session_id=session.id))
        return session
