"""The wire without I/O: bytes to typed commands, replies and events to bytes.

Shapes and codes are those of docs/protocol.md.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Literal

import msgspec

from sanchat.commands import (
    KEEPING_ORDER,
    REF_LENGTH,
    AnyKeepingOrder,
    ClientMessageId,
    Command,
    Reason,
    Ref,
    RoomName,
    Seq,
)
from sanchat.errors import BadFrame, ChatError, UnknownCommand
from sanchat.models import ALL, Message, Room

VERSION = 1
FRAME_BYTES = 65_536  # the largest frame a client may send
SERVER_FRAME_BYTES = 256 * 1024  # no frame of the server exceeds it
PAGE = 50  # messages in a fresh page where nothing is said
PAGE_LIMIT = 200
REPLAY = 500  # changes in one replay where nothing is said
REPLAY_LIMIT = 1_000


class Close(IntEnum):
    """Close codes. 4000 to 4499: come back with your cursor; 4500 and up: do not, by yourself."""

    NORMAL = 1000
    BINARY = 1003
    INVALID_TEXT = 1007
    TOO_BIG = 1009
    SERVER_ERROR = 1011
    RESTARTING = 1012
    OVERLOADED = 1013
    TOO_SLOW = 4001
    HEARTBEAT_MISSED = 4002
    KICKED = 4501
    BANNED = 4502
    NOT_OUR_PROTOCOL = 4503
    NO_SUCH_ROOM = 4504
    NOT_SIGNED_IN = 4505
    NAME_REFUSED = 4506


# Commands


class Subscribe(Command, frozen=True, kw_only=True, tag="subscribe", gc=False):
    room: RoomName
    after: Seq | None = None
    epoch: str | None = None
    limit: int | None = None


class Unsubscribe(Command, frozen=True, kw_only=True, tag="unsubscribe", gc=False):
    room: RoomName


class Leave(Command, frozen=True, kw_only=True, tag="leave", gc=False):
    room: RoomName


class Post(Command, frozen=True, kw_only=True, tag="post", gc=False):
    room: RoomName
    text: str
    client_message_id: ClientMessageId
    reply_to: Seq | None = None
    kind: str | None = None


class Edit(Command, frozen=True, kw_only=True, tag="edit", gc=False):
    room: RoomName
    seq: Seq
    text: str


class Delete(Command, frozen=True, kw_only=True, tag="delete", gc=False):
    room: RoomName
    seq: Seq
    reason: Reason = ""


class React(Command, frozen=True, kw_only=True, tag="react", gc=False):
    room: RoomName
    seq: Seq
    emoji: str
    on: bool


class History(Command, frozen=True, kw_only=True, tag="history", gc=False):
    room: RoomName
    before: Seq | None = None
    around: Seq | None = None
    after: Seq | None = None
    limit: int | None = None


class Read(Command, frozen=True, kw_only=True, tag="read", gc=False):
    room: RoomName
    seq: Seq
    unread: bool = False


class Notify(Command, frozen=True, kw_only=True, tag="notify", gc=False):
    room: RoomName
    level: Literal["all", "mentions", "none"]


class Typing(Command, frozen=True, kw_only=True, tag="typing", gc=False):
    room: RoomName


class Ping(Command, frozen=True, kw_only=True, tag="ping", gc=False):
    pass


AnyCommand = (
    Subscribe
    | Unsubscribe
    | Leave
    | Post
    | Edit
    | Delete
    | React
    | History
    | Read
    | Notify
    | Typing
    | Ping
    | AnyKeepingOrder
)

COMMANDS = (
    Subscribe,
    Unsubscribe,
    Leave,
    Post,
    Edit,
    Delete,
    React,
    History,
    Read,
    Notify,
    Typing,
    Ping,
    *KEEPING_ORDER,
)
_NAMES = frozenset(str(command.__struct_config__.tag) for command in COMMANDS)

_commands: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_encoder = msgspec.json.Encoder()
encode = _encoder.encode  # any record or event of ours, as UTF-8 JSON


class FrameRefused(Exception):
    """A frame that is no command; `error` is the answer, `ref` the mark to answer with."""

    def __init__(self, error: ChatError, ref: Ref) -> None:
        super().__init__(str(error))
        self.error = error
        self.ref = ref


def parse_command(frame: str | bytes) -> AnyCommand:
    """The command in a text frame; FrameRefused where there is none."""
    try:
        command = _commands.decode(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise _refusal(frame, error) from None
    ref = command.ref
    if ref is not None and not _is_ref(ref):
        raise FrameRefused(
            BadFrame(f"`ref` is a number or a string of at most {REF_LENGTH} characters."), None
        )
    return command


def _refusal(frame: str | bytes, error: Exception) -> FrameRefused:
    try:
        raw = msgspec.json.decode(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return FrameRefused(BadFrame("The frame is not JSON."), None)
    if not isinstance(raw, dict):
        return FrameRefused(BadFrame("The frame is not a JSON object."), None)
    ref = raw.get("ref")
    if not _is_ref(ref):
        return FrameRefused(
            BadFrame(f"`ref` is a number or a string of at most {REF_LENGTH} characters."), None
        )
    kind = raw.get("type")
    if not isinstance(kind, str):
        return FrameRefused(BadFrame("The frame has no `type`."), ref)
    if kind not in _NAMES:
        return FrameRefused(UnknownCommand("There is no such command."), ref)
    return FrameRefused(
        BadFrame(f"The {kind} command does not have the right shape: {error}."), ref
    )


def _is_ref(ref: object) -> bool:
    if isinstance(ref, str):
        return len(ref) <= REF_LENGTH
    return ref is None or (
        isinstance(ref, int | float) and not isinstance(ref, bool) and abs(ref) <= 2**53
    )


# Replies


class _PostReply(msgspec.Struct, frozen=True, tag_field="type", tag="reply", gc=False):
    ref: Ref
    ok: bool
    seq: int
    sent_at: int
    duplicate: bool
    client_message_id: str


def encode_post_reply(
    ref: Ref, seq: int, sent_at: int, client_message_id: str, *, duplicate: bool
) -> bytes:
    """The reply to a post."""
    return _encoder.encode(_PostReply(ref, True, seq, sent_at, duplicate, client_message_id))


def encode_reply(ref: Ref, **fields: Any) -> bytes:
    """A reply that says yes, with its fields."""
    return _encoder.encode({"type": "reply", "ref": ref, "ok": True} | fields)


def encode_error(ref: Ref, error: ChatError, **fields: Any) -> bytes:
    """A reply that says no, and why."""
    return _encoder.encode(
        {"type": "reply", "ref": ref, "ok": False} | fields | {"error": error.payload()}
    )


def encode_event(kind: str, /, **fields: Any) -> bytes:
    """An event; messages encode themselves (`encode`)."""
    return _encoder.encode({"type": kind} | fields)


def room_fields(room: Room) -> dict[str, Any]:
    """A room as events and replies show it."""
    fields: dict[str, Any] = {
        "name": room.name,
        "title": room.title,
        "topic": room.topic,
        "kind": room.kind,
        "slow_mode_s": room.slow_mode_s,
    }
    if room.archived_at is not None:
        fields["archived_at"] = room.archived_at
    if room.posting != ALL:
        fields["posting"] = room.posting
    if room.history != ALL:
        fields["history"] = room.history
    if room.retain_s:
        fields["retain_s"] = room.retain_s
    if room.people:  # of a direct room
        fields["people"] = room.people
    return fields


def encode_plain(message: Message) -> bytes:
    """A message as the plain-text door shows it: `name: text`, `* name text` for an action."""
    text = message.text if message.text is not None else "[deleted]"
    if message.kind == "action":
        return f"* {message.user.name} {text}".encode()
    return f"{message.user.name}: {text}".encode()


# Pages


class Page(msgspec.Struct, frozen=True):
    """Encoded messages that fit one frame, and whether all of them did."""

    messages: list[msgspec.Raw]
    kept: list[Message]
    whole: bool


def fit_page(messages: Sequence[Message], *, newest: bool = False, pages: int = 1) -> Page:
    """As many messages from the front (or from the end, with `newest`) as one frame can hold.

    With `pages`, as many as it can hold of each of them.
    """
    room = SERVER_FRAME_BYTES - 64 * 1024  # the rest of the reply: members, names, numbers
    room //= pages
    order = list(reversed(messages)) if newest else list(messages)
    encoded: list[msgspec.Raw] = []
    for message in order:
        data = _encoder.encode(message)
        room -= len(data) + 1
        if room < 0 and encoded:
            break
        encoded.append(msgspec.Raw(data))
    kept = order[: len(encoded)]
    if newest:
        encoded.reverse()
        kept.reverse()
    return Page(encoded, kept, len(kept) == len(messages))


# Of the frames that nearly all are.
_HEADS = [
    bytes((0x81, length)) if length < 126 else b"\x81\x7e" + length.to_bytes(2, "big")
    for length in range(1024)
]


def frame(payload: bytes) -> bytes:
    """One unmasked, unfragmented text frame (RFC 6455, section 5.2)."""
    length = len(payload)
    if length < len(_HEADS):
        return _HEADS[length] + payload
    if length < 65_536:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload
