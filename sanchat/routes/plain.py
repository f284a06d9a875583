"""The plain-text door, `/room/<room>/`: what you send is posted, each message is `name: text`.

For first steps, `input()` loops and shell tools; what the server itself says is in brackets.
"""

import secrets
from typing import Any
from urllib.parse import quote, unquote

from sanic import HTTPResponse, Request
from sanic.response import redirect

from sanchat.errors import ChatError, NameTaken, NotSignedIn
from sanchat.handshake import Handover
from sanchat.models import Session
from sanchat.policy import hidden_seq
from sanchat.protocol import PAGE, Close, encode_plain, frame
from sanchat.routes.admission import (
    Visitor,
    address_of,
    is_upgrade,
    refusal_code,
    spare_members,
    take_back,
    visitor_of,
)
from sanchat.routes.answers import App, server_of
from sanchat.routes.conversation import incident
from sanchat.routes.socket import ensure_room
from sanchat.routes.visit import Visit
from sanchat.server import Server
from sanchat.websocket import Socket

GUEST_NAMES = 20  # tries to find a free one


def install(app: App) -> None:
    @app.websocket("/room/<room:str>/")
    async def plain(request: Request, handover: Handover, room: str) -> None:
        socket = handover.socket
        server = server_of(request)
        name = unquote(room)
        last_act = server.acts.begun
        visitor, is_in = None, False
        try:
            if server.is_stopping:
                socket.close(Close.RESTARTING, "restarting")
                return
            spare_members(server, socket)
            visitor = await _visitor(request, name)
            await ensure_room(server, visitor, name)
            conversation = PlainConversation(
                server, socket, visitor.session, address_of(request), name
            )
            is_in = await conversation.begin(last_act=last_act)
            if not is_in:
                return
        except ChatError as error:
            socket.write(frame(_bracketed(error)), server.settings.outbox_bytes)
            socket.close(*refusal_code(error))
            return
        except Exception:
            incident(server, "a plain handshake failed")
            socket.close(Close.SERVER_ERROR, "server error")
            return
        finally:
            if not is_in:
                await take_back(server, visitor)
        socket.open(conversation)

    @app.on_request
    async def show_page(request: Request) -> HTTPResponse | None:
        """A browser that opens the address of the plain door gets the page."""
        if request.path.startswith("/room/") and not is_upgrade(request):
            name = unquote(request.path.removeprefix("/room/").strip("/"))
            return redirect(f"/r/{quote(name, safe='')}")
        return None


async def _visitor(request: Request, room: str) -> Visitor:
    """As everywhere; who brings no name at all gets a free guest name."""
    try:
        return await visitor_of(request, may_sign_in=True, scope="read", room=room)
    except NotSignedIn:
        if request.args.get("name") is not None or request.headers.get("authorization"):
            raise
    server = server_of(request)
    for attempt in range(GUEST_NAMES):
        try:
            session, token = await server.chat.sign_in_guest(
                f"guest-{secrets.randbelow(10 ** (4 + attempt // 5)):04}",
                address=address_of(request),
            )
            return Visitor(session, token, is_new=True)
        except NameTaken:
            continue
    raise NameTaken("No guest name is free.")


class PlainConversation(Visit):
    """One plain-text connection."""

    __slots__ = ("_room",)

    def __init__(
        self, server: Server, socket: Socket, session: Session, address: str, room: str
    ) -> None:
        super().__init__(server, socket, session, address, door=room, is_plain=True)
        self._room = room

    async def begin(self, *, last_act: int) -> bool:
        """Come in, write the recent history, and hear what comes; False if refused."""
        server = self._server
        place = await server.chat.place(self.user, self._room)
        joined = await server.chat.subscribe(self.user, place, self.session_id)
        if not await self.come_in((), last_act=last_act):
            return False
        # Heard before the history is read: what both bring is written once.
        server.hub.start_plain(self.connection, joined.room)
        hidden = hidden_seq(joined.room, self.user, joined.role, joined.joined_seq)
        history = await server.store.newest(joined.room, limit=PAGE)
        history = [message for message in history if message.seq > hidden]
        if self.is_over:
            return False
        live = server.hub.release_plain(self.connection, joined.room.id, history)
        if live is None:
            self.connection.close(Close.TOO_SLOW, "the room is too busy")
            return False
        server.presence.enter(joined.room.id, self.connection, joined.role)
        lines = [encode_plain(message) for message in history if message.deleted_at is None]
        self.connection.write(b"".join(frame(line) for line in lines) + live)
        server.acts.greet(self.connection)
        return True

    def on_text(self, text: str) -> None:
        try:
            change = self._server.chat.post(
                self.user, self.session_id, self.connection.door or "", text, secrets.token_hex(8)
            )
            self.submit(change, None)
        except ChatError as error:
            self.connection.send(_bracketed(error))
            self.note_refusal(error)

    def settle(self, mark: Any, answer: Any) -> bytes | None:
        super().settle(mark, answer)
        return _bracketed(answer) if isinstance(answer, ChatError) else None


def _bracketed(error: ChatError) -> bytes:
    wait_ms = error.facts.get("retry_after_ms")
    if error.code in ("rate_limited", "slow_mode") and wait_ms is not None:
        return f"[slow down: wait {wait_ms / 1000:.1f} s]".encode()
    sentence = str(error).rstrip(".")
    return f"[{sentence[:1].lower()}{sentence[1:]}]".encode()
