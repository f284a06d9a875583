"""`sanchat-admin export`: rooms as files, read page by page while people go on talking."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from sanchat.chat import Chat
from sanchat.cli.completion import room_names, user_names
from sanchat.cli.extracts import Choice, Extract
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.files import PIPE, destination, existing_file, lines_of
from sanchat.cli.formats.jsonl import LINE_BYTES, NotAnExport, read_jsonl
from sanchat.cli.formats.records import Header, Record, RoomLine
from sanchat.cli.formats.writers import (
    FORMATS,
    ONE_ROOM,
    Format,
    ending_of,
    format_of,
    writer_of,
)
from sanchat.cli.naming import find_room, find_user
from sanchat.cli.pace import yield_to_server
from sanchat.cli.program import command
from sanchat.cli.progress import Progress
from sanchat.cli.terminal import Terminal, counted
from sanchat.cli.times import Bound, bound
from sanchat.models import Message, Room, room_key

_LONGEST_FILE_NAME = 200  # bytes


def add_to(app: typer.Typer) -> None:
    """Make `export` a command of the program."""
    command(
        app,
        "export",
        "sanchat-admin export lobby --format txt --since 2026-11-01 --until 2026-11-07",
        "sanchat-admin export --all --audit --out everything.jsonl --force",
    )(export_rooms)


async def export_rooms(
    chat: Chat,
    terminal: Terminal,
    rooms: Annotated[
        list[str] | None,
        typer.Argument(metavar="ROOM...", help="Names or ids.", autocompletion=room_names),
    ] = None,
    all_rooms: Annotated[
        bool, typer.Option("--all", help="All rooms, archived and closed ones too.")
    ] = False,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            metavar=FORMATS,
            help="By default what the ending of --out says, or else jsonl.",
        ),
    ] = None,
    out: Annotated[
        str,
        typer.Option(
            "--out",
            metavar="FILE|-|FOLDER/",
            help="Where to; `-` is standard output, a folder gets a file for each room.",
        ),
    ] = PIPE,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN|NUMBER", help="From this day, time or number on."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="WHEN|NUMBER", help="Up to this one, and with it."),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            metavar="USER",
            help="Only what this one wrote; a name or an id.",
            autocompletion=user_names,
        ),
    ] = None,
    since_export: Annotated[
        str | None,
        typer.Option(
            "--since-export",
            metavar="FILE.jsonl",
            help="Only what was said or changed after this export of the same rooms.",
        ),
    ] = None,
    audit: Annotated[
        bool, typer.Option("--audit", help="With the audit log; in jsonl only.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Write rooms to a file, a folder or a pipe.

    jsonl holds everything and is the one to keep: it can be imported, and taken further with
    --since-export. csv is for spreadsheets: cells that look like a formula begin with an
    apostrophe. html is a page to read and keep, in one file; md is for wikis and issues; txt,
    weechat and irssi are logs. csv, html, md and txt are one-way. Days and times are UTC.
    Rooms are read in short steps: a running server goes on meanwhile.
    """
    found = await _rooms(chat, rooms or [], all_rooms=all_rooms)
    chosen = format or format_of(out) or Format.JSONL
    folder = _folder(out)
    if audit and chosen != Format.JSONL:
        raise Failure("Only jsonl holds the audit log.", exit=Exit.USAGE)
    if chosen in ONE_ROOM and len(found) > 1 and folder is None:
        raise Failure(
            f"A file of {chosen} tells of one room.",
            exit=Exit.USAGE,
            hint="Name a folder to --out: it gets a file for each room.",
        )
    choice = Choice(
        since=bound(since, end=False) if since else Bound(),
        until=bound(until, end=True) if until else Bound(),
        user=await find_user(chat, user) if user else None,
        after=_cursors(found, since_export) if since_export else None,
        part=_part(since=since, until=until, user=user),
    )
    extract = Extract(chat, found, choice, is_whole_database=all_rooms, has_acts=audit)
    targets: list[tuple[str, Sequence[Room]]] = [(out, found)]
    if folder is not None:
        targets = [(str(folder / _file_name(room, chosen)), [room]) for room in found]
    count = 0
    yield_to_server(chat)
    with Progress(terminal, total=extract.numbers, unit="messages") as progress:
        for target, some in targets:
            pieces = extract.records(
                some,
                is_lossless=chosen == Format.JSONL,
                has_quotes=chosen in (Format.HTML, Format.MD),
            )
            count += await _write(target, terminal, chosen, pieces, progress, force=force)
    if out == PIPE:
        return
    names = [room.name for room in found]
    terminal.result(
        {"rooms": names, "format": chosen.value, "messages": count, "file": out},
        f"wrote {counted(count, 'message')} of {_named(names)} to {out}",
    )


async def _write(
    target: str,
    terminal: Terminal,
    format: Format,
    pieces: AsyncIterator[list[Record]],
    progress: Progress,
    *,
    force: bool,
) -> int:
    """Write one file; the number of messages in it."""
    writer = writer_of(format)
    count = 0
    with destination(target, terminal, is_json=format == Format.JSONL, force=force) as file:
        async for records in pieces:
            file.write(b"".join(map(writer.write, records)))
            messages = sum(isinstance(record, Message) for record in records)
            count += messages
            progress.advance(messages)
        file.write(writer.end())
    return count


async def _rooms(chat: Chat, given: Sequence[str], *, all_rooms: bool) -> list[Room]:
    if bool(given) == all_rooms:
        raise Failure(
            "Name the rooms, or say --all.",
            exit=Exit.USAGE,
            hint="`sanchat-admin rooms list` shows all of them.",
        )
    if not all_rooms:
        found = [await find_room(chat, name) for name in given]
        return list({room.id: room for room in found}.values())
    rooms: list[Room] = []
    while page := await chat.store.rooms(after=room_key(rooms[-1].name) if rooms else ""):
        rooms += page
    return rooms


def _folder(out: str) -> Path | None:
    if out == PIPE or not (Path(out).is_dir() or out.endswith("/")):
        return None
    if not Path(out).is_dir():
        raise Failure(f"There is no folder {out}.", exit=Exit.NOT_FOUND)
    return Path(out)


def _cursors(rooms: Sequence[Room], name: str) -> dict[int, int]:
    """Where the export left off, by room id; rooms that were not in it are taken from the start."""
    path = existing_file(name)
    cursors: dict[int, int] = {}
    by_identity = {(room.id, room.created_at): room for room in rooms}
    try:
        for record in read_jsonl(lines_of(path, None, longest=LINE_BYTES)):
            if isinstance(record, Header) and record.part:
                raise Failure(
                    f"{name} holds a part of its rooms only.",
                    exit=Exit.USAGE,
                    hint="Name an export that was made without --since, --until and --user.",
                )
            if isinstance(record, RoomLine):
                room = by_identity.get((record.id, record.created_at))
                if room is not None and record.last_seq <= room.last_seq:
                    cursors[room.id] = record.last_seq
    except NotAnExport as error:
        raise Failure(f"{name} is no whole export: {error}.", exit=Exit.UNVERIFIED) from None
    return cursors


def _part(**asked: str | None) -> dict[str, str] | None:
    return {name: value for name, value in asked.items() if value is not None} or None


def _file_name(room: Room, format: Format) -> str:
    # A room's name has no slash in it and is more than dots.
    name = room.name
    if len(name.encode()) > _LONGEST_FILE_NAME:
        name = f"room-{room.id}"
    return f"{name}{ending_of(format)}"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names) if 1 <= len(names) <= 3 else counted(len(names), "room")
