"""Kicks, bans and mutes that end by themselves or are lifted: whoever they held is told so."""

import heapq
import logging

from sanchat.clock import Clock
from sanchat.errors import ChatError
from sanchat.hub import Hub
from sanchat.models import OPEN, SYSTEM_AUTHOR, Act, Room, room_key
from sanchat.policy import refusal_to_enter
from sanchat.protocol import encode_event, room_fields
from sanchat.standing import Standings
from sanchat.store import Store

log = logging.getLogger("sanchat.server")

PAGE = 200


class Bans:
    """What holds one server's people, with what they are told at its beginning and its end.

    Kicks and bans from the whole server are not among it: nobody of those is here to be told.
    """

    def __init__(self, store: Store, hub: Hub, standings: Standings, clock: Clock) -> None:
        self._store = store
        self._hub = hub
        self._standings = standings
        self._clock = clock
        # When it ends, its kind, the user's id, and the room's: 0 for the whole server.
        self._ends: list[tuple[int, str, int, int]] = []

    async def begin(self) -> None:
        """Those in force from before the start end like all others."""
        after = 0
        while entries := await self._store.bans(after=after, limit=PAGE):
            for entry in entries:
                ban = entry.ban
                self._remember(ban.until, ban.kind, ban.user_id, ban.room_id or 0)
            after = entries[-1].ban.id

    def note(self, act: Act) -> None:
        """Somebody is held from now on, or no more."""
        kind, user_id, room_id = act.kind.removeprefix("un"), act.user_id or -1, act.room_id or 0
        if kind == act.kind:
            self._remember(act.data.get("until"), kind, user_id, room_id)
        else:
            self._ends = [end for end in self._ends if end[1:] != (kind, user_id, room_id)]
            heapq.heapify(self._ends)

    async def tell_mute(self, act: Act) -> int:
        """Somebody was muted or may speak again; how many connections were told."""
        room_id = act.room_id or 0
        room = await self._room(room_id)
        if room_id and room is None:
            return 0
        user_id = act.user_id or -1
        if act.kind == "unmute":
            return self._say(user_id, room, f"You can write {_where(room)} again.")
        because = f": {reason.rstrip('.')}." if (reason := act.data.get("reason")) else "."
        return self._say(user_id, room, f"You cannot write {_where(room)} for now{because}")

    async def let_in(self, user_id: int, room_id: int) -> int:
        """Tell somebody of a room that they may enter again; how many connections were told.

        To members it is as if they had just become such. Nothing where something else keeps them
        out.
        """
        room = await self._room(room_id)
        place = await self._store.place(room_key(room.name), user_id) if room else None
        standings = await self._store.standings(room_id, [user_id])
        # From here on nothing waits: who is banned meanwhile is so after this, by another act.
        if place is None or not standings:
            return 0
        room, role = standings[0].room, standings[0].role
        if refusal_to_enter(standings[0].bans, room_id, self._clock()) is not None:
            return 0
        event = encode_event("room", room=room_fields(room))
        if role is not None:
            self._hub.begin_membership(user_id, room, event)
            self._hub.set_notify(user_id, room_id, place.notify)
        elif room.kind == OPEN:
            self._hub.tell_user(user_id, event)
        else:
            return 0
        return len(self._hub.connections_of(user_id))

    async def tell_ended(self) -> None:
        """Tell those whom nothing holds any more; to be called every now and then."""
        while self._ends and self._ends[0][0] <= self._clock():
            end = heapq.heappop(self._ends)
            while self._ends and self._ends[0] == end:  # noted twice, told once
                heapq.heappop(self._ends)
            try:
                await self._tell_end(*end[1:])
            except ChatError as error:
                heapq.heappush(self._ends, end)
                log.warning("who may come in or write again was not told yet: %s", error)
                return

    def _remember(self, until: int | None, kind: str, user_id: int, room_id: int) -> None:
        if until is not None and (room_id or kind == "mute"):
            heapq.heappush(self._ends, (until, kind, user_id, room_id))

    async def _tell_end(self, kind: str, user_id: int, room_id: int) -> None:
        if not self._hub.connections_of(user_id):
            return  # who comes later reads what holds then
        if kind != "mute":
            await self.let_in(user_id, room_id)
            return
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
