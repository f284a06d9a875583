"""Lets rooms forget what they need not keep, and gives the space back to the disk.

In pieces, with rests between them: those who chat go first.
"""

import asyncio
import logging

from sanchat.changes import Forget
from sanchat.errors import ChatError
from sanchat.journal import Journal
from sanchat.store import Store

log = logging.getLogger("sanchat.retention")

LOOK_SECONDS = 60.0
REST_SECONDS = 0.05


async def forget_for_ever(journal: Journal, store: Store) -> None:
    """Look once a minute; the owner cancels it."""
    while True:
        try:
            while await journal.write(Forget()):  # noqa: ASYNC110 (a rest, not a wait)
                await asyncio.sleep(REST_SECONDS)
            while await store.give_back():  # noqa: ASYNC110
                await asyncio.sleep(REST_SECONDS)
        except ChatError as error:
            log.warning("old messages stay for a minute more: %s", error)
        await asyncio.sleep(LOOK_SECONDS)
