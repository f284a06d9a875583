"""What can be asked of the store about who somebody is: accounts, sessions, tokens, invitations.

Further changes, as those of `changes`. Passwords and tokens come here as hashes alone.
"""

import hashlib
import secrets

import msgspec

from sanchat.changes import Change, Joined
from sanchat.credentials import ANYONE, Invite
from sanchat.models import Room, Session, User

BOT_TOKEN_PREFIX = "san_"  # by which secret scanners find one that lies about
HINT_LENGTH = 4


def token_hash(token: str) -> bytes:
    """What the store keeps of a token. They are random: nothing slower than SHA-256 is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def hint_of(token: str) -> str:
    """What a token is told from others by, once nobody can see it any more."""
    return token[-HINT_LENGTH:]


def new_session_token() -> str:
    """256 bits for a cookie."""
    return secrets.token_urlsafe(32)


def new_link_token() -> str:
    """128 bits for a link; hexadecimal, so that no program takes its end for punctuation."""
    return secrets.token_hex(16)


def new_bot_token() -> str:
    """256 bits behind a prefix."""
    return BOT_TOKEN_PREFIX + secrets.token_urlsafe(32)


class Entry(msgspec.Struct, frozen=True):
    """How somebody comes in: the new session's token (its hash), from where, with what.

    `replaces` is the session they had until now, which ends.
    """

    token_hash: bytes
    address: str = ""
    agent: str = ""
    replaces: int | None = None


class Entered(msgspec.Struct, frozen=True):
    """A new session, the room it has led to, and the sessions that ended with it."""

    session: Session
    room: Room | None = None
    ended: tuple[int, ...] = ()


class Acted(msgspec.Struct, frozen=True):
    """An act's id, and the sessions that ended with it."""

    act: int
    ended: tuple[int, ...] = ()


class SignInGuest(Change, frozen=True, kw_only=True, gc=False):
    """A new guest under a cleaned name, with a session. Answers `Session`.

    Only the hash of the token comes here. NameTaken where an account looks like it, Banned where a
    ban keeps that look out.
    """

    name: str
    token_hash: bytes
    address: str = ""
    agent: str = ""


class ComeInAsGuest(SignInGuest, frozen=True, kw_only=True, gc=False):
    """A new guest who comes in by a room's door. Answers `CameIn`; refusals as of `SignInGuest`."""

    room_key: str


class CameIn(msgspec.Struct, frozen=True):
    """A new session, and what has become of its first subscription: None where it was refused."""

    session: Session
    joined: Joined | None = None


class SignOut(Change, frozen=True, kw_only=True, gc=False):
    """End a session; a guest's memberships end with their last one. Answers None."""


class SeeSession(Change, frozen=True, kw_only=True, gc=False):
    """Note that a session is in use. Answers None."""

    session_id: int


class EnterGuest(Change, frozen=True, kw_only=True, gc=False):
    """A guest under a cleaned name, by an invitation. Answers `Entered`.

    NameTaken, Banned; NotFound where the invitation lets no guest in.
    """

    name: str
    invite_hash: bytes
    entry: Entry


class CreateUser(Change, frozen=True, kw_only=True, gc=False):
    """An account or bot under a cleaned name. Answers the `User`.

    Guests who look like it are signed out. NameTaken where another account does.
    """

    name: str
    kind: str = "member"
    role: str = "member"
    password_hash: str | None = None
    actor: str = ""


class Register(Change, frozen=True, kw_only=True, gc=False):
    """An account of somebody's own making, by an invitation if one is needed. Answers `Entered`.

    NameTaken; NotFound where the invitation is not valid or not for this.
    """

    name: str
    password_hash: str
    invite_hash: bytes | None
    entry: Entry


class SignIn(Change, frozen=True, kw_only=True, gc=False):
    """A session for an account whose password fitted `verified_hash`. Answers `Entered`.

    NotSignedIn where the password is another by now or the account is switched off. `fresh_hash`
    takes the stored one's place.
    """

    user_id: int
    verified_hash: str
    fresh_hash: str | None
    entry: Entry


class SetPassword(Change, frozen=True, kw_only=True, gc=False):
    """Another password; all sessions end but `keeps`. Answers `Acted`.

    `keeps_token_hash` is the new token of the one that is kept. Bots have none: Conflict.
    """

    user_id: int
    password_hash: str
    keeps: int | None = None
    keeps_token_hash: bytes | None = None
    actor: str = ""


class OfferReset(Change, frozen=True, kw_only=True, gc=False):
    """A link by which a member chooses a new password; an earlier one is void. Answers `Acted`."""

    user_id: int
    token_hash: bytes
    expires_at: int
    actor: str = ""


class ResetPassword(Change, frozen=True, kw_only=True, gc=False):
    """Use such a link up: new password, all sessions ended, a new one. Answers `Entered`.

    NotFound where the link is not valid (any more).
    """

    reset_hash: bytes
    password_hash: str
    entry: Entry


class SetServerRole(Change, frozen=True, kw_only=True, gc=False):
    """Another role on the server. Answers `Acted`.

    Conflict where it is theirs already, for guests, and for the last owner who could sign in.
    `actor_id` is who asks on their own authority, None whoever may write the file.
    """

    user_id: int
    role: str
    actor: str = ""
    actor_id: int | None = None


class Disable(Change, frozen=True, kw_only=True, gc=False):
    """Switch an account off: its browsers are signed out. Answers `Acted`; Conflict."""

    user_id: int
    actor: str = ""


class Enable(Change, frozen=True, kw_only=True, gc=False):
    """Switch an account on again. Answers `Acted`; Conflict."""

    user_id: int
    actor: str = ""


class EraseUser(Change, frozen=True, kw_only=True, gc=False):
    """Remove who somebody was, wherever it is noted; what they said stays. Answers `Acted`."""

    user_id: int
    actor: str = ""


class EndSessions(Change, frozen=True, kw_only=True, gc=False):
    """End sessions of a user: these, or all but bots' tokens. Answers `Acted`; NotFound."""

    user_id: int
    session_ids: tuple[int, ...] | None = None
    actor: str = ""


class OfferOwner(Change, frozen=True, kw_only=True, gc=False):
    """The invitation of the first owner, once in a database's life. Answers whether it is now."""

    token_hash: bytes
    hint: str
    expires_at: int


class CreateInvite(Change, frozen=True, kw_only=True, gc=False):
    """An invitation. Answers `Invite`; Forbidden where `user_id` may not give that."""

    token_hash: bytes
    hint: str
    expires_at: int
    room_key: str | None = None
    role: str = "member"
    admits: str = ANYONE
    uses: int = 1
    user_id: int | None = None
    actor: str = ""


class RevokeInvite(Change, frozen=True, kw_only=True, gc=False):
    """Make an invitation void. Answers `Invite`; NotFound where `user_id` may not, Conflict."""

    invite_id: int
    user_id: int | None = None
    actor: str = ""


class AcceptInvite(Change, frozen=True, kw_only=True, gc=False):
    """Join an invitation's room as somebody who is here. Answers `Accepted`; NotFound.

    What they are in already uses nothing up.
    """

    invite_hash: bytes
    user_id: int


class Accepted(msgspec.Struct, frozen=True):
    """Where an invitation has led, and whether it was new to them."""

    invite: Invite
    room: Room | None
    began: bool


class CreateToken(Change, frozen=True, kw_only=True, gc=False):
    """A token for a bot, made with it if there is none. Answers `Minted`.

    NameTaken where somebody else has the bot's name. `room_keys` None is every room it may see.
    """

    bot: str
    token_hash: bytes
    hint: str
    label: str
    scopes: tuple[str, ...]
    room_keys: tuple[str, ...] | None
    expires_at: int | None
    actor: str = ""


class Minted(msgspec.Struct, frozen=True):
    """A bot's new token by its id, and whether the bot is new, too."""

    user: User
    token_id: int
    began: bool


class RevokeToken(Change, frozen=True, kw_only=True, gc=False):
    """Make a token void. Answers `Acted`; NotFound."""

    token_id: int
    actor: str = ""
