"""Lets rooms forget what they need not keep, and gives the space back to the disk.

Those who hear a room are told what is gone, after it is gone, so that nobody goes on showing it.
In pieces, with rests between them: those who chat go first.
"""

import asyncio
import logging

from sanchat.changes import Forget, Forgotten
from sanchat.errors import ChatError
from sanchat.hub import Hub
from sanchat.journal import Journal
from sanchat.protocol import encode_event
from sanchat.store import Store

log = logging.getLogger("sanchat.retention")

LOOK_SECONDS = 60.0
REST_SECONDS = 0.05


async def forget_for_ever(journal: Journal, store: Store, hub: Hub) -> None:
    """Look once a minute; the owner cancels it."""
    while True:
        try:
            while (gone := await journal.write(Forget())) is not None:
                tell(hub, gone)
                await asyncio.sleep(REST_SECONDS)
            while await store.give_back():  # noqa: ASYNC110
                await asyncio.sleep(REST_SECONDS)
        except ChatError as error:
            log.warning("old messages stay for a minute more: %s", error)
        await asyncio.sleep(LOOK_SECONDS)


def tell(hub: Hub, gone: Forgotten) -> None:
    """Those who hear the room drop what they hold of it."""
    hub.tell_room(gone.room_id, encode_event("forgotten", room=gone.room, seq=gone.seq))
