"""What those in charge do to rooms: other names, words and rules, archive and deletion.

An `actor` who is a user acts on their own authority: Forbidden, NotFound where it is too small.
"""

from sanchat.changes import (
    ArchiveRoom,
    Change,
    DeleteRoom,
    RenameRoom,
    RestoreRoom,
    SetRoom,
    Sweep,
)
from sanchat.errors import BadFrame
from sanchat.journal import Journal
from sanchat.measures import Actor, asker
from sanchat.models import (
    HISTORIES,
    LONGEST_RETENTION_S,
    LONGEST_SLOW_MODE_S,
    POSTING,
    TITLE_LENGTH,
    TOPIC_LENGTH,
    Room,
    clean_room_name,
    room_key,
)


class RoomActs:
    """The part of a chat that changes rooms as a whole."""

    journal: Journal

    async def rename_room(self, name: str, new_name: str, *, actor: Actor = "") -> Room:
        return await self._act_on_room(
            RenameRoom(room_key=room_key(name), name=clean_room_name(new_name), **asker(actor))
        )

    async def set_room(
        self,
        name: str,
        *,
        title: str | None = None,
        topic: str | None = None,
        posting: str | None = None,
        history: str | None = None,
        slow_mode_s: int | None = None,
        retain_s: int | None = None,
        actor: Actor = "",
    ) -> Room:
        """Give a room other words or rules; None leaves one as it is. BadFrame, NotFound."""
        check_words(title=title, topic=topic)
        check_rules(posting=posting, history=history, slow_mode_s=slow_mode_s, retain_s=retain_s)
        return await self._act_on_room(
            SetRoom(
                room_key=room_key(name),
                title=title,
                topic=topic,
                posting=posting,
                history=history,
                slow_mode_s=slow_mode_s,
                retain_s=retain_s,
                **asker(actor),
            )
        )

    async def archive_room(self, name: str, *, actor: Actor = "") -> Room:
        return await self._act_on_room(ArchiveRoom(room_key=room_key(name), **asker(actor)))

    async def restore_room(self, name: str, *, actor: Actor = "") -> Room:
        return await self._act_on_room(RestoreRoom(room_key=room_key(name), **asker(actor)))

    async def delete_room(self, name: str, *, actor: str = "") -> Room:
        """Take a room away from everybody, at once. Its rows go when `sweep` is called."""
        return await self._act_on_room(DeleteRoom(room_key=room_key(name), actor=actor))

    async def sweep(self) -> bool:
        """Delete a piece of what was taken away; whether there may be more."""
        is_more: bool = await self.journal.write(Sweep())
        return is_more

    async def _act_on_room(self, change: Change) -> Room:
        room: Room = await self.journal.write(change)
        return room


def check_words(*, title: str | None = None, topic: str | None = None) -> None:
    """BadFrame where a room cannot have this title or topic."""
    if title is not None and (len(title) > TITLE_LENGTH or not title.isprintable()):
        raise BadFrame(f"A title has at most {TITLE_LENGTH} characters that can be seen.")
    if topic is not None and (len(topic) > TOPIC_LENGTH or not topic.isprintable()):
        raise BadFrame(f"A topic has at most {TOPIC_LENGTH} characters that can be seen.")


def check_rules(
    *,
    posting: str | None = None,
    history: str | None = None,
    slow_mode_s: int | None = None,
    retain_s: int | None = None,
) -> None:
    """BadFrame where a room cannot have these rules."""
    if posting not in (None, *POSTING) or history not in (None, *HISTORIES):
        raise BadFrame(
            f"Posting is for {', '.join(POSTING)}; history shows {', '.join(HISTORIES)}."
        )
    if slow_mode_s is not None and not 0 <= slow_mode_s <= LONGEST_SLOW_MODE_S:
        raise BadFrame(f"Slow mode takes 0 to {LONGEST_SLOW_MODE_S:,} seconds.")
    if retain_s is not None and not 0 <= retain_s <= LONGEST_RETENTION_S:
        raise BadFrame("Messages are kept for a hundred years at most, or for ever.")
