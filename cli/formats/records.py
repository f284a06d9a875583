"""What an export is made of: records that travel from a database or a file to any format.

An export is one `Header`, its users, rooms, memberships, messages with the reactions to each, acts,
and a `Footer`. `jsonl` writes each as one line; other formats take what they can show.
"""

from collections.abc import Sequence
from typing import Any, Self

import msgspec

from sanchat.models import Act, Message, Room, User

FORMAT = "sanchat-jsonl"
VERSION = 1


class RoomSpan(msgspec.Struct, frozen=True, omit_defaults=True):
    """One room of an export: its first and last message, and the number it is an increment to."""

    name: str
    first_seq: int = 0
    last_seq: int = 0
    after: int | None = None


class Header(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="header"):
    """Where and when an export was made. `part` says what was asked for, where not all was."""

    format: str
    version: int
    server: str
    exported_at: int
    epoch: str
    rooms: Sequence[RoomSpan]
    part: dict[str, str] | None = None

    @classmethod
    def now(cls, **facts: Any) -> Self:
        """The header of a file in today's version."""
        return cls(format=FORMAT, version=VERSION, **facts)


class _Line(msgspec.Struct, frozen=True):
    @classmethod
    def of(cls, record: msgspec.Struct) -> Self:
        """The line that holds this record."""
        return cls(**msgspec.structs.asdict(record))


class UserLine(User, _Line, frozen=True, tag_field="type", tag="user"):
    """Somebody who is in the rooms or wrote in them."""


class RoomLine(Room, _Line, frozen=True, tag_field="type", tag="room"):
    """A room, with its numbers."""


class ActLine(Act, _Line, frozen=True, tag_field="type", tag="act"):
    """Something an administrator did."""


class MembershipLine(msgspec.Struct, frozen=True, tag_field="type", tag="membership"):
    """A user's place in a room."""

    room: str
    user: int
    role: str
    read_seq: int
    joined_seq: int
    joined_at: int


class ReactionLine(msgspec.Struct, frozen=True, tag_field="type", tag="reaction"):
    """One person's emoji under the message that stands before it."""

    room: str
    seq: int
    emoji: str
    user: int
    reacted_at: int


class Quoted(msgspec.Struct, frozen=True):
    """An older message that one of those to come replies to; it is not itself part of this place.

    No format writes it as a message.
    """

    message: Message


class Footer(msgspec.Struct, frozen=True, tag_field="type", tag="footer"):
    """The end: how many lines of each type there were, and the SHA-256 of them all."""

    counts: dict[str, int]
    sha256: str


Line = Header | UserLine | RoomLine | MembershipLine | Message | ReactionLine | ActLine | Footer
Record = Line | Quoted
