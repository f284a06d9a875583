"""R19: nothing of those who were here stays in a server's memory; tests/faults has the hour."""

import gc
from collections import Counter

from harness import LiveServer, until

from sanchat.audience import Audience
from sanchat.connection import Connection, Subscription
from sanchat.routes.conversation import Conversation
from sanchat.websocket import Socket

KINDS = (Audience, Connection, Conversation, Socket, Subscription)


async def test_people_who_came_and_went_leave_no_object_behind(live: LiveServer):
    await live.server.chat.create_room("corner")
    await visit(live, range(5))  # what is made once, is made
    await until(lambda: not live.server.hub.connections)
    before = counted()  # with what other tests may have left

    for first in (5, 30, 55):
        await visit(live, range(first, first + 25))

    # Reports of the socket's end may still be on their way.
    await until(lambda: counted() <= before)


async def visit(live: LiveServer, numbers: range) -> None:
    """Guests come in, listen, write and ask; every other one is cut off in the middle of it."""
    for n in numbers:
        client = await live.join(f"guest{n}")
        await client.subscribe("general")
        await client.subscribe("corner", after=0)
        await client.post("general", "hello", f"{n}")
        if n % 2:
            await client.send({"type": "history", "ref": "last", "room": "general"})
            client.connection.transport.abort()
        await client.close()


def counted() -> Counter[str]:
    gc.collect()
    return Counter(type(found).__name__ for found in gc.get_objects() if type(found) in KINDS)
