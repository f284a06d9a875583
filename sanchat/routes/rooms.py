"""Listing and creating rooms: `/api/rooms`."""

from typing import Any

import msgspec
from sanic import HTTPResponse, Request

from sanchat.models import room_key
from sanchat.policy import may_read
from sanchat.protocol import room_fields
from sanchat.replay import bounded
from sanchat.routes.admission import asking, signed
from sanchat.routes.answers import App, body_of, json_answer, number_of, server_of
from sanchat.routes.messages import reader_of

LIST = 100
LIST_LIMIT = 200


class CreateBody(msgspec.Struct):
    name: str
    title: str = ""
    kind: str = "open"


def install(app: App) -> None:
    @app.get("/api/rooms")
    async def index(request: Request) -> HTTPResponse:
        """Open rooms by name, a page at a time."""
        server = server_of(request)
        grant = (await reader_of(request)).grant
        rooms = await server.store.rooms(
            kind="open",
            after=room_key(request.args.get("after", "")),
            limit=bounded(number_of(request, "limit"), LIST, LIST_LIMIT),
        )
        return json_answer(
            {
                "rooms": [
                    room_fields(room)
                    | {
                        "last_seq": room.last_seq,
                        "online": server.presence.online_count(room.id),
                    }
                    for room in rooms
                    if may_read(grant, room.id)
                ]
            }
        )

    @app.post("/api/rooms")
    async def create(request: Request) -> HTTPResponse:
        server = server_of(request)
        body: CreateBody = body_of(request, CreateBody)
        async with asking(request, scope="rooms") as visitor:
            room = await server.chat.create_room(
                body.name,
                title=body.title,
                kind=body.kind,
                user=visitor.session.user,
                session_id=visitor.session.id,
            )
        fields: dict[str, Any] = {"room": room_fields(room) | {"last_seq": room.last_seq}}
        return signed(server, visitor, json_answer(fields, 201))
