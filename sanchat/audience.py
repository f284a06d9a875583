"""Everybody in this process whom one room's changes concern, by how they hear of them."""

import asyncio
from collections.abc import Iterable

from sanchat.connection import Connection, Subscription
from sanchat.feed import Feed
from sanchat.models import DIRECT, SINCE_JOIN, Room


class Audience:
    """Everybody in this process whom one room's changes concern."""

    __slots__ = (
        "bystanders",
        "feed",
        "hides_history",
        "is_direct",
        "joining",
        "live",
        "name",
        "plain",
        "room_id",
        "spoken_at",
        "watchers",
    )

    def __init__(self, room: Room) -> None:
        self.room_id = room.id
        self.name = room.name
        self.hides_history = room.history == SINCE_JOIN
        self.is_direct = room.kind == DIRECT
        self.spoken_at: int | None = None  # the time of the newest message, once there is one
        self.feed = Feed(room.last_seq)
        self.live: set[Connection] = set()
        self.plain: set[Connection] = set()
        self.joining: dict[Connection, Subscription] = {}
        self.bystanders: set[Connection] = set()  # members' connections that do not hear it
        self.watchers: set[asyncio.Event] = set()  # long polls and streams

    @property
    def is_empty(self) -> bool:
        return not (self.live or self.plain or self.joining or self.bystanders or self.watchers)

    def is_only_for(self, connection: Connection) -> bool:
        """Whether it concerns nobody but a connection that is joining."""
        others = self.live or self.plain or self.bystanders or self.watchers
        return not others and self.joining.keys() == {connection}

    def listeners(self) -> Iterable[Connection]:
        yield from self.live
        yield from self.joining
