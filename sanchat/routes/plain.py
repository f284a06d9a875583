"""The plain-text door, `/room/<room>/`: what you send is posted, each message is `name: text`.

For first steps, `input()` loops and shell tools; what the server itself says is in brackets.
"""

import secrets
from typing import Any
from urllib.parse import quote, unquote

from sanic import HTTPResponse, Request
from sanic.response import redirect

from sanchat.connection import Connection
from sanchat.errors import ChatError, NameTaken, NotSignedIn
from sanchat.models import User, room_key
from sanchat.protocol import PAGE, Close, encode_plain, frame
from sanchat.routes.admission import Visitor, address_of, is_upgrade, refusal_code, visitor_of
from sanchat.routes.answers import App, server_of
from sanchat.routes.conversation import UNSETTLED
from sanchat.routes.socket import ensure_room
from sanchat.server import Server
from sanchat.websocket import Handover, Socket

GUEST_NAMES = 20  # tries to find a free one


def install(app: App) -> None:
    @app.websocket("/room/<room:str>/")
    async def plain(request: Request, handover: Handover, room: str) -> None:
        socket = handover.socket
        server = server_of(request)
        name = unquote(room)
        conversation: PlainConversation | None = None
        try:
            if server.is_stopping:
                socket.close(Close.RESTARTING, "restarting")
                return
            visitor = await _visitor(request)
            await ensure_room(server, visitor, name)
            conversation = PlainConversation(
                server, socket, visitor.session.user, visitor.session.id, address_of(request), name
            )
            await conversation.begin()
        except ChatError as error:
            socket.write(frame(_bracketed(error)))
            socket.close(*refusal_code(error))
            return
        socket.open(conversation)

    @app.on_request
    async def show_page(request: Request) -> HTTPResponse | None:
        """A browser that opens the address of the plain door gets the page."""
        if request.path.startswith("/room/") and not is_upgrade(request):
            name = unquote(request.path.removeprefix("/room/").strip("/"))
            return redirect(f"/r/{quote(name, safe='')}")
        return None


async def _visitor(request: Request) -> Visitor:
    """As everywhere; who brings no name at all gets a free guest name."""
    try:
        return await visitor_of(request, may_sign_in=True)
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


class PlainConversation:
    """One plain-text connection."""

    __slots__ = (
        "_address",
        "_room",
        "_server",
        "_session_id",
        "_socket",
        "_unsettled",
        "connection",
        "user",
    )

    def __init__(
        self, server: Server, socket: Socket, user: User, session_id: int, address: str, room: str
    ) -> None:
        self._server = server
        self._socket = socket
        self._session_id = session_id
        self._address = address
        self._room = room
        self.user = user
        self.connection = Connection(
            socket,
            user,
            session_id,
            outbox_bytes=server.settings.outbox_bytes,
            is_plain=True,
            door=room_key(room),
        )
        self._unsettled = 0

    async def begin(self) -> None:
        """Count in, write the recent history, and hear what comes."""
        server = self._server
        place = await server.chat.place(self.user, self._room)
        joined = await server.chat.subscribe(self.user, place)
        if not server.admit(self._session_id, self._address):
            self._socket.close(Close.OVERLOADED, "too many connections")
            return
        server.names.hold(self.user.name, self.user.id, connections=1)
        server.hub.add(self.connection, ())
        self._socket.listener = self
        server.presence.enter(joined.room.id, joined.room.name, self.user, joined.role)
        # Heard before the history is read: what both bring is written once.
        server.hub.start_plain(self.connection, joined.room)
        history = await server.store.newest(joined.room, limit=PAGE)
        live = server.hub.release_plain(self.connection, joined.room.id, history)
        lines = [encode_plain(message) for message in history if message.deleted_at is None]
        self.connection.write(b"".join(frame(line) for line in lines) + live)

    def on_text(self, text: str) -> None:
        try:
            change = self._server.chat.post(
                self.user, self._session_id, self._room, text, secrets.token_hex(8)
            )
            self._server.journal.submit(change, self, None)
        except ChatError as error:
            self.connection.send(_bracketed(error))
            return
        self._unsettled += 1
        if self._unsettled >= UNSETTLED:
            self.connection.pause()

    def settle(self, mark: Any, answer: Any) -> bytes | None:
        self._unsettled -= 1
        if self._unsettled == UNSETTLED // 2:
            self.connection.resume()
        return _bracketed(answer) if isinstance(answer, ChatError) else None

    def on_lost(self) -> None:
        server = self._server
        for room_id in list(self.connection.subscriptions):
            server.presence.exit(room_id, self.user)
        server.hub.remove(self.connection)
        server.names.release(self.user.name, self.user.id)
        server.dismiss(self._session_id, self._address)


def _bracketed(error: ChatError) -> bytes:
    wait_ms = error.facts.get("retry_after_ms")
    if error.code in ("rate_limited", "slow_mode") and wait_ms is not None:
        return f"[slow down: wait {wait_ms / 1000:.1f} s]".encode()
    sentence = str(error).rstrip(".")
    return f"[{sentence[:1].lower()}{sentence[1:]}]".encode()
