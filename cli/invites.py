"""`sanchat-admin invites`: links that let people in."""

from typing import Annotated, Any

import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import each
from sanchat.cli.completion import room_names
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.links import Url, invite_link, note_address, qr_code, url_of
from sanchat.cli.naming import find_room
from sanchat.cli.program import command, program
from sanchat.cli.terminal import Terminal
from sanchat.cli.times import duration_seconds, shown
from sanchat.clock import wall_clock
from sanchat.credentials import ADMITS, Invite
from sanchat.models import ROLES

PAGE = 200  # invitations

app = program(
    "Invitations: make links that let people in, list them, and make them void.",
    "sanchat-admin invites create --url https://chat.example.org",
    "sanchat-admin invites list",
)
COLUMNS = ("ID", "ENDS IN", "TO", "ROLE", "ADMITS", "USED", "UNTIL (UTC)", "BY", "STATE")


@command(
    app,
    "create",
    "sanchat-admin invites create --url https://chat.example.org",
    "sanchat-admin invites create --room plans --uses 20 --expires 2d --json | jq -r .link",
    creates=True,
)
async def create_invite(
    chat: Chat,
    terminal: Terminal,
    room: Annotated[
        str | None,
        typer.Option("--room", metavar="ROOM", help="To this room.", autocompletion=room_names),
    ] = None,
    role: Annotated[
        str,
        typer.Option(
            "--role",
            metavar="ROLE",
            help=f"What they become there: {', '.join(ROLES)}; member by default.",
        ),
    ] = "member",
    admits: Annotated[
        str | None,
        typer.Option(
            "--admits",
            metavar="|".join(ADMITS),
            help="Guests too, accounts alone, or only users who are here already.",
        ),
    ] = None,
    uses: Annotated[
        int,
        typer.Option("--uses", metavar="COUNT", min=1, max=1000, help="How many; 1 by default."),
    ] = 1,
    expires: Annotated[
        str, typer.Option("--expires", metavar="TIME", help="12h, 7d, 4w...; 7d by default.")
    ] = "7d",
    url: Url = None,
) -> None:
    """Make an invitation and print its link, this once; on a terminal as a QR code, too."""
    url = url_of(chat, url)
    place = await find_room(chat, room) if room is not None else None
    invite, token = await chat.invitations.create(
        room=place.name if place is not None else None,
        role=role,
        admits=admits,
        seconds=duration_seconds(expires),
        uses=uses,
        actor=actor(),
    )
    link = invite_link(url, token)
    terminal.result(_record(invite) | {"link": link}, link)
    qr_code(terminal, link)
    note_address(terminal, url)


@command(
    app,
    "list",
    "sanchat-admin invites list",
    "sanchat-admin invites list --all --room plans --json",
)
async def list_invites(
    chat: Chat,
    terminal: Terminal,
    room: Annotated[
        str | None,
        typer.Option("--room", metavar="ROOM", help="Of this room.", autocompletion=room_names),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that let nobody in any more, too.")
    ] = False,
) -> None:
    """List the invitations that are open, newest first. Their links cannot be shown again.

    Columns in a pipe: id, last four characters of the link, room (empty: the server), role, whom
    it admits, how often it was used, until (UTC), by whom, state; no header.
    """
    place = await find_room(chat, room) if room is not None else None
    listing = terminal.listing(COLUMNS)
    before = 1 << 62
    while page := await chat.store.invites(
        room_id=place.id if place else None, before=before, limit=PAGE
    ):
        before = page[-1].id
        for invite in page:
            state = invite.state(wall_clock())
            if everything or state == "open":
                listing.add(_record(invite), _cells(invite, state))
    listing.end("No invitation is open.")


@command(
    app,
    "revoke",
    "sanchat-admin invites revoke 3",
    "sanchat-admin invites list --json | jq .id | xargs sanchat-admin invites revoke",
)
async def revoke_invites(
    chat: Chat,
    terminal: Terminal,
    invites: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, as `list` has them.")],
) -> None:
    """Make invitations void, at once."""

    async def revoke(given: str) -> None:
        invite = await chat.invitations.revoke(number(given), actor=actor())
        terminal.result(_record(invite), f"revoked invitation {invite.id}")

    await each(terminal, invites, revoke)


def number(given: str) -> int:
    """The id that was typed, with or without `#`; Failure."""
    digits = given.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        raise Failure(f"{given} is not an id.", exit=Exit.USAGE, hint="`list` shows the ids.")
    return int(digits)


def _record(invite: Invite) -> dict[str, Any]:
    return {
        "id": invite.id,
        "hint": invite.hint,
        "room": invite.room,
        "role": invite.role,
        "admits": invite.admits,
        "uses": invite.uses,
        "used": invite.used,
        "by": invite.actor,
        "created_at": invite.created_at,
        "expires_at": invite.expires_at,
        "state": invite.state(wall_clock()),
    }


def _cells(invite: Invite, state: str) -> tuple[str, ...]:
    return (
        str(invite.id),
        f"…{invite.hint}",
        invite.room or "",
        invite.role,
        invite.admits,
        f"{invite.used} of {invite.uses}",
        shown(invite.expires_at),
        invite.actor,
        state,
    )
