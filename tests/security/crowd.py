"""Who behave, in the tests of what is felt of those who do not."""

import json
import os
import select
import socket
import struct
import time
from itertools import count
from typing import NamedTuple

from clients import handshake, masked
from websockets.frames import Opcode

PACE_SECONDS = 0.001
SPEAKERS, APART_SECONDS = 100, 0.00625  # each speaks 1.6 times a second; two are allowed
PING = masked(Opcode.TEXT, b'{"type":"ping"}')
names = count()


class Raw:
    """A websocket that costs its own machine as little as can be: bytes out, bytes in."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")
        name = f"raw-{os.getpid()}-{next(names)}"
        self.socket.sendall(handshake(f"/ws?name={name}", f"127.0.0.1:{server.port}"))
        assert self.reader.readline().split()[1] == b"101"
        while self.reader.readline().strip():
            pass

    def frame(self):
        """Opcode and payload; opcode 8 where the connection has ended."""
        try:
            first, length = self.reader.read(2)
            if length == 126:
                (length,) = struct.unpack("!H", self.reader.read(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self.reader.read(8))
            return first & 0x0F, self.reader.read(length)
        except (OSError, ValueError):
            return 8, b""

    def answer(self):
        """The next reply."""
        while True:
            opcode, payload = self.frame()
            if opcode == 8 or b'"type":"reply"' in payload:
                return opcode, payload

    def close(self):
        self.reader.close()
        self.socket.close()


class Member:
    """Who is in the room, and hears all that is said there without looking at it."""

    def __init__(self, server):
        self._raw = Raw(server)
        self._asked = 0
        self.seconds_for({"type": "subscribe", "room": "general", "limit": 0})

    def seconds_for(self, command):
        """How long it takes until the server says yes; what was heard before is not counted."""
        self._asked += 1
        data = masked(Opcode.TEXT, json.dumps(command | {"ref": f"{self._asked}"}).encode())
        yes = b'"ref":"%d","ok":true' % self._asked
        self._forget()
        began = time.perf_counter()
        self._raw.socket.sendall(data)
        heard = b""
        while yes not in heard:
            more = self._raw.socket.recv(65_536)
            heard += more
            assert more, "who behaves was sent away"
            assert b'"ok":false' not in heard, heard
        return time.perf_counter() - began

    def _forget(self):
        while select.select([self._raw.socket], [], [], 0)[0]:
            assert self._raw.socket.recv(1_048_576), "who behaves was sent away"

    def close(self):
        self._raw.close()


class Felt(NamedTuple):
    """How many seconds each ping took, and each message until it was confirmed."""

    pings: list[float]
    posts: list[float]


class People:
    """Who behave: one pings, others say something in turns."""

    def __init__(self, server):
        self.pinging = Raw(server)
        self.speaking = [Member(server) for _ in range(SPEAKERS)]
        self._said = 0
        self._due = time.perf_counter()

    def feel(self, is_over):
        """What they feel until it is over."""
        felt = Felt([], [])
        while not is_over():
            felt.pings.append(_seconds_of(self.pinging, PING))
            if time.perf_counter() >= self._due:
                self._due = time.perf_counter() + APART_SECONDS
                self._said += 1
                post = {"type": "post", "room": "general", "text": f"words {self._said}"}
                post |= {"client_message_id": f"{self._said}"}
                felt.posts.append(self.speaking[self._said % SPEAKERS].seconds_for(post))
            time.sleep(PACE_SECONDS)
        return felt

    def feel_for(self, seconds):
        until = time.perf_counter() + seconds
        return self.feel(lambda: time.perf_counter() >= until)

    def close(self):
        for one in (self.pinging, *self.speaking):
            one.close()


def _seconds_of(raw, data):
    began = time.perf_counter()
    raw.socket.sendall(data)
    opcode, payload = raw.answer()
    taken = time.perf_counter() - began
    assert opcode != 8, "who behaves was sent away"
    assert b'"ok":true' in payload, payload
    return taken
