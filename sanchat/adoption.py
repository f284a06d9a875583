"""What imports ask of the store: another database's users, rooms, messages and acts, as they were.

As in `changes`.
"""

import msgspec

from sanchat.changes import Change
from sanchat.models import Act, Message, Reacted, Room, Seat, User


class EnsureImportedUser(Change, frozen=True, kw_only=True, gc=False):
    """The imported user of exactly this name, made at need. Answers `User`."""

    name: str


class AdoptUser(Change, frozen=True, kw_only=True, gc=False):
    """A user of another database. Answers `User`: the same under the same id where that is free.

    Other ids are `above` all that are still to come; `names` are those of all imported users there.
    """

    user: User
    above: int
    names: frozenset[str] = frozenset()


class AdoptRoom(Change, frozen=True, kw_only=True, gc=False):
    """A room of another database, hidden until `FinishRoom`. Answers `AdoptedRoom`.

    Conflict where another room has the name.
    """

    room: Room


class AdoptedRoom(msgspec.Struct, frozen=True):
    """The room as it is here; `began` until it is finished."""

    room: Room
    began: bool


class AdoptedMessage(msgspec.Struct, frozen=True):
    """A message of another database, by whom as known here, and the reactions to it."""

    message: Message
    author_id: int
    reactions: list[Reacted]


class AdoptMessages(Change, frozen=True, kw_only=True, gc=False):
    """Messages of one room, each under its own numbers. Answers `Adopted`.

    In whole rooms, for those who follow them, every later batch has higher changes than this one;
    in a new one any order will do until `FinishRoom`. Conflict, and none of them taken, where a
    number is another message or change here.
    """

    room_id: int
    messages: list[AdoptedMessage]


class Adopted(msgspec.Struct, frozen=True):
    """How many messages were new here, or in a later state than here, or neither."""

    added: int
    changed: int
    already_there: int


class AdoptMemberships(Change, frozen=True, kw_only=True, gc=False):
    """Who is in a room; those who are in it already stay as they are. Answers None."""

    room_id: int
    seats: list[Seat]


class AdoptActs(Change, frozen=True, kw_only=True, gc=False):
    """The audit log of another database, for one that has none. Answers None."""

    acts: list[Act]


class FinishRoom(Change, frozen=True, kw_only=True, gc=False):
    """Show a room that is taken in whole, and count on from `last_seq`. Answers the `Room`."""

    room_id: int
    kind: str
    last_seq: int
    is_recorded: bool
    actor: str = ""
