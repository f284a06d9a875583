"""What the people of this process may do in the rooms they hear, told to them when it changes."""

from sanchat.clock import Clock
from sanchat.connection import Connection
from sanchat.hub import Hub
from sanchat.models import Act
from sanchat.policy import permissions
from sanchat.protocol import encode_event
from sanchat.store import Store

AT_ONCE = 500  # people whose rights are read at once
ROOM_RULES = ("posting", "slow_mode_s")


class Standings:
    """Says anew what people may do, after whatever may have changed it."""

    def __init__(self, store: Store, hub: Hub, clock: Clock) -> None:
        self._store = store
        self._hub = hub
        self._clock = clock

    async def tell(self, act: Act) -> None:
        """Tell whom an act concerns: a person, or everybody who hears a room."""
        if not _changes_rights(act):
            return
        if act.user_id is not None:
            await self.tell_person(act.user_id, act.room_id)
        elif act.room_id is not None:
            audience = self._hub.audience(act.room_id)
            people: dict[int, list[Connection]] = {}
            for connection in audience.listeners() if audience is not None else ():
                people.setdefault(connection.user.id, []).append(connection)
            ids = list(people)
            for start in range(0, len(ids), AT_ONCE):
                some = ids[start : start + AT_ONCE]
                await self._tell(act.room_id, {user_id: people[user_id] for user_id in some})

    async def tell_person(self, user_id: int, room_id: int | None = None) -> None:
        """Tell somebody what they may do in a room, or in all that they hear."""
        connections = self._hub.connections_of(user_id)
        heard = {room for one in connections for room in one.subscriptions}
        for room in heard if room_id is None else heard & {room_id}:
            await self._tell(room, {user_id: connections})

    async def _tell(self, room_id: int, people: dict[int, list[Connection]]) -> None:
        standings = await self._store.standings(room_id, list(people))
        # From here on nothing waits: who subscribes meanwhile reads what is true after this.
        for standing in standings:
            you = permissions(standing, self._clock())
            event = encode_event("permissions", room=standing.room.name, you=you)
            for connection in people[standing.user.id]:
                if connection.is_greeted and self._hub.hears(connection, room_id):
                    connection.send(event)


def _changes_rights(act: Act) -> bool:
    if act.kind == "room_set":
        return any(rule in act.data for rule in ROOM_RULES)
    if act.user_id is None:
        return act.kind in ("room_archived", "room_restored")
    return act.kind != "user_renamed"
