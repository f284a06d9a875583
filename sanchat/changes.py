"""What can be asked of the log: one frozen record per change, carried out by the store.

A change names things as the asker knows them; the store checks rights where it numbers. What each
one answers is said in its docstring; any of them may answer a `ChatError` instead.
"""

from typing import Any

import msgspec

from sanchat.models import MENTIONS, Message, Room


class Posted(msgspec.Struct, frozen=True, gc=False):
    """A message's number and time; `duplicate` where an earlier post had the same id."""

    seq: int
    sent_at: int
    client_message_id: str
    duplicate: bool = False


class Changed(msgspec.Struct, frozen=True, gc=False):
    """The message's latest number, unmoved where the command changed nothing."""

    changed_seq: int


class Change(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of all changes."""

    session_id: int = 0  # by which it is asked, and has to live still; 0: an administrator's


class Post(Change, frozen=True, kw_only=True, gc=False):
    """A message; `room_key` is the compared form of the room's name. Answers `Posted`.

    `client_message_id` makes a repeat harmless: the same author, room and id are one message.
    """

    room_key: str
    author_id: int
    text: str
    client_message_id: str
    reply_to: int | None = None
    kind: str = "plain"


class Import(Change, frozen=True, kw_only=True, gc=False):
    """Somebody else's message at its own time; rights and limits are the administrator's.

    Answers `Posted`. Shares numbers and deduplication with `Post`.
    """

    room_key: str
    author_id: int
    text: str
    client_message_id: str
    sent_at: int
    kind: str = "plain"


class Edit(Change, frozen=True, kw_only=True, gc=False):
    """New text for a message of one's own. Answers `Changed`."""

    room_key: str
    user_id: int
    seq: int
    text: str


class Delete(Change, frozen=True, kw_only=True, gc=False):
    """Erase a message's text for ever; another's is an act, with its reason. Answers `Changed`."""

    room_key: str
    user_id: int
    seq: int
    reason: str = ""


class React(Change, frozen=True, kw_only=True, gc=False):
    """Put an emoji under a message (`on`) or take it away. Answers `Changed`."""

    room_key: str
    user_id: int
    seq: int
    emoji: str
    on: bool


class Subscribe(Change, frozen=True, kw_only=True, gc=False):
    """First hearing of an open room makes its hearer a member. Answers `Joined`."""

    room_key: str
    user_id: int


class Joined(msgspec.Struct, frozen=True):
    """The room, the user's place in it, and whether the membership began just now."""

    room: Room
    role: str
    read_seq: int
    began: bool
    joined_seq: int = 0
    notify: str = MENTIONS


class Leave(Change, frozen=True, kw_only=True, gc=False):
    """End a membership. Answers the `Room`."""

    room_key: str
    user_id: int


class Read(Change, frozen=True, kw_only=True, gc=False):
    """Move the read position forward, or wherever `is_back` says. Answers `Waiting`."""

    room_key: str
    user_id: int
    seq: int
    is_back: bool = False


class SetNotify(Change, frozen=True, kw_only=True, gc=False):
    """What a member wants to be told of a room. Answers the `Room`."""

    room_key: str
    user_id: int
    level: str


class CreateRoom(Change, frozen=True, kw_only=True, gc=False):
    """A room under a cleaned name. Answers `Room`; Conflict where the name is in use."""

    name: str
    title: str = ""
    kind: str = "open"
    actor_id: int | None = None
    actor: str = ""


class RenameRoom(Change, frozen=True, kw_only=True, gc=False):
    """A new cleaned name for a room. Answers the `Room` as it is now."""

    room_key: str
    name: str
    actor: str = ""
    actor_id: int | None = None


class SetRoom(Change, frozen=True, kw_only=True, gc=False):
    """New rules or words for a room; what is None stays. Answers the `Room` as it is now.

    Where nothing would change, nothing is recorded.
    """

    room_key: str
    title: str | None = None
    topic: str | None = None
    posting: str | None = None
    history: str | None = None
    slow_mode_s: int | None = None
    retain_s: int | None = None
    actor: str = ""
    actor_id: int | None = None


class ArchiveRoom(Change, frozen=True, kw_only=True, gc=False):
    """Make a room read only. Answers the `Room`; Conflict where it is already."""

    room_key: str
    actor: str = ""
    actor_id: int | None = None


class RestoreRoom(Change, frozen=True, kw_only=True, gc=False):
    """Make an archived room writable. Answers the `Room`; Conflict where it is not archived."""

    room_key: str
    actor: str = ""
    actor_id: int | None = None


class DeleteRoom(Change, frozen=True, kw_only=True, gc=False):
    """Remove a room with all its messages, for good. Answers the `Room` as it was."""

    room_key: str
    actor: str = ""


class KeepOut(Change, frozen=True, kw_only=True, gc=False):
    """Kick, ban or mute a user, on the server or in one room. Answers the act's id.

    `actor_id`, here and below, is who asks on their own authority; None is whoever may write the
    file. A ban from the server may cover the addresses that the user came from.
    """

    kind: str
    user_id: int
    room_key: str | None = None
    reason: str = ""
    until: int | None = None
    actor: str = ""
    actor_id: int | None = None
    covers_addresses: bool = False


class LiftBan(Change, frozen=True, kw_only=True, gc=False):
    """End a user's bans, everywhere or in one room. Answers the act's id; NotFound without one."""

    user_id: int
    room_key: str | None = None
    kind: str = "ban"
    actor: str = ""
    actor_id: int | None = None


class RenameUser(Change, frozen=True, kw_only=True, gc=False):
    """Another cleaned name for a user. Answers the act's id.

    NameTaken where somebody who could be here looks like it; Conflict where it is theirs already.
    """

    user_id: int
    name: str
    actor: str = ""
    actor_id: int | None = None


class Erase(Change, frozen=True, kw_only=True, gc=False):
    """Erase the texts of messages for ever, whoever wrote them. Answers `Erased`.

    NotFound where one of the numbers has no message: then none is erased.
    """

    room_key: str
    seqs: tuple[int, ...]
    actor: str = ""
    actor_id: int | None = None


class Erased(msgspec.Struct, frozen=True):
    """The act, and how many of the messages had a text until now."""

    act: int
    count: int


class Announce(Change, frozen=True, kw_only=True, gc=False):
    """Something to tell everybody who is connected. Answers the act's id."""

    text: str
    sender: str
    actor: str = ""


class RecordResult(Change, frozen=True, kw_only=True, gc=False):
    """What a server did about an act. Answers None."""

    act_id: int
    server: str
    connections: int


class Tidy(Change, frozen=True, kw_only=True, gc=False):
    """End at most 500 sessions unused since that time, and the memberships of their guests.

    Answers the number of sessions ended.
    """

    unused_since: int


class Sweep(Change, frozen=True, kw_only=True, gc=False):
    """Delete at most 500 rows of a room that was deleted. Answers whether there was one."""


class Forget(Change, frozen=True, kw_only=True, gc=False):
    """Delete at most 500 messages that are older than their room keeps them. Answers `Forgotten`,
    or None where there were none."""


class Forgotten(msgspec.Struct, frozen=True, gc=False):
    """The messages of a room up to this `seq` are gone for ever."""

    room_id: int
    room: str
    seq: int


class Committed(msgspec.Struct, frozen=True, gc=False):
    """One numbered change that is now durable."""

    room_id: int
    message: Message


class Appended(msgspec.Struct, frozen=True):
    """What became of a batch: one answer (or a `ChatError`) per change, in order.

    `committed` are the numbered changes in the order of their numbers; `acted` says that acts were
    written, for servers to carry out.
    """

    answers: list[Any]
    committed: list[Committed]
    acted: bool = False
