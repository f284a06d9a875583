"""A lobby on a hub without a server: who hears it, and what is said there."""

from wires import FakeConnection

from sanchat.hub import Hub
from sanchat.models import Author, Message, Room, User

LOBBY = Room(
    id=1,
    name="lobby",
    title="",
    topic="",
    kind="open",
    last_seq=0,
    floor_seq=0,
    slow_mode_s=0,
    created_at=0,
)


def somebody(hub: Hub, name: str = "ana", *rooms: Room, **more) -> FakeConnection:
    """A connection of a new user, a member of these rooms."""
    user = User(id=len(hub.connections) + 1, name=name, kind="guest")
    connection = FakeConnection(user, **more)
    hub.add(connection, rooms)
    return connection


def said(number: int, text: str = "hi", *, seq: int | None = None) -> Message:
    return Message(
        room="lobby",
        seq=seq or number,
        changed_seq=number,
        sent_at=0,
        user=Author(9, "eve"),
        text=text,
    )


def deliver(hub: Hub, *numbers: int, replies=()) -> None:
    hub.deliver({LOBBY.id: [said(number) for number in numbers]}, replies)


def hear(hub: Hub, connection: FakeConnection, cursor: int = 0) -> None:
    """Subscribe with an empty replay."""
    held = hub.start(connection, hub.enlist(connection, LOBBY), cursor)
    assert held is not None
    connection.write(held)
