"""What a session may still ask: it has to live, and a bot's token has to be for it.

Posts, edits, deletions and reactions are judged where they are stored.
"""

import msgspec

from sanchat import protocol as wire
from sanchat.commands import AnyKeepingOrder, Members
from sanchat.errors import NotSignedIn
from sanchat.models import Session
from sanchat.routes.admission import check_grant
from sanchat.server import Server

# Whatever is not in here needs the greatest scope, `rooms`.
SCOPES_OF: dict[type[msgspec.Struct], str] = {
    wire.Subscribe: "read",
    wire.Unsubscribe: "read",
    wire.Leave: "read",
    wire.History: "read",
    wire.Read: "read",
    wire.Notify: "read",
    Members: "read",
    wire.Typing: "write",
}


def scope_of(kind: type[msgspec.Struct]) -> str:
    """What a bot's token has to be for, to give this command."""
    return SCOPES_OF.get(kind, "rooms")


async def check_command(
    server: Server, session: Session, command: wire.AnyCommand | AnyKeepingOrder
) -> None:
    """NotSignedIn, Forbidden, NotFound."""
    if session.id in server.ended_sessions:
        raise NotSignedIn("The session has ended.")
    if session.grant is not None:
        scope = scope_of(type(command))
        await check_grant(server, session, scope, getattr(command, "room", None))
