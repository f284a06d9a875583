"""Signing in and out, and what people do with their accounts, each a verb.

Passwords are compared one argon2 run at a time whether the name exists or not, so that neither the
answer nor its time tells; how often they may be tried depends on where the tries come from.
"""

import secrets
import time
from typing import NamedTuple

from sanchat.addresses import network_of
from sanchat.changes import RenameUser
from sanchat.clock import Clock
from sanchat.errors import (
    BadName,
    ChatError,
    Conflict,
    Forbidden,
    NameTaken,
    NotFound,
    NotSignedIn,
)
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
    OfferOwner,
    OfferReset,
    Register,
    ResetPassword,
    SetPassword,
    SetServerRole,
    SignIn,
    hint_of,
    new_link_token,
    new_session_token,
    token_hash,
)
from sanchat.journal import Journal
from sanchat.limits import Guesses, Limits
from sanchat.measures import Actor, asker
from sanchat.models import MEMBER, Session, User, clean_user_name, is_reserved, user_key
from sanchat.passwords import Passwords, least_length
from sanchat.policy import refusal_to_enter, refusal_to_speak
from sanchat.presence import HeldNames
from sanchat.skeleton import skeleton
from sanchat.store import Store

DAY_MS = 24 * 60 * 60 * 1000
OWNER_LINK_MS = 7 * DAY_MS
RESET_LINK_MS = DAY_MS


class From(NamedTuple):
    """Where somebody comes in from, with what, and as whom until now."""

    address: str = ""
    agent: str = ""
    session: Session | None = None


class Accounts:
    """The accounts of one chat. Every method that lets somebody in returns a token, told once."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        *,
        clock: Clock,
        names: HeldNames,
        guests: str,
        registration: str,
        guesses: Guesses | None = None,
    ) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._names = names
        self.limits: Limits | None = None
        self.guests = guests  # open, invite or closed
        self.registration = registration  # the same
        self.passwords = Passwords()
        self.guesses = guesses or Guesses(time.monotonic)

    # Coming in

    async def enter_as_guest(self, raw_name: str, invite: str, origin: From) -> tuple[Entered, str]:
        """A guest by invitation. BadName, NameTaken, Banned; NotFound where it lets none in."""
        name = self._cleaned(raw_name)
        if self.guests == "closed":
            raise NotSignedIn("This server admits no guests.")
        self._spend(origin.address)
        with self._reserved(name, origin) as reservation:
            token = new_session_token()
            entered: Entered = await self._journal.write(
                EnterGuest(name=name, invite_hash=token_hash(invite), entry=_entry(token, origin))
            )
            reservation.user_id = entered.session.user.id
        return entered, token

    async def register(
        self, raw_name: str, password: str, invite: str | None, origin: From
    ) -> tuple[Entered, str]:
        """An account of one's own. BadName, BadPassword, NameTaken, NotFound, Forbidden, Conflict.

        A guest keeps nothing but the name: what they said as one stays the guest's.
        """
        name = self._cleaned(raw_name)
        if origin.session is not None and origin.session.user.kind == MEMBER:
            raise Conflict("You have an account. Sign out first.")
        role = "member"
        if invite is not None:
            found = await self._store.invite(token_hash(invite))
            if found is None or found.state(self._clock()) != "open":
                raise NotFound("This invitation is not valid any more.")
            role = found.role if found.room_id is None else role
        if self.registration == "closed" and role != "owner":
            raise Forbidden("Accounts are made by the administrator here.")
        if self.registration == "invite" and invite is None:
            raise Forbidden("An account needs an invitation here.")
        self._spend(origin.address)
        with self._reserved(name, origin) as reservation:
            password_hash = await self.passwords.hash(password, names=(name,), role=role)
            token = new_session_token()
            entered: Entered = await self._journal.write(
                Register(
                    name=name,
                    password_hash=password_hash,
                    invite_hash=token_hash(invite) if invite is not None else None,
                    entry=_entry(token, origin),
                )
            )
            reservation.user_id = entered.session.user.id
        return entered, token

    async def sign_in(self, raw_name: str, password: str, origin: From) -> tuple[Entered, str]:
        """By name and password. Forbidden, always the same, where they do not belong together;
        RateLimited after too many tries; Banned, Kicked."""
        key = user_key(raw_name)[:200]
        self.guesses.begin(origin.address, key)
        self._spend(origin.address)
        user, stored = await self._store.account(key) or (None, None)
        verdict = await self.passwords.verify(stored, password)
        if user is None or stored is None or not verdict.is_right or user.disabled_at is not None:
            raise Forbidden("The name and the password do not belong together.")
        self.guesses.was_right(origin.address, key)
        refusal = await self._refusal(user, origin.address)
        if refusal is not None:
            raise refusal
        token = new_session_token()
        entered: Entered = await self._journal.write(
            SignIn(
                user_id=user.id,
                verified_hash=stored,
                fresh_hash=verdict.fresh,
                entry=_entry(token, origin),
            )
        )
        return entered, token

    async def whose_reset(self, reset: str) -> User:
        """Whose new password a link is for; NotFound."""
        user = await self._store.reset(token_hash(reset))
        if user is None:
            raise NotFound("This link is not valid any more.")
        return user

    async def reset_password(self, reset: str, password: str, origin: From) -> tuple[Entered, str]:
        """A new password by a link, which is used up. NotFound, BadPassword, Banned."""
        user = await self.whose_reset(reset)
        self._spend(origin.address)
        refusal = await self._refusal(user, origin.address)
        if refusal is not None:
            raise refusal
        password_hash = await self.passwords.hash(password, names=(user.name,), role=user.role)
        token = new_session_token()
        entered: Entered = await self._journal.write(
            ResetPassword(
                reset_hash=token_hash(reset),
                password_hash=password_hash,
                entry=_entry(token, origin),
            )
        )
        return entered, token

    # One's own account

    async def change_password(
        self, session: Session, password: str, new_password: str, address: str
    ) -> tuple[Acted, str]:
        """Another password; all other sessions end, this one gets the token returned.

        Forbidden where the old one is wrong, RateLimited after too many tries; BadPassword.
        """
        user = session.user
        key = user_key(user.name)
        self.guesses.begin(address, key)
        stored = await self._store.password_hash(user.id)
        verdict = await self.passwords.verify(stored, password)
        if not verdict.is_right:
            raise Forbidden("This is not your password.")
        self.guesses.was_right(address, key)
        new_hash = await self.passwords.hash(new_password, names=(user.name,), role=user.role)
        token = new_session_token()
        acted: Acted = await self._journal.write(
            SetPassword(
                user_id=user.id,
                password_hash=new_hash,
                keeps=session.id,
                keeps_token_hash=token_hash(token),
                actor=user.name,
            )
        )
        return acted, token

    async def rename(self, user: User, raw_name: str, address: str) -> int:
        """Another name for oneself; the act's id. BadName, NameTaken, Conflict, Muted."""
        name = self._cleaned(raw_name)
        refusal = refusal_to_speak(await self._store.bans_of(user.id), None, self._clock())
        if refusal is not None:
            raise refusal
        # A name that a ban keeps out would shut its wearer out.
        is_barred = await self._store.bans_at("", skeleton(name))
        if is_barred or not self._names.is_free(name, user.id):
            raise NameTaken(f"The name {name} is in use.")
        self._spend(address, "change your name")
        act: int = await self._journal.write(RenameUser(user_id=user.id, name=name, **asker(user)))
        return act

    async def end_sessions(
        self, user: User, session_ids: tuple[int, ...] | None = None, *, actor: str = ""
    ) -> Acted:
        """Sign devices of the user out, or all. NotFound where one is not theirs."""
        acted: Acted = await self._journal.write(
            EndSessions(user_id=user.id, session_ids=session_ids, actor=actor)
        )
        return acted

    # As an administrator

    async def create(
        self,
        raw_name: str,
        *,
        role: str = "member",
        password: str | None = None,
        password_hash: str | None = None,
        actor: str = "",
    ) -> User:
        """An account, with a password or the hash of one, or without until a link gives it one.

        BadName, BadPassword, NameTaken.
        """
        name = self._cleaned(raw_name)
        if password is not None:
            password_hash = await self.passwords.hash(password, names=(name,), role=role)
        user: User = await self._journal.write(
            CreateUser(name=name, role=role, password_hash=password_hash, actor=actor)
        )
        return user

    async def set_password(
        self,
        user: User,
        *,
        password: str | None = None,
        password_hash: str | None = None,
        actor: str = "",
    ) -> Acted:
        """Another password for somebody, who is signed out everywhere. BadPassword, Conflict."""
        if password is not None:
            password_hash = await self.passwords.hash(password, names=(user.name,), role=user.role)
        assert password_hash is not None
        acted: Acted = await self._journal.write(
            SetPassword(user_id=user.id, password_hash=password_hash, actor=actor)
        )
        return acted

    async def offer_reset(self, user: User, *, actor: str = "") -> tuple[Acted, str]:
        """A link's token, good for one new password within a day. Conflict for those without."""
        token = new_link_token()
        acted: Acted = await self._journal.write(
            OfferReset(
                user_id=user.id,
                token_hash=token_hash(token),
                expires_at=self._clock() + RESET_LINK_MS,
                actor=actor,
            )
        )
        return acted, token

    async def offer_owner(self) -> str | None:
        """The token of the first owner's invitation; None where it was offered before."""
        token = new_link_token()
        is_new = await self._journal.write(
            OfferOwner(
                token_hash=token_hash(token),
                hint=hint_of(token),
                expires_at=self._clock() + OWNER_LINK_MS,
            )
        )
        return token if is_new else None

    async def set_role(self, user: User, role: str, *, actor: Actor = "") -> Acted:
        """Another role on the server. Conflict; Forbidden where it is not the actor's to give."""
        acted: Acted = await self._journal.write(
            SetServerRole(user_id=user.id, role=role, **asker(actor))
        )
        return acted

    async def disable(self, user: User, *, actor: str = "") -> Acted:
        """Switch an account off. Conflict."""
        acted: Acted = await self._journal.write(Disable(user_id=user.id, actor=actor))
        return acted

    async def enable(self, user: User, *, actor: str = "") -> Acted:
        """Switch an account on again. Conflict."""
        acted: Acted = await self._journal.write(Enable(user_id=user.id, actor=actor))
        return acted

    async def erase(self, user: User, *, actor: str = "") -> Acted:
        """Remove who somebody was; what they said stays, by `erased`. Conflict."""
        acted: Acted = await self._journal.write(EraseUser(user_id=user.id, actor=actor))
        return acted

    def least_password(self, user: User) -> int:
        """The length of the shortest password that the user could choose."""
        return least_length(user.role)

    def _cleaned(self, raw_name: str) -> str:
        name = clean_user_name(raw_name)
        if is_reserved(name):
            raise BadName(f"Nobody but the server itself can be called {name}.")
        return name

    def _spend(self, address: str, doing: str = "sign in") -> None:
        if self.limits is not None:
            self.limits.spend(self.limits.sign_ins, address, doing)

    def _reserved(self, name: str, origin: From) -> "_Reservation":
        own = origin.session.user.id if origin.session is not None else None
        if not self._names.is_free(name, own):
            raise NameTaken(f"The name {name} is in use.")
        return _Reservation(self._names, name, own)

    async def _refusal(self, user: User, address: str) -> ChatError | None:
        bans = await self._store.bans_of(user.id)
        network = network_of(address)
        if network is not None and not user.is_moderator:
            bans += await self._store.bans_at(network, "")
        return refusal_to_enter(bans, None, self._clock())


class _Reservation:
    """Holds a name while the store decides, so that two who ask at once do not both get it."""

    def __init__(self, names: HeldNames, name: str, own: int | None) -> None:
        self._names = names
        self._name = name
        self._own = own
        self._mark = -secrets.randbits(48)
        self.user_id: int | None = None

    def __enter__(self) -> "_Reservation":
        if self._own is None:
            self._names.hold(self._name, self._mark)
        return self

    def __exit__(self, *_: object) -> None:
        if self._own is None:
            self._names.free(self._name, self._mark)
        if self.user_id is not None:
            self._names.hold(self._name, self.user_id)


def _entry(token: str, origin: From) -> Entry:
    return Entry(
        token_hash(token),
        origin.address,
        origin.agent,
        origin.session.id if origin.session is not None else None,
    )
