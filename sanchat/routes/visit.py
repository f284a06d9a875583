"""What both websocket doors share: coming in, being slowed down, and being gone."""

import asyncio
from collections.abc import Iterable
from typing import Any

from sanchat.changes import Change
from sanchat.connection import Connection
from sanchat.errors import ChatError, RateLimited
from sanchat.models import GUEST, Room, Session, User, room_key
from sanchat.protocol import Close
from sanchat.routes.admission import refusal_code
from sanchat.server import Server
from sanchat.websocket import Socket

UNSETTLED = 256  # changes waiting for the journal, then the peer is read no further
# Nobody feels this who is refused now and then. Whoever is refused again and again costs the
# others next to nothing, however fast they write.
REFUSED_SECONDS = 0.05
# Refusals at a time of who is too fast in what came in one piece. More than may be written at once
# after a wait, so that whoever goes on is sent away however many others do.
TOGETHER = 48
BEHIND_SECONDS = 5.0  # after a mistake too many


class Visit:
    """One connection from its admission to its end. Subclasses hear it and settle its changes."""

    __slots__ = (
        "_address",
        "_behind_until",
        "_is_held_back",
        "_refused",
        "_server",
        "_socket",
        "_unsettled",
        "connection",
        "session",
        "session_id",
    )

    def __init__(
        self,
        server: Server,
        socket: Socket,
        session: Session,
        address: str,
        *,
        door: str | None = None,
        is_plain: bool = False,
    ) -> None:
        self._server = server
        self._socket = socket
        self._address = address
        self._unsettled = 0
        self._is_held_back = False
        self._refused = 0  # times, since it was held back
        self._behind_until = 0.0
        self.session_id = session.id
        self.session = session
        self.connection = Connection(
            socket,
            session.user,
            session.id,
            outbox_bytes=server.settings.outbox_bytes,
            is_plain=is_plain,
            door=room_key(door) if door is not None else None,
            address=address,
        )
        self.connection.ends_at = server.chat.sessions.ends_at(session)

    async def come_in(self, rooms: Iterable[Room], *, last_act: int) -> bool:
        """Count in; False where the visit has ended instead.

        `last_act` had begun when the visitor's rights were looked at: who was removed since then is
        sent away here.
        """
        server = self._server
        if not server.admit(self.session_id, self._address):
            self._socket.close(Close.OVERLOADED, "too many connections")
            return False
        if not self._socket.is_open:
            server.dismiss(self.session_id, self._address)
            return False
        is_guest = self.user.kind == GUEST
        if is_guest and not server.names.is_free(self.user.name, self.user.id):
            server.dismiss(self.session_id, self._address)
            self._socket.close(Close.NAME_REFUSED, f"The name {self.user.name} is in use.")
            return False
        server.names.hold(self.user.name, self.user.id, connections=1)
        server.hub.add(self.connection, rooms)
        self._socket.listener = self
        if self.session_id in server.ended_sessions:
            self.connection.close(Close.NOT_SIGNED_IN, "signed out")
            return False
        if server.acts.begun != last_act:
            refusal = await server.chat.refusal_to_enter(self.user, address=self._address)
            if refusal is not None:
                self.connection.close(*refusal_code(refusal))
                return False
        return True

    @property
    def user(self) -> User:
        """Whose visit it is, under the name they have now."""
        return self.connection.user

    @property
    def is_over(self) -> bool:
        return self.connection not in self._server.hub.connections

    def on_text(self, text: str) -> None:
        raise NotImplementedError

    def on_lost(self) -> None:
        server = self._server
        for room_id in list(self.connection.subscriptions):
            server.presence.exit(room_id, self.connection)
        server.hub.remove(self.connection)
        server.names.release(self.user.name, self.user.id)
        server.dismiss(self.session_id, self._address)

    def note_refusal(self, error: ChatError) -> None:
        """What was to be written was refused; who is too fast for too long is sent away."""
        limits = self._server.limits
        if limits is None:
            return
        if isinstance(error, RateLimited) and limits.refusals.take(self.session_id):
            self.connection.close(Close.OVERLOADED, "too fast for too long")
        else:
            self.hold_back(error)

    def hold_back(self, error: ChatError) -> None:
        """Something was refused: read no further for a moment.

        Who makes too many mistakes waits longer, and so do their changes for a while.
        """
        limits = self._server.limits
        if limits is None or self._is_held_back:
            return
        loop = asyncio.get_running_loop()
        is_too_often = bool(limits.mistakes.take(self.session_id))
        if is_too_often:
            self._behind_until = loop.time() + BEHIND_SECONDS
        is_too_fast = isinstance(error, RateLimited)
        self._refused += 1
        if is_too_fast and self._refused < TOGETHER and self._socket.has_more:
            return  # to begin to read costs ten times what such a refusal does
        # One after another: many at once would have the server to themselves for a while.
        chances = limits.second_chances
        if self._refused >= TOGETHER:
            chances = limits.floods
        elif is_too_often and not is_too_fast:
            chances = limits.later_chances  # who is too fast is sent away in the end
        least_seconds = self._refused * REFUSED_SECONDS
        self._refused = 0
        self._is_held_back = True
        self.connection.pause()
        seconds = chances.seconds_until(least_seconds)
        if is_too_often:
            self._behind_until += seconds  # once it is read again, it stands behind
        # Who waits for others has not become more patient by it.
        limits.refusals.rest(self.session_id, seconds - least_seconds)
        loop.call_later(seconds, self._let_go)

    def _let_go(self) -> None:
        self._is_held_back = False
        self.read_on()

    def read_on(self) -> None:
        """Read what comes next, unless there is another reason not to."""
        is_kept = self._is_held_back or self._unsettled >= UNSETTLED or self._server.is_stopping
        if not is_kept:
            self.connection.resume()

    def _is_behind(self) -> bool:
        """Whether what it asks is set aside, so that those who make no mistakes go first."""
        if self._behind_until:
            is_over = asyncio.get_running_loop().time() >= self._behind_until
            # What was set aside is not overtaken by what comes later.
            if is_over and not self._unsettled:
                self._behind_until = 0.0
        return self._behind_until > 0

    async def wait_its_turn(self) -> None:
        """Who is behind waits before a command as long as a change does, and for own changes."""
        limits = self._server.limits
        if limits is not None and self._is_behind():
            await self._server.journal.aside()
            # What is read for the command is not in the way of what was set aside, nor of what is
            # read for others who are behind.
            await asyncio.sleep(limits.later_chances.seconds_until(REFUSED_SECONDS))
            while self._unsettled:  # noqa: ASYNC110 (the journal settles each)
                await asyncio.sleep(REFUSED_SECONDS)

    def submit(self, change: Change, mark: Any) -> None:
        """Give a change to the journal; read no further where too many wait. Unavailable."""
        self._server.journal.submit(change, self, mark, may_wait=self._is_behind())
        self._unsettled += 1
        if self._unsettled >= UNSETTLED:
            self.connection.pause()

    def settle(self, mark: Any, answer: Any) -> bytes | None:
        """Called by the journal with the answer; subclasses make the reply of it."""
        self._unsettled -= 1
        if self._unsettled == UNSETTLED // 2:
            self.read_on()
        return None
