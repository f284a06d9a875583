"""Writes `sanchat-jsonl` version 1: everything a room's messages hold, one JSON object a line.

A header, the users and the room, the messages by number, and a footer with the counts by type and
the SHA-256 of every line between header and footer, line ends included.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from sanchat.models import Message, Room, User

FORMAT = "sanchat-jsonl"
VERSION = 1


class JsonlWriter:
    """Turns records into lines, keeping the footer's counts and digest.

    Call `header` first, `user`, `room` and `messages` in that order, `footer` last.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._digest = hashlib.sha256()

    def header(self, **facts: Any) -> bytes:
        """The first line, with the given facts about where and when it was written."""
        return _line({"type": "header", "format": FORMAT, "version": VERSION} | facts)

    def user(self, user: User) -> bytes:
        """Somebody who wrote one of the messages to come."""
        return self._counted("user", _line({"type": "user"} | msgspec.to_builtins(user)))

    def room(self, room: Room) -> bytes:
        """The room of the messages to come."""
        return self._counted("room", _line({"type": "room"} | msgspec.to_builtins(room)))

    def messages(self, messages: Iterable[Message]) -> Iterator[bytes]:
        """Each message exactly as clients and bots receive it."""
        for message in messages:
            yield self._counted("message", _line(message))

    def footer(self) -> bytes:
        """The last line: how much there was, and its digest."""
        return _line(
            {
                "type": "footer",
                "counts": {kind: self._counts[kind] for kind in ("user", "room", "message")},
                "sha256": self._digest.hexdigest(),
            }
        )

    def _counted(self, kind: str, line: bytes) -> bytes:
        self._counts[kind] += 1
        self._digest.update(line)
        return line


def _line(record: Any) -> bytes:
    return msgspec.json.encode(record) + b"\n"
