"""What everybody saw, in the order they saw it: plain records, one history for each epoch.

A change is known by its text, which is never used twice: a post's is its client_message_id.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple


class Shown(NamedTuple):
    """A message as a client was shown it."""

    seq: int
    changed_seq: int
    id: str
    text: str


class Asked(NamedTuple):
    """A change was sent for the first time."""

    at: int
    client: str
    text: str


class Acked(NamedTuple):
    """A change was confirmed under a number; `id` is that of the message it changes."""

    at: int
    client: str
    text: str
    id: str
    number: int
    duplicate: bool


class Entered(NamedTuple):
    """A subscription was answered. `epoch` is what the client gave, None for none."""

    asked_at: int
    at: int
    client: str
    connection: int
    after: int
    epoch: str | None
    cursor: int
    complete: bool
    reset: bool
    shown: tuple[Shown, ...]


class Heard(NamedTuple):
    """An event came on a live connection."""

    at: int
    client: str
    connection: int
    shown: Shown


class Held(NamedTuple):
    """What a client holds at the end: the latest of every message."""

    client: str
    view: dict[int, Shown]


Event = Asked | Acked | Entered | Heard | Held


class Row(NamedTuple):
    """A message as it is stored."""

    seq: int
    changed_seq: int
    id: str
    text: str


@dataclass(frozen=True)
class Stored:
    """A room in the database at the end."""

    last_seq: int
    rows: tuple[Row, ...]


@dataclass
class History:
    """Everything that was seen of one epoch."""

    epoch: str
    events: list[Event] = field(default_factory=list)


class Recorder:
    """Histories by epoch, under one count of time: `at` orders everything that was seen.

    `trap` is called at the next event of the kind `trapped`, before anything else happens: for who
    wants to strike at the worst moment.
    """

    def __init__(self) -> None:
        self.histories: dict[str, History] = {}
        self.acks = 0
        self.resumes = 0
        self.entries = 0  # subscriptions answered, further pages of them included
        self.refusals: dict[str, int] = {}
        self.trap: Callable[[], None] | None = None
        self.trapped: type[Acked | Heard] = Acked
        self._clock = count(1)

    def now(self) -> int:
        return next(self._clock)

    def record(self, epoch: str, event: Event) -> None:
        self.histories.setdefault(epoch, History(epoch)).events.append(event)
        if isinstance(event, Acked):
            self.acks += 1
        elif isinstance(event, Entered):
            self.entries += 1
            self.resumes += event.after > 0
        if self.trap is not None and isinstance(event, self.trapped):
            trap, self.trap = self.trap, None
            trap()
