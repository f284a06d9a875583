"""People at websockets for measuring how a server's cost grows, and its processor time.

One person who asks and waits for the answer, and a crowd that hears rooms, answers pings and counts
what it is given. Raw sockets, so that ten thousand of them fit into one process.
"""

import json
import os
import resource
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.load import MARK, MASK
from websockets.utils import apply_mask

Figures = dict[str, float]  # what, with its unit, at one size
Rows = dict[str, dict[int, float]]  # the same at several sizes
Sizes = tuple[int, ...]

TEXT, PING, PONG, CLOSE = 0x1, 0x9, 0xA, 0x8
CHUNK = 1 << 18
PATIENCE_SECONDS = 30.0
WAVE = 50  # people who knock at the same time
DESCRIPTORS = 12_000
SCHEDSTAT_SECONDS = 1e-9


@dataclass(frozen=True)
class Effort:
    """How thoroughly to measure; the median of so many turns is taken.

    `folder` keeps large databases for the next time; None makes them in a temporary one.
    """

    turns: int
    idle_seconds: float
    folder: Path | None


def raise_descriptors() -> None:
    """So many sockets as are needed, here and in servers started from here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, DESCRIPTORS)), hard))


def processor_seconds(pid: int) -> float:
    """What all threads of a process have computed so far, to the nanosecond (Linux)."""
    spent = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        spent += int((thread / "schedstat").read_text().split()[0])
    return spent * SCHEDSTAT_SECONDS


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A frame as clients have to send it."""
    length = len(payload)
    size = bytes((0x80 | length,)) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return bytes((0x80 | opcode,)) + size + MASK + apply_mask(payload, MASK)


def post(room: str, number: int) -> bytes:
    """A frame that posts a hundred bytes; `number` makes its id."""
    text = MARK.decode().ljust(100, "x")
    fields = {"type": "post", "room": room, "client_message_id": f"m{number}", "text": text}
    return frame(json.dumps(fields, separators=(",", ":")).encode())


class Person:
    """One websocket; `path` says who comes in and where."""

    def __init__(self, port: int, path: str) -> None:
        self._data = b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._asked = 0
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        self._is_in = False

    def come_in(self, until: bytes = b'"hello"') -> bytes:
        """Wait for the first frame with this in it; the frame."""
        while b"\r\n\r\n" not in self._data:
            self._data += self._received()
        head, self._data = self._data.split(b"\r\n\r\n", 1)
        if b" 101 " not in head:
            raise ConnectionError(head.decode())
        while until not in (found := self.next_text()):
            pass
        return found

    def ask(self, **command: Any) -> dict[str, Any]:
        """The reply to a command."""
        self._asked += 1
        ref = self._asked
        self.socket.sendall(frame(json.dumps(command | {"ref": ref}).encode()))
        while True:
            found = self.next_text()
            if found.startswith(b'{"type":"reply"'):
                reply: dict[str, Any] = json.loads(found)
                if reply["ref"] == ref:
                    assert reply["ok"], reply
                    return reply

    def next_text(self) -> bytes:
        while True:
            for opcode, payload in self.frames():
                if opcode == TEXT:
                    return payload
            self._data += self._received()

    def count(self) -> int:
        """Take what has come, without waiting; how many marked messages were in it."""
        self._data += self._received()
        return sum(MARK in payload for opcode, payload in self.frames() if opcode == TEXT)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """The whole frames that have come. Pings are answered."""
        while len(data := self._data) >= 2:
            length, start = data[1], 2
            if length == 126:
                length, start = int.from_bytes(data[2:4], "big"), 4
            elif length == 127:
                length, start = int.from_bytes(data[2:10], "big"), 10
            if len(data) < start + length:
                return
            payload, self._data = data[start : start + length], data[start + length :]
            opcode = data[0] & 0xF
            if opcode == PING:
                self.socket.sendall(frame(payload, PONG))
            elif opcode == CLOSE:
                raise ConnectionError(f"sent away: {payload[2:].decode()}")
            yield opcode, payload

    def close(self) -> None:
        self.socket.close()

    def _received(self) -> bytes:
        data = self.socket.recv(CHUNK)
        if not data:
            raise ConnectionError("the server hung up")
        return data


class Crowd:
    """Many people who have come in; `paths` is one for each."""

    def __init__(self, port: int, paths: Sequence[str], *, until: bytes) -> None:
        self._selector = selectors.DefaultSelector()
        self.people: list[Person] = []
        for start in range(0, len(paths), WAVE):
            wave = [Person(port, path) for path in paths[start : start + WAVE]]
            for person in wave:
                person.come_in(until)
                self._selector.register(person.socket, selectors.EVENT_READ, person)
            self.people += wave
            self.hear(0.0)

    def hear(self, seconds: float) -> int:
        """Take what comes in so many seconds; how many marked messages."""
        until = time.monotonic() + seconds
        heard = 0
        while True:
            left = until - time.monotonic()
            for key, _ in self._selector.select(max(0.0, left)):
                heard += key.data.count()
            if left <= 0:
                return heard

    def hear_all(self, messages: int) -> None:
        """Wait until so many marked messages have come to all of them together."""
        until = time.monotonic() + PATIENCE_SECONDS
        while messages > 0:
            for key, _ in self._selector.select(1.0):
                messages -= key.data.count()
            if time.monotonic() > until:
                raise TimeoutError(f"{messages} messages have not come")
        assert messages == 0, f"{-messages} messages came twice"

    def close(self) -> None:
        self._selector.close()
        for person in self.people:
            person.close()


def on_core(pid: int, number: int) -> None:
    """Keep a process (0: this one) on one core, where there are several."""
    if (os.cpu_count() or 1) > 1:
        for thread in os.listdir(f"/proc/{pid or 'self'}/task"):
            os.sched_setaffinity(int(thread), {number})
