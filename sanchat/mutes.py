"""Mutes, and those that end by themselves: whoever was silent is told when they may write again."""

import heapq
import logging

from sanchat.clock import Clock
from sanchat.errors import ChatError
from sanchat.hub import Hub
from sanchat.models import OPEN, SYSTEM_AUTHOR, Act, Room
from sanchat.standing import Standings
from sanchat.store import Store

log = logging.getLogger("sanchat.server")

PAGE = 200


class Mutes:
    """The mutes of one server's people, with what they are told at the beginning and the end."""

    def __init__(self, store: Store, hub: Hub, standings: Standings, clock: Clock) -> None:
        self._store = store
        self._hub = hub
        self._standings = standings
        self._clock = clock
        # When it ends, the user's id, and the room's: 0 for the whole server.
        self._ends: list[tuple[int, int, int]] = []

    async def begin(self) -> None:
        """Those in force from before the start end like all others."""
        after = 0
        while entries := await self._store.bans(after=after, limit=PAGE):
            for entry in entries:
                ban = entry.ban
                if ban.kind == "mute" and ban.until is not None:
                    heapq.heappush(self._ends, (ban.until, ban.user_id, ban.room_id or 0))
            after = entries[-1].ban.id

    async def tell(self, act: Act) -> int:
        """Somebody was muted or may speak again; how many connections were told."""
        user_id, room_id = act.user_id or -1, act.room_id or 0
        if act.kind == "unmute":
            self._ends = [end for end in self._ends if end[1:] != (user_id, room_id)]
            heapq.heapify(self._ends)
        elif (until := act.data.get("until")) is not None:
            heapq.heappush(self._ends, (until, user_id, room_id))
        room = await self._room(room_id)
        if room_id and room is None:
            return 0
        text = f"You can write {_where(room)} again."
        if act.kind == "mute":
            because = f": {act.data['reason']}" if act.data.get("reason") else "."
            text = f"You cannot write {_where(room)} for now{because}"
        return self._say(user_id, room, text)

    async def tell_ended(self) -> None:
        """Tell those whose mute has run out; to be called every now and then."""
        while self._ends and self._ends[0][0] <= self._clock():
            end = heapq.heappop(self._ends)
            try:
                await self._tell_end(*end[1:])
            except ChatError as error:
                heapq.heappush(self._ends, end)
                log.warning("who may write again was not told yet: %s", error)
                return

    async def _tell_end(self, user_id: int, room_id: int) -> None:
        if not self._hub.connections_of(user_id):
            return  # who comes later reads what holds then
        room = await self._room(room_id)
        if room_id and room is None:
            return  # it is no more
        bans = await self._store.bans_of(user_id)
        if not any(ban.kind == "mute" and ban.room_id in (None, room_id or None) for ban in bans):
            self._say(user_id, room, f"You can write {_where(room)} again.")
        await self._standings.tell_person(user_id, room_id or None)

    async def _room(self, room_id: int) -> Room | None:
        """None for the whole server, and for a room that is no more."""
        return await self._store.room_by_id(room_id) if room_id else None

    def _say(self, user_id: int, room: Room | None, text: str) -> int:
        told = 0
        for connection in self._hub.connections_of(user_id):
            # For others than those who hear it or of it, a room that is not open does not exist.
            heard = connection.subscriptions.keys() | connection.bystands
            if room is None or room.kind == OPEN or room.id in heard:
                connection.announce(text, SYSTEM_AUTHOR.name)
                told += 1
        return told


def _where(room: Room | None) -> str:
    return "here" if room is None else f"in {room.name}"
