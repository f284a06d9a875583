"""Carries out, on this process's connections, what administrators and moderators have done.

Acts are read from the store after a cursor, each once and in order, whoever wrote them; what was
done is recorded for the command that waits for it.
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any, NamedTuple

from sanchat.addresses import network_of
from sanchat.bans import Bans
from sanchat.changes import RecordResult
from sanchat.clock import Clock
from sanchat.connection import Connection
from sanchat.hub import Hub
from sanchat.journal import Journal
from sanchat.models import OPEN, Act, Room, User, room_key
from sanchat.protocol import Close, encode_event, room_fields
from sanchat.standing import Standings
from sanchat.store import Store

_OF_ACCOUNTS = (
    "user_created",
    "user_role",
    "user_disabled",
    "user_erased",
    "password_set",
    "sessions_ended",
    "token_revoked",
)
_OF_BANS = ("kick", "ban", "mute", "unban", "unmute")
FIRST_MEMBERS = 200  # of a closed room just made
LONGEST_WAIT_SECONDS = 5.0  # of whoever asked, for this server to do its part
STANDING_MS = 60 * 60 * 1000  # how long an announcement without a server waits for those who come
RETURNING_MS = 60 * 1000  # how long after a start people are still coming back


class Unheard(NamedTuple):
    """An announcement for those who were not there to hear it: until when, and who has heard it."""

    act: Act
    until: int
    heard: set[int]


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
        promote: Callable[[int, int, str | None], None],
        hang_up: Callable[[Collection[int]], int],
        clock: Clock,
    ) -> None:
        self._store = store
        self._journal = journal
        self._hub = hub
        self._server = server
        self._clock = clock
        self._unsubscribe = unsubscribe
        self._rename = rename
        self._promote = promote
        self._hang_up = hang_up
        self._unheard: list[Unheard] = []
        self._began_at = clock()
        self._standings = Standings(store, hub, clock)
        self.bans = Bans(store, hub, self._standings, clock)
        self.begun = 0  # the id of the latest act that is being carried out, or was
        self.last = 0  # the id of the latest act carried out
        self._progress = asyncio.Event()  # set, and another put in its place, at each act

    async def begin(self) -> None:
        """What was done before the start is in force already: bans hold by themselves.

        Commands that wait learn that nobody was connected; an announcement of the last hour is
        kept for those who come.
        """
        self.begun = self.last = await self._store.last_act_done()
        while acts := await self._store.acts_after(self.last):
            await self._store.append([self._result(act, 0) for act in acts])
            self._unheard += [
                Unheard(act, act.acted_at + STANDING_MS, set())
                for act in acts
                if act.kind == "announce"
            ]
            self.begun = self.last = acts[-1].id
        await self.bans.begin()

    def greet(self, connection: Connection) -> None:
        """Tell somebody who has just come what was announced while they could not be there."""
        if not self._unheard:
            return
        now = self._clock()
        self._unheard = [each for each in self._unheard if now <= each.until]
        for act, _, heard in self._unheard:
            if connection.user.id not in heard:
                heard.add(connection.user.id)
                connection.announce(act.data.get("text", ""), act.data.get("sender", ""))

    async def carry_out(self) -> None:
        """Everything that was done since the last time."""
        while acts := await self._store.acts_after(self.last):
            for act in acts:
                self.begun = act.id
                connections = await self._do(act)
                await self._standings.tell(act)
                self.last = act.id
                await self._journal.write(self._result(act, connections))
                self._progress.set()
                self._progress = asyncio.Event()

    async def carried_out(self, act_id: int) -> int:
        """Until this server has carried out the act; the number of connections it touched.

        After some seconds whatever holds it up is no reason to wait: the act holds all the same.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                while not (results := await self._store.act_results(act_id)):
                    await self._progress.wait()
                return sum(connections for _, connections in results)
        return 0

    def _result(self, act: Act, connections: int) -> RecordResult:
        return RecordResult(act_id=act.id, server=self._server, connections=connections)

    async def _do(self, act: Act) -> int:
        if act.kind in _OF_ACCOUNTS:
            return await self._change_account(act)
        if act.kind in _OF_BANS:
            self.bans.note(act)
        if act.kind in ("kick", "ban"):
            touched = self._remove(act)
            if act.data.get("networks"):
                touched += await self._remove_neighbours(act)
            self._hub.wake_watchers()
            return touched
        if act.kind == "unban" and act.room_id is not None:
            return await self.bans.let_in(act.user_id or -1, act.room_id)
        if act.kind in ("mute", "unmute"):
            return await self.bans.tell_mute(act)
        if act.kind.startswith("member_") and act.room_id is not None:
            return await self._change_membership(act)
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

    async def _remove_neighbours(self, act: Act) -> int:
        """Those who are here from an address that the ban covers, under whatever name."""
        networks = set(await self._store.networks_of(act.user_id or -1))
        touched = 0
        for connection in list(self._hub.connections):
            covered = network_of(connection.address) in networks
            if covered and not connection.user.is_moderator and connection.user.id != act.user_id:
                self._say_goodbye(connection, *self._farewell(act))
                touched += 1
        return touched

    async def _change_membership(self, act: Act) -> int:
        room = await self._store.room_by_id(act.room_id or -1)
        user = await self._store.user(act.user_id or -1)
        if room is None or user is None:
            return 0
        payload = encode_event("room", room=room_fields(room))
        connections = self._hub.connections_of(user.id)
        if act.kind == "member_removed":
            leaving = encode_event("room", room=room_fields(room), left=True)
            for connection in connections:
                self._cut_off(connection, room.id)
                if connection.door == room_key(room.name):
                    goodbye = "you are no member any more"
                    self._say_goodbye(connection, leaving, Close.NO_SUCH_ROOM, goodbye)
                elif connection.is_greeted:
                    connection.send(leaving)
            self._hub.wake_watchers()
        elif act.kind == "member_added":
            self._hub.begin_membership(user.id, room, payload)
        role = None if act.kind == "member_removed" else act.data.get("role")
        self._promote(room.id, user.id, role)
        event = encode_event("member", room=room.name, user=user.author, role=role)
        self._hub.tell_room(room.id, event)
        return len(connections)

    async def _change_account(self, act: Act) -> int:
        touched = self._hang_up(act.data.get("sessions", ()))
        if act.kind in ("user_role", "user_erased"):
            user = await self._store.user(act.user_id or -1)
            if user is not None and act.kind == "user_erased":
                return touched + self._rename(user, "")
            for connection in self._hub.connections_of(act.user_id or -1):
                connection.user = user or connection.user
                touched += 1
                if user is not None and connection.is_greeted:
                    connection.send(encode_event("role", user=user.author, role=user.role))
        return touched

    def _remove(self, act: Act) -> int:
        payload, code, reason = self._farewell(act)
        touched = 0
        for connection in self._hub.connections_of(act.user_id or -1):
            # A member's connection that hears only of the room has to let go of it, too.
            knows = act.kind == "ban" and act.room_id in connection.bystands
            if act.room_id is None:
                self._say_goodbye(connection, payload, code, reason)
            elif self._cut_off(connection, act.room_id) or (knows and connection.is_greeted):
                if connection.door == room_key(act.room):
                    self._say_goodbye(connection, payload, code, reason)
                else:
                    connection.send(payload)
            else:
                continue
            touched += 1
        return touched

    def _farewell(self, act: Act) -> tuple[bytes, Close, str]:
        """What somebody is told who is removed, and how their connection is closed."""
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
        return encode_event("removed", **fields), code, reason

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

    def _announce(self, act: Act) -> int:
        connections = [c for c in self._hub.connections if c.is_greeted or c.is_plain]
        for connection in connections:
            connection.announce(act.data.get("text", ""), act.data.get("sender", ""))
        if act.acted_at <= self._began_at + RETURNING_MS:
            heard = {connection.user.id for connection in connections}
            self._unheard.append(Unheard(act, act.acted_at + RETURNING_MS, heard))
        return len(connections)

    def _say_goodbye(
        self, connection: Connection, payload: bytes, code: Close, reason: str
    ) -> None:
        if connection.is_plain:
            connection.send(f"[{reason}]".encode())
        else:
            connection.send(payload)
        connection.close(code, reason)
