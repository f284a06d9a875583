"""`sanchat-admin users role|disable|enable|sessions|erase`: what becomes of accounts."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
import typer

from sanchat.chat import Chat
from sanchat.cli.accounts import Account, check_role, find_account
from sanchat.cli.accounts import app as app
from sanchat.cli.actor import actor
from sanchat.cli.acts import carried_out, each
from sanchat.cli.confirming import DryRun, Yes, confirm
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.program import command
from sanchat.cli.terminal import Terminal, counted
from sanchat.cli.times import shown
from sanchat.cli.users import Names
from sanchat.identity import Acted
from sanchat.models import ERASED, ROLES, Room, User, room_key

PAGE = 200  # rooms, messages


@command(
    app,
    "role",
    "sanchat-admin users role ana moderator",
    "sanchat-admin users role ben member --json",
)
async def set_role(
    chat: Chat,
    terminal: Terminal,
    user: Account,
    role: Annotated[str, typer.Argument(metavar="ROLE", help=f"One of {', '.join(ROLES)}.")],
) -> None:
    """Give an account another role on the server. It holds at once."""
    check_role(role)
    found = await find_account(chat, user)
    async with carried_out(chat, terminal):
        acted = await chat.accounts.set_role(found, role, actor=actor())
        terminal.result(
            _record(found, acted) | {"role": role, "was": found.role},
            f"{found.name} is {role} now",
        )


@command(
    app,
    "disable",
    "sanchat-admin users disable mallory",
    "sanchat-admin users disable mallory eve --json",
)
async def disable_users(chat: Chat, terminal: Terminal, users: Names) -> None:
    """Switch accounts off: signed out everywhere, and not let in."""

    async def disable(given: str) -> None:
        user = await find_account(chat, given)
        acted = await chat.accounts.disable(user, actor=actor())
        ended = counted(len(acted.ended), "session")
        terminal.result(_record(user, acted), f"switched {user.name} off; {ended} ended")

    async with carried_out(chat, terminal):
        await each(terminal, users, disable)


@command(
    app,
    "enable",
    "sanchat-admin users enable mallory",
    "sanchat-admin users enable mallory eve --json",
)
async def enable_users(chat: Chat, terminal: Terminal, users: Names) -> None:
    """Switch accounts on again: their password, role and rooms are as they were."""

    async def enable(given: str) -> None:
        user = await find_account(chat, given)
        acted = await chat.accounts.enable(user, actor=actor())
        terminal.result(_record(user, acted), f"switched {user.name} on")

    async with carried_out(chat, terminal):
        await each(terminal, users, enable)


@command(
    app,
    "sessions",
    "sanchat-admin users sessions ana",
    "sanchat-admin users sessions ana --end-all",
)
async def sessions_of_user(
    chat: Chat,
    terminal: Terminal,
    user: Account,
    end: Annotated[
        list[int] | None, typer.Option("--end", metavar="ID", help="Sign this one out.")
    ] = None,
    end_all: Annotated[bool, typer.Option("--end-all", help="Sign all of them out.")] = False,
) -> None:
    """List the browsers and devices that somebody is signed in with, or sign them out.

    Columns in a pipe: id, signed in and last used (UTC), address, agent; no header.
    """
    found = await find_account(chat, user)
    if end or end_all:
        async with carried_out(chat, terminal):
            acted = await chat.accounts.end_sessions(
                found, None if end_all else tuple(end or ()), actor=actor()
            )
            ended = counted(len(acted.ended), "session")
            terminal.result(_record(found, acted), f"ended {ended} of {found.name}")
        return
    listing = terminal.listing(("ID", "SIGNED IN (UTC)", "LAST USED (UTC)", "ADDRESS", "AGENT"))
    for device in await chat.store.devices(found.id):
        cells = (str(device.id), shown(device.created_at), shown(device.seen_at))
        listing.add(msgspec.to_builtins(device), (*cells, device.address, device.agent))
    listing.end(f"{found.name} is signed in nowhere.")


@command(
    app,
    "erase",
    "sanchat-admin users erase ana --dry-run",
    "sanchat-admin users erase ana --messages --yes",
)
async def erase_user(
    chat: Chat,
    terminal: Terminal,
    user: Account,
    messages: Annotated[
        bool, typer.Option("--messages", help="The texts of all their messages, too.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Erase who somebody was, for good, on their request.

    Name, password, sessions with their addresses, memberships, invitations, and what the audit log
    and bans say of them. What they said stays, by `erased`, unless --messages is given. What others
    wrote about them stays, and so do exports and backups made before.
    """
    found = await find_account(chat, user)
    if found.disabled_at is not None and found.name == ERASED:
        raise Failure("Their data is erased already.", exit=Exit.CONFLICT)
    figures = await chat.store.figures_of_user(found.id)
    written = figures["messages"] or 0
    record: dict[str, Any] = {"user": found.name, "user_id": found.id, "messages": written}
    deed = f"Everything that says who {found.name} was goes for good; " + (
        f"their {counted(written, 'message')} too."
        if messages
        else f"their {counted(written, 'message')} stay."
    )
    if dry_run:
        terminal.result(
            record | {"dry_run": True, "messages_erased": written if messages else 0},
            f"would happen: {deed}",
        )
        return
    if not yes:
        confirm(terminal, deed, found.name)
    erased = 0
    async with carried_out(chat, terminal):
        if messages:
            async for room, seqs in _messages_of(chat, found):
                erased += (await chat.moderation.erase(room.name, seqs, actor=actor())).count
        acted = await chat.accounts.erase(found, actor=actor())
        terminal.result(
            record | {"act": acted.act, "messages_erased": erased, "dry_run": False},
            f"erased {found.name}" + (f" and {counted(erased, 'message')}" if messages else ""),
        )


async def _messages_of(chat: Chat, user: User) -> AsyncIterator[tuple[Room, list[int]]]:
    """The numbers of what somebody said, room by room, in pieces that do not hold up the chat."""
    after = ""
    while rooms := await chat.store.rooms(after=after, limit=PAGE):
        for room in rooms:
            seq = 0
            while page := await chat.store.since(room, seq, limit=PAGE):
                seq = page[-1].seq
                seqs = [m.seq for m in page if m.user.id == user.id and m.deleted_at is None]
                if seqs:
                    yield room, seqs
        after = room_key(rooms[-1].name)


def _record(user: User, acted: Acted) -> dict[str, Any]:
    return {
        "user": user.name,
        "user_id": user.id,
        "act": acted.act,
        "sessions_ended": len(acted.ended),
    }
