"""The first frame of a websocket: who one is, in which rooms, and what waits there."""

from collections.abc import Sequence
from typing import Any

from sanchat import __version__
from sanchat import protocol as wire
from sanchat.models import TEXT_LENGTH, Membership, User
from sanchat.routes.sessions import user_fields
from sanchat.server import Server


def hello_fields(server: Server, user: User, memberships: Sequence[Membership]) -> dict[str, Any]:
    """The fields of `hello`, all but the session's token."""
    return {
        "protocol": wire.VERSION,
        "server": f"sanchat/{__version__}",
        "name": server.settings.server_name,
        "build": server.build,
        "epoch": server.store.epoch,
        "user": user_fields(user),
        "rooms": [_own_room(membership) for membership in memberships],
        "limits": {"text": TEXT_LENGTH, "frame_bytes": wire.FRAME_BYTES},
        "heartbeat_ms": round(server.settings.heartbeat_seconds * 1000),
    }


def _own_room(membership: Membership) -> dict[str, Any]:
    room = membership.room
    of_direct = {"people": room.people} if room.people else {}
    return of_direct | {
        "name": room.name,
        "title": room.title,
        "kind": room.kind,
        "last_seq": room.last_seq,
        "read_seq": membership.read_seq,
        "unread": membership.unread,
        "mentions": membership.mentions,
        "notify": membership.notify,
        "active_at": membership.active_at,
    }
