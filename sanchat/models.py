"""The nouns of sanchat as frozen records, and the cleaning of names and text.

A `Message` looks outside as it looks here: whoever sends or saves one, by whatever way, writes out
this record.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any

import msgspec

from sanchat.credentials import Grant
from sanchat.errors import BadFrame, BadName, EmptyText, TextTooLong
from sanchat.skeleton import skeleton

ROOM_NAME_LENGTH = 64  # code points
USER_NAME_LENGTH = 32
TEXT_LENGTH = 4_000
CLIENT_MESSAGE_ID_LENGTH = 64
EMOJI_LENGTH = 32
EMOJI_PER_MESSAGE = 50
REACTION_NAMES = 20  # users named beside a reaction's count
TITLE_LENGTH = 120
TOPIC_LENGTH = 500
REASON_LENGTH = 500
LONGEST_SLOW_MODE_S = 24 * 60 * 60
LONGEST_RETENTION_S = 100 * 366 * 24 * 60 * 60

GUEST, MEMBER, BOT, IMPORTED, SYSTEM = "guest", "member", "bot", "imported", "system"
OPEN, CLOSED, DIRECT = "open", "closed", "direct"
ROOM_KINDS = (OPEN, CLOSED, DIRECT)
ALL, MEMBERS, MODERATORS_ALONE = "all", "members", "moderators"
POSTING = (ALL, MEMBERS, MODERATORS_ALONE)  # who may post in a room
SINCE_JOIN = "since-join"
HISTORIES = (ALL, SINCE_JOIN)  # what of a room a newcomer can read
MENTIONS, NONE = "mentions", "none"
COUNT_LIMIT = 100  # unread messages are counted as far as this
ROLES = ("owner", "admin", "moderator", "member")  # from the highest down
MODERATORS = ROLES[:3]
ACT_KINDS = (  # what the audit log tells of
    *("kick", "ban", "unban", "mute", "unmute", "announce", "messages_deleted", "person_erased"),
    *("member_added", "member_removed", "member_role_set"),
    *("room_created", "room_renamed", "room_set", "room_archived", "room_restored"),
    *("room_deleted", "room_imported"),
    *("user_created", "user_renamed", "user_role", "user_disabled", "user_enabled", "user_erased"),
    *("password_set", "reset_offered", "sessions_ended", "token_created", "token_revoked"),
    *("invite_created", "invite_used", "invite_revoked"),
)
ADMINS = ROLES[:2]


class Author(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Who said something, as messages carry it; `kind` is left out for members."""

    id: int
    name: str
    kind: str = MEMBER


SYSTEM_AUTHOR = Author(id=0, name="sanchat", kind=SYSTEM)


class Reaction(msgspec.Struct, frozen=True, gc=False):
    """One emoji under a message; `users` names at most 20 of `count`."""

    emoji: str
    count: int
    users: list[str]


class Message(
    msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="message", gc=False
):
    """The whole present state of one message.

    `seq` is its place in the room and its identity, `changed_seq` the room's number at its latest
    change. `text` is None once it is deleted, for ever. Times are UTC milliseconds.
    """

    room: str
    seq: int
    changed_seq: int
    sent_at: int
    user: Author
    text: str | None = None
    client_message_id: str | None = None
    reply_to: int | None = None
    edited_at: int | None = None
    deleted_at: int | None = None
    reactions: list[Reaction] | None = None
    kind: str = "plain"
    poll: dict[str, Any] | None = None


class User(msgspec.Struct, frozen=True):
    """Somebody with a name, human or not."""

    id: int
    name: str
    kind: str
    role: str = "member"
    created_at: int = 0
    disabled_at: int | None = None

    @property
    def author(self) -> Author:
        return Author(self.id, self.name, self.kind)

    @property
    def is_moderator(self) -> bool:
        return self.role in MODERATORS


class Session(msgspec.Struct, frozen=True):
    """A signed-in browser or device; outlives its connections. The token is known to it alone.

    `grant` None lets it do whatever its user may.
    """

    id: int
    user: User
    created_at: int
    seen_at: int
    grant: Grant | None = None


class Room(msgspec.Struct, frozen=True):
    """A numbered log of changes, where messages are posted.

    `last_seq` is the number of its latest change; cursors below `floor_seq` are void. Messages are
    kept for `retain_s` seconds, for ever where that is 0. `people` are those of a direct room,
    which has no other title.
    """

    id: int
    name: str
    title: str
    topic: str
    kind: str
    last_seq: int
    floor_seq: int
    slow_mode_s: int
    created_at: int
    archived_at: int | None = None
    posting: str = ALL
    history: str = ALL
    retain_s: int = 0
    people: tuple[Author, ...] | msgspec.UnsetType = msgspec.UNSET


class Membership(msgspec.Struct, frozen=True):
    """What ties a user to a room, seen from the user; `read_seq` is how far they have read.

    `notify` is what they want to be told: `all`, `mentions` or `none`. `active_at` is the time of
    the newest message, of the joining where there is none. `unread` and `mentions` count others'
    messages after `read_seq`, as far as `COUNT_LIMIT`.
    """

    room: Room
    role: str
    read_seq: int
    notify: str = MENTIONS
    active_at: int = 0
    unread: int = 0
    mentions: int = 0


class Waiting(msgspec.Struct, frozen=True):
    """How far somebody has read in the room of this name, and what waits for them there."""

    room: str
    read_seq: int
    unread: int
    mentions: int


class Place(msgspec.Struct, frozen=True):
    """A room as one user finds it: `role` is None for those who are no members.

    `joined_seq` is the room's latest number when they joined.
    """

    room: Room
    role: str | None
    read_seq: int
    has_bans: bool
    joined_seq: int = 0
    notify: str = MENTIONS


class Member(msgspec.Struct, frozen=True, omit_defaults=True):
    """What ties a user to a room, seen from the room."""

    id: int
    name: str
    online: bool
    role: str
    kind: str = MEMBER


class Seat(msgspec.Struct, frozen=True):
    """A membership as exports keep it."""

    user_id: int
    role: str
    read_seq: int
    joined_seq: int
    joined_at: int


class Reacted(msgspec.Struct, frozen=True, gc=False):
    """One person's emoji under the message `seq`, as exports keep it."""

    seq: int
    emoji: str
    user_id: int
    reacted_at: int


class Ban(msgspec.Struct, frozen=True):
    """Why somebody is kept out (`kick`, `ban`) or silent (`mute`); `until` None is for ever."""

    id: int
    kind: str
    user_id: int
    room_id: int | None
    reason: str
    created_at: int
    until: int | None


class Standing(msgspec.Struct, frozen=True):
    """All that decides what a user may do in a room: `role` is None for those who are no members,
    `bans` are those of the user that are in force, wherever."""

    room: Room
    user: User
    role: str | None
    joined_seq: int
    bans: list[Ban]


class Permissions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody may do in a room, as they are told themselves.

    `refusal` is the error that a post would be answered with; `slow_mode_s` is 0 for those whom
    slow mode does not hold up.
    """

    role: str
    may_post: bool
    may_react: bool
    may_delete: bool
    may_moderate: bool
    may_set: bool
    slow_mode_s: int
    refusal: dict[str, Any] | None = None


class BanEntry(msgspec.Struct, frozen=True):
    """A ban with its names, as administrators list it; `lifted_at` where somebody ended it.

    `networks` are those that the ban covers, with blanks between.
    """

    ban: Ban
    user: str
    user_kind: str
    room: str | None
    lifted_at: int | None
    actor: str = ""
    networks: str | None = None


class Act(msgspec.Struct, frozen=True):
    """Something an administrator or moderator did, as the audit log keeps it."""

    id: int
    kind: str
    room_id: int | None
    room: str
    user_id: int | None
    user: str
    actor: str
    data: dict[str, Any]
    acted_at: int


@lru_cache(maxsize=8192)
def room_key(name: str) -> str:
    """A room's name as it is compared: NFKC and case-folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


user_key = room_key  # users' names are compared in the same way


# Letters, combining marks, decimal digits.
_ROOM_CATEGORIES = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"))
# Blank to the eye, yet letters or marks to Unicode: Hangul fillers, Khmer inherent vowels, the
# grapheme joiner, Braille blank, variation selectors.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)

ERASED = "erased"  # what is left of the name of somebody whose data was erased
RESERVED_NAMES = (
    "admin",
    "administrator",
    "system",
    "server",
    "root",
    "moderator",
    "sanchat",
    "owner",
    ERASED,
)


def clean_room_name(raw: str) -> str:
    """The name as it is stored and shown, NFKC; BadName where it cannot be one."""
    name = unicodedata.normalize("NFKC", raw)
    if not 1 <= len(name) <= ROOM_NAME_LENGTH:
        raise BadName(f"A room's name has 1 to {ROOM_NAME_LENGTH} characters.")
    for character in name:
        if character not in "-_." and (unicodedata.category(character) not in _ROOM_CATEGORIES):
            raise BadName("A room's name is made of letters, digits, '-', '_' and '.'.")
    # "." and ".." would be eaten by browsers and proxies as steps in a path.
    if _INVISIBLE.search(name) or not name.strip("."):
        raise BadName("A room's name is made of letters, digits, '-', '_' and '.'.")
    return name


def clean_user_name(raw: str) -> str:
    """The name as it is stored and shown, NFKC, no outer blanks; BadName if it cannot be one."""
    name = unicodedata.normalize("NFKC", raw).strip(" ")
    if not 1 <= len(name) <= USER_NAME_LENGTH:
        raise BadName(f"A name has 1 to {USER_NAME_LENGTH} characters.")
    if not name.isprintable() or _INVISIBLE.search(name) or unicodedata.combining(name[0]):
        raise BadName("A name is made of characters that can be seen.")
    if "  " in name:
        raise BadName("A name has single spaces inside.")
    return name


@lru_cache(maxsize=1)
def _reserved_skeletons() -> frozenset[str]:
    return frozenset(skeleton(name) for name in RESERVED_NAMES)


def is_reserved(name: str) -> bool:
    """Whether the name looks like one that only the server itself may wear."""
    return skeleton(name) in _reserved_skeletons()


def clean_text(text: str) -> str:
    """The text as it came, byte for byte, once it is known to be fit for a message."""
    if "\0" in text:
        raise BadFrame("A message cannot hold the character NUL.")
    if len(text) > TEXT_LENGTH:
        raise TextTooLong(len(text), TEXT_LENGTH)
    if not text or text.isspace():
        raise EmptyText("The message is empty.")
    return text


def clean_reason(reason: str) -> str:
    """Why somebody was removed or silenced; BadFrame where it cannot be shown in one line."""
    if len(reason) > REASON_LENGTH or not reason.isprintable():
        raise BadFrame(f"A reason has at most {REASON_LENGTH} characters that can be seen.")
    return reason


def clean_emoji(emoji: str) -> str:
    """One reaction's emoji: 1 to 32 code points, nothing blank or unprintable."""
    if not 1 <= len(emoji) <= EMOJI_LENGTH or emoji.isspace() or not _emoji_shown(emoji):
        raise BadFrame(f"A reaction is an emoji of 1 to {EMOJI_LENGTH} characters.")
    return emoji


def _emoji_shown(emoji: str) -> bool:
    # Joiners, variation selectors and tags are part of many emoji; controls are part of none.
    return all(
        unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp") for character in emoji
    )
