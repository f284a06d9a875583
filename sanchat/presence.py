"""Who is online, room by room, and which guest names are held.

Ephemeral: known to this process, gone with it. Changes are gathered, one event a second and room.
"""

import asyncio
from collections import OrderedDict
from functools import lru_cache
from itertools import islice

from sanchat.connection import Connection
from sanchat.hub import Hub
from sanchat.limits import MonotonicClock
from sanchat.models import Member, User, user_key
from sanchat.protocol import encode_event
from sanchat.skeleton import skeleton

GATHER_SECONDS = 1.0
FIRST_SECONDS = 0.05  # a first change goes out soon, with those that come right behind it
LARGE_ROOM = 200  # people online, above which presence is a count and typing is not sent
HELD_NAMES = 100_000


class _RoomPresence:
    __slots__ = ("connections", "joined", "left", "listed", "online", "roles", "timer", "told_at")

    def __init__(self) -> None:
        self.online: dict[int, User] = {}
        self.roles: dict[int, str] = {}
        self.connections: dict[int, set[Connection]] = {}  # by user
        self.joined: dict[int, User] = {}
        self.left: dict[int, User] = {}
        self.listed: list[Member] | None = None  # the first who came, until one of them changes
        self.timer: asyncio.TimerHandle | None = None
        self.told_at = float("-inf")


class Presence:
    """People by room: somebody is online in a room while one of their connections hears it."""

    def __init__(self, hub: Hub, clock: MonotonicClock) -> None:
        self._hub = hub
        self._clock = clock
        self._rooms: dict[int, _RoomPresence] = {}

    def enter(self, room_id: int, connection: Connection, role: str) -> None:
        """A connection hears the room; said twice, it counts once."""
        room = self._rooms.get(room_id)
        if room is None:
            room = self._rooms[room_id] = _RoomPresence()
        user = connection.user
        if len(room.online) < LARGE_ROOM or room.roles.get(user.id, role) != role:
            room.listed = None
        room.roles[user.id] = role
        room.connections.setdefault(user.id, set()).add(connection)
        if user.id not in room.online:
            room.online[user.id] = user
            if room.left.pop(user.id, None) is None:
                room.joined[user.id] = user
            self._tell_later(room_id, room)

    def exit(self, room_id: int, connection: Connection) -> None:
        """A connection hears the room no more, if it ever did."""
        room = self._rooms.get(room_id)
        user = connection.user
        if room is None or user.id not in room.connections:
            return
        room.connections[user.id].discard(connection)
        if not room.connections[user.id]:
            del room.connections[user.id], room.online[user.id], room.roles[user.id]
            room.listed = None
            if room.joined.pop(user.id, None) is None:
                room.left[user.id] = user
            self._tell_later(room_id, room)

    def rename(self, user: User) -> None:
        """Somebody who is online has another name: told as a coming of the same id."""
        for room_id, room in self._rooms.items():
            if user.id in room.online:
                room.online[user.id] = room.joined[user.id] = user
                room.listed = None
                self._tell_later(room_id, room)

    def promote(self, room_id: int, user_id: int, role: str | None) -> None:
        """Somebody has another role in a room; None where they are no member any more."""
        room = self._rooms.get(room_id)
        if room is not None and user_id in room.online:
            room.roles[user_id] = role or "member"
            room.listed = None

    def online_count(self, room_id: int) -> int:
        room = self._rooms.get(room_id)
        return len(room.online) if room is not None else 0

    def is_online(self, room_id: int, user_id: int) -> bool:
        room = self._rooms.get(room_id)
        return room is not None and user_id in room.online

    def members(self, room_id: int, *, limit: int = LARGE_ROOM) -> list[Member]:
        """People online in the room, at most `limit`, and never more than `LARGE_ROOM`."""
        room = self._rooms.get(room_id)
        if room is None:
            return []
        if room.listed is None:
            room.listed = [
                Member(
                    id=user.id,
                    name=user.name,
                    online=True,
                    role=room.roles.get(user.id, "member"),
                    kind=user.kind,
                )
                for user in islice(room.online.values(), LARGE_ROOM)
            ]
        return room.listed[:limit]

    def _tell_later(self, room_id: int, room: _RoomPresence) -> None:
        if room.timer is None:
            wait = max(FIRST_SECONDS, room.told_at + GATHER_SECONDS - self._clock())
            room.timer = asyncio.get_running_loop().call_later(wait, self._tell, room_id, room)

    def _tell(self, room_id: int, room: _RoomPresence) -> None:
        room.timer = None
        room.told_at = self._clock()
        joined, left = room.joined, room.left
        room.joined, room.left = {}, {}
        if not room.online:
            del self._rooms[room_id]
            return
        audience = self._hub.audience(room_id)
        if audience is None or not (joined or left):
            return
        fields: dict[str, object] = {"room": audience.name, "online": len(room.online)}
        if len(room.online) <= LARGE_ROOM:
            fields["joined"] = [user.author for user in joined.values()]
            fields["left"] = [user.author for user in left.values()]
        self._hub.tell_room(room_id, encode_event("presence", **fields))


class HeldNames:
    """Guest names in use, and for a while after: nobody else may wear them, or look like them."""

    def __init__(self, hold_seconds: float, clock: MonotonicClock) -> None:
        self._hold_seconds = hold_seconds
        self._clock = clock
        # look -> [user id, connections, free at (seconds, while there is no connection)]
        self._holds: OrderedDict[str, list[float]] = OrderedDict()

    @property
    def size(self) -> int:
        """How many looks are remembered, two of each name."""
        return len(self._holds)

    def is_free(self, name: str, user_id: int | None = None) -> bool:
        """Whether the name can be taken, or is this user's own."""
        now = self._clock()
        for look in _looks(name):
            hold = self._holds.get(look)
            if hold is not None and hold[0] != user_id and (hold[1] > 0 or hold[2] > now):
                return False
        return True

    def hold(self, name: str, user_id: int, *, connections: int = 0) -> None:
        """The user wears the name, for a while or for as long as they are connected."""
        free_at = self._clock() + self._hold_seconds
        for look in _looks(name):
            hold = self._holds.get(look)
            if hold is None or hold[0] != user_id:
                hold = self._holds[look] = [user_id, 0, free_at]
            hold[1] += connections
            hold[2] = free_at
            self._holds.move_to_end(look)
        self._forget_past()
        while len(self._holds) > HELD_NAMES:
            self._holds.popitem(last=False)

    def _forget_past(self) -> None:
        now = self._clock()
        # Two come in and four are looked at, so what is past goes faster than names come.
        for look in list(islice(self._holds, 4)):
            _, connections, free_at = self._holds[look]
            if connections > 0:
                self._holds.move_to_end(look)
            elif free_at <= now:
                del self._holds[look]

    def free(self, name: str, user_id: int) -> None:
        """Hold the name no more."""
        for look in _looks(name):
            hold = self._holds.get(look)
            if hold is not None and hold[0] == user_id:
                del self._holds[look]

    def release(self, name: str, user_id: int) -> None:
        """One connection less."""
        for look in _looks(name):
            hold = self._holds.get(look)
            if hold is not None and hold[0] == user_id and hold[1] > 0:
                hold[1] -= 1
                hold[2] = self._clock() + self._hold_seconds


# A name is held, asked for and let go of within moments.
@lru_cache(1_024)
def _looks(name: str) -> tuple[str, str]:
    return (f"look:{skeleton(name)}", f"name:{user_key(name)}")
