"""`sanchat-admin rooms`: what rooms there are, and their making and unmaking."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import carried_out, each
from sanchat.cli.completion import room_names, user_names
from sanchat.cli.confirming import DryRun, Yes, confirm
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.naming import find_room, find_user, one_of
from sanchat.cli.pace import Pace
from sanchat.cli.program import command, program
from sanchat.cli.progress import Progress
from sanchat.cli.terminal import Terminal, counted
from sanchat.cli.times import duration_seconds, shown
from sanchat.errors import Conflict
from sanchat.models import (
    HISTORIES,
    LONGEST_SLOW_MODE_S,
    POSTING,
    ROOM_KINDS,
    Room,
    room_key,
)

PAGE = 200  # rooms
MESSAGE_PAGE = 1_000

app = program(
    "The rooms: list, show, create, rename, set, archive, restore and delete them.",
    "sanchat-admin rooms list",
    "sanchat-admin rooms archive old-plans",
)

Names = Annotated[
    list[str],
    typer.Argument(
        metavar="ROOM...", help="Names or ids (`17`, `#17`).", autocompletion=room_names
    ),
]
COLUMNS = ("ID", "NAME", "TITLE", "KIND", "MEMBERS", "LAST NUMBER", "STATE")


@command(app, "list", "sanchat-admin rooms list", "sanchat-admin rooms list --json | jq -r .name")
async def list_rooms(
    chat: Chat,
    terminal: Terminal,
    kind: Annotated[
        str | None, typer.Option(metavar="|".join(ROOM_KINDS), help="Only rooms of this kind.")
    ] = None,
) -> None:
    """List the rooms by name, archived ones included.

    Columns in a pipe: id, name, title, kind, members, last number, state; no header.
    """
    if kind is not None:
        one_of(ROOM_KINDS, kind, "kind of room")
    listing = terminal.listing(COLUMNS)
    async for room in _all_rooms(chat, kind):
        members = await chat.store.member_count(room.id)
        listing.add(
            _record(room, members),
            (
                str(room.id),
                room.name,
                room.title,
                room.kind,
                str(members),
                str(room.last_seq),
                "archived" if room.archived_at else "in use",
            ),
        )
    listing.end("There are no rooms yet. `sanchat-admin rooms create lobby` makes one.")


@command(
    app, "show", "sanchat-admin rooms show lobby", "sanchat-admin rooms show lobby '#17' --json"
)
async def show_rooms(chat: Chat, terminal: Terminal, rooms: Names) -> None:
    """Show everything about rooms."""

    async def show(given: str) -> None:
        room = await find_room(chat, given)
        record = _record(room, await chat.store.member_count(room.id))
        terminal.card(record, {key: _for_people(key, value) for key, value in record.items()})

    await each(terminal, rooms, show)


@command(
    app,
    "create",
    "sanchat-admin rooms create lobby kitchen",
    'sanchat-admin rooms create plans --title "Plans for 2027" --closed --owner ana',
    creates=True,
)
async def create_rooms(
    chat: Chat,
    terminal: Terminal,
    rooms: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names of new rooms.")],
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="What people read above the room.")
    ] = "",
    kind: Annotated[
        str, typer.Option(metavar="open|closed", help="Open to everybody, or to members alone.")
    ] = "open",
    closed: Annotated[bool, typer.Option("--closed", help="The same as `--kind closed`.")] = False,
    owner: Annotated[
        str | None,
        typer.Option(metavar="USER", help="Who owns them.", autocompletion=user_names),
    ] = None,
    if_not_exists: Annotated[
        bool, typer.Option("--if-not-exists", help="Be content where the room is there already.")
    ] = False,
) -> None:
    """Create rooms; makes the database too where there is none."""
    kind = "closed" if closed else kind
    one_of(("open", "closed"), kind, "kind of room")
    person = await find_user(chat, owner) if owner is not None else None

    async def create(name: str) -> None:
        try:
            room = await chat.create_room(name, title=title, kind=kind, actor=actor())
        except Conflict:
            room = await chat.room(name)
            if not if_not_exists:
                raise Failure(
                    f"There is a room {room.name} already.",
                    exit=Exit.CONFLICT,
                    hint="--if-not-exists is content with that.",
                ) from None
            terminal.result(_record(room) | {"created": False}, f"{room.name} is there already")
            return
        if person is not None:
            await chat.belonging.add(room.name, person, role="owner", actor=actor())
        terminal.result(_record(room) | {"created": True}, f"created {room.name}")

    async with carried_out(chat, terminal):
        await each(terminal, rooms, create)


@command(
    app,
    "rename",
    "sanchat-admin rooms rename kitchen tea-kitchen",
    "sanchat-admin rooms rename 17 plans-2027",
)
async def rename_room(
    chat: Chat,
    terminal: Terminal,
    room: Annotated[
        str, typer.Argument(metavar="ROOM", help="Its name or id.", autocompletion=room_names)
    ],
    new_name: Annotated[str, typer.Argument(metavar="NEW-NAME", help="The name it gets.")],
) -> None:
    """Give a room another name; its messages, members and numbers stay."""
    found = await find_room(chat, room)
    async with carried_out(chat, terminal):
        renamed = await chat.rename_room(found.name, new_name, actor=actor())
        terminal.result(
            _record(renamed) | {"former_name": found.name},
            f"renamed {found.name} to {renamed.name}",
        )


@command(
    app,
    "set",
    'sanchat-admin rooms set lobby --topic "Be kind." --slow 5',
    "sanchat-admin rooms set news plans --posting moderators --retain 90d",
)
async def set_rooms(
    chat: Chat,
    terminal: Terminal,
    rooms: Names,
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What people read above the room.")
    ] = None,
    topic: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What it is about at the moment.")
    ] = None,
    posting: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(POSTING),
            help="Who may post: whoever may come in, who has joined, or moderators.",
        ),
    ] = None,
    history: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(HISTORIES),
            help="What newcomers can read: all, or what was said since they joined.",
        ),
    ] = None,
    slow: Annotated[
        int | None,
        typer.Option(
            metavar="SECONDS",
            min=0,
            max=LONGEST_SLOW_MODE_S,
            help="One message per person in that time; 0 for no limit.",
        ),
    ] = None,
    retain: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION|forever",
            help="How long messages are kept, such as 90d; older ones are deleted for good.",
        ),
    ] = None,
) -> None:
    """Give rooms other words or rules; what is not given stays. Moderators are above the rules."""
    for value, values, noun in ((posting, POSTING, "posting"), (history, HISTORIES, "history")):
        if value is not None:
            one_of(values, value, noun)
    keep = None
    if retain is not None:
        keep = 0 if retain == "forever" else duration_seconds(retain)
    if {title, topic, posting, history, slow, keep} == {None}:
        raise Failure("Nothing to set.", exit=Exit.USAGE, hint="--help shows what can be set.")

    async def change(given: str) -> None:
        room = await find_room(chat, given)
        fresh = await chat.set_room(
            room.name,
            title=title,
            topic=topic,
            posting=posting,
            history=history,
            slow_mode_s=slow,
            retain_s=keep,
            actor=actor(),
        )
        changed = fresh != room
        sentence = f"changed {room.name}" if changed else f"{room.name} is like that already"
        terminal.result(_record(fresh) | {"changed": changed}, sentence)

    async with carried_out(chat, terminal):
        await each(terminal, rooms, change)


@command(
    app,
    "archive",
    "sanchat-admin rooms archive old-plans",
    "sanchat-admin rooms archive plans-2024 plans-2025 --quiet",
)
async def archive_rooms(chat: Chat, terminal: Terminal, rooms: Names) -> None:
    """Make rooms read only; `restore` takes it back."""
    await _do(chat, terminal, rooms, chat.archive_room, "archived")


@command(
    app,
    "restore",
    "sanchat-admin rooms restore old-plans",
    "sanchat-admin rooms restore plans-2024 plans-2025",
)
async def restore_rooms(chat: Chat, terminal: Terminal, rooms: Names) -> None:
    """Make archived rooms writable again."""
    await _do(chat, terminal, rooms, chat.restore_room, "restored")


@command(
    app,
    "delete",
    "sanchat-admin rooms delete spam --dry-run",
    "sanchat-admin rooms delete spam more-spam --yes",
)
async def delete_rooms(
    chat: Chat,
    terminal: Terminal,
    rooms: Names,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Delete rooms with all their messages, for good. `archive` is the milder way."""

    async def delete(given: str) -> None:
        room = await find_room(chat, given)
        members = await chat.store.member_count(room.id)
        messages = await chat.store.message_count(room.id)
        what = f"{room.name}: {counted(messages, 'message')}, {counted(members, 'member')}"
        record = _record(room, members) | {"messages": messages, "dry_run": dry_run}
        if dry_run:
            terminal.result(record, f"would delete {what}")
            return
        if not yes:
            confirm(
                terminal,
                f"This deletes {what}, for good.",
                room.name,
                hint="`sanchat-admin rooms archive` makes a room read only, and can be undone.",
            )
        await chat.delete_room(room.name, actor=actor())
        with Progress(terminal):
            await _sweep(chat)
        terminal.result(record, f"deleted {what}")

    async with carried_out(chat, terminal):
        await each(terminal, rooms, delete)


async def _do(
    chat: Chat,
    terminal: Terminal,
    rooms: list[str],
    change: Callable[..., Awaitable[Room]],
    done: str,
) -> None:
    async def change_one(given: str) -> None:
        room = await find_room(chat, given)
        changed = await change(room.name, actor=actor())
        terminal.result(_record(changed), f"{done} {room.name}")

    async with carried_out(chat, terminal):
        await each(terminal, rooms, change_one)


async def _sweep(chat: Chat) -> None:
    # A server does this by itself, without holding anybody up.
    pace, is_more = Pace(chat), True
    while is_more and not chat.server_is_running():
        async with pace:
            is_more = await chat.sweep()


async def _all_rooms(chat: Chat, kind: str | None) -> AsyncIterator[Room]:
    after = ""
    while page := await chat.store.rooms(kind=kind, after=after, limit=PAGE):
        for room in page:
            yield room
        after = room_key(page[-1].name)


def _record(room: Room, members: int | None = None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": room.id,
        "name": room.name,
        "title": room.title,
        "topic": room.topic,
        "kind": room.kind,
        "posting": room.posting,
        "history": room.history,
        "slow_mode_s": room.slow_mode_s,
        "retain_s": room.retain_s,
        "last_seq": room.last_seq,
        "created_at": room.created_at,
        "archived_at": room.archived_at,
    }
    return record if members is None else record | {"members": members}


def _for_people(key: str, value: Any) -> str:
    if value is None:
        return "-"
    return f"{shown(value)} UTC" if key.endswith("_at") else str(value)
