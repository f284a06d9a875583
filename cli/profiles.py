"""`sanchat-admin users show|rename`: what is known of somebody, and the name they have."""

from typing import Annotated, Any

import msgspec
import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import carried_out, each
from sanchat.cli.completion import user_names
from sanchat.cli.failures import refused
from sanchat.cli.naming import find_user
from sanchat.cli.program import command
from sanchat.cli.terminal import Terminal
from sanchat.cli.times import shown
from sanchat.cli.users import Names
from sanchat.cli.users import app as app
from sanchat.errors import NameTaken
from sanchat.models import Ban


@command(
    app, "show", "sanchat-admin users show mallory", "sanchat-admin users show mallory '#17' --json"
)
async def show_users(chat: Chat, terminal: Terminal, users: Names) -> None:
    """Show everything about users: their rooms, sessions and messages, and what keeps them out."""

    async def show(given: str) -> None:
        user = await find_user(chat, given)
        figures = await chat.store.figures_of_user(user.id)
        rooms = await chat.store.rooms_of(user.id)
        bans = await chat.store.bans_of(user.id)
        names = {place.room.id: place.room.name for place in rooms}
        for ban in bans:
            if ban.room_id is not None and ban.room_id not in names:
                room = await chat.store.room_by_id(ban.room_id)
                names[ban.room_id] = room.name if room else ""
        record: dict[str, Any] = msgspec.to_builtins(user)
        record |= figures
        record["rooms"] = [{"room": place.room.name, "role": place.role} for place in rooms]
        record["bans"] = [_ban(ban, names) for ban in bans]
        people: dict[str, str] = {
            "id": str(user.id),
            "name": user.name,
            "kind": user.kind,
            "role": user.role,
            "since": f"{shown(user.created_at)} UTC",
            "state": "switched off" if user.disabled_at else "active",
            "messages": f"{figures['messages']:,}",
            "sessions": str(figures["sessions"]),
            "seen": f"{shown(figures['seen_at'])} UTC" if figures["seen_at"] else "-",
            "rooms": ", ".join(place.room.name for place in rooms) or "-",
            "bans": "; ".join(_sentence(_ban(ban, names)) for ban in bans) or "-",
        }
        terminal.card(record, people)

    await each(terminal, users, show)


@command(
    app,
    "rename",
    "sanchat-admin users rename mallory mallow",
    "sanchat-admin users rename '#17' \"Ana Maria\"",
)
async def rename_user(
    chat: Chat,
    terminal: Terminal,
    user: Annotated[
        str, typer.Argument(metavar="USER", help="Name or id.", autocompletion=user_names)
    ],
    new_name: Annotated[str, typer.Argument(metavar="NEW-NAME", help="The name they get.")],
) -> None:
    """Give a user another name, under what they have said, too.

    The name of somebody who can still come back under it is refused: rename that one first.
    """
    found = await find_user(chat, user)
    async with carried_out(chat, terminal):
        try:
            act = await chat.moderation.rename(found, new_name, actor=actor())
        except NameTaken as error:
            hint = "`sanchat-admin users show` says when they were last here; rename them first."
            raise refused(error.code, str(error), hint=hint) from None
        renamed = await chat.store.user(found.id) or found
        terminal.result(
            {
                "user": renamed.name,
                "user_id": renamed.id,
                "act": act,
                "action": "rename",
                "former_name": found.name,
            },
            f"renamed {found.name} to {renamed.name}",
        )


def _ban(ban: Ban, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": ban.id,
        "kind": ban.kind,
        "room": None if ban.room_id is None else names[ban.room_id],
        "reason": ban.reason,
        "created_at": ban.created_at,
        "until": ban.until,
    }


def _sentence(ban: dict[str, Any]) -> str:
    where = f" in {ban['room']}" if ban["room"] else ""
    until = f" until {shown(ban['until'])} UTC" if ban["until"] else " for good"
    return f"{ban['kind']}{where}{until}" + (f" ({ban['reason']})" if ban["reason"] else "")
