"""The socket below a connection, from the end of the `handshake` on.

Frames are parsed in bulk, plain text by `frames` and all others by the sans-I/O core of
`websockets`: no task per chunk, no receiving coroutine, no queue. See docs/decisions/0009.
"""

import asyncio
import logging
from collections.abc import Callable
from contextvars import Context
from typing import Protocol

from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from sanchat.frames import frame_length, take_texts, whole_length
from sanchat.protocol import Close

log = logging.getLogger("sanchat.websocket")

CLOSE_SECONDS = 5.0  # for the peer to answer a close frame, then the transport is cut
TAIL_BYTES = 4096  # of a frame that is not whole yet; longer ones wait in the core
AT_ONCE = 64  # frames of one peer, then the others have their turn
UNPACKED = 8  # of them at a time: who is paused has cost no more than that for nothing
PONG = 0x80 | Opcode.PONG
UNREAD_BYTES = 65_536  # beyond which a peer that does not read is owed no more pongs
REASON_BYTES = 123  # RFC 6455, section 5.5: a control frame holds 125, two are the code


class Listener(Protocol):
    """Who takes what a socket hears."""

    def on_text(self, text: str) -> None:
        """One whole text message."""

    def on_lost(self) -> None:
        """The socket is gone; called once."""


class Socket(asyncio.Protocol):
    """One websocket after its handshake: a `Wire` for connections.

    Reads nothing until `open` gives it a listener. While it is paused, what has come already waits
    too. `is_fast` takes plain text frames past the core.
    """

    __slots__ = (
        "_core_left",
        "_fragments",
        "_held",
        "_is_fast",
        "_is_over",
        "_loop",
        "_paused",
        "_pending",
        "_protocol",
        "_rests",
        "_tail",
        "_transport",
        "has_more",
        "heard_at",
        "listener",
        "on_end",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        protocol: ServerProtocol,
        pending: bytes,
        loop: asyncio.AbstractEventLoop,
        *,
        is_fast: bool = True,
    ) -> None:
        self._transport = transport
        self._is_fast = is_fast
        self._is_over = False  # nothing more is heard or said, but for the goodbyes
        self._tail = b""  # what has come and is not heard yet
        self._core_left = 0  # bytes of the core's present frame that are still to come
        self._protocol = protocol
        self._pending = pending
        self._loop = loop
        self._fragments: bytearray | None = None
        self._held: list[bytes] | None = None  # what is said while a piece is heard: one write
        self.has_more = False  # has come behind what is being heard
        self._paused = True
        self._rests = False  # lets others have their turn
        self.heard_at = loop.time()
        self.listener: Listener | None = None
        self.on_end: Callable[[Socket], None] | None = None
        transport.pause_reading()

    @property
    def is_open(self) -> bool:
        return self._protocol.state is OPEN and not self._transport.is_closing()

    @property
    def descriptor(self) -> int:
        """The number of the system's descriptor, -1 where there is none any more."""
        raw = self._transport.get_extra_info("socket")
        return -1 if raw is None else int(raw.fileno())

    @property
    def is_paused(self) -> bool:
        return self._paused

    def open(self, listener: Listener) -> None:
        """Begin to read; what came with the handshake first."""
        self.listener = listener
        self._tail, self._pending = self._pending, b""
        self.resume()

    # Wire

    def write(self, data: bytes, most_unsent: int) -> bool:
        transport = self._transport
        if self._is_over or transport.is_closing():
            return True
        held = self._held
        if held is not None:
            if self.unsent() + len(data) > most_unsent:
                return False
            held.append(data)
            return True
        if transport.get_write_buffer_size() + len(data) > most_unsent:
            return False
        transport.write(data)
        return True

    def unsent(self) -> int:
        """Bytes that the transport has not sent yet."""
        size = self._transport.get_write_buffer_size()
        return size if self._held is None else size + sum(map(len, self._held))

    def close(
        self, code: int, reason: str = "", *, cut_after_seconds: float = CLOSE_SECONDS
    ) -> None:
        self._is_over = True
        if self._protocol.state is OPEN:
            self._protocol.send_close(code, _short(reason))
            self._flush()
            # The peer's answer must be heard even from somebody who was paused.
            self.resume()
            self._loop.call_later(cut_after_seconds, self._transport.abort)

    def pause(self) -> None:
        if not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._paused and not self._transport.is_closing():
            self._paused = False
            # Silence while nobody read is not the peer's.
            self.heard_at = self._loop.time()
            if not self._rests:
                self._read_on()

    def _read_on(self) -> None:
        if self._tail:
            self._rest()
        else:
            # Not in the context of the request, which would live as long as the socket.
            Context().run(self._transport.resume_reading)

    def _rest(self) -> None:
        """Hear what has come already in a turn of its own."""
        if not self._rests:
            self._rests = True
            self._transport.pause_reading()
            self._loop.call_soon(self._go_on, context=Context())

    def _go_on(self) -> None:
        self._rests = False
        if self._paused or self._transport.is_closing():
            return
        try:
            self.data_received(b"")
        except Exception:
            # As where the transport calls: what was not heard must not be passed over.
            log.exception("frames could not be heard")
            self._transport.abort()
        if not (self._paused or self._rests or self._transport.is_closing()):
            self._transport.resume_reading()

    def ping(self) -> None:
        if self._protocol.state is OPEN and not self._transport.is_closing():
            self._protocol.send_ping(b"")
            self._flush()

    def abort(self) -> None:
        """Cut the transport at once, with whatever is unsent."""
        self._transport.abort()

    # asyncio

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._loop.time()
        if self._tail:
            data, self._tail = self._tail + data, b""
        at, heard, size = 0, 0, len(data)
        try:
            while at < size:
                if self.is_paused or heard >= AT_ONCE:
                    self._tail = data[at:]
                    if not self.is_paused:
                        self._rest()
                    return
                if self._is_fast and self._is_between_messages:
                    texts, end = take_texts(data, at, min(UNPACKED, AT_ONCE - heard))
                    for place, text in enumerate(texts, 1):
                        if self._paused:  # by the listener, for what it has just heard
                            end -= sum(map(whole_length, texts[place - 1 :]))
                            break
                        self.has_more = place < len(texts) or end < size
                        if self.has_more and self._held is None:
                            self._held = []
                        self._hear(text)
                    if end > at:
                        at, heard = end, heard + len(texts)
                        continue
                self._core_left = self._core_left or self._due_to_core(data, at)
                if not self._core_left:
                    self._tail = data[at:]
                    return
                if self._held is None:
                    self._held = []
                part = data[at : at + self._core_left]
                at, heard = at + len(part), heard + 1
                self.has_more = at < size
                self._core_left -= len(part)
                self._feed_core(part)
        finally:
            if self._held is not None:
                self._release()

    @property
    def _is_between_messages(self) -> bool:
        return not (self._core_left or self._is_over) and self._fragments is None

    def _due_to_core(self, data: bytes, at: int) -> int:
        """The length of what the core is to have next; 0 where more must come first."""
        left = len(data) - at
        if self._is_over:
            return left
        length = frame_length(data, at)
        if length is None or left < length <= TAIL_BYTES:
            return 0
        return length

    def _feed_core(self, data: bytes) -> None:
        protocol = self._protocol
        protocol.receive_data(data)
        self._flush()  # pongs, before what is said in answer to later frames
        for event in protocol.events_received():
            if isinstance(event, Frame):
                self._receive(event)
        # The peer's goodbye, or what is no frame: after what came before it in the same piece.
        self._is_over = self._is_over or protocol.state is not OPEN
        self._flush()

    def eof_received(self) -> bool:
        self._protocol.receive_eof()
        self._flush()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        listener, self.listener = self.listener, None
        if listener is not None:
            listener.on_lost()
        if self.on_end is not None:
            self.on_end(self)

    def _receive(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT:
            if frame.fin:
                self._hear(frame.data)
            else:
                self._fragments = bytearray(frame.data)
        elif frame.opcode is Opcode.CONT and self._fragments is not None:
            self._fragments += frame.data
            if frame.fin:
                data, self._fragments = self._fragments, None
                self._hear(data)
        elif frame.opcode is Opcode.BINARY:
            self.close(Close.BINARY, "text frames only")

    def _hear(self, data: bytes | bytearray | memoryview) -> None:
        if self._is_over:
            return
        try:
            # The library does not look: RFC 6455, section 8.1, wants invalid text to fail.
            text = str(data, "utf-8")
        except UnicodeDecodeError:
            self._is_over = True
            self._protocol.fail(Close.INVALID_TEXT, "invalid UTF-8")
            self._flush()
            return
        if self.listener is not None:
            self.listener.on_text(text)

    def _send(self, data: bytes) -> None:
        if self._held is None:
            self._transport.write(data)
        else:
            self._held.append(data)

    def _release(self) -> None:
        held, self._held = self._held, None
        if held and not self._transport.is_closing():
            self._transport.write(b"".join(held))

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if self._transport.is_closing():
                return
            if data and not (data[0] == PONG and self.unsent() > UNREAD_BYTES):
                self._send(data)
            elif not data:
                # The core's sign that the connection ends here. A peer that does not read what
                # is left is cut.
                self._release()
                self._transport.close()
                self._loop.call_later(CLOSE_SECONDS, self._transport.abort)


def _short(reason: str) -> str:
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")
