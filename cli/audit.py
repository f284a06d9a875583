"""`sanchat-admin audit`: what administrators and moderators did."""

from typing import Annotated, Any

import msgspec
import typer

from sanchat.chat import Chat
from sanchat.cli.completion import room_names, user_names
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.naming import find_room, find_user, one_of
from sanchat.cli.program import command, program
from sanchat.cli.terminal import Terminal, json_line
from sanchat.cli.times import bound, shown
from sanchat.models import ACT_KINDS, Act

LIST = 50  # acts

app = program(
    "The audit log: who did what, to whom and when. Nothing takes a line out of it.",
    "sanchat-admin audit list",
    "sanchat-admin audit list --user mallory",
)
COLUMNS = ("ID", "DONE (UTC)", "BY", "WHAT", "USER", "ROOM", "DETAILS")


@command(
    app,
    "list",
    "sanchat-admin audit list --since 2026-11-01 --kind ban",
    "sanchat-admin audit list --room lobby --limit 10 --json | jq -r .kind",
)
async def list_acts(
    chat: Chat,
    terminal: Terminal,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="From this day or time on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Up to this one, and with it.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="Only such as ban, room_created, announce; a wrong one shows them all.",
            autocompletion=lambda incomplete: [k for k in ACT_KINDS if k.startswith(incomplete)],
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(metavar="USER", help="Only on this user.", autocompletion=user_names),
    ] = None,
    room: Annotated[
        str | None,
        typer.Option(metavar="ROOM", help="Only in this room.", autocompletion=room_names),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="ACTOR", help="Only by this one, as it is listed.")
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="COUNT", min=1, help="The newest so many; 50 by default.")
    ] = LIST,
) -> None:
    """List the newest acts, oldest first.

    Columns in a pipe: id, done (UTC), by, what, user, room, details (JSON); no header.
    """
    if kind is not None:
        one_of(ACT_KINDS, kind, "kind of act")
    acts = await chat.store.acts(
        kind=kind,
        user_id=(await find_user(chat, user)).id if user is not None else None,
        room_id=(await find_room(chat, room)).id if room is not None else None,
        since=_moment(since, end=False) if since else 0,
        until=_moment(until, end=True) if until else 1 << 62,
        actor=by,
        limit=limit,
    )
    listing = terminal.listing(COLUMNS)
    for act in acts:
        listing.add(msgspec.to_builtins(act), _cells(act))
    listing.end("Nothing of the kind was done.")


def _moment(text: str, *, end: bool) -> int:
    at = bound(text, end=end).at
    if at is None:
        raise Failure(f"{text!r} is no time.", exit=Exit.USAGE, hint="Give a day as 2026-11-22.")
    return at


def _cells(act: Act) -> tuple[str, ...]:
    told: dict[str, Any] = {
        key: value for key, value in act.data.items() if value not in ("", None)
    }
    details = json_line(told) if told else ""
    return (
        str(act.id),
        shown(act.acted_at),
        act.actor,
        act.kind,
        act.user,
        act.room,
        details,
    )
