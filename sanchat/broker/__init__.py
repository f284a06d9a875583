"""The bell between processes: it says that the store has news, and never what.

A ring may be lost, repeated or out of order: who hears it reads the store, and reads it every
second anyway.
"""

from pathlib import Path
from typing import Protocol


class Broker(Protocol):
    """The bell of one database."""

    def ring(self) -> None:
        """Tell every other process that something was committed. Never waits, never fails."""

    async def listen(self) -> None:
        """Begin to hear rings."""

    async def heard(self, timeout_seconds: float) -> bool:
        """Wait for the next ring; False where none came in time."""

    async def close(self) -> None: ...


def open_broker(database: Path) -> Broker:
    """The broker that goes with a database file."""
    from sanchat.broker.local import LocalBroker

    return LocalBroker(database)
