"""What all commands share, and the commands of those who keep order among people and rooms.

The commands of everybody are in `protocol`. Over HTTP each of these is an address of its own.
"""

from typing import Annotated

import msgspec

from sanchat.models import CLIENT_MESSAGE_ID_LENGTH, REASON_LENGTH

REF_LENGTH = 64
LONGEST_BAN_S = 10 * 366 * 24 * 60 * 60  # whoever wants more bans for good
DIRECT_PEOPLE = 8
Ref = int | float | str | None
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
RoomName = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
ClientMessageId = Annotated[str, msgspec.Meta(min_length=1, max_length=CLIENT_MESSAGE_ID_LENGTH)]
# Somebody by id, or the newest of a name.
Who = (
    Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    | Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
)
Reason = Annotated[str, msgspec.Meta(max_length=REASON_LENGTH)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_BAN_S)]


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", gc=False):
    """Base of all commands. `ref` is the client's own mark, repeated in the reply."""

    ref: Ref = None


# People who are kept out or silent; without a room the whole server is meant


class Kick(Command, frozen=True, kw_only=True, tag="kick", gc=False):
    user: Who
    room: RoomName | None = None
    reason: Reason = ""


class Mute(Command, frozen=True, kw_only=True, tag="mute", gc=False):
    user: Who
    room: RoomName | None = None
    reason: Reason = ""
    seconds: Seconds | None = None


class Ban(Command, frozen=True, kw_only=True, tag="ban", gc=False):
    user: Who
    room: RoomName | None = None
    reason: Reason = ""
    seconds: Seconds | None = None
    addresses: bool = False
    erase: bool = False


class Unmute(Command, frozen=True, kw_only=True, tag="unmute", gc=False):
    user: Who
    room: RoomName | None = None


class Unban(Command, frozen=True, kw_only=True, tag="unban", gc=False):
    user: Who
    room: RoomName | None = None


class Erase(Command, frozen=True, kw_only=True, tag="erase", gc=False):
    user: Who
    room: RoomName | None = None
    reason: Reason = ""


class Bans(Command, frozen=True, kw_only=True, tag="bans", gc=False):
    room: RoomName | None = None
    user: Who | None = None
    after: Seq = 0
    limit: int | None = None


class Audit(Command, frozen=True, kw_only=True, tag="audit", gc=False):
    room: RoomName | None = None
    kind: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    user: Who | None = None
    before: Seq | None = None
    limit: int | None = None


# Who belongs to a room, and what holds in it


class Members(Command, frozen=True, kw_only=True, tag="members", gc=False):
    room: RoomName
    after: Seq = 0
    limit: int | None = None


class AddMember(Command, frozen=True, kw_only=True, tag="add_member", gc=False):
    room: RoomName
    user: Who
    role: str = "member"


class RemoveMember(Command, frozen=True, kw_only=True, tag="remove_member", gc=False):
    room: RoomName
    user: Who
    reason: Reason = ""


class SetRole(Command, frozen=True, kw_only=True, tag="set_role", gc=False):
    user: Who
    room: RoomName | None = None
    role: str


class People(Command, frozen=True, kw_only=True, tag="people", gc=False):
    after: Seq = 0
    limit: int | None = None


class SetRoom(Command, frozen=True, kw_only=True, tag="set_room", gc=False):
    room: RoomName
    name: RoomName | None = None
    title: str | None = None
    topic: str | None = None
    posting: str | None = None
    history: str | None = None
    slow_mode_s: int | None = None
    archived: bool | None = None


class Direct(Command, frozen=True, kw_only=True, tag="direct", gc=False):
    users: Annotated[list[Who], msgspec.Meta(min_length=1, max_length=DIRECT_PEOPLE)]


AnyKeepingOrder = (
    Kick
    | Mute
    | Ban
    | Unmute
    | Unban
    | Erase
    | Bans
    | Audit
    | Members
    | AddMember
    | RemoveMember
    | SetRole
    | People
    | SetRoom
    | Direct
)
KEEPING_ORDER = (
    Kick,
    Mute,
    Ban,
    Unmute,
    Unban,
    Erase,
    Bans,
    Audit,
    Members,
    AddMember,
    RemoveMember,
    SetRole,
    People,
    SetRoom,
    Direct,
)
