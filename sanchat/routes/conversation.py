"""One websocket's commands and their replies, in the order they came."""

import asyncio
import logging
import secrets
from collections import deque
from typing import Any

import msgspec

from sanchat import protocol as wire
from sanchat.changes import Changed, Joined, Posted
from sanchat.commands import AnyKeepingOrder, Ref
from sanchat.errors import ChatError, Internal, NotSubscribed
from sanchat.models import MENTIONS, Session
from sanchat.policy import hidden_seq, may_read
from sanchat.presence import LARGE_ROOM
from sanchat.protocol import Close, encode_error, encode_event, encode_reply
from sanchat.replay import read_history
from sanchat.routes import visit
from sanchat.routes.admission import refusal_code
from sanchat.routes.grants import check_command
from sanchat.routes.greeting import hello_fields
from sanchat.routes.hearing import Hearing
from sanchat.routes.order import keep_order
from sanchat.server import Server
from sanchat.websocket import Socket

log = logging.getLogger("sanchat.socket")

BAD_FRAMES = 10  # in a row, then the peer does not speak the protocol
WAITING = 32  # commands behind one that reads the store, then the peer is read no further


class Mark(msgspec.Struct, frozen=True, gc=False):
    """What an answer of the journal goes back to."""

    ref: Ref
    client_message_id: str | None = None


class Conversation(Hearing):
    """One connection's commands and their replies, in the order they came."""

    __slots__ = ("_bad_frames", "_is_working", "_waiting")

    def __init__(
        self, server: Server, socket: Socket, session: Session, address: str, door: str | None
    ) -> None:
        super().__init__(server, socket, session, address, door=door)
        self._bad_frames = 0
        self._is_working = False
        self._waiting: deque[wire.AnyCommand] | None = None

    async def begin(self, token: str | None, *, last_act: int, is_new: bool = False) -> bool:
        """Come in and say hello, with the token where `?name=` signed in; False if refused.

        Whoever `is_new`, signed in by a name just now, is in no room yet.
        """
        server = self._server
        own = [] if is_new else await server.store.rooms_of(self.user.id)
        memberships = [
            membership for membership in own if may_read(self.session.grant, membership.room.id)
        ]
        rooms = [membership.room for membership in memberships]
        self.connection.levels = {m.room.id: m.notify for m in memberships if m.notify != MENTIONS}
        if not await self.come_in(rooms, last_act=last_act):
            return False
        hello = hello_fields(server, self.user, memberships)
        if token is not None:
            hello["session"] = token
        self.connection.send(encode_event("hello", **hello))
        return True

    async def subscribe_at_door(
        self,
        room: str,
        after: int | None,
        epoch: str | None,
        limit: int | None,
        joined: Joined | None,
        last_act: int,
    ) -> bool:
        """The subscription that comes with `/ws/<room>`; False where there is no such room.

        Who has `joined` at the door already is looked at no more; `last_act` had begun by then.
        """
        command = wire.Subscribe(room=room, after=after, epoch=epoch, limit=limit)
        try:
            if joined is None:
                await self.subscribe(command)
            else:
                await self.open_room(command, joined, last_act)
        except ChatError as error:
            self.connection.close(*refusal_code(error))
            return False
        except Exception:
            incident(self._server, "a subscription at the door failed")
            self.connection.close(Close.SERVER_ERROR, "server error")
            return False
        return True

    # Listener

    def on_text(self, text: str) -> None:
        try:
            command = wire.parse_command(text)
        except wire.FrameRefused as refused:
            # A client newer than this server speaks the protocol, with words not known here.
            is_bad = refused.error.code == "bad_frame"
            self._bad_frames = self._bad_frames + 1 if is_bad else 0
            self.connection.send(encode_error(refused.ref, refused.error))
            if self._bad_frames >= BAD_FRAMES:
                self.connection.close(Close.NOT_OUR_PROTOCOL, "ten bad frames in a row")
            else:
                self.hold_back(refused.error)
            return
        self._bad_frames = 0
        if self._is_working:
            assert self._waiting is not None
            self._waiting.append(command)
            if len(self._waiting) >= WAITING:
                self.connection.pause()
        elif not self._do_at_once(command):
            self._is_working = True
            self._waiting = deque()
            self._server.tasks.start(self._work(command))

    # Commands that need no answer from the store before the next one is read

    def _do_at_once(self, command: wire.AnyCommand) -> bool:
        try:
            match command:
                case wire.Post():
                    self._post(command)
                case wire.Edit():
                    self.submit(
                        self._server.chat.edit(
                            self.user, self.session_id, command.room, command.seq, command.text
                        ),
                        Mark(command.ref),
                    )
                case wire.Delete():
                    self.submit(
                        self._server.chat.delete(
                            self.user,
                            self.session_id,
                            command.room,
                            command.seq,
                            reason=command.reason,
                        ),
                        Mark(command.ref),
                    )
                case wire.React():
                    self.submit(
                        self._server.chat.react(
                            self.user,
                            self.session_id,
                            command.room,
                            command.seq,
                            command.emoji,
                            on=command.on,
                        ),
                        Mark(command.ref),
                    )
                case wire.Ping():
                    self.connection.send(encode_reply(command.ref, time=self._server.clock()))
                case _:
                    return False
        except ChatError as error:
            self._refuse(command, error)
            self.note_refusal(error)
        return True

    def _post(self, command: wire.Post) -> None:
        change = self._server.chat.post(
            self.connection.user,
            self.session_id,
            command.room,
            command.text,
            command.client_message_id,
            reply_to=command.reply_to,
            kind=command.kind,
        )
        self.submit(change, Mark(command.ref, command.client_message_id))

    def settle(self, mark: Mark, answer: Any) -> bytes:
        """The reply to a change that the journal has carried out or refused."""
        super().settle(mark, answer)
        if isinstance(answer, Posted):
            return wire.encode_post_reply(
                mark.ref,
                answer.seq,
                answer.sent_at,
                answer.client_message_id,
                duplicate=answer.duplicate,
            )
        if isinstance(answer, Changed):
            return encode_reply(mark.ref, changed_seq=answer.changed_seq)
        assert isinstance(answer, ChatError)
        return self._error(mark.ref, mark.client_message_id, answer)

    def _refuse(self, command: wire.AnyCommand, error: ChatError) -> None:
        client_message_id = getattr(command, "client_message_id", None)
        self.connection.send(self._error(command.ref, client_message_id, error))

    def _error(self, ref: Ref, client_message_id: str | None, error: ChatError) -> bytes:
        if client_message_id is not None:
            return encode_error(ref, error, client_message_id=client_message_id)
        return encode_error(ref, error)

    # Commands that ask the store: one after the other, the rest wait behind

    async def _work(self, command: wire.AnyCommand) -> None:
        try:
            await self._do(command)
            while self._waiting:
                while self._is_held_back:  # noqa: ASYNC110 (it is let go of by time)
                    await asyncio.sleep(visit.REFUSED_SECONDS)
                command = self._waiting.popleft()
                if not self._do_at_once(command):
                    await self._do(command)
        finally:
            self._is_working = False
            self._waiting = None
            self.read_on()

    def read_on(self) -> None:
        if len(self._waiting or ()) < WAITING:
            super().read_on()

    async def _do(self, command: wire.AnyCommand) -> None:
        await self.wait_its_turn()
        if self.is_over:
            return
        try:
            self._read_slowly()
            await check_command(self._server, self.session, command)
            match command:
                case wire.Subscribe():
                    await self.subscribe(command)
                case wire.Unsubscribe():
                    await self.unsubscribe(command)
                case wire.Leave():
                    await self.leave(command)
                case wire.History():
                    await self._history(command)
                case wire.Read():
                    await self._read(command)
                case wire.Notify():
                    await self._notify(command)
                case wire.Typing():
                    await self._typing(command)
                case _ if isinstance(command, AnyKeepingOrder):
                    fields = await keep_order(self._server, self.user, self.session_id, command)
                    self.connection.send(encode_reply(command.ref, **fields))
        except ChatError as error:
            self._refuse(command, error)
            self.hold_back(error)
        except Exception:
            mark = incident(self._server, f"{type(command).__name__} failed")
            self._refuse(command, Internal(mark))

    def _read_slowly(self) -> None:
        limits = self._server.limits
        if limits is not None:
            limits.spend(limits.reads, self.session_id, "ask")

    async def _history(self, command: wire.History) -> None:
        place = await self._server.chat.place(self.user, command.room)
        fields = await read_history(
            self._server.store,
            place.room,
            before=command.before,
            around=command.around,
            after=command.after,
            limit=command.limit,
            hidden_seq=hidden_seq(place.room, self.user, place.role, place.joined_seq),
        )
        self.connection.send(encode_reply(command.ref, **fields))

    async def _read(self, command: wire.Read) -> None:
        server = self._server
        waiting = await server.chat.read(
            self.user, command.room, command.seq, is_back=command.unread
        )
        counts = {"unread": waiting.unread, "mentions": waiting.mentions}
        self.connection.send(encode_reply(command.ref, read_seq=waiting.read_seq, **counts))
        event = encode_event("read", room=waiting.room, seq=waiting.read_seq, **counts)
        server.hub.tell_user(self.user.id, event, besides=self.connection)

    async def _notify(self, command: wire.Notify) -> None:
        hub = self._server.hub
        room = await self._server.chat.set_notify(self.user, command.room, command.level)
        hub.set_notify(self.user.id, room.id, command.level)
        self.connection.send(encode_reply(command.ref))
        event = encode_event("notify", room=room.name, level=command.level)
        hub.tell_user(self.user.id, event, besides=self.connection)

    async def _typing(self, command: wire.Typing) -> None:
        server = self._server
        room = (await server.chat.place(self.user, command.room)).room
        if not server.hub.hears(self.connection, room.id):
            raise NotSubscribed("Subscribe to the room first.")
        if server.limits is not None:
            server.limits.spend(server.limits.typing, self.session_id, "type")
        if server.presence.online_count(room.id) <= LARGE_ROOM:
            server.hub.tell_room(
                room.id,
                encode_event("typing", room=room.name, user=self.user.author),
                besides=self.connection,
            )


def incident(server: Server, what: str) -> str:
    """Log the error being handled under a new id, which is all that the client is told."""
    mark = secrets.token_hex(4)
    server.metrics.incidents.inc()
    log.exception("incident %s: %s", mark, what)
    return mark
