"""What those who keep order ask of the store about people: who belongs, as what, and what goes.

As in `changes`; `actor_id` is who asks on their own authority, None whoever may write the file.
"""

from typing import Any

import msgspec

from sanchat.changes import Change
from sanchat.models import Room, User

Actor = User | str  # somebody on their own authority, or the name of whoever may write the file


def asker(actor: Actor) -> dict[str, Any]:
    """Whoever asks, as changes name them."""
    if isinstance(actor, User):
        return {"actor": actor.name, "actor_id": actor.id}
    return {"actor": actor, "actor_id": None}


class AddMember(Change, frozen=True, kw_only=True, gc=False):
    """Make somebody a member of a room. Answers the act's id; Conflict where they are one."""

    room_key: str
    user_id: int
    role: str = "member"
    actor: str = ""
    actor_id: int | None = None


class RemoveMember(Change, frozen=True, kw_only=True, gc=False):
    """End somebody's membership. Answers the act's id; NotFound without one."""

    room_key: str
    user_id: int
    reason: str = ""
    actor: str = ""
    actor_id: int | None = None


class SetRole(Change, frozen=True, kw_only=True, gc=False):
    """Give a member another role in a room. Answers the act's id; Conflict where it is theirs."""

    room_key: str
    user_id: int
    role: str
    actor: str = ""
    actor_id: int | None = None


class OpenDirect(Change, frozen=True, kw_only=True, gc=False):
    """The direct room of these people, `actor_id` among them. Answers `Opened`."""

    user_ids: tuple[int, ...]
    actor_id: int


class Opened(msgspec.Struct, frozen=True):
    """A direct room, and whether it was made just now."""

    room: Room
    began: bool


class BeginErasure(Change, frozen=True, kw_only=True, gc=False):
    """The decision to erase all that somebody said, in a room or everywhere. Answers the act's id.

    The messages go in pieces afterwards, so that nobody waits for all of them.
    """

    user_id: int
    room_key: str | None = None
    reason: str = ""
    actor: str = ""
    actor_id: int | None = None


class EraseFurther(Change, frozen=True, kw_only=True, gc=False):
    """Erase at most 500 messages of what was decided by this act, or of what was decided first.

    Answers how many these were, or None where nothing is left to do.
    """

    act: int | None = None
