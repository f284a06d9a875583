"""Many websocket clients in one process that count everything they get.

Every client counts the messages it is given; the first one of each room also reads the number of
each and wants them in the order of their sender, none missing, none twice. Python parses too slowly
to be honest about a fast server, so the rest only look for the mark that every text begins with:
that is a search in C. Waiting times are from a sender's send to its own message coming back.
"""

import os
import re
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from websockets.utils import apply_mask

MARK = b"|san|"
NUMBER = re.compile(rb"\|san\|(\d+)\.(\d+)\|")
CHUNK = 1 << 18
MASK = b"\x05\x06\x07\x08"
PONG = b"\x8a\x80" + MASK
TEXT_BYTES = 100
HANDSHAKE_SECONDS = 20.0
DRAIN_SECONDS = 20.0


@dataclass(frozen=True)
class Workload:
    """Rooms of so many members, of whom some send: `window` on the way each, or `rate` a second."""

    rooms: int
    members: int
    senders: int = 1
    window: int = 0
    rate: float = 0.0

    @property
    def clients(self) -> int:
        return self.rooms * self.members


@dataclass(frozen=True)
class Door:
    """How to speak to one program: where to knock, what to wait for, how to wrap a text."""

    path: Callable[[int, int], str]  # room, client
    ready: bytes
    wrap: Callable[[int, str, str], str]  # room, id, text


SANCHAT = Door(
    path=lambda room, client: f"/ws/bench{room}?name=u{client}",
    ready=b'"cursor"',
    wrap=lambda room, id, text: (
        f'{{"type":"post","room":"bench{room}","client_message_id":"{id}","text":"{text}"}}'
    ),
)
NAIVE = Door(path=lambda room, _: f"/room/bench{room}", ready=b"ready", wrap=lambda *a: a[2])


@dataclass
class Result:
    """What a run came to. Seconds, bytes, messages."""

    connect_seconds: float
    seconds: float = 0.0
    sent: int = 0
    received: int = 0
    expected: int = 0
    disorder: int = 0
    waits: list[float] = field(default_factory=list)

    @property
    def deliveries_per_second(self) -> float:
        return self.received / self.seconds if self.seconds else 0.0

    @property
    def lost(self) -> int:
        return self.expected - self.received

    def wait(self, part: float) -> float:
        """A quantile of the waiting times."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


class Client:
    """One websocket."""

    def __init__(self, number: int, room: int, *, is_reader: bool, is_sender: bool) -> None:
        self.number = number
        self.room = room
        self.is_reader = is_reader  # reads every number
        self.is_sender = is_sender
        self.received = 0
        self.disorder = 0
        self.sent = 0
        self.sent_at: deque[float] = deque()
        self.heard: dict[bytes, int] = {}  # sender to its last number
        self._tail = b""

    def connect(self, port: int, door: Door) -> None:
        """Shake hands and wait until the program is ready to serve."""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=HANDSHAKE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(
            f"GET {door.path(self.room, self.number)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        answer = b""
        while door.ready not in answer:
            more = self.socket.recv(CHUNK)
            if not more:
                raise ConnectionError(f"refused: {answer[:200]!r}")
            answer += more
        self.socket.setblocking(False)

    def send(self, door: Door, now: float) -> None:
        """One message of a hundred bytes with its number."""
        self.sent += 1
        head = f"{MARK.decode()}{self.number}.{self.sent}|"
        text = head.ljust(TEXT_BYTES, "x")
        payload = door.wrap(self.room, f"{self.number}-{self.sent}", text).encode()
        length = len(payload)
        size = bytes((0x80 | length,)) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
        self.sent_at.append(now)
        self.socket.send(b"\x81" + size + MASK + apply_mask(payload, MASK))

    def stay(self) -> None:
        """Be heard of: a server ends who was silent for long, and pings are not answered here."""
        self.socket.send(PONG)

    def receive(self) -> int:
        """Take what has come; how many of its own messages came back."""
        data = self.socket.recv(CHUNK)
        if not data:
            raise ConnectionError("the server hung up")
        data = self._tail + data
        if not (self.is_reader or self.is_sender):
            self.received += data.count(MARK)
            self._tail = data[1 - len(MARK) :]
            return 0
        own = end = 0
        for found in NUMBER.finditer(data):
            sender, number = found[1], int(found[2])
            self.disorder += number != self.heard.get(sender, 0) + 1
            self.heard[sender] = number
            own += int(sender) == self.number
            self.received += 1
            end = found.end()
        self._tail = data[max(end, len(data) - 40) :]
        return own


class Load:
    """All clients of one workload on one program."""

    def __init__(self, port: int, door: Door, workload: Workload) -> None:
        self._door = door
        self._workload = workload
        self._selector = selectors.DefaultSelector()
        began = time.perf_counter()
        self.clients: list[Client] = []
        for room in range(workload.rooms):
            for member in range(workload.members):
                client = Client(
                    len(self.clients),
                    room,
                    is_reader=member == 0,
                    is_sender=member < workload.senders,
                )
                client.connect(port, door)
                self._selector.register(client.socket, selectors.EVENT_READ, client)
                self.clients.append(client)
        self.result = Result(connect_seconds=time.perf_counter() - began)
        self._senders = [client for client in self.clients if client.is_sender]

    def run(self, seconds: float) -> Result:
        """Send for so long, then wait until everything has come, or nothing more comes."""
        result, workload = self.result, self._workload
        self.stay()
        began = now = time.perf_counter()
        for client in self._senders:
            for _ in range(workload.window):
                client.send(self._door, now)
        due = began
        while now < began + seconds:
            timeout = 0.05
            if workload.rate:
                timeout = max(0.0, min(timeout, due - now))
            self._take(timeout, is_sending=not workload.rate)
            now = time.perf_counter()
            while workload.rate and due <= now:
                for client in self._senders:
                    client.send(self._door, now)
                due += 1 / workload.rate
        result.sent = sum(client.sent for client in self._senders)
        by_room: dict[int, int] = {}
        for client in self._senders:
            by_room[client.room] = by_room.get(client.room, 0) + client.sent
        result.expected = sum(by_room.get(client.room, 0) for client in self.clients)
        until = time.perf_counter() + DRAIN_SECONDS
        while self._received() < result.expected and time.perf_counter() < until:
            if not self._take(1.0, is_sending=False):
                break
        result.seconds = time.perf_counter() - began
        result.received = self._received()
        result.disorder = sum(client.disorder for client in self.clients)
        return result

    def stay(self) -> None:
        """For who does nothing between two runs for longer than a server waits."""
        for client in self.clients:
            client.stay()

    def close(self) -> None:
        for client in self.clients:
            client.socket.close()
        self._selector.close()

    def _received(self) -> int:
        return sum(client.received for client in self.clients)

    def _take(self, timeout: float, *, is_sending: bool) -> int:
        events = self._selector.select(timeout)
        for key, _ in events:
            client: Client = key.data
            own = client.receive()
            if own:
                now = time.perf_counter()
                for _ in range(own):
                    self.result.waits.append(now - client.sent_at.popleft())
                    if is_sending:
                        client.send(self._door, now)
        return len(events)


def memory_bytes(pid: int) -> int:
    """What a process holds in memory now (Linux)."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
