"""The life of a served app in this process, from the first signal that counts to its end.

Sanic's own runner loses signals that come while it starts; this uses the parts it offers for that.
"""

import asyncio
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sanic import Sanic

from sanchat.errors import StartupError

BACKLOG = 1024
GRACE_SECONDS = 2.0  # for requests under way when the server stops


async def serve(
    app: Sanic[Any, Any],
    protocol: type[Any],
    listener: socket.socket,
    *,
    ready: Callable[[], Awaitable[None]],
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, by https with `tls`; `ready` is called once people can come.

    Raises what the app's start raises, after its end.
    """
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    # Sanic types its parts loosely.
    server: Any = await app.create_server(
        sock=listener,
        ssl=tls,
        protocol=protocol,
        backlog=BACKLOG,
        return_asyncio_server=True,
        asyncio_server_kwargs={"start_serving": False},
    )
    await server.startup()
    await server.before_start()
    try:
        await server.after_start()
        await server.start_serving()
        if not asked_to_stop.is_set():
            await ready()
        await asked_to_stop.wait()
    finally:
        listening: asyncio.Server = server.server
        listening.close()
        await server.before_stop()
        await _drain(server.connections)
        await listening.wait_closed()
        await server.after_stop()


def tls_context(certificate: str, key: str) -> ssl.SSLContext:
    """What https needs; StartupError where the files cannot be used."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(Path(certificate).expanduser(), Path(key).expanduser())
    except (OSError, ssl.SSLError) as error:
        raise StartupError(
            f"The certificate {certificate} with the key {key} cannot be used: "
            f"{error.strerror or error}. Both are files of PEM that this account may read."
        ) from error
    return context


async def _drain(connections: set[Any]) -> None:
    """Let requests under way be answered, then cut what is left."""
    for connection in list(connections):
        connection.close_if_idle()
    loop = asyncio.get_running_loop()
    end = loop.time() + GRACE_SECONDS
    while connections and loop.time() < end:  # noqa: ASYNC110 (Sanic says nothing when it empties)
        await asyncio.sleep(0.05)
    for connection in list(connections):
        connection.abort()
