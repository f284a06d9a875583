"""`sanchat-admin users`: who is known here, and who is kept out."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

import msgspec
import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import each, no_answer, outcome_of
from sanchat.cli.completion import room_names, user_names
from sanchat.cli.naming import find_room, find_user, one_of
from sanchat.cli.program import command, program
from sanchat.cli.terminal import Terminal, counted
from sanchat.cli.times import duration_seconds, shown
from sanchat.models import BOT, GUEST, IMPORTED, MEMBER, User
from sanchat.policy import KICK_SECONDS

PAGE = 200  # users
USER_KINDS = (GUEST, MEMBER, BOT, IMPORTED)

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
        typer.Option(metavar="|".join(USER_KINDS), help="Only users of this kind."),
    ] = None,
) -> None:
    """List the users by id.

    Columns in a pipe: id, name, kind, role, since (UTC), state; no header.
    """
    if kind is not None:
        one_of(USER_KINDS, kind, "kind of user")
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


class Deed(msgspec.Struct, frozen=True):
    """What a command does to users, in the words that tell of it."""

    action: str
    done: str
    later: str  # what holds where no server runs
    preposition: str = "from"
    touched: str = "closed"  # what became of their connections
    touched_in_room: str = "cut off"  # from a room, people are cut off; their connections stay


KICK = Deed("kick", "kicked", f"{{}} is kept out for {KICK_SECONDS} s")
BAN = Deed("ban", "banned", "the ban holds when one starts")
MUTE = Deed("mute", "muted", "the mute holds when one starts", "in", "told", "told")
UNBAN = Deed("unban", "unbanned", "")
UNMUTE = Deed("unmute", "unmuted", "", "in")


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
    kick = partial(chat.moderation.kick, reason=reason)
    await _keep_out(chat, terminal, users, room, KICK, kick, {"reason": reason})


@command(
    app,
    "ban",
    'sanchat-admin users ban mallory --for 7d --reason "Three warnings."',
    "sanchat-admin users ban mallory --addresses",
)
async def ban_users(
    chat: Chat,
    terminal: Terminal,
    users: Names,
    duration: Duration = None,
    room: InRoom = None,
    reason: Reason = "",
    addresses: Annotated[
        bool,
        typer.Option(
            "--addresses",
            help="Whoever comes from where they came from, too (IPv6 by /64, never private ones).",
        ),
    ] = False,
) -> None:
    """Keep users out, and close their connections.

    A ban from the whole server keeps out names that look the same, too. `messages purge` takes
    what they said.
    """
    terms = _terms(duration, reason) | {"addresses": addresses}
    ban = partial(
        chat.moderation.ban,
        reason=reason,
        seconds=terms["seconds"],
        covers_addresses=addresses,
    )
    await _keep_out(chat, terminal, users, room, BAN, ban, terms, duration)


@command(
    app,
    "unban",
    "sanchat-admin users unban mallory",
    "sanchat-admin users unban mallory eve --room lobby",
)
async def unban_users(chat: Chat, terminal: Terminal, users: Names, room: InRoom = None) -> None:
    """Let banned users in again, at once."""
    await _let_again(chat, terminal, users, room, UNBAN, chat.moderation.unban)


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
    terms = _terms(duration, reason)
    mute = partial(chat.moderation.mute, **terms)
    await _keep_out(chat, terminal, users, room, MUTE, mute, terms, duration)


@command(
    app,
    "unmute",
    "sanchat-admin users unmute mallory",
    "sanchat-admin users unmute mallory eve --room lobby",
)
async def unmute_users(chat: Chat, terminal: Terminal, users: Names, room: InRoom = None) -> None:
    """Let muted users write again, at once."""
    await _let_again(chat, terminal, users, room, UNMUTE, chat.moderation.unmute)


def _terms(duration: str | None, reason: str) -> dict[str, Any]:
    return {
        "reason": reason,
        "seconds": None if duration is None else duration_seconds(duration),
    }


async def _keep_out(
    chat: Chat,
    terminal: Terminal,
    names: list[str],
    room: str | None,
    deed: Deed,
    act: Callable[..., Awaitable[int]],
    terms: dict[str, Any],
    duration: str | None = None,
) -> None:
    """Do it to everybody who is found, and tell what the running server made of it."""
    place = await _place(chat, room)
    removals = await _act_on(chat, terminal, names, place, act)
    outcome = await outcome_of(chat, [removal.act for removal in removals])
    for removal in removals:
        name = removal.user.name
        if not outcome.answered(removal.act):
            terminal.fail(no_answer(f"{deed.action} of {name}"))
            continue
        done = _done(deed, removal, place) + (f" for {duration}" if duration else "")
        touched = outcome.closed.get(removal.act)
        if touched is None:
            sentence = f"{done}: no server is running; {deed.later.format(name)}"
        else:
            fate = deed.touched_in_room if place else deed.touched
            sentence = f"{done}: {counted(touched, 'connection')} {fate}"
        answer: dict[str, Any] = {"server_running": outcome.server_running, "connections": touched}
        if terms.get("addresses"):
            answer["networks"] = await chat.store.networks_of(removal.user.id)
            covered = ", ".join(answer["networks"])
            sentence += f"; covers {covered}" if covered else "; no address that can be covered"
        terminal.result(_record(deed, removal, place) | terms | answer, sentence)


async def _let_again(
    chat: Chat,
    terminal: Terminal,
    names: list[str],
    room: str | None,
    deed: Deed,
    act: Callable[..., Awaitable[int]],
) -> None:
    place = await _place(chat, room)
    for removal in await _act_on(chat, terminal, names, place, act):
        # It ended with the transaction; no server has anything to carry out.
        terminal.result(_record(deed, removal, place), _done(deed, removal, place))


async def _place(chat: Chat, room: str | None) -> str | None:
    """The name of the room meant, None for the whole server."""
    return None if room is None else (await find_room(chat, room)).name


async def _act_on(
    chat: Chat,
    terminal: Terminal,
    names: list[str],
    place: str | None,
    act: Callable[..., Awaitable[int]],
) -> list[Removal]:
    """Act on everybody who is found, say who is not, and return what was done."""
    removals = []

    async def act_on(name: str) -> None:
        user = await find_user(chat, name)
        removals.append(Removal(user, await act(user, room=place, actor=actor())))

    await each(terminal, names, act_on)
    return removals


def _record(deed: Deed, removal: Removal, place: str | None) -> dict[str, Any]:
    user = removal.user
    return {
        "user": user.name,
        "user_id": user.id,
        "act": removal.act,
        "action": deed.action,
        "room": place,
    }


def _done(deed: Deed, removal: Removal, place: str | None) -> str:
    return f"{deed.done} {removal.user.name}" + (f" {deed.preposition} {place}" if place else "")
