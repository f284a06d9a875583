"""Invitations over HTTP: issuing them, and coming by one.

The link leads to the page, `/?invite=<token>`; the page sends the token in a body, so that no log,
proxy or other site learns it from an address.
"""

from typing import Any

import msgspec
from sanic import HTTPResponse, Request
from sanic.response import empty

from sanchat.credentials import ACCOUNTS, ANYONE, Invite
from sanchat.errors import Forbidden, NotFound
from sanchat.invitations import INVITE_SECONDS
from sanchat.models import ADMINS, MEMBER, MODERATORS, Session, room_key
from sanchat.passwords import least_length
from sanchat.protocol import room_fields
from sanchat.routes.admission import spend_read, visitor_of
from sanchat.routes.answers import App, body_of, json_answer, server_of
from sanchat.server import Server


class CreateBody(msgspec.Struct):
    room: str | None = None
    role: str = "member"
    admits: str | None = None
    expires_in_s: int = INVITE_SECONDS
    uses: int = 1


class LookBody(msgspec.Struct):
    invite: str
    accept: bool = False


def install(app: App) -> None:
    @app.post("/api/invites")
    async def invite(request: Request) -> HTTPResponse:
        server = server_of(request)
        body: CreateBody = body_of(request, CreateBody)
        session = await _member(request)
        if server.limits is not None:
            server.limits.spend(server.limits.rooms, session.id, "invite")
        issued, token = await server.chat.invitations.create(
            room=body.room,
            role=body.role,
            admits=body.admits,
            seconds=body.expires_in_s,
            uses=body.uses,
            user=session.user,
        )
        url = f"{_own_origin(request)}/?invite={token}"
        fields = {
            "invite": invite_fields(server, issued),
            "token": token,
            "url": url,
            "qr": qr_rows(url),
        }
        return json_answer(fields, 201)

    @app.get("/api/invites")
    async def invites(request: Request) -> HTTPResponse:
        """One's own, or all for administrators; of a room, for its moderators too."""
        server = server_of(request)
        user = (await _member(request)).user
        name = request.args.get("room")
        if name is None:
            own = None if user.role in ADMINS else user.id
            listed = await server.store.invites(created_by=own)
        else:
            place = await server.store.place(room_key(name), user.id)
            may = place is not None and (place.role in MODERATORS or user.role in ADMINS)
            if place is None or not may:
                raise NotFound("There is no such room.")
            listed = await server.store.invites(room_id=place.room.id)
        return json_answer({"invites": [invite_fields(server, invite) for invite in listed]})

    @app.delete("/api/invites/<invite_id:int>")
    async def revoke_invite(request: Request, invite_id: int) -> HTTPResponse:
        server = server_of(request)
        session = await _member(request)
        await server.chat.invitations.revoke(invite_id, user=session.user)
        return empty(headers={"cache-control": "no-store"})

    @app.post("/api/invitation")
    async def look(request: Request) -> HTTPResponse:
        """What an invitation is for; with `accept`, somebody who is here joins its room."""
        server = server_of(request)
        body: LookBody = body_of(request, LookBody)
        spend_read(request)
        invite = await server.chat.invitations.look(body.invite)
        if not body.accept:
            return json_answer(_look_fields(server, invite))
        session = (await visitor_of(request, may_sign_in=False)).session
        accepted = await server.chat.invitations.accept(body.invite, session.user)
        fields: dict[str, Any] = {"joined": accepted.began}
        if accepted.room is not None:
            fields["room"] = room_fields(accepted.room)
        return json_answer(fields)


def invite_fields(server: Server, invite: Invite) -> dict[str, Any]:
    """An invitation as it is listed."""
    fields: dict[str, Any] = {
        "id": invite.id,
        "hint": invite.hint,
        "role": invite.role,
        "admits": invite.admits,
        "uses": invite.uses,
        "used": invite.used,
        "by": invite.actor,
        "created_at": invite.created_at,
        "expires_at": invite.expires_at,
        "state": invite.state(server.clock()),
    }
    if invite.room is not None:
        fields["room"] = invite.room
    return fields


def qr_rows(link: str) -> list[str]:
    """The modules of a QR code of the link, a row at a time: `1` is dark. Without a margin."""
    import segno  # takes a moment to load, and is seldom needed

    return ["".join(map(str, row)) for row in segno.make(link, micro=False).matrix]


def _look_fields(server: Server, invite: Invite) -> dict[str, Any]:
    settings = server.settings
    by_role = least_length(invite.role if invite.room_id is None else "member")
    fields: dict[str, Any] = {
        "role": invite.role,
        "admits": invite.admits,
        "guests": invite.admits == ANYONE and settings.admits_guests != "closed",
        "accounts": invite.admits in (ANYONE, ACCOUNTS)
        and (settings.registration != "closed" or invite.role == "owner"),
        "password_least": by_role,
        "by": invite.actor,
        "expires_at": invite.expires_at,
    }
    if invite.room is not None:
        fields["room"] = {"name": invite.room, "title": invite.title}
    return fields


async def _member(request: Request) -> Session:
    session = (await visitor_of(request, may_sign_in=False)).session
    if session.user.kind != MEMBER:
        raise Forbidden("Only people with an account invite others.")
    return session


def _own_origin(request: Request) -> str:
    public_url = server_of(request).settings.public_url.rstrip("/")
    scheme = "https" if request.transport.get_extra_info("sslcontext") else "http"
    return public_url or f"{scheme}://{request.headers['host']}"
