"""A room and a person's place in it, as one batch of changes sees them."""

from sanchat.errors import ChatError
from sanchat.models import Author, User
from sanchat.policy import refusal_to_post


class PlaceInBatch:
    """A room while a batch numbers its changes."""

    __slots__ = ("archived_at", "id", "kind", "moved", "name", "posting", "seq", "slow_mode_s")

    def __init__(
        self,
        id: int,
        name: str,
        kind: str,
        seq: int,
        archived_at: int | None,
        slow_mode_s: int,
        posting: str,
    ) -> None:
        self.id = id
        self.name = name
        self.kind = kind
        self.seq = seq
        self.archived_at = archived_at
        self.slow_mode_s = slow_mode_s
        self.posting = posting
        self.moved = False

    def next_seq(self) -> int:
        self.seq += 1
        self.moved = True
        return self.seq


class SeatInBatch:
    """One person's place in one room: who they are there, and why they may not write or post."""

    __slots__ = ("author", "place", "refusal", "refusal_to_post", "role", "user")

    def __init__(
        self, place: PlaceInBatch, user: User, role: str | None, refusal: ChatError | None
    ) -> None:
        self.place = place
        self.user = user
        self.author: Author = user.author
        self.role = role
        self.refusal = refusal
        self.refusal_to_post = refusal or refusal_to_post(place.posting, user, role)
