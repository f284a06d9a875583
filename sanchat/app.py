"""The only place where things are wired: settings to server, server to Sanic, Sanic to a socket."""

import gc
import socket
import sys
from typing import TextIO

import uvloop
from sanic import Sanic
from sanic.config import Config

from sanchat.errors import StartupError
from sanchat.handshake import SocketProtocol
from sanchat.logs import begin_logging
from sanchat.protocol import FRAME_BYTES
from sanchat.routes import (
    accounts,
    admission,
    answers,
    health,
    invites,
    messages,
    order,
    pages,
    plain,
    rooms,
    sessions,
)
from sanchat.routes import socket as sockets
from sanchat.routes.answers import App
from sanchat.server import FIRST_ROOM, Server
from sanchat.serving import GRACE_SECONDS, serve, tls_context
from sanchat.settings import Settings
from sanchat.skeleton import skeleton
from sanchat.welcome import address_for_others, addresses_of, greeting, join_link, qr_code

REQUEST_SECONDS = 15
RESPONSE_SECONDS = 60  # more than the longest poll
YOUNG_OBJECTS = 10_000  # made and not freed, before the collector looks through them


def create_app(settings: Settings) -> tuple[App, type[SocketProtocol]]:
    """A Sanic app that opens the chat when it starts and ends it when it stops.

    Serve it with the protocol class that comes with it: the websocket lives there.
    """
    config = Config(env_prefix="")
    config.update(
        {
            "ACCESS_LOG": False,
            "MOTD": False,
            "FALLBACK_ERROR_FORMAT": "json",
            "REQUEST_MAX_SIZE": FRAME_BYTES,
            "REQUEST_TIMEOUT": REQUEST_SECONDS,
            "RESPONSE_TIMEOUT": RESPONSE_SECONDS,
            "KEEP_ALIVE_TIMEOUT": REQUEST_SECONDS,
            "GRACEFUL_SHUTDOWN_TIMEOUT": GRACE_SECONDS,
            "GRACEFUL_TCP_CLOSE_TIMEOUT": GRACE_SECONDS,
        }
    )
    app = Sanic(
        "sanchat",
        config=config,
        request_class=answers.ReadableRequest,
        configure_logging=False,
    )
    page = pages.Page(title=settings.server_name)

    class Protocol(SocketProtocol):
        """Of this app alone: two apps in one process do not share a keepalive."""

    @app.before_server_start
    async def open_server(app: App) -> None:
        server = Server(settings)
        server.build = page.build
        await server.open()
        app.ctx.server = server
        Protocol.keepalive = server.keepalive
        Protocol.head_seconds = settings.request_head_seconds
        Protocol.fast_frames = settings.fast_frames

    @app.before_server_stop
    async def stop_server(app: App) -> None:
        await app.ctx.server.stop()

    admission.guard(app)
    answers.answer_errors(app)
    answers.harden(app)
    sockets.install(app)
    plain.install(app)
    sessions.install(app)
    accounts.install(app)
    invites.install(app)
    rooms.install(app)
    order.install(app)
    messages.install(app)
    health.install(app)
    pages.install(app, page, is_https=settings.public_url.startswith("https:"))
    return app, Protocol


def run(settings: Settings) -> None:
    """Serve until a signal comes. StartupError where the port or the database cannot be had."""
    begin_logging(settings.log_level, as_json=settings.log_format == "json")
    skeleton("warm")  # builds its table now, not at the first guest
    tls = tls_context(settings.tls_cert, settings.tls_key) if settings.tls_cert else None
    listener = _listen(settings)
    app, protocol = create_app(settings)
    port = listener.getsockname()[1]

    async def greet() -> None:
        print(await _welcome(settings, port, app.ctx.server), flush=True)
        # What the start has made stays: the collector looks through what comes and goes alone.
        gc.collect()
        gc.freeze()
        # A commit of hundreds of messages makes thousands of objects, and nearly none in a circle.
        gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])

    uvloop.run(serve(app, protocol, listener, ready=greet, tls=tls))


async def _welcome(settings: Settings, port: int, server: Server) -> str:
    addresses = addresses_of(settings, port)
    server.address = address_for_others(addresses)
    server.store.note_address(server.address)
    words = greeting(settings, addresses, server.owner_invite)
    link = join_link(addresses, await server.store.room(FIRST_ROOM))
    if link is None or not (settings.qr and _shows_pictures(sys.stdout)):
        return words
    return f"{words}\n\n{qr_code(link)}\nTo join from a phone, scan this: {link}"


def _shows_pictures(output: TextIO) -> bool:
    try:
        "▀▄█".encode(output.encoding)
    except UnicodeEncodeError:
        return False
    return output.isatty()


def _listen(settings: Settings) -> socket.socket:
    host = settings.host.strip("[]")
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise StartupError(
            f"{settings.host}:{settings.port} cannot be listened on: {error.strerror or error}. "
            "Stop what uses it, or give another --host or --port."
        ) from error
    return listener
