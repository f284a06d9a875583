"""Puts one room's changes in order for whoever listens.

Only counts: what arrives is compared with the last number handed on, known changes are passed over
and a gap is noticed. Filling the gap is left to the caller, who has the store.
"""

from collections.abc import Sequence

from sanchat.models import Message


class Feed:
    """Where the listeners of one room stand: `position` is the last number they were given."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position = position

    def hole_before(self, changes: Sequence[Message]) -> bool:
        """Whether numbers are missing between the position and these changes (ordered)."""
        fresh = self.fresh(changes)
        return bool(fresh) and fresh[0].changed_seq > self.position + 1

    def fresh(self, changes: Sequence[Message]) -> Sequence[Message]:
        """The changes that are past the position."""
        if not changes or changes[0].changed_seq > self.position:
            return changes
        return [change for change in changes if change.changed_seq > self.position]

    def take(self, changes: Sequence[Message]) -> Sequence[Message]:
        """Move past these changes (ordered) and return those that are new."""
        fresh = self.fresh(changes)
        if fresh:
            self.position = fresh[-1].changed_seq
        return fresh
