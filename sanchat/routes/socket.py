"""The websocket door: `/ws`, and `/ws/<room>` which is already subscribed to one room."""

from urllib.parse import unquote

from sanic import Request

from sanchat.errors import BadName, ChatError, Conflict, Forbidden, Muted, NotFound
from sanchat.handshake import Handover
from sanchat.models import room_key
from sanchat.protocol import Close
from sanchat.routes.admission import (
    Visitor,
    address_of,
    refusal_code,
    spare_members,
    take_back,
    visitor_of,
)
from sanchat.routes.answers import App, number_of, server_of
from sanchat.routes.conversation import Conversation, incident
from sanchat.server import Server
from sanchat.websocket import Socket


def install(app: App) -> None:
    @app.websocket("/ws")
    async def everything(request: Request, handover: Handover) -> None:
        await converse(request, handover.socket, None)

    @app.websocket("/ws/<room:str>")
    async def one_room(request: Request, handover: Handover, room: str) -> None:
        await converse(request, handover.socket, unquote(room))


async def converse(request: Request, socket: Socket, room: str | None) -> None:
    """Find out who it is, say hello, subscribe where a room is named; then the socket lives on."""
    server = server_of(request)
    last_act = server.acts.begun
    visitor, is_in = None, False
    try:
        if server.is_stopping:
            socket.close(Close.RESTARTING, "restarting")
            return
        spare_members(server, socket)
        after, limit = number_of(request, "after"), number_of(request, "limit")
        visitor = await visitor_of(request, may_sign_in=True, scope="", door=room)
        if room is not None and visitor.joined is None:
            await ensure_room(server, visitor, room)
        conversation = Conversation(server, socket, visitor.session, address_of(request), room)
        is_in = await conversation.begin(visitor.token, last_act=last_act, is_new=visitor.is_new)
        if not is_in:
            return
    except ChatError as error:
        server.metrics.refused.labels(error.code).inc()
        socket.close(*refusal_code(error))
        return
    except Exception:
        incident(server, "a handshake failed")
        socket.close(Close.SERVER_ERROR, "server error")
        return
    finally:
        if not is_in:
            await take_back(server, visitor)
    if room is not None and not await conversation.subscribe_at_door(
        room, after, request.args.get("epoch"), limit, visitor.joined, last_act
    ):
        return
    conversation.connection.is_greeted = True
    server.acts.greet(conversation.connection)
    socket.open(conversation)


async def ensure_room(server: Server, visitor: Visitor, name: str) -> None:
    """Make the room of a door where it does not exist and its asker may."""
    if await server.store.room(room_key(name)) is not None:
        return
    try:
        await server.chat.create_room(
            name, user=visitor.session.user, session_id=visitor.session.id
        )
    except Conflict:
        return  # somebody else was quicker
    except (BadName, Forbidden, Muted):
        # As where the room is there and closed: who may make none does not learn which it is.
        raise NotFound("There is no such room.") from None
