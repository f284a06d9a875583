"""Who belongs to which room: members added, removed and promoted, and rooms of a few people alone.

An `actor` who is a user acts on their own authority: Forbidden, NotFound where it is too small.
"""

from collections.abc import Sequence

from sanchat.journal import Journal
from sanchat.measures import (
    Actor,
    AddMember,
    OpenDirect,
    Opened,
    RemoveMember,
    SetRole,
    asker,
)
from sanchat.models import User, clean_reason, room_key


class Belonging:
    """The acts on memberships; each answers the act's id. A `room` is a name."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def add(self, room: str, user: User, *, role: str = "member", actor: Actor = "") -> int:
        """Make the user a member; Conflict where they are one."""
        act: int = await self._journal.write(
            AddMember(room_key=room_key(room), user_id=user.id, role=role, **asker(actor))
        )
        return act

    async def remove(self, room: str, user: User, *, reason: str = "", actor: Actor = "") -> int:
        """End the membership; NotFound without one."""
        act: int = await self._journal.write(
            RemoveMember(
                room_key=room_key(room),
                user_id=user.id,
                reason=clean_reason(reason),
                **asker(actor),
            )
        )
        return act

    async def set_role(self, room: str, user: User, role: str, *, actor: Actor = "") -> int:
        """Give the member another role; Conflict where it is theirs."""
        act: int = await self._journal.write(
            SetRole(room_key=room_key(room), user_id=user.id, role=role, **asker(actor))
        )
        return act

    async def open_direct(self, user: User, others: Sequence[User]) -> Opened:
        """The one direct room of these people and the user, made at the first time."""
        opened: Opened = await self._journal.write(
            OpenDirect(user_ids=tuple(other.id for other in others), actor_id=user.id)
        )
        return opened
