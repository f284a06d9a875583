"""What lets people and bots in, as records: devices, grants, tokens, invitations.

The secrets themselves are nowhere: what is kept of them is a hash.
"""

import msgspec

ANYONE, ACCOUNTS, USERS = "anyone", "accounts", "users"
ADMITS = (ANYONE, ACCOUNTS, USERS)  # whom an invitation lets in
SCOPES = ("read", "write", "rooms")  # what a bot's token may be for


class Grant(msgspec.Struct, frozen=True):
    """What a bot's token is for; `room_ids` None is every room that the bot may see."""

    scopes: frozenset[str]
    room_ids: frozenset[int] | None = None
    expires_at: int | None = None


class Device(msgspec.Struct, frozen=True):
    """A session as its owner and administrators see it: since when, from where, with what."""

    id: int
    created_at: int
    seen_at: int
    address: str
    agent: str


class Token(msgspec.Struct, frozen=True):
    """A bot's token as it is listed: all but the token. `id` is that of its session."""

    id: int
    user_id: int
    user: str
    label: str
    hint: str
    scopes: list[str]
    rooms: list[str] | None
    created_by: str
    created_at: int
    seen_at: int
    expires_at: int | None


class Invite(msgspec.Struct, frozen=True):
    """An invitation to the server (`room` None) or to one room, as it is listed.

    `admits` says whom: `anyone`, newcomers who make `accounts`, or `users` who are here already.
    """

    id: int
    hint: str
    room_id: int | None
    room: str | None
    title: str | None
    role: str
    admits: str
    uses: int
    used: int
    created_by: int | None
    actor: str
    created_at: int
    expires_at: int
    revoked_at: int | None

    def state(self, now_ms: int) -> str:
        """`open`, or why it lets nobody in any more."""
        if self.revoked_at is not None:
            return "revoked"
        if self.used >= self.uses:
            return "used"
        return "expired" if self.expires_at <= now_ms else "open"
