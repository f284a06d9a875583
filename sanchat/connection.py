"""One live socket of a session: what it hears, what is owed to it, and when that is too much.

Knows no Sanic: `Wire` is all it asks of the socket below.
"""

from typing import Protocol

from sanchat.models import User
from sanchat.protocol import Close, encode_event, frame


class Wire(Protocol):
    """The bytes side of a connection."""

    def write(self, data: bytes, most_unsent: int) -> bool:
        """Send whole frames; never waits. Nothing happens once the wire is closing.

        False, and nothing is sent, where more than `most_unsent` bytes would wait for the socket.
        """

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye, and cut the wire soon after if the peer does not answer."""

    def pause(self) -> None:
        """Read no more for now."""

    def resume(self) -> None: ...


class Subscription:
    """A connection's place in one room's stream.

    While `holding`, live frames are kept until the replay is written. `cursor` is the last number
    the connection has; frames up to it are not sent again. Messages up to `hidden_seq` are kept
    from it in rooms that show newcomers no history.
    """

    __slots__ = (
        "cursor",
        "held",
        "held_bytes",
        "hidden_seq",
        "holding",
        "overflowed",
        "room_id",
    )

    def __init__(self, room_id: int) -> None:
        self.room_id = room_id
        self.cursor = 0
        self.hidden_seq = 0
        self.holding = True
        self.held: list[tuple[int, bytes]] = []
        self.held_bytes = 0
        self.overflowed = False

    def hold(self, frames: list[tuple[int, bytes]], *, bound: int) -> None:
        """Keep (number, frame) pairs for later; past the bound they are dropped for good."""
        if self.overflowed:
            return
        self.held += frames
        self.held_bytes += sum(len(data) for _, data in frames)
        if self.held_bytes > bound:
            self.overflowed = True
            self.held.clear()

    def release(self, cursor: int) -> bytes | None:
        """The held frames past the cursor, or None where some are missing."""
        frames = [(number, data) for number, data in self.held if number > cursor]
        self.held = []
        self.holding = False
        if self.overflowed or (frames and frames[0][0] != cursor + 1):
            return None
        self.cursor = frames[-1][0] if frames else cursor
        return b"".join(data for _, data in frames)


class Connection:
    """A person's one socket. `send` takes payloads, `write` whole frames.

    `is_plain` is the plain-text door: it hears messages as `name: text` and nothing else.
    """

    __slots__ = (
        "_outbox_bytes",
        "_wire",
        "address",
        "bystands",
        "door",
        "ends_at",
        "is_greeted",
        "is_plain",
        "levels",
        "news",
        "session_id",
        "subscriptions",
        "user",
    )

    def __init__(
        self,
        wire: Wire,
        user: User,
        session_id: int,
        *,
        outbox_bytes: int,
        is_plain: bool = False,
        door: str | None = None,
        address: str = "",
    ) -> None:
        self._wire = wire
        self.address = address
        self._outbox_bytes = outbox_bytes
        self.user = user
        self.session_id = session_id
        self.is_plain = is_plain
        self.is_greeted = False  # has its first frames; events of the whole server follow them
        self.ends_at: int | None = None  # when its session has lasted long enough
        self.door = door  # the room of /ws/<room> and /room/<room>/, by compared name
        self.subscriptions: dict[int, Subscription] = {}
        self.bystands: set[int] = set()  # own rooms that it does not hear
        self.levels: dict[int, str] = {}  # what its user wants to be told, unless `mentions`
        self.news: dict[int, tuple[int, int]] = {}  # messages, mentions since the last `activity`

    def write(self, data: bytes) -> bool:
        """Send frames at once; False, and the end of the connection, where too much is unsent."""
        if self._wire.write(data, self._outbox_bytes):
            return True
        self._wire.close(Close.TOO_SLOW, "reading too slowly")
        return False

    def send(self, payload: bytes) -> bool:
        """Send one text frame."""
        return self.write(frame(payload))

    def announce(self, text: str, sender: str) -> None:
        """Send a word to the person, in the manner of their door."""
        if self.is_plain:
            self.send(f"[{text}]".encode())
        elif self.is_greeted:
            self.send(encode_event("announcement", **{"text": text, "from": sender}))

    def close(self, code: int, reason: str = "") -> None:
        self._wire.close(code, reason)

    def pause(self) -> None:
        """Stop reading from somebody who is ahead of the journal."""
        self._wire.pause()

    def resume(self) -> None:
        self._wire.resume()
