"""Signing in and out, and the devices one is signed in with: `/api/session`, `/api/sessions`."""

from typing import Any

import msgspec
from sanic import HTTPResponse, Request
from sanic.response import empty

from sanchat.accounts import From
from sanchat.errors import BadFrame, Forbidden, NotFound
from sanchat.identity import Entered
from sanchat.models import ADMINS, BOT, Session, User
from sanchat.policy import outranks
from sanchat.routes.admission import (
    address_of,
    clear_cookie,
    cookie_of,
    set_cookie,
    visitor_of,
)
from sanchat.routes.answers import App, body_of, json_answer, server_of


class SignInBody(msgspec.Struct):
    name: str
    password: str | None = None
    invite: str | None = None


def user_fields(user: User) -> dict[str, Any]:
    """A user as their own session sees them."""
    return {"id": user.id, "name": user.name, "kind": user.kind, "role": user.role}


def install(app: App) -> None:
    @app.post("/api/session")
    async def sign_in(request: Request) -> HTTPResponse:
        server = server_of(request)
        body: SignInBody = body_of(request, SignInBody)
        if body.password is not None and body.invite is not None:
            raise BadFrame("An invitation is redeemed with a name, or by making an account.")
        if body.password is not None:
            origin = await origin_of(request)
            entered, token = await server.chat.accounts.sign_in(body.name, body.password, origin)
            return let_in(request, entered, token)
        if body.invite is not None:
            origin = await origin_of(request)
            entered, token = await server.chat.accounts.enter_as_guest(
                body.name, body.invite, origin
            )
            return let_in(request, entered, token)
        session, token = await server.chat.sign_in_guest(
            body.name,
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
        )
        return let_in(request, Entered(session), token)

    @app.get("/api/session")
    async def who(request: Request) -> HTTPResponse:
        server = server_of(request)
        session = (await visitor_of(request, may_sign_in=False, scope="")).session
        password_hash = await server.store.password_hash(session.user.id)
        return json_answer(
            {
                "user": user_fields(session.user),
                "session_id": session.id,
                "has_password": password_hash is not None,
            }
        )

    @app.delete("/api/session")
    async def sign_out(request: Request) -> HTTPResponse:
        server = server_of(request)
        session = (await visitor_of(request, may_sign_in=False)).session
        await server.chat.sign_out(session)
        server.hang_up([session.id])
        return _signed_out(request)

    @app.get("/api/sessions")
    async def own(request: Request) -> HTTPResponse:
        session = (await visitor_of(request, may_sign_in=False)).session
        return await _devices(request, session.user, session)

    @app.delete("/api/sessions")
    async def end_all(request: Request) -> HTTPResponse:
        session = (await visitor_of(request, may_sign_in=False)).session
        await _end(request, session.user, None, session.user)
        return _signed_out(request)

    @app.delete("/api/sessions/<session_id:int>")
    async def end_own(request: Request, session_id: int) -> HTTPResponse:
        session = (await visitor_of(request, may_sign_in=False)).session
        await _end(request, session.user, (session_id,), session.user)
        return empty(headers={"cache-control": "no-store"})

    @app.get("/api/users/<user_id:int>/sessions")
    async def theirs(request: Request, user_id: int) -> HTTPResponse:
        user, session = await _somebody(request, user_id)
        return await _devices(request, user, session)

    @app.delete("/api/users/<user_id:int>/sessions")
    async def end_theirs(request: Request, user_id: int) -> HTTPResponse:
        user, session = await _somebody(request, user_id)
        await _end(request, user, None, session.user)
        return empty(headers={"cache-control": "no-store"})

    @app.delete("/api/users/<user_id:int>/sessions/<session_id:int>")
    async def end_one_of_theirs(request: Request, user_id: int, session_id: int) -> HTTPResponse:
        user, session = await _somebody(request, user_id)
        await _end(request, user, (session_id,), session.user)
        return empty(headers={"cache-control": "no-store"})


async def origin_of(request: Request) -> From:
    """Where a sign-in comes from, and the session that it takes the place of."""
    server = server_of(request)
    token = cookie_of(request)
    session = await server.chat.session(token) if token is not None else None
    return From(address_of(request), request.headers.get("user-agent", ""), session)


def let_in(request: Request, entered: Entered, token: str) -> HTTPResponse:
    """The answer to whoever has just come in: the cookie, and an end to what it replaces."""
    from sanchat.protocol import room_fields

    server = server_of(request)
    session = entered.session
    server.hang_up(entered.ended)
    fields: dict[str, Any] = {"user": user_fields(session.user), "session_id": session.id}
    if entered.room is not None:
        fields["room"] = room_fields(entered.room)
    if "origin" not in request.headers:
        # Browsers have the cookie, which no script can read.
        fields["session"] = token
    answer = json_answer(fields, 201)
    set_cookie(answer, server, token)
    return answer


async def _devices(request: Request, user: User, asker: Session) -> HTTPResponse:
    devices = await server_of(request).store.devices(user.id)
    listed = [
        msgspec.to_builtins(device) | ({"current": True} if device.id == asker.id else {})
        for device in devices
    ]
    return json_answer({"sessions": listed})


async def _somebody(request: Request, user_id: int) -> tuple[User, Session]:
    """Whose sessions an administrator asks for: their own, or those of somebody below."""
    session = (await visitor_of(request, may_sign_in=False)).session
    if session.user.role not in ADMINS:
        raise Forbidden("The sessions of others are for administrators.")
    user = await server_of(request).store.user(user_id)
    if user is None or user.id == 0 or user.kind == BOT:
        raise NotFound("There is no such user.")
    if user.id != session.user.id and not outranks(session.user, user):
        raise Forbidden(f"{user.name} is not below you.")
    return user, session


async def _end(request: Request, user: User, session_ids: tuple[int, ...] | None, by: User) -> None:
    server = server_of(request)
    acted = await server.chat.accounts.end_sessions(user, session_ids, actor=by.name)
    server.hang_up(acted.ended)


def _signed_out(request: Request) -> HTTPResponse:
    answer = empty(headers={"cache-control": "no-store"})
    clear_cookie(answer, server_of(request))
    return answer
