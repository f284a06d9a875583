"""`sanchat-admin import`: logs of other chats into a room, as often as one likes."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from sanchat.changes import EnsureImportedUser, Import, Posted
from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.formats import irc
from sanchat.cli.naming import find_room
from sanchat.cli.program import command
from sanchat.cli.progress import Progress
from sanchat.cli.terminal import Terminal, counted
from sanchat.models import Room, User, room_key

BATCH = 500  # changes in one transaction: a running server never waits long for its turn

_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})(?!\d)")


class Format(StrEnum):
    IRC = "irc"


class Log(msgspec.Struct, frozen=True):
    """A file to import and the day on which it begins."""

    path: Path
    first_day: date


class Tally(msgspec.Struct):
    """What became of the lines."""

    added: int = 0
    already_there: int = 0
    mended: int = 0
    older: int = 0  # added, though the room held something newer before them
    skipped: Counter[str] = msgspec.field(default_factory=Counter)


def add_to(app: typer.Typer) -> None:
    """Make `import` a command of the program."""
    command(
        app,
        "import",
        "sanchat-admin import 2004-11-15_03.log --format irc --room ubuntu",
        "sanchat-admin import logs/*.log --format irc --room ubuntu --json",
        creates=True,
    )(import_logs)


async def import_logs(
    chat: Chat,
    terminal: Terminal,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="The logs.")],
    room: Annotated[
        str, typer.Option("--room", metavar="NAME", help="Where to; made if there is none.")
    ],
    format: Annotated[
        Format, typer.Option("--format", metavar="irc", help="How the logs are written.")
    ],
    day: Annotated[
        str | None,
        typer.Option(
            "--date",
            metavar="YYYY-MM-DD",
            help="The day of the first line, where the file's name does not begin with it.",
        ),
    ] = None,
) -> None:
    """Import logs into a room, the oldest first; what is there already is not added again.

    irc reads `[HH:MM] <nick> text` and `[HH:MM] * nick action`, in UTC, from the day that begins
    the file's name (`2004-11-15_03.log`) or that --date gives. Where 12:xx is followed by 01:xx,
    twelve hours are added from there on; any other step back crosses midnight. Lines are read as
    UTF-8; bytes that are not become U+FFFD. Authors become imported users under their names.
    Events (`=== ...`), empty or unreadable lines and texts above 4,000 characters are skipped and
    counted. A server may run meanwhile: people see the messages come in.
    """
    logs = sorted((_log(name, day) for name in files), key=lambda log: log.first_day)
    target, made = await _room(chat, room)
    if made:
        terminal.note(f"There was no room {target.name}; it is made.")
    tally = Tally()
    importer = _Importer(chat, target, tally)
    await importer.begin()
    try:
        with Progress(terminal, total=sum(log.path.stat().st_size for log in logs)) as progress:
            for log in logs:
                lines = irc.read_log(_lines(log.path, progress), log.first_day)
                while batch := list(islice(lines, BATCH)):
                    await importer.add(batch)
    except asyncio.CancelledError:
        terminal.note(
            f"Stopped after {counted(tally.added, 'message')}; the same command goes on there."
        )
        raise
    _report(terminal, target, tally, files=len(logs), made=made, users=importer.users)


class _Importer:
    """Puts what was said into one room, a transaction a batch."""

    def __init__(self, chat: Chat, room: Room, tally: Tally) -> None:
        self._chat = chat
        self._room = room
        self._tally = tally
        self._authors: dict[str, int] = {}
        self._newest_at = 0

    @property
    def users(self) -> int:
        """How many different people were met."""
        return len(self._authors)

    async def begin(self) -> None:
        """Look how far the room's time has come."""
        for message in await self._chat.store.newest(self._room, limit=1):
            self._newest_at = message.sent_at

    async def add(self, batch: list[irc.Said | irc.Skipped]) -> None:
        """Post what is a message, count what is not."""
        said = [line for line in batch if isinstance(line, irc.Said)]
        self._tally.skipped.update(line.reason for line in batch if isinstance(line, irc.Skipped))
        if not said:
            return
        await self._meet({line.name for line in said})
        changes = [
            Import(
                room_key=room_key(self._room.name),
                author_id=self._authors[line.name],
                text=line.text,
                client_message_id=line.client_message_id,
                sent_at=line.sent_at,
                kind=line.kind,
            )
            for line in said
        ]
        for line, answer in zip(said, await self._chat.journal.write_all(changes), strict=True):
            self._count(line, answer)

    async def _meet(self, names: set[str]) -> None:
        strangers = sorted(names - self._authors.keys())
        changes = [EnsureImportedUser(name=name) for name in strangers]
        if not changes:
            return
        for answer in await self._chat.journal.write_all(changes):
            if not isinstance(answer, User):
                raise answer
            self._authors[answer.name] = answer.id

    def _count(self, line: irc.Said, answer: Any) -> None:
        if not isinstance(answer, Posted):
            # The same for every line: the room was deleted, the disk is full.
            raise answer
        if answer.duplicate:
            self._tally.already_there += 1
            return
        self._tally.added += 1
        self._tally.mended += line.mended
        self._tally.older += line.sent_at < self._newest_at
        self._newest_at = max(self._newest_at, line.sent_at)


async def _room(chat: Chat, given: str) -> tuple[Room, bool]:
    """The room, and whether it had to be made."""
    try:
        return await find_room(chat, given), False
    except Failure:
        return await chat.create_room(given.removeprefix("#"), actor=actor()), True


def _log(name: str, day: str | None) -> Log:
    path = Path(name)
    if not path.is_file():
        raise Failure(f"There is no file {name}.", exit=Exit.NOT_FOUND)
    dated = _DATED.match(path.name)
    written = day or (dated[1] if dated else "")
    if not written:
        raise Failure(
            f"The name of {name} does not begin with a date.",
            exit=Exit.USAGE,
            hint="Say with --date YYYY-MM-DD on which day its first line was written.",
        )
    try:
        return Log(path, date.fromisoformat(written))
    except ValueError:
        raise Failure(
            f"{written} is not a day.", exit=Exit.USAGE, hint="Write it as 2004-11-15."
        ) from None


def _lines(path: Path, progress: Progress) -> Iterator[bytes]:
    """The lines of a file, none of them held beyond what the parser looks at."""
    with open(path, "rb") as file:
        while line := file.readline(irc.LINE_BYTES + 1):
            yield line
            progress.advance(len(line))
            while len(line) > irc.LINE_BYTES and not line.endswith(b"\n"):
                line = file.readline(irc.LINE_BYTES + 1)
                progress.advance(len(line))


def _report(
    terminal: Terminal, room: Room, tally: Tally, *, files: int, made: bool, users: int
) -> None:
    skipped = sum(tally.skipped.values())
    reasons = tally.skipped.most_common()
    terminal.result(
        {
            "room": room.name,
            "room_id": room.id,
            "room_made": made,
            "files": files,
            "users": users,
            "added": tally.added,
            "already_there": tally.already_there,
            "skipped": skipped,
            "skipped_by_reason": dict(tally.skipped),
            "mended": tally.mended,
            "older": tally.older,
        },
        f"{room.name}: {tally.added:,} added, {tally.already_there:,} already there, "
        f"{skipped:,} skipped",
        *(f"  skipped {count:,}: {irc.MEANINGS[reason]}" for reason, count in reasons),
    )
    if tally.mended:
        terminal.note(
            f"{counted(tally.mended, 'message')} held bytes that are not UTF-8; they read \ufffd."
        )
    if tally.older:
        terminal.note(
            f"{counted(tally.older, 'message')} of a time before what {room.name} held already: "
            "numbered after it, at their own times. Import the oldest logs first to avoid that."
        )
