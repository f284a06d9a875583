"""What administrators and moderators do to people and to what was said: each is an act.

Answers the act's id, by which a command can wait for the running server.
"""

from collections.abc import Callable

from sanchat.changes import Announce, Change, Erase, Erased, KeepOut, LiftBan, RenameUser
from sanchat.clock import Clock
from sanchat.errors import BadName
from sanchat.journal import Journal
from sanchat.measures import Actor, BeginErasure, EraseFurther, asker
from sanchat.models import (
    SYSTEM_AUTHOR,
    User,
    clean_reason,
    clean_text,
    clean_user_name,
    is_reserved,
    room_key,
)
from sanchat.policy import KICK_SECONDS
from sanchat.store import Store


class Moderation:
    """The acts on users and messages. A `room` is a name; without one the whole server is meant.

    An `actor` who is a user acts on their own authority: Forbidden, NotFound where it is too small.
    """

    def __init__(self, store: Store, journal: Journal, clock: Clock) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock

    async def kick(
        self, user: User, *, room: str | None = None, reason: str = "", actor: Actor = ""
    ) -> int:
        """Close the user's connections and keep them out for a minute."""
        return await self._keep_out("kick", user, room, reason, KICK_SECONDS, actor)

    async def ban(
        self,
        user: User,
        *,
        room: str | None = None,
        reason: str = "",
        seconds: int | None = None,
        covers_addresses: bool = False,
        actor: Actor = "",
    ) -> int:
        """Keep the user out, for ever where `seconds` is None.

        A ban from the server may cover the addresses that the user's sessions were made from.
        """
        return await self._keep_out("ban", user, room, reason, seconds, actor, covers_addresses)

    async def unban(self, user: User, *, room: str | None = None, actor: Actor = "") -> int:
        """Let the user in again; NotFound where nothing kept them out."""
        return await self._lift("ban", user, room, actor)

    async def mute(
        self,
        user: User,
        *,
        room: str | None = None,
        reason: str = "",
        seconds: int | None = None,
        actor: Actor = "",
    ) -> int:
        """Let the user read but not write, for ever where `seconds` is None."""
        return await self._keep_out("mute", user, room, reason, seconds, actor)

    async def unmute(self, user: User, *, room: str | None = None, actor: Actor = "") -> int:
        """Let the user write again; NotFound where they could."""
        return await self._lift("mute", user, room, actor)

    async def rename(self, user: User, name: str, *, actor: str = "") -> int:
        """Give the user another name, also under what they said. BadName, NameTaken, Conflict."""
        cleaned = clean_user_name(name)
        if is_reserved(cleaned):
            raise BadName(f"Nobody but the server itself can be called {cleaned}.")
        return await self._act(RenameUser(user_id=user.id, name=cleaned, actor=actor))

    async def announce(
        self, text: str, *, sender: str = SYSTEM_AUTHOR.name, actor: str = ""
    ) -> int:
        """Tell everybody who is connected. EmptyText, TextTooLong."""
        return await self._act(Announce(text=clean_text(text), sender=sender, actor=actor))

    async def erase(self, room: str, seqs: list[int], *, actor: str = "") -> Erased:
        """Erase messages as their authors could, all or none. NotFound."""
        erased: Erased = await self._journal.write(
            Erase(room_key=room_key(room), seqs=tuple(seqs), actor=actor)
        )
        return erased

    async def begin_erasure(
        self, user: User, *, room: str | None = None, reason: str = "", actor: Actor = ""
    ) -> int:
        """Decide that all a user said in a room, or everywhere, goes: `erase_person` does it."""
        return await self._act(
            BeginErasure(
                user_id=user.id,
                room_key=room_key(room) if room is not None else None,
                reason=clean_reason(reason),
                **asker(actor),
            )
        )

    async def erase_person(
        self, act: int, *, on_erased: Callable[[int], None] = lambda count: None
    ) -> None:
        """Do what was decided, in pieces between which others write; `on_erased` hears of each.

        A server does so by itself, and helps.
        """
        while (count := await self._journal.write(EraseFurther(act=act))) is not None:
            on_erased(count)

    async def count_of(self, user: User, *, room: str | None = None) -> int:
        """How many messages `erase_person` would erase."""
        if room is not None:
            found = await self._store.room(room_key(room))
            return await self._store.count_written_by(user.id, found) if found is not None else 0
        return await self._store.count_written_by(user.id)

    async def _keep_out(
        self,
        kind: str,
        user: User,
        room: str | None,
        reason: str,
        seconds: int | None,
        actor: Actor,
        covers_addresses: bool = False,
    ) -> int:
        return await self._act(
            KeepOut(
                kind=kind,
                user_id=user.id,
                room_key=room_key(room) if room is not None else None,
                reason=clean_reason(reason),
                until=self._clock() + seconds * 1000 if seconds is not None else None,
                covers_addresses=covers_addresses,
                **asker(actor),
            )
        )

    async def _lift(self, kind: str, user: User, room: str | None, actor: Actor) -> int:
        key = room_key(room) if room is not None else None
        return await self._act(LiftBan(kind=kind, user_id=user.id, room_key=key, **asker(actor)))

    async def _act(self, change: Change) -> int:
        act: int = await self._journal.write(change)
        return act
