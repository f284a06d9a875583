"""An echo server on the websocket module of the product, for conformance tests from outside.

The product refuses binary messages with 1003; here they are echoed like text, so that every case
can be put to the same code. `python tests/faults/echo.py PORT` serves until it is ended.
"""

import asyncio
import sys
from typing import Any

from sanic import Request, Sanic
from sanic.config import Config
from websockets.frames import Frame, Opcode

from sanchat import handshake
from sanchat.handshake import Handover, SocketProtocol
from sanchat.keepalive import Keepalive
from sanchat.websocket import Socket

MOST_UNSENT = 1 << 24


class EchoSocket(Socket):
    """Sends back what it hears."""

    __slots__ = ("_binary",)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._binary: bytearray | None = None

    @property
    def _is_between_messages(self) -> bool:
        return super()._is_between_messages and self._binary is None

    def _receive(self, frame: Frame) -> None:
        if frame.opcode is Opcode.BINARY and self.is_open:
            self._binary = bytearray()
        if self._binary is None or frame.opcode not in (Opcode.BINARY, Opcode.CONT):
            super()._receive(frame)
            return
        self._binary += frame.data
        if frame.fin:
            data, self._binary = bytes(self._binary), None
            self.write(Frame(Opcode.BINARY, data).serialize(mask=False), MOST_UNSENT)


class Echo:
    def __init__(self, socket: Socket) -> None:
        self._socket = socket

    def on_text(self, text: str) -> None:
        self._socket.write(Frame(Opcode.TEXT, text.encode()).serialize(mask=False), MOST_UNSENT)

    def on_lost(self) -> None:
        pass


def create_app() -> tuple[Sanic, type[SocketProtocol]]:
    handshake.Socket = EchoSocket  # type: ignore[misc]
    config = Config(env_prefix="")
    config.update({"ACCESS_LOG": False, "MOTD": False})
    app: Sanic = Sanic("echo", config=config, configure_logging=False)

    class Protocol(SocketProtocol):
        pass

    @app.before_server_start
    async def begin(app: Sanic) -> None:
        Protocol.keepalive = Keepalive(20.0)
        app.ctx.keepalive = asyncio.ensure_future(Protocol.keepalive.run())

    @app.websocket("/")
    async def echo(request: Request, handover: Handover) -> None:
        handover.socket.open(Echo(handover.socket))

    return app, Protocol


if __name__ == "__main__":
    app, protocol = create_app()
    app.run("127.0.0.1", int(sys.argv[1]), protocol=protocol, single_process=True, motd=False)
