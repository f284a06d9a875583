"""How a websocket begins to hear a room, and ends."""

from functools import partial

from sanchat import protocol as wire
from sanchat.changes import Joined
from sanchat.policy import hidden_seq, permissions
from sanchat.presence import LARGE_ROOM
from sanchat.protocol import encode_event, encode_reply, frame, room_fields
from sanchat.replay import replay_of, wanted
from sanchat.routes.visit import Visit


class Hearing(Visit):
    """A visit that hears rooms."""

    __slots__ = ()

    async def subscribe(self, command: wire.Subscribe) -> None:
        """Become a member if need be, and open the room."""
        last_act = self._server.acts.begun
        place = await self._server.chat.place(self.user, command.room)
        joined = await self._server.chat.subscribe(self.user, place, self.session_id)
        await self.open_room(command, joined, last_act)

    async def open_room(self, command: wire.Subscribe, joined: Joined, last_act: int) -> None:
        """Hear a room from now on, and what one missed of it; a ChatError where that cannot be.

        `last_act` had begun when it was looked at whether its opener may.
        """
        server, connection = self._server, self.connection
        subscription = server.hub.enlist(connection, joined.room)
        try:
            # First enlisted, then read: what is committed meanwhile comes twice rather than never.
            opening = await server.chat.opening(
                self.user,
                joined.room,
                partial(
                    wanted,
                    server.store.epoch,
                    after=command.after,
                    epoch=command.epoch,
                    limit=command.limit,
                ),
                is_large=server.presence.online_count(joined.room.id) >= LARGE_ROOM,
            )
            standing = opening.standing
            room = standing.room
            subscription.hidden_seq = hidden_seq(
                room, standing.user, joined.role, joined.joined_seq
            )
            replay = replay_of(
                room,
                opening.wanted,
                opening.messages,
                after=command.after,
                hidden_seq=subscription.hidden_seq,
            )
            if server.acts.begun != last_act:
                # Removed, muted, between the first look and the enlisting? Later acts find the
                # connection.
                await server.chat.place(self.user, room.name)
                standing = await server.chat.standing(self.user, room)
        except BaseException:
            server.unsubscribe(connection, joined.room.id)
            raise
        is_catching_up = command.after is not None and not replay.reset
        if self.is_over:
            return  # it went while the store was read
        page = wire.fit_page(replay.messages, newest=not is_catching_up)
        cursor, complete = replay.cursor, replay.complete
        if is_catching_up and not page.whole:
            cursor, complete = page.kept[-1].changed_seq, False
        held = server.hub.start(connection, subscription, cursor) if complete else None
        if held is None:
            complete = False
            server.unsubscribe(connection, room.id)
        else:
            server.presence.enter(room.id, connection, joined.role)
        # One who comes in now is online by the time this is read.
        members = server.roster(room, opening.members)
        reply = encode_reply(
            command.ref,
            room=room_fields(room),
            messages=page.messages,
            cursor=cursor,
            complete=complete,
            reset=replay.reset,
            epoch=server.store.epoch,
            read_seq=joined.read_seq,
            notify=joined.notify,
            you=permissions(standing, server.clock()),
            members=members,
            member_count=max(opening.member_count, len(members)),
            online=server.presence.online_count(room.id),
        )
        written = frame(reply) + (held or b"")
        if joined.began:
            event = encode_event("room", room=room_fields(room))
            server.hub.begin_membership(self.user.id, room, event, besides=connection)
            written += frame(event)
        connection.write(written)

    async def unsubscribe(self, command: wire.Unsubscribe) -> None:
        place = await self._server.chat.place(self.user, command.room)
        self._server.unsubscribe(self.connection, place.room.id)
        self.connection.send(encode_reply(command.ref))

    async def leave(self, command: wire.Leave) -> None:
        server = self._server
        room = await server.chat.leave(self.user, command.room)
        for connection in server.hub.connections_of(self.user.id):
            server.unsubscribe(connection, room.id)
            server.hub.drop(connection, room.id)
        self.connection.send(encode_reply(command.ref))
        server.hub.tell_user(self.user.id, encode_event("room", room=room_fields(room), left=True))
