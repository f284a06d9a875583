"""Who may knock, and who it is: Host and Origin before anything else, then the session."""

import ipaddress
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sanic import HTTPResponse, Request
from sanic.response import redirect

from sanchat.changes import Joined
from sanchat.errors import (
    BadFrame,
    ChatError,
    Forbidden,
    NameTaken,
    NotFound,
    NotSignedIn,
    Unavailable,
)
from sanchat.forwarded import client_address, client_scheme
from sanchat.models import GUEST, Session, room_key
from sanchat.policy import require
from sanchat.routes.answers import App, error_answer, server_of

if TYPE_CHECKING:
    from sanchat.server import Server
    from sanchat.websocket import Socket

log = logging.getLogger("sanchat.socket")

COOKIE = "sanchat_session"
SECURE_COOKIE = "__Host-sanchat_session"
LONGEST_QUERY = 2_048
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
UNREAD = "NONE"  # the method of a request whose head Sanic could not read: no route has it
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Visitor:
    """A signed-in session, and its token where `?name=` signed it in just now or again."""

    session: Session
    token: str | None = None
    is_new: bool = False
    joined: Joined | None = None  # of the door's room, in the same commit


def guard(app: App) -> None:
    """Refuse foreign hosts, foreign pages and oversized addresses before any handler runs."""

    @app.on_request
    async def refuse_strangers(request: Request) -> HTTPResponse | None:
        server = server_of(request)
        if server.is_stopping:
            return error_answer(Unavailable("The server is stopping."))
        if request.method == UNREAD:
            return None  # its error is the answer
        try:
            check_origin(request)
        except Forbidden as error:
            server.metrics.refused.labels("origin").inc()
            return error_answer(error)
        if len(request.query_string) > LONGEST_QUERY:
            return error_answer(BadFrame("The address is too long."))
        return _to_https(request)


def _to_https(request: Request) -> HTTPResponse | None:
    """Where the proxy says that somebody came over http to a server of https: the right way."""
    public_url = server_of(request).settings.public_url
    if not public_url.startswith("https://") or _said_scheme(request) != "http":
        return None
    if request.method not in ("GET", "HEAD") or is_upgrade(request):
        return error_answer(Forbidden("This server is reached by https alone."))
    query = f"?{request.query_string}" if request.query_string else ""
    return redirect(f"{public_url.rstrip('/')}{request.path}{query}", status=308)


def check_origin(request: Request) -> None:
    """Forbidden where the Host is not ours, or the Origin is another's."""
    server = server_of(request)
    host = request.headers.getall("host", [])
    if len(host) != 1 or not _is_own_host(server, request, host[0]):
        name = host[0] if host else "no host"
        raise Forbidden(
            f"This server is not known as {name!r}. Start it with --allow-host to accept the name."
        )
    origins = request.headers.getall("origin", [])
    if not origins:
        changes = request.method not in SAFE_METHODS or is_upgrade(request)
        if changes and cookie_of(request) is not None and bearer(request) is None:
            raise Forbidden("A request with the session's cookie needs an Origin.")
        return
    if len(origins) != 1 or not _is_own_origin(server, request, host[0], origins[0]):
        raise Forbidden("Pages of other sites may not talk to this server.")


def spare_members(server: "Server", socket: "Socket") -> None:
    """Unavailable where one more would be at the cost of those who are in."""
    if server.load.is_too_much_for(socket.descriptor):
        raise Unavailable("The server has too much to do. Come back in a while.")


def is_upgrade(request: Request) -> bool:
    """Whether this is a websocket handshake."""
    return request.headers.get("upgrade", "").lower() == "websocket"


def bearer(request: Request) -> str | None:
    """The token of an Authorization header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def address_of(request: Request) -> str:
    """Where the visitor is: behind a proxy only where that one is trusted."""
    return client_address(
        request.ip or "local",
        server_of(request).settings.trusted_proxy,
        forwarded_for=request.headers.getall("x-forwarded-for", []),
        forwarded=request.headers.getall("forwarded", []),
    )


def scheme_of(request: Request) -> str:
    """`http` or `https`, as the visitor's own machine sees it."""
    own = "https" if request.transport.get_extra_info("sslcontext") else "http"
    return _said_scheme(request) or own


def _said_scheme(request: Request) -> str | None:
    return client_scheme(
        request.ip or "local",
        server_of(request).settings.trusted_proxy,
        forwarded_proto=request.headers.getall("x-forwarded-proto", []),
        forwarded=request.headers.getall("forwarded", []),
    )


def spend_read(request: Request) -> None:
    """Count a question of somebody without a session; RateLimited."""
    limits = server_of(request).limits
    if limits is not None:
        limits.spend(limits.reads, address_of(request), "ask")


async def visitor_of(
    request: Request,
    *,
    may_sign_in: bool,
    scope: str | None = None,
    room: str | None = None,
    door: str | None = None,
) -> Visitor:
    """Who asks: by token, cookie or `?name=`. NotSignedIn, NameTaken, BadName, Banned, Kicked.

    With `may_sign_in`, a name alone makes a new guest, and a member of the room of the `door`.
    Bots need the `scope` (none is enough where it is empty, and None is nothing for them) and, if
    their token is confined, the `room`.
    """
    visitor = await _visitor_of(request, may_sign_in=may_sign_in, door=door)
    if visitor.session.grant is not None and scope != "":
        if scope is None:
            raise Forbidden("This is for people, not for bots.")
        await check_grant(server_of(request), visitor.session, scope, room)
    return visitor


@asynccontextmanager
async def asking(
    request: Request, *, scope: str | None, room: str | None = None
) -> AsyncIterator[Visitor]:
    """As `visitor_of` for a change over HTTP; a newcomer who is refused it has not come in."""
    visitor = await visitor_of(request, may_sign_in=True, scope=scope, room=room)
    try:
        yield visitor
    except ChatError:
        await take_back(server_of(request), visitor)
        raise


async def check_grant(server: "Server", session: Session, scope: str, room: str | None) -> None:
    """Forbidden or NotFound where a bot's token is not for this, or not for this room."""
    require(session.grant, scope)
    if session.grant is None or session.grant.room_ids is None:
        return
    found = await server.store.room(room_key(room)) if room is not None else None
    if found is None or found.id not in session.grant.room_ids:
        raise NotFound("There is no such room.")


async def take_back(server: "Server", visitor: Visitor | None) -> None:
    """Undo the sign-in of a newcomer who was not let in after all: nobody knows their session."""
    if visitor is None or not visitor.is_new:
        return
    session = visitor.session
    server.names.free(session.user.name, session.user.id)
    try:
        await server.chat.sign_out(session)
    except ChatError as error:
        log.info("a session that nobody knows stays until it is old: %s", error)


async def _visitor_of(request: Request, *, may_sign_in: bool, door: str | None) -> Visitor:
    server = server_of(request)
    visitor = await _session_of(request, server)
    if visitor is None:
        name = request.args.get("name")
        if name is None:
            raise NotSignedIn("Nobody is signed in.")
        if not may_sign_in:
            raise NotSignedIn("A name alone is not enough here.")
        came_in, token = await server.chat.sessions.come_in(
            name, door, address=address_of(request), agent=request.headers.get("user-agent", "")
        )
        return Visitor(came_in.session, token, is_new=True, joined=came_in.joined)
    user = visitor.session.user
    refusal = await server.chat.refusal_to_enter(user, address=address_of(request))
    if refusal is not None:
        raise refusal
    is_guest = user.kind == GUEST
    if may_sign_in and is_guest and not server.names.is_free(user.name, user.id):
        # Somebody else has taken the name while its former wearer was away.
        raise NameTaken(f"The name {user.name} is in use.")
    return visitor


async def _session_of(request: Request, server: "Server") -> Visitor | None:
    token = bearer(request)
    if token is not None:
        session = await server.chat.session(token)
        if session is None:
            raise NotSignedIn("The session has ended.")
        return Visitor(session)
    token = cookie_of(request)
    if token is not None:
        session = await server.chat.session(token)
        if session is not None:
            return Visitor(session)
    token = request.args.get("session") if request.args.get("name") is not None else None
    if token is not None:
        session = await server.chat.session(token)
        if session is not None:
            return Visitor(session, token)
    return None


def cookie_name(server: "Server") -> str:
    """What the session's cookie is called, whether it is set, cleared or read."""
    return SECURE_COOKIE if server.settings.is_https else COOKIE


def set_cookie(response: HTTPResponse, server: "Server", token: str) -> None:
    """Give the browser its session, out of reach of scripts."""
    response.add_cookie(
        cookie_name(server),
        token,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=server.settings.is_https,
        max_age=server.settings.session_idle_days * 24 * 60 * 60,
    )


def signed(server: "Server", visitor: Visitor, answer: HTTPResponse) -> HTTPResponse:
    """The answer, with the cookie of a guest whom a name in the address has just made."""
    if visitor.is_new and visitor.token is not None:
        set_cookie(answer, server, visitor.token)
    return answer


async def renew_cookie(request: Request, answer: HTTPResponse) -> None:
    """Let the browser keep its session's cookie for as long again, if there is such a session."""
    server, token = server_of(request), cookie_of(request)
    try:
        is_in_use = token is not None and await server.chat.session(token) is not None
    except ChatError:
        return  # another time: the page itself needs no database
    if token is not None and is_in_use:
        set_cookie(answer, server, token)
        answer.headers["cache-control"] = "no-store"


def clear_cookie(response: HTTPResponse, server: "Server") -> None:
    response.add_cookie(
        cookie_name(server),
        "",
        path="/",
        httponly=True,
        samesite="Lax",
        secure=server.settings.is_https,
        max_age=0,
    )


def refusal_code(error: ChatError) -> tuple[int, str]:
    """The close code and reason for somebody whom `visitor_of` refused."""
    from sanchat.protocol import Close

    codes = {
        "not_signed_in": Close.NOT_SIGNED_IN,
        "banned": Close.BANNED,
        "name_taken": Close.NAME_REFUSED,
        "bad_name": Close.NAME_REFUSED,
        "bad_frame": Close.NOT_OUR_PROTOCOL,
        "not_found": Close.NO_SUCH_ROOM,
        "rate_limited": Close.OVERLOADED,
        "unavailable": Close.OVERLOADED,
    }
    if error.code == "forbidden":
        kicked = "retry_after_ms" in error.facts
        return (Close.KICKED if kicked else Close.NO_SUCH_ROOM), str(error)
    return codes.get(error.code, Close.SERVER_ERROR), str(error)


def cookie_of(request: Request) -> str | None:
    """The token of the session's cookie."""
    # Sanic also takes `__Secure-` before the name and any blank of Unicode around it, so that a
    # sub-domain could pass its own cookie off as one that only this host may set.
    name = cookie_name(server_of(request)).encode()
    for line in request.raw_headers.split(b"\r\n"):
        header, _, pairs = line.partition(b":")
        for pair in pairs.split(b";") if header.lower() == b"cookie" else []:
            key, _, value = pair.strip(b" \t").partition(b"=")
            if key == name and value:
                return value.decode("latin-1")
    return None


def _is_own_host(server: "Server", request: Request, host: str) -> bool:
    name = _host_name(host)
    if name is None:
        return False
    settings = server.settings
    allowed = {entry.lower() for entry in settings.allow_host}
    if settings.public_url:
        allowed.add((urlsplit(settings.public_url).hostname or "").lower())
    if name in allowed or host.lower() in allowed:
        return True
    address = _address_in(name)
    if address is None:
        machine = socket.gethostname().lower()
        own = _address_in(_local_address(request))
        is_lan = own is not None and not own.is_loopback
        return name == "localhost" or (is_lan and name in (machine, f"{machine}.local"))
    return address.is_loopback or str(address) == _local_address(request)


def _is_own_origin(server: "Server", request: Request, host: str, origin: str) -> bool:
    origin = _without_default_port(origin)
    if origin in {_without_default_port(one.rstrip("/")) for one in server.settings.allow_origin}:
        return True
    if server.settings.public_url:
        return origin == _without_default_port(server.settings.public_url.rstrip("/"))
    return origin == _without_default_port(f"{scheme_of(request)}://{host}")


def _without_default_port(origin: str) -> str:
    # As browsers write an origin: they leave out the port that goes without saying.
    origin = origin.lower()
    return origin.removesuffix(DEFAULT_PORTS.get(origin.partition(":")[0], ""))


@lru_cache(64)
def _host_name(host: str) -> str | None:
    # Only what stands before the port counts; anything odd is nobody's name.
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname


def _local_address(request: Request) -> str:
    sockname = request.transport.get_extra_info("sockname")
    address = str(sockname[0]) if sockname else "127.0.0.1"
    parsed = _address_in(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


@lru_cache(64)
def _address_in(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
