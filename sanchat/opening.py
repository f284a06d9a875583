"""What somebody finds who opens a room: all of it is asked for at once and read at one moment."""

from collections.abc import Sequence

import msgspec

from sanchat.models import Member, Message, Standing


class Wanted(msgspec.Struct, frozen=True):
    """At most `limit` messages: those that changed `after` a number, or the newest (None)."""

    after: int | None
    limit: int


class Opening(msgspec.Struct, frozen=True):
    """How somebody stands in a room, the messages they wanted, some members and how many there are.

    Members are all offline as far as the store knows.
    """

    standing: Standing
    wanted: Wanted
    messages: Sequence[Message]
    members: list[Member]
    member_count: int
