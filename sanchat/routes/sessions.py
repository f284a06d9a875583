"""Signing in and out: `/api/session`."""

from typing import Any

import msgspec
from sanic import HTTPResponse, Request
from sanic.response import empty

from sanchat.errors import Forbidden
from sanchat.models import User
from sanchat.protocol import Close
from sanchat.routes.admission import address_of, clear_cookie, set_cookie, visitor_of
from sanchat.routes.answers import App, body_of, json_answer, server_of


class SignInBody(msgspec.Struct):
    name: str
    password: str | None = None


def user_fields(user: User) -> dict[str, Any]:
    """A user as their own session sees them."""
    return {"id": user.id, "name": user.name, "kind": user.kind, "role": user.role}


def install(app: App) -> None:
    @app.post("/api/session")
    async def sign_in(request: Request) -> HTTPResponse:
        server = server_of(request)
        body: SignInBody = body_of(request, SignInBody)
        if body.password is not None:
            # The same answer for every name: there are no accounts to guess.
            raise Forbidden("The name and the password do not belong together.")
        session, token = await server.chat.sign_in_guest(
            body.name,
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
        )
        fields: dict[str, Any] = {"user": user_fields(session.user)}
        if "origin" not in request.headers:
            # Browsers have the cookie, which no script can read.
            fields["session"] = token
        answer = json_answer(fields, 201)
        set_cookie(answer, server, token)
        return answer

    @app.get("/api/session")
    async def who(request: Request) -> HTTPResponse:
        visitor = await visitor_of(request, may_sign_in=False)
        return json_answer({"user": user_fields(visitor.session.user)})

    @app.delete("/api/session")
    async def sign_out(request: Request) -> HTTPResponse:
        server = server_of(request)
        visitor = await visitor_of(request, may_sign_in=False)
        session = visitor.session
        await server.chat.sign_out(session)
        server.ended_sessions.append(session.id)
        for connection in server.hub.connections_of(session.user.id):
            if connection.session_id == session.id:
                connection.close(Close.NOT_SIGNED_IN, "signed out")
        server.hub.wake_watchers()
        answer = empty(headers={"cache-control": "no-store"})
        clear_cookie(answer, server)
        return answer
