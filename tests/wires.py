"""Connections without sockets: a wire that keeps what is written, and reads its frames back."""

import json
from typing import Any

from sanchat.connection import Connection
from sanchat.models import User


class FakeWire:
    """Takes everything, unless it is `stalled`: then nothing that is written leaves it."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.stalled = False
        self.closed: tuple[int, str] | None = None
        self.is_paused = False
        self._unsent = 0

    def write(self, data: bytes, most_unsent: int) -> bool:
        if self.closed is not None:
            return True
        if self._unsent + len(data) > most_unsent:
            return False
        self.writes.append(data)
        self._unsent += len(data) if self.stalled else 0
        return True

    def unsent(self) -> int:
        return self._unsent

    def close(self, code: int, reason: str = "") -> None:
        self.closed = self.closed or (code, reason)

    def pause(self) -> None:
        self.is_paused = True

    def resume(self) -> None:
        self.is_paused = False

    @property
    def payloads(self) -> list[bytes]:
        """Of all text frames, in order."""
        found, data = [], b"".join(self.writes)
        while data:
            assert data[0] == 0x81
            start, length = 2, data[1]
            if length == 126:
                start, length = 4, int.from_bytes(data[2:4], "big")
            elif length == 127:
                start, length = 10, int.from_bytes(data[2:10], "big")
            found.append(data[start : start + length])
            data = data[start + length :]
        return found

    def frames(self, type: str | None = None) -> list[dict[str, Any]]:
        found = [json.loads(payload) for payload in self.payloads]
        return [frame for frame in found if type in (None, frame["type"])]

    def numbers(self) -> list[int]:
        """`changed_seq` of all message events."""
        return [frame["changed_seq"] for frame in self.frames("message")]


class FakeConnection(Connection):
    """A connection over a `FakeWire`, reachable as `wire`."""

    __slots__ = ("wire",)

    def __init__(self, user: User, *, outbox_bytes: int = 1 << 20, **more: Any) -> None:
        self.wire = FakeWire()
        super().__init__(self.wire, user, user.id, outbox_bytes=outbox_bytes, **more)
        self.is_greeted = True
