"""Accounts over HTTP: making one, a new password, and what a stranger may know beforehand."""

import msgspec
from sanic import HTTPResponse, Request

from sanchat.errors import Forbidden
from sanchat.models import GUEST
from sanchat.passwords import LEAST
from sanchat.routes.admission import address_of, set_cookie, spend_read, visitor_of
from sanchat.routes.answers import App, body_of, json_answer, server_of
from sanchat.routes.sessions import let_in, origin_of, user_fields


class RegisterBody(msgspec.Struct):
    name: str
    password: str
    invite: str | None = None


class PasswordBody(msgspec.Struct):
    password: str
    new_password: str


class NameBody(msgspec.Struct):
    name: str


class ResetBody(msgspec.Struct):
    reset: str
    password: str | None = None


def install(app: App) -> None:
    @app.get("/api/server")
    async def about(request: Request) -> HTTPResponse:
        """How people come in here; for everybody."""
        settings = server_of(request).settings
        return json_answer(
            {
                "guests": settings.admits_guests,
                "registration": settings.registration,
                "password_least": LEAST,
                "public": settings.is_public,
            }
        )

    @app.post("/api/users")
    async def register(request: Request) -> HTTPResponse:
        server = server_of(request)
        body: RegisterBody = body_of(request, RegisterBody)
        entered, token = await server.chat.accounts.register(
            body.name, body.password, body.invite, await origin_of(request)
        )
        return let_in(request, entered, token)

    @app.post("/api/password")
    async def change_password(request: Request) -> HTTPResponse:
        server = server_of(request)
        body: PasswordBody = body_of(request, PasswordBody)
        session = (await visitor_of(request, may_sign_in=False)).session
        if session.user.kind == GUEST:
            raise Forbidden("Guests have no password.")
        acted, token = await server.chat.accounts.change_password(
            session, body.password, body.new_password, address_of(request)
        )
        server.hang_up(acted.ended)
        fields = {} if "origin" in request.headers else {"session": token}
        answer = json_answer(fields)
        set_cookie(answer, server, token)
        return answer

    @app.post("/api/name")
    async def change_name(request: Request) -> HTTPResponse:
        """Answered when everybody who is here has heard of it."""
        server = server_of(request)
        body: NameBody = body_of(request, NameBody)
        user = (await visitor_of(request, may_sign_in=False)).session.user
        act = await server.chat.accounts.rename(user, body.name, address_of(request))
        await server.acts.carried_out(act)
        return json_answer({"user": user_fields(await server.store.user(user.id) or user)})

    @app.post("/api/reset")
    async def reset(request: Request) -> HTTPResponse:
        """With a password the link is used up; without one it is looked at."""
        server = server_of(request)
        accounts = server.chat.accounts
        body: ResetBody = body_of(request, ResetBody)
        if body.password is None:
            spend_read(request)
            user = await accounts.whose_reset(body.reset)
            return json_answer(
                {"user": {"name": user.name}, "password_least": accounts.least_password(user)}
            )
        entered, token = await accounts.reset_password(
            body.reset, body.password, await origin_of(request)
        )
        return let_in(request, entered, token)
