"""Clients of every kind that never sleep: each wait is for a frame, an answer or an end.

`PATIENCE_SECONDS` only bounds failure.
"""

import asyncio
import json
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

PATIENCE_SECONDS = 10.0
LARGEST_FRAME = 1 << 20  # far more than a server may send, so that too much is seen, not refused


class Ended(Exception):
    """The server closed the connection while a frame was waited for."""

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(f"closed with {code}: {reason}")
        self.code = code
        self.reason = reason


class Client:
    """Somebody at a websocket. Frames that nobody has asked for yet wait in `unread`."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.unread: list[dict[str, Any]] = []
        self.hello: dict[str, Any] = {}
        self._refs = 0

    @property
    def user(self) -> dict[str, Any]:
        user: dict[str, Any] = self.hello["user"]
        return user

    @property
    def session(self) -> str:
        session: str = self.hello["session"]
        return session

    # Sending

    async def send(self, frame: dict[str, Any] | str | bytes) -> None:
        """A frame as it stands; dicts as JSON. Bytes are a binary frame."""
        await self.connection.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def ask(self, type: str, **fields: Any) -> dict[str, Any]:
        """Send a command under a new `ref` and return its reply, yes or no."""
        self._refs += 1
        ref = f"ref-{self._refs}"
        await self.send({"type": type, "ref": ref, **fields})
        return await self.expect("reply", ref=ref)

    async def do(self, type: str, **fields: Any) -> dict[str, Any]:
        """As `ask`, where the answer has to be yes."""
        reply = await self.ask(type, **fields)
        assert reply["ok"], reply
        return reply

    async def refused(self, type: str, **fields: Any) -> dict[str, Any]:
        """As `ask`, where the answer has to be no; returns the `error`."""
        reply = await self.ask(type, **fields)
        assert not reply["ok"], reply
        error: dict[str, Any] = reply["error"]
        return error

    async def subscribe(self, room: str, **fields: Any) -> dict[str, Any]:
        return await self.do("subscribe", room=room, **fields)

    async def post(
        self, room: str, text: str, client_message_id: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """Post; an id is made up where none is given. Returns the reply that says yes."""
        if client_message_id is None:
            client_message_id = f"{self.hello['user']['name']}-{self._refs}"
        return await self.do(
            "post", room=room, text=text, client_message_id=client_message_id, **fields
        )

    # Hearing

    async def frame(self) -> dict[str, Any]:
        """The next frame, whatever it is."""
        if self.unread:
            return self.unread.pop(0)
        return await self._receive()

    async def expect(self, type: str, **fields: Any) -> dict[str, Any]:
        """The first frame of this type that has these fields; others are kept for later."""
        for place, frame in enumerate(self.unread):
            if _fits(frame, type, fields):
                return self.unread.pop(place)
        while True:
            frame = await self._receive()
            if _fits(frame, type, fields):
                return frame
            self.unread.append(frame)

    async def settled(self, type: str | None = None) -> list[dict[str, Any]]:
        """What had come when a ping was answered, and stays unread (of this type).

        Everything that was written before the ping was read is among it: proof of absence.
        """
        await self.do("ping")
        return [frame for frame in self.unread if type is None or frame["type"] == type]

    async def ended(self) -> tuple[int | None, str]:
        """The code and reason of the server's close; frames before it are in `unread`."""
        while True:
            try:
                self.unread.append(await self._receive())
            except Ended as end:
                return end.code, end.reason

    async def close(self) -> None:
        await self.connection.close()

    async def _receive(self) -> dict[str, Any]:
        try:
            text = await _received(self.connection)
        except TimeoutError:
            raise AssertionError(f"nothing came; unread are {self.unread}") from None
        frame = json.loads(text)
        assert isinstance(frame, dict), frame
        return frame


async def _received(connection: ClientConnection) -> str | bytes:
    """The next message; `Ended` where the server has closed, TimeoutError where nothing comes."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await connection.recv()
    except ConnectionClosed as error:
        close = error.rcvd
        raise Ended(close.code if close else None, close.reason if close else "") from None


def _fits(frame: dict[str, Any], type: str, fields: dict[str, Any]) -> bool:
    return frame["type"] == type and all(
        frame.get(name, ...) == value for name, value in fields.items()
    )


class PlainClient:
    """Somebody at the plain-text door."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, text: str) -> None:
        await self.connection.send(text)

    async def line(self) -> str:
        """The next line; `Ended` where the server has closed."""
        text = await _received(self.connection)
        assert isinstance(text, str)
        return text


class RawClient:
    """A bare TCP connection, for what well-behaved clients cannot do."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self) -> str:
        """The head of an HTTP answer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")

    async def rest(self) -> bytes:
        """Everything up to the end of the connection, however it ends."""
        data = b""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                while piece := await self.reader.read(65_536):
                    data += piece
            except ConnectionError:
                pass
        return data

    async def message(self) -> tuple[int, bytes]:
        """Opcode and payload of the next websocket frame of the server."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            first, second = await self.reader.readexactly(2)
            length = second & 0x7F
            if length == 126:
                length = int.from_bytes(await self.reader.readexactly(2), "big")
            elif length == 127:
                length = int.from_bytes(await self.reader.readexactly(8), "big")
            return first & 0x0F, await self.reader.readexactly(length)

    async def message_of(self, opcode: Opcode) -> bytes:
        """The payload of the next frame of this opcode; others are dropped."""
        while True:
            found, payload = await self.message()
            if found == opcode:
                return payload


def masked(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    """A websocket frame as clients have to send it."""
    return Frame(opcode, payload, fin).serialize(mask=True)


def code_of(payload: bytes) -> int:
    """The code in the payload of a close frame."""
    return int.from_bytes(payload[:2], "big")


def handshake(path: str, host: str, **headers: str) -> bytes:
    """The head of an upgrade request; further headers with `_` for `-`."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()
