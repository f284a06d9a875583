"""Carries out, on this process's connections, what administrators and moderators have done.

Acts are read from the store after a cursor, each once and in order, whoever wrote them; what was
done is recorded for the command that waits for it.
"""

from collections.abc import Callable
from typing import Any

from sanchat.changes import RecordResult
from sanchat.clock import Clock
from sanchat.connection import Connection
from sanchat.hub import Hub
from sanchat.journal import Journal
from sanchat.models import ALL, OPEN, SYSTEM_AUTHOR, Act, Room, User, room_key
from sanchat.protocol import Close, encode_event
from sanchat.standing import Standings
from sanchat.store import Store

FIRST_MEMBERS = 200  # of a closed room just made
STANDING_MS = 60 * 60 * 1000  # how long an announcement waits for those who come


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
    return fields


class Acts:
    """The acts of one server, from its start on."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        hub: Hub,
        server: str,
        unsubscribe: Callable[[Connection, int], None],
        rename: Callable[[User, str], int],
        clock: Clock,
    ) -> None:
        self._store = store
        self._journal = journal
        self._hub = hub
        self._server = server
        self._clock = clock
        self._unsubscribe = unsubscribe
        self._rename = rename
        self._standing: list[Act] = []  # announcements that nobody was there to hear
        self._told: set[int] = set()  # users who have heard those
        self._standings = Standings(store, hub, clock)
        self.begun = 0  # the id of the latest act that is being carried out, or was
        self.last = 0  # the id of the latest act carried out

    async def begin(self) -> None:
        """What was done before the start is in force already: bans hold by themselves.

        Commands that wait learn that nobody was connected; an announcement of the last hour is
        kept for those who come.
        """
        self.begun = self.last = await self._store.last_act_done()
        while acts := await self._store.acts_after(self.last):
            await self._store.append([self._result(act, 0) for act in acts])
            self._standing += [act for act in acts if act.kind == "announce"]
            self.begun = self.last = acts[-1].id

    def greet(self, connection: Connection) -> None:
        """Tell somebody who has just come what was announced while no server ran."""
        if not self._standing:
            return
        since = self._clock() - STANDING_MS
        self._standing = [act for act in self._standing if act.acted_at >= since]
        if connection.user.id not in self._told:
            self._told.add(connection.user.id)
            for act in self._standing:
                self._say(connection, act.data.get("text", ""), act.data.get("sender", ""))

    async def carry_out(self) -> None:
        """Everything that was done since the last time."""
        while acts := await self._store.acts_after(self.last):
            for act in acts:
                self.begun = act.id
                connections = await self._do(act)
                await self._standings.tell(act)
                self.last = act.id
                await self._journal.write(self._result(act, connections))

    def _result(self, act: Act, connections: int) -> RecordResult:
        return RecordResult(act_id=act.id, server=self._server, connections=connections)

    async def _do(self, act: Act) -> int:
        if act.kind in ("kick", "ban"):
            touched = self._remove(act)
            self._hub.wake_watchers()
            return touched
        if act.kind in ("mute", "unmute"):
            return self._tell_muted(act)
        if act.kind == "announce":
            return self._announce(act)
        if act.kind == "user_renamed":
            user = await self._store.user(act.user_id or -1)
            return self._rename(user, act.data.get("was", "")) if user is not None else 0
        if act.kind == "messages_deleted":
            # The journal has delivered them: it looks for what others wrote before it goes on.
            audience = self._hub.audience(act.room_id or -1)
            return len(list(audience.listeners())) if audience is not None else 0
        if act.kind == "room_deleted":
            touched = self._delete_room(act)
            self._hub.wake_watchers()
            return touched
        if act.kind.startswith("room_") and act.room_id is not None:
            room = await self._store.room_by_id(act.room_id)
            if room is not None:
                return await self._tell_of_room(act, room)
        return 0

    def _remove(self, act: Act) -> int:
        code = Close.KICKED if act.kind == "kick" else Close.BANNED
        reason = act.data.get("reason") or ("kicked" if act.kind == "kick" else "banned")
        fields: dict[str, Any] = {
            "kind": act.kind,
            "reason": act.data.get("reason", ""),
            "by": act.actor,
        }
        if act.data.get("until") is not None:
            fields["until"] = act.data["until"]
        if act.room_id is not None:
            fields["room"] = act.room
        payload = encode_event("removed", **fields)
        touched = 0
        for connection in self._hub.connections_of(act.user_id or -1):
            if act.room_id is None:
                self._say_goodbye(connection, payload, code, reason)
            elif self._cut_off(connection, act.room_id):
                if connection.door == room_key(act.room):
                    self._say_goodbye(connection, payload, code, reason)
                else:
                    connection.send(payload)
            else:
                continue
            touched += 1
        return touched

    def _cut_off(self, connection: Connection, room_id: int) -> bool:
        """Let a connection hear neither the room nor of it; whether it did hear it."""
        hears = self._hub.hears(connection, room_id)
        self._unsubscribe(connection, room_id)
        self._hub.drop(connection, room_id)
        return hears

    def _delete_room(self, act: Act) -> int:
        payload = encode_event("room", room={"name": act.room}, deleted=True)
        room_id, was_open = act.room_id or -1, act.data.get("room_kind", OPEN) == OPEN
        touched = 0
        for connection in list(self._hub.connections):
            # Of a closed room, outsiders do not learn that it was there.
            concerns = was_open or room_id in connection.bystands
            hears = self._cut_off(connection, room_id)
            touched += hears
            if hears and connection.door == room_key(act.room):
                self._say_goodbye(connection, payload, Close.NO_SUCH_ROOM, "the room was deleted")
            elif (hears or concerns) and connection.is_greeted:
                connection.send(payload)
        return touched

    async def _tell_of_room(self, act: Act, room: Room) -> int:
        fields: dict[str, Any] = {"room": room_fields(room)}
        if act.kind == "room_renamed":
            fields["was"] = act.data.get("was", "")
        self._hub.note_room(room)
        payload = encode_event("room", **fields)
        if room.kind == OPEN:
            self._hub.tell_everybody(payload)
        elif act.kind == "room_created":
            for member in await self._store.members(room.id, limit=FIRST_MEMBERS):
                self._hub.begin_membership(member.id, room, payload)
        else:
            self._hub.tell_members(room.id, payload)
        return len(self._hub.connections)

    def _tell_muted(self, act: Act) -> int:
        where = f"in {act.room}" if act.room_id is not None else "here"
        because = f": {act.data['reason']}" if act.data.get("reason") else "."
        text = f"You can write {where} again."
        if act.kind == "mute":
            text = f"You cannot write {where} for now{because}"
        connections = self._hub.connections_of(act.user_id or -1)
        for connection in connections:
            self._say(connection, text, SYSTEM_AUTHOR.name)
        return len(connections)

    def _announce(self, act: Act) -> int:
        connections = [c for c in self._hub.connections if c.is_greeted or c.is_plain]
        for connection in connections:
            self._say(connection, act.data.get("text", ""), act.data.get("sender", ""))
        return len(connections)

    def _say(self, connection: Connection, text: str, sender: str) -> None:
        if connection.is_plain:
            connection.send(f"[{text}]".encode())
        elif connection.is_greeted:
            connection.send(encode_event("announcement", **{"text": text, "from": sender}))

    def _say_goodbye(
        self, connection: Connection, payload: bytes, code: Close, reason: str
    ) -> None:
        if connection.is_plain:
            connection.send(f"[{reason}]".encode())
        else:
            connection.send(payload)
        connection.close(code, reason)
