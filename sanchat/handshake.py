"""The door of a websocket: Sanic routes and shakes hands, then a `Socket` takes the transport over.

What Sanic keeps to itself about websockets is used here and nowhere else, pinned by
tests/test_websocket.py. See docs/decisions/0009.
"""

import asyncio
import logging
from typing import Any, Protocol

from sanic.exceptions import SanicException
from sanic.http import Stage
from sanic.request import Request
from sanic.server.protocols.websocket_protocol import WebSocketProtocol
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from sanchat.protocol import FRAME_BYTES, Close
from sanchat.websocket import Socket

_library_log = logging.getLogger("sanchat.websocket.frames")
_library_log.setLevel(logging.WARNING)


class Handover:
    """What Sanic holds while the handler of a websocket route runs. The socket outlives both."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket

    async def close(self) -> None:
        """Called by Sanic after the handler: nothing ends here."""

    def end_connection(self, code: int = Close.RESTARTING) -> None:
        """Called by Sanic where it cancels the handler."""
        self.socket.close(Close.RESTARTING, "restarting")


class Keeper(Protocol):
    """Who is told of each new socket."""

    def add(self, socket: Socket) -> None: ...


class SocketProtocol(WebSocketProtocol):
    """Sanic's protocol until the upgrade; the transport then belongs to a `Socket`.

    Requests whose head does not arrive in time are dropped, however slowly it trickles in.
    """

    __slots__ = ("_has_begun", "_head_timer", "_head_was_open", "_socket")

    head_seconds = 10.0  # from accept to the end of the request's head
    fast_frames = True
    keepalive: Keeper  # set by the app

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[no-untyped-call]
        self._socket: Socket | None = None
        self._has_begun = False
        self._head_was_open = True
        self._head_timer = self.loop.call_later(self.head_seconds, self._check_head)

    def data_received(self, data: bytes) -> None:
        self._has_begun = True
        super().data_received(data)  # type: ignore[no-untyped-call]

    def connection_lost(self, error: Exception | None) -> None:
        self._head_timer.cancel()
        super().connection_lost(error)  # type: ignore[no-untyped-call]

    def close(self, timeout: float | None = None) -> None:
        # Called at the end of the request's task: the transport is the socket's by then.
        if self._socket is None:
            super().close(timeout)
        else:
            self.transport = None
            self._socket = None

    async def websocket_handshake(self, request: Request, subprotocols: Any = None) -> Handover:
        """Answer the handshake and hand the transport to a new `Socket`."""
        core = ServerProtocol(state=OPEN, max_size=FRAME_BYTES, logger=_library_log)
        response = core.accept(self.sanic_request_to_ws_request(request))
        transport = self.transport
        if transport is None or transport.is_closing():
            raise asyncio.CancelledError
        if response.status_code != 101:
            raise SanicException(
                (response.body or b"").decode(errors="replace"),
                status_code=response.status_code,
                headers=dict(response.headers.raw_items()),
            )
        # Each write goes out at once, in the order of the writes; the loop's queue has another.
        transport.set_write_buffer_limits(high=0)
        transport.write(response.serialize())
        pending = bytes(self.recv_buffer)
        self.recv_buffer.clear()
        self._head_timer.cancel()
        # Sanic starts this timer at the connection; it would keep the request for half a minute.
        timer: asyncio.TimerHandle | None = self._callback_check_timeouts
        if timer is not None:
            timer.cancel()
        self.connections.discard(self)
        socket = self._socket = Socket(
            transport, core, pending, self.loop, is_fast=self.fast_frames
        )
        transport.set_protocol(socket)
        self.keepalive.add(socket)
        return Handover(socket)

    def _check_head(self) -> None:
        http = self.http
        is_open = http is not None and http.stage is Stage.REQUEST and http.request is None
        if not self._has_begun or (is_open and self._head_was_open):
            self.abort()  # type: ignore[no-untyped-call]
            return
        self._head_was_open = is_open
        self._head_timer = self.loop.call_later(self.head_seconds, self._check_head)
