"""This process's connections by room, and the delivery of what was committed.

A message is encoded once for all; a batch is a single write to each of them. Nothing awaits.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sanchat.audience import Audience
from sanchat.connection import Connection, Subscription
from sanchat.mentions import mentions_of
from sanchat.models import MENTIONS, NONE, SINCE_JOIN, Message, Room, room_key
from sanchat.protocol import encode, encode_event, encode_plain, frame
from sanchat.veil import hide, veiled

Replies = Sequence[tuple[Connection, bytes]]  # payloads, not frames


class Hub:
    """Connections and audiences of this process."""

    def __init__(self, *, held_bytes: int) -> None:
        self._held_bytes = held_bytes
        self._audiences: dict[int, Audience] = {}
        self._watchers: set[asyncio.Event] = set()  # of all audiences
        self._news: set[Connection] = set()
        self.connections: set[Connection] = set()
        self._by_user: dict[int, set[Connection]] = {}
        self.deliveries = 0

    # Coming and going

    def add(self, connection: Connection, rooms: Iterable[Room]) -> None:
        """A new connection, whose user is a member of these rooms."""
        self.connections.add(connection)
        self._by_user.setdefault(connection.user.id, set()).add(connection)
        if not connection.is_plain:
            for room in rooms:
                self._stand_by(connection, self._audience(room))

    def remove(self, connection: Connection) -> None:
        """A connection that is gone."""
        self.connections.discard(connection)
        self._news.discard(connection)
        own = self._by_user.get(connection.user.id)
        if own is not None:
            own.discard(connection)
            if not own:
                del self._by_user[connection.user.id]
        for room_id in list(connection.subscriptions):
            self.drop(connection, room_id)
        for room_id in list(connection.bystands):
            self.drop(connection, room_id)

    def connections_of(self, user_id: int) -> list[Connection]:
        return list(self._by_user.get(user_id, ()))

    def hears(self, connection: Connection, room_id: int) -> bool:
        return room_id in connection.subscriptions

    # Subscriptions

    def enlist(self, connection: Connection, room: Room) -> Subscription:
        """Begin to hold the room's live frames for a connection, until `start`."""
        subscription = Subscription(room.id)
        if connection not in self.connections:
            return subscription  # it is gone already, and would stay here for ever
        audience = self._audience(room)
        self._withdraw(connection, audience)
        audience.joining[connection] = subscription
        connection.subscriptions[room.id] = subscription
        return subscription

    def start(
        self, connection: Connection, subscription: Subscription, cursor: int
    ) -> bytes | None:
        """Go live from a cursor: the held frames to write now.

        None where frames are missing: the subscription is over and has to begin again.
        """
        audience = self._audiences.get(subscription.room_id)
        if audience is None or audience.joining.get(connection) is not subscription:
            return None
        held = subscription.release(cursor)
        if held is None:
            self.drop(connection, subscription.room_id, stays_member=True)
            return None
        if audience.is_only_for(connection):
            # Nobody else waits for what lies between: the feed may go on from here.
            audience.feed.position = max(audience.feed.position, subscription.cursor)
        if subscription.cursor <= audience.feed.position:
            _go_live(audience, connection)
        return held

    def start_plain(self, connection: Connection, room: Room) -> None:
        """Hear a room as plain text; lines are held until `release_plain`."""
        if connection not in self.connections:
            return
        connection.subscriptions[room.id] = Subscription(room.id)
        self._audience(room).plain.add(connection)

    def release_plain(
        self, connection: Connection, room_id: int, history: Sequence[Message]
    ) -> bytes | None:
        """The held lines that are not in the history; the connection is live from here on.

        None where more came meanwhile than could be held.
        """
        subscription = connection.subscriptions.get(room_id)
        if subscription is None:
            return b""
        if subscription.overflowed:
            return None
        last = history[-1].seq if history else 0
        held = [data for number, data in subscription.held if number > last]
        subscription.held = []
        subscription.holding = False
        subscription.cursor = last
        return b"".join(held)

    def drop(self, connection: Connection, room_id: int, *, stays_member: bool = False) -> None:
        """Hear the room no more; who heard it and `stays_member` hears of it."""
        has_heard = connection.subscriptions.pop(room_id, None) is not None
        audience = self._audiences.get(room_id)
        if audience is None or (stays_member and not has_heard):
            return
        self._withdraw(connection, audience)
        if stays_member and not connection.is_plain and connection in self.connections:
            self._stand_by(connection, audience)
        self._forget_if_empty(audience)

    def rename(self, room_id: int, name: str) -> None:
        audience = self._audiences.get(room_id)
        if audience is not None:
            former, audience.name = room_key(audience.name), name
            for connection in (*audience.listeners(), *audience.plain):
                if connection.door == former:
                    connection.door = room_key(name)

    def note_room(self, room: Room) -> None:
        """A room has another name or other rules from now on."""
        self.rename(room.id, room.name)
        audience = self._audiences.get(room.id)
        if audience is not None:
            audience.hides_history = room.history == SINCE_JOIN

    def audience(self, room_id: int) -> Audience | None:
        return self._audiences.get(room_id)

    # Delivery

    def hole_before(self, room_id: int, changes: Sequence[Message]) -> bool:
        """Whether changes of another process are missing before these."""
        audience = self._audiences.get(room_id)
        return audience is not None and audience.feed.hole_before(changes)

    def position(self, room_id: int) -> int | None:
        """The last number delivered in a room; None where it concerns nobody here."""
        audience = self._audiences.get(room_id)
        return None if audience is None else audience.feed.position

    def positions(self) -> dict[int, int]:
        """Where each audience stands: room id to the last number delivered."""
        return {room_id: a.feed.position for room_id, a in self._audiences.items()}

    def deliver(self, changes: Mapping[int, Sequence[Message]], replies: Replies = ()) -> None:
        """Give each room's changes (in order) to whoever hears it, and the replies with them."""
        parts: dict[Connection, bytes] = {}
        for room_id, messages in changes.items():
            audience = self._audiences.get(room_id)
            if audience is not None:
                self._deliver_room(audience, messages, parts)
        owed: dict[Connection, bytes] = {}
        for connection, payload in replies:
            owed[connection] = owed.get(connection, b"") + frame(payload)
        # Those who spoke first: what they say next comes in while the others are written to.
        for connection, data in owed.items():
            connection.write(parts.pop(connection, b"") + data)
        for connection, data in parts.items():
            connection.write(data)

    def _deliver_room(
        self, audience: Audience, messages: Sequence[Message], parts: dict[Connection, bytes]
    ) -> None:
        fresh = audience.feed.take(messages)
        if not fresh:
            return
        if audience.live or audience.joining:
            frames = [frame(encode(message)) for message in fresh]
            joined = b"".join(frames)
            self.deliveries += len(audience.live) * len(frames)
            if parts and not parts.keys().isdisjoint(audience.live):
                for connection in audience.live:
                    known = parts.get(connection)
                    parts[connection] = joined if known is None else known + joined
            else:
                parts.update(dict.fromkeys(audience.live, joined))
            if audience.hides_history:
                hide(audience.room_id, audience.live, fresh, frames, parts)
            if audience.joining:
                self._deliver_joining(audience, fresh, frames, parts)
        if audience.plain:
            self._deliver_plain(audience, fresh, parts)
        if audience.bystanders:
            self._note_news(audience, fresh)
        for watcher in audience.watchers:
            watcher.set()

    def _deliver_joining(
        self,
        audience: Audience,
        fresh: Sequence[Message],
        frames: list[bytes],
        parts: dict[Connection, bytes],
    ) -> None:
        everything = [
            (message.changed_seq, data) for message, data in zip(fresh, frames, strict=True)
        ]
        for connection, subscription in audience.joining.items():
            numbered = everything
            if audience.hides_history and subscription.hidden_seq:
                numbered = veiled(fresh, everything, subscription.hidden_seq)
            if subscription.holding:
                subscription.hold(numbered, bound=self._held_bytes)
                continue
            data = b"".join(data for number, data in numbered if number > subscription.cursor)
            if data:
                parts[connection] = parts.get(connection, b"") + data
        self._graduate(audience)

    def _deliver_plain(
        self, audience: Audience, fresh: Sequence[Message], parts: dict[Connection, bytes]
    ) -> None:
        lines = [
            (message.seq, frame(encode_plain(message)))
            for message in fresh
            # Edits and deletions have no place in a stream of plain lines.
            if message.changed_seq == message.seq
        ]
        for connection in audience.plain:
            subscription = connection.subscriptions[audience.room_id]
            if subscription.holding:
                subscription.hold(lines, bound=self._held_bytes)
                continue
            data = b"".join(line for number, line in lines if number > subscription.cursor)
            if data:
                parts[connection] = parts.get(connection, b"") + data

    def _graduate(self, audience: Audience) -> None:
        # Their replay read further than the feed had come; now the feed has caught up.
        ready = [
            connection
            for connection, subscription in audience.joining.items()
            if not subscription.holding and subscription.cursor <= audience.feed.position
        ]
        for connection in ready:
            _go_live(audience, connection)

    # Events without numbers

    def tell_room(self, room_id: int, payload: bytes, *, besides: Connection | None = None) -> None:
        """Send an event to everybody who hears the room."""
        audience = self._audiences.get(room_id)
        if audience is None:
            return
        data = frame(payload)
        for connection in list(audience.listeners()):
            if connection is not besides:
                connection.write(data)

    def tell_members(self, room_id: int, payload: bytes) -> None:
        """Send an event to everybody who hears the room or, as a member, hears of it."""
        audience = self._audiences.get(room_id)
        if audience is None:
            return
        data = frame(payload)
        for connection in [*audience.listeners(), *audience.bystanders]:
            if connection.is_greeted:
                connection.write(data)

    def begin_membership(
        self, user_id: int, room: Room, payload: bytes, *, besides: Connection | None = None
    ) -> None:
        """Tell a new member's connections; those that do not hear the room hear of it from now."""
        for connection in self.connections_of(user_id):
            connection.levels.pop(room.id, None)
            if not (connection.is_plain or self.hears(connection, room.id)):
                self._stand_by(connection, self._audience(room))
        self.tell_user(user_id, payload, besides=besides)

    def set_notify(self, user_id: int, room_id: int, level: str) -> None:
        """What a user wants to be told of a room, from now on."""
        for connection in self.connections_of(user_id):
            if level == MENTIONS:
                connection.levels.pop(room_id, None)
            else:
                connection.levels[room_id] = level

    def tell_user(self, user_id: int, payload: bytes, *, besides: Connection | None = None) -> None:
        """Send an event to all connections of a user."""
        data = frame(payload)
        for connection in self.connections_of(user_id):
            if connection is not besides and connection.is_greeted:
                connection.write(data)

    def tell_everybody(self, payload: bytes) -> None:
        data = frame(payload)
        for connection in list(self.connections):
            if connection.is_greeted:
                connection.write(data)

    def _note_news(self, audience: Audience, fresh: Sequence[Message]) -> None:
        said = [message for message in fresh if message.changed_seq == message.seq]
        if said:
            audience.spoken_at = said[-1].sent_at
        calls = [message for message in said if message.text and "@" in message.text]
        texts = [(message.user.id, (message.text or "").casefold()) for message in calls]
        by_author = Counter(message.user.id for message in said)
        for connection in audience.bystanders:
            user = connection.user
            level = connection.levels.get(audience.room_id)
            count = len(said) - by_author[user.id]
            mentions = count if audience.is_direct else 0
            if level == NONE:
                mentions = 0
            elif texts and not audience.is_direct:
                mentions = mentions_of(user, [text for author, text in texts if author != user.id])
            messages_before, mentions_before = connection.news.get(audience.room_id, (0, 0))
            connection.news[audience.room_id] = messages_before + count, mentions_before + mentions
            self._news.add(connection)

    def tell_news(self) -> None:
        """One `activity` for each room with news that a connection does not hear; once a second."""
        due, self._news = self._news, set()
        for connection in due:
            frames = []
            for room_id, (messages, mentions) in connection.news.items():
                audience = self._audiences.get(room_id)
                if audience is not None and connection in audience.bystanders:
                    fields: dict[str, object] = {
                        "room": audience.name,
                        "last_seq": audience.feed.position,
                        "messages": messages,
                        "mentions": mentions,
                    }
                    if audience.spoken_at is not None:
                        fields["active_at"] = audience.spoken_at
                    frames.append(frame(encode_event("activity", **fields)))
            connection.news.clear()
            if frames:
                connection.write(b"".join(frames))

    # Watching

    @contextmanager
    def watching(self, room: Room) -> Iterator[asyncio.Event]:
        """An event that is set at each change of the room. Begin before reading the store."""
        audience = self._audience(room)
        watcher = asyncio.Event()
        audience.watchers.add(watcher)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)
            audience.watchers.discard(watcher)
            self._forget_if_empty(audience)

    def wake_watchers(self) -> None:
        """Let everybody who watches look again: something has ended, perhaps for them."""
        for watcher in self._watchers:
            watcher.set()

    def _audience(self, room: Room) -> Audience:
        audience = self._audiences.get(room.id)
        if audience is None:
            audience = self._audiences[room.id] = Audience(room)
        return audience

    def _withdraw(self, connection: Connection, audience: Audience) -> None:
        audience.live.discard(connection)
        audience.plain.discard(connection)
        audience.joining.pop(connection, None)
        audience.bystanders.discard(connection)
        connection.bystands.discard(audience.room_id)

    def _stand_by(self, connection: Connection, audience: Audience) -> None:
        audience.bystanders.add(connection)
        connection.bystands.add(audience.room_id)

    def _forget_if_empty(self, audience: Audience) -> None:
        if audience.is_empty:
            self._audiences.pop(audience.room_id, None)


def _go_live(audience: Audience, connection: Connection) -> None:
    del audience.joining[connection]
    audience.live.add(connection)
