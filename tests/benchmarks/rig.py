"""A server in this process with sockets that lead nowhere, to count what its own code does.

Everything is real from the bytes of a frame to the bytes of a write: socket, conversation, journal,
SQLite file, hub. Only Sanic's handshake and the kernel's sockets are left out.
"""

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from harness import until
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.utils import apply_mask

from sanchat.identity import SignInGuest
from sanchat.protocol import FRAME_BYTES
from sanchat.routes.conversation import Conversation
from sanchat.server import Server
from sanchat.settings import Settings
from sanchat.websocket import Socket

MASK = b"\x01\x02\x03\x04"


class Nowhere:
    """A transport that counts what it is given."""

    def __init__(self) -> None:
        self.writes = 0
        self.written = 0
        self.last = b""

    def write(self, data: bytes) -> None:
        self.writes += 1
        self.written += len(data)
        self.last = data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...


def frame(payload: bytes) -> bytes:
    """A text frame as a client sends it."""
    length = len(payload)
    head = bytes((0x81, 0x80 | length)) if length < 126 else b"\x81\xfe" + length.to_bytes(2, "big")
    return head + MASK + apply_mask(payload, MASK)


class Rig:
    """A server and its visitors."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.transports: dict[Conversation, Nowhere] = {}
        self._sockets: dict[Conversation, Socket] = {}
        self._sent = 0

    async def visitor(self, name: str, *rooms: str) -> Conversation:
        """Somebody who hears these rooms."""
        session = await self.server.journal.write(
            SignInGuest(name=name, token_hash=name.encode().ljust(32))
        )
        transport = Nowhere()
        core = ServerProtocol(state=OPEN, max_size=FRAME_BYTES)
        socket = Socket(transport, core, b"", asyncio.get_running_loop())  # type: ignore[arg-type]
        visitor = Conversation(self.server, socket, session, "127.0.0.1", None)
        assert await visitor.begin(None, last_act=self.server.acts.last)
        socket.open(visitor)
        self.transports[visitor], self._sockets[visitor] = transport, socket
        for room in rooms:
            socket.data_received(frame(self._command(type="subscribe", room=room, ref=1)))
        await until(lambda: not visitor._is_working)
        return visitor

    def posts(self, room: str, count: int, *, text: str = "x" * 100) -> bytes:
        """The frames of so many posts, as they may come in one piece."""
        return b"".join(
            frame(
                self._command(
                    type="post",
                    room=room,
                    client_message_id=f"{room}-{self._next()}",
                    text=text,
                )
            )
            for _ in range(count)
        )

    async def round(self, pieces: dict[Conversation, bytes]) -> None:
        """Let these bytes come in, and wait until all of them are answered and delivered."""
        for visitor, data in pieces.items():
            self._sockets[visitor].data_received(data)
        await self.server.journal.drained()

    def _next(self) -> int:
        self._sent += 1
        return self._sent

    @staticmethod
    def _command(**fields: Any) -> bytes:
        return msgspec.json.encode(fields)


@contextlib.asynccontextmanager
async def rig(database: Path, rooms: int) -> AsyncIterator[Rig]:
    """A rig with rooms named room0, room1, …"""
    server = Server(Settings(database=database, limits=False))
    await server.open()
    try:
        for number in range(rooms):
            await server.chat.create_room(f"room{number}")
        yield Rig(server)
    finally:
        await server.stop()


@contextlib.contextmanager
def counting_calls(folder: Path = Path("/")) -> Iterator[Counter[str]]:
    """How often each Python function of a folder is called in this thread; never the rig's own.

    With everything counted, so is what waits: who compares two runs by it counts `sanchat` alone.
    """
    calls: Counter[str] = Counter()
    counted = str(folder)

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        file = code.co_filename
        if event == "call" and file.startswith(counted) and file != __file__:
            calls[f"{Path(file).stem}.{code.co_qualname}"] += 1

    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(None)
