"""`sanchat-admin bans`: who is kept out or silent, where, and until when."""

from typing import Annotated, Any

import typer

from sanchat.chat import Chat
from sanchat.cli.completion import room_names
from sanchat.cli.naming import find_room
from sanchat.cli.program import command, program
from sanchat.cli.terminal import Terminal
from sanchat.cli.times import shown
from sanchat.models import BanEntry

PAGE = 200  # bans

app = program(
    "Who is kept out (kick, ban) or silent (mute). `sanchat-admin users` puts them in and out.",
    "sanchat-admin bans list",
    "sanchat-admin bans list --room lobby --all",
)
COLUMNS = ("ID", "KIND", "USER", "ROOM", "SINCE (UTC)", "UNTIL (UTC)", "REASON")


@command(
    app,
    "list",
    "sanchat-admin bans list --room lobby",
    "sanchat-admin bans list --all --json | jq -r .user",
)
async def list_bans(
    chat: Chat,
    terminal: Terminal,
    room: Annotated[
        str | None,
        typer.Option(metavar="ROOM", help="Only of this room.", autocompletion=room_names),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
) -> None:
    """List the kicks, bans and mutes in force, oldest first.

    Columns in a pipe: id, kind, user, room (empty: the whole server), since and until (UTC;
    `for good`, or when it was lifted), reason; no header.
    """
    place = await find_room(chat, room) if room is not None else None
    listing = terminal.listing(COLUMNS)
    after = 0
    while page := await chat.store.bans(
        room_id=place.id if place else None, ended=everything, after=after, limit=PAGE
    ):
        after = page[-1].ban.id
        for entry in page:
            listing.add(_record(entry), _cells(entry))
    listing.end("Nobody is kept out.")


def _record(entry: BanEntry) -> dict[str, Any]:
    ban = entry.ban
    return {
        "id": ban.id,
        "kind": ban.kind,
        "user": entry.user,
        "user_id": ban.user_id,
        "room": entry.room,
        "reason": ban.reason,
        "created_at": ban.created_at,
        "until": ban.until,
        "lifted_at": entry.lifted_at,
        "by": entry.actor,
        "networks": entry.networks.split() if entry.networks is not None else [],
    }


def _cells(entry: BanEntry) -> tuple[str, ...]:
    ban = entry.ban
    until = shown(ban.until) or "for good"
    if entry.lifted_at is not None:
        until = f"lifted {shown(entry.lifted_at)}"
    return (
        str(ban.id),
        ban.kind,
        entry.user,
        entry.room or "",
        shown(ban.created_at),
        until,
        ban.reason,
    )
