"""`sanchat-admin users`: who is known here, and who is kept out."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import Outcome, no_answer, outcome_of
from sanchat.cli.completion import room_names, user_names
from sanchat.cli.failures import Failure, failure_from
from sanchat.cli.naming import find_room, find_user
from sanchat.cli.program import command, program
from sanchat.cli.terminal import Terminal, counted
from sanchat.cli.times import duration_seconds, shown
from sanchat.errors import ChatError
from sanchat.models import User

PAGE = 200  # users
KICK_SECONDS = 60  # how long a kicked user is kept out, docs/protocol.md

app = program(
    "The users: list, show and rename them, keep them out or silent, and let them in again.",
    "sanchat-admin users list",
    "sanchat-admin users ban mallory --for 7d",
)

Names = Annotated[
    list[str],
    typer.Argument(
        metavar="USER...",
        help="Names (the newest of that name) or ids (`17`, `#17`).",
        autocompletion=user_names,
    ),
]
InRoom = Annotated[
    str | None,
    typer.Option("--room", metavar="ROOM", help="In this room only.", autocompletion=room_names),
]
Duration = Annotated[
    str | None, typer.Option("--for", metavar="TIME", help="30s, 10m, 2h, 7d; for good without it.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="What the person is told.")]
COLUMNS = ("ID", "NAME", "KIND", "ROLE", "SINCE (UTC)", "STATE")


class Removal(msgspec.Struct, frozen=True):
    """Somebody whom an act concerns, and the act's id."""

    user: User
    act: int


@command(
    app,
    "list",
    "sanchat-admin users list --kind guest",
    "sanchat-admin users list --json | jq -r 'select(.kind == \"guest\") | .name'",
)
async def list_users(
    chat: Chat,
    terminal: Terminal,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Only guest, member, bot or imported users."),
    ] = None,
) -> None:
    """List the users by id.

    Columns in a pipe: id, name, kind, role, since (UTC), state; no header.
    """
    listing = terminal.listing(COLUMNS)
    after = 0
    while page := await chat.store.users(after=after, limit=PAGE):
        after = page[-1].id
        for user in page:
            if kind not in (None, user.kind):
                continue
            state = "switched off" if user.disabled_at else "active"
            listing.add(
                msgspec.to_builtins(user),
                (str(user.id), user.name, user.kind, user.role, shown(user.created_at), state),
            )
    listing.end("There are no such users.")


@command(
    app,
    "kick",
    'sanchat-admin users kick mallory --reason "Take a break."',
    "sanchat-admin users kick mallory '#17' --room lobby",
)
async def kick_users(
    chat: Chat, terminal: Terminal, users: Names, room: InRoom = None, reason: Reason = ""
) -> None:
    """Close the connections of users, and keep them out for 60 seconds."""
    place = await _place(chat, room)

    async def kick(user: User) -> int:
        return await chat.moderation.kick(user, room=place, reason=reason, actor=actor())

    removals = await _act_on(chat, terminal, users, kick)
    outcome = await outcome_of(chat, [removal.act for removal in removals])
    for removal in removals:
        name = removal.user.name
        _report(
            terminal,
            removal,
            outcome,
            done=f"kicked {name}{_where(place)}",
            noun=f"kick of {name}",
            later=f"{name} is kept out for {KICK_SECONDS} s",
            record={"action": "kick", "room": place, "reason": reason},
        )


@command(
    app,
    "ban",
    'sanchat-admin users ban mallory --for 7d --reason "Three warnings."',
    "sanchat-admin users ban mallory eve --room lobby",
)
async def ban_users(
    chat: Chat,
    terminal: Terminal,
    users: Names,
    duration: Duration = None,
    room: InRoom = None,
    reason: Reason = "",
) -> None:
    """Keep users out, and close their connections.

    A ban from the whole server keeps out names that look the same, too.
    """
    seconds = None if duration is None else duration_seconds(duration)
    place = await _place(chat, room)

    async def ban(user: User) -> int:
        return await chat.moderation.ban(
            user, room=place, reason=reason, seconds=seconds, actor=actor()
        )

    removals = await _act_on(chat, terminal, users, ban)
    outcome = await outcome_of(chat, [removal.act for removal in removals])
    for removal in removals:
        name = removal.user.name
        _report(
            terminal,
            removal,
            outcome,
            done=f"banned {name}{_where(place)}" + (f" for {duration}" if duration else ""),
            noun=f"ban of {name}",
            later="the ban holds when one starts",
            record={
                "action": "ban",
                "room": place,
                "reason": reason,
                "seconds": seconds,
            },
        )


@command(
    app,
    "unban",
    "sanchat-admin users unban mallory",
    "sanchat-admin users unban mallory eve --room lobby",
)
async def unban_users(chat: Chat, terminal: Terminal, users: Names, room: InRoom = None) -> None:
    """Let banned users in again, at once."""
    place = await _place(chat, room)

    async def unban(user: User) -> int:
        return await chat.moderation.unban(user, room=place, actor=actor())

    removals = await _act_on(chat, terminal, users, unban)
    for removal in removals:
        # The ban ended with the transaction; no server has anything to carry out.
        terminal.result(
            _record(removal) | {"action": "unban", "room": place},
            f"unbanned {removal.user.name}{_where(place)}",
        )


@command(
    app,
    "mute",
    'sanchat-admin users mute mallory --for 1h --reason "Cool down."',
    "sanchat-admin users mute mallory eve --room lobby",
)
async def mute_users(
    chat: Chat,
    terminal: Terminal,
    users: Names,
    duration: Duration = None,
    room: InRoom = None,
    reason: Reason = "",
) -> None:
    """Let users read but not write; they are told so."""
    seconds = None if duration is None else duration_seconds(duration)
    place = await _place(chat, room)

    async def mute(user: User) -> int:
        return await chat.moderation.mute(
            user, room=place, reason=reason, seconds=seconds, actor=actor()
        )

    removals = await _act_on(chat, terminal, users, mute)
    outcome = await outcome_of(chat, [removal.act for removal in removals])
    for removal in removals:
        name = removal.user.name
        _report(
            terminal,
            removal,
            outcome,
            done=f"muted {name}{_where(place, 'in')}" + (f" for {duration}" if duration else ""),
            noun=f"mute of {name}",
            later="the mute holds when one starts",
            record={"action": "mute", "room": place, "reason": reason, "seconds": seconds},
            touched="told",
        )


@command(
    app,
    "unmute",
    "sanchat-admin users unmute mallory",
    "sanchat-admin users unmute mallory eve --room lobby",
)
async def unmute_users(chat: Chat, terminal: Terminal, users: Names, room: InRoom = None) -> None:
    """Let muted users write again, at once."""
    place = await _place(chat, room)

    async def unmute(user: User) -> int:
        return await chat.moderation.unmute(user, room=place, actor=actor())

    for removal in await _act_on(chat, terminal, users, unmute):
        # As with a ban, what counts ended with the transaction.
        terminal.result(
            _record(removal) | {"action": "unmute", "room": place},
            f"unmuted {removal.user.name}{_where(place, 'in')}",
        )


async def _place(chat: Chat, room: str | None) -> str | None:
    """The name of the room meant, None for the whole server."""
    return None if room is None else (await find_room(chat, room)).name


async def _act_on(
    chat: Chat, terminal: Terminal, names: list[str], act: Callable[[User], Awaitable[int]]
) -> list[Removal]:
    """Act on everybody who is found, say who is not, and return what was done."""
    removals = []
    for name in names:
        try:
            user = await find_user(chat, name)
            removals.append(Removal(user, await act(user)))
        except (ChatError, Failure) as error:
            failure = failure_from(error)
            assert failure is not None
            terminal.fail(failure)
    return removals


def _report(
    terminal: Terminal,
    removal: Removal,
    outcome: Outcome,
    *,
    done: str,
    noun: str,
    later: str,
    record: dict[str, Any],
    touched: str = "",
) -> None:
    if not outcome.answered(removal.act):
        terminal.fail(no_answer(noun))
        return
    closed = outcome.closed.get(removal.act)
    if closed is None:
        sentence = f"{done}: no server is running; {later}"
    else:
        # From a room, people are cut off; their connections stay.
        touched = touched or ("cut off" if record["room"] else "closed")
        sentence = f"{done}: {counted(closed, 'connection')} {touched}"
    terminal.result(
        _record(removal)
        | record
        | {"server_running": outcome.server_running, "connections": closed},
        sentence,
    )


def _record(removal: Removal) -> dict[str, Any]:
    return {"user": removal.user.name, "user_id": removal.user.id, "act": removal.act}


def _where(place: str | None, preposition: str = "from") -> str:
    return f" {preposition} {place}" if place else ""
