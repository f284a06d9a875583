"""`sanchat-admin import`: exports and logs of other chats, as often as one likes."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from sanchat.adoption import EnsureImportedUser
from sanchat.changes import Import, Posted
from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.completion import room_names
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.files import existing_file, lines_of
from sanchat.cli.formats import irc, irssi, weechat
from sanchat.cli.formats.said import LINE_BYTES, MEANINGS, Said, Skipped
from sanchat.cli.naming import find_room
from sanchat.cli.pace import Pace
from sanchat.cli.program import command
from sanchat.cli.progress import Progress
from sanchat.cli.terminal import Terminal, counted
from sanchat.cli.transplant import Tally as Moved
from sanchat.cli.transplant import Transplant
from sanchat.errors import ChatError
from sanchat.models import Room, User, clean_room_name, room_key

_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})(?!\d)")


class Format(StrEnum):
    """What can be read."""

    JSONL = "jsonl"
    IRC = "irc"
    WEECHAT = "weechat"
    IRSSI = "irssi"


FORMATS = "|".join(Format)
FORMAT_HELP = "How they are written; by default what their ending says: .jsonl, .weechatlog."
DATE_HELP = "For irc: the day of the first line, where the file's name does not begin with it."


class Log(msgspec.Struct, frozen=True):
    """A file to import, how it is written, and for `irc` the day on which it begins."""

    path: Path
    format: Format
    first_day: date | None

    @property
    def size_bytes(self) -> int:
        """How long the file is."""
        return self.path.stat().st_size

    def read(self, lines: Iterable[bytes]) -> Iterator[Said | Skipped]:
        """What its lines say."""
        match self.format:
            case Format.WEECHAT:
                return weechat.read_log(lines)
            case Format.IRSSI:
                return irssi.read_log(lines)
        assert self.first_day is not None
        return irc.read_log(lines, self.first_day)


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
        "sanchat-admin import everything.jsonl",
        "sanchat-admin import logs/2004-11-15_03.log --format irc --room ubuntu --json",
        creates=True,
    )(import_files)


async def import_files(
    chat: Chat,
    terminal: Terminal,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Exports or logs.")],
    room: Annotated[
        str | None,
        typer.Option(
            "--room",
            metavar="NAME",
            help="Where logs go, made if there is none; a new name for the one room of an export.",
            autocompletion=room_names,
        ),
    ] = None,
    format: Annotated[
        Format | None, typer.Option("--format", metavar=FORMATS, help=FORMAT_HELP)
    ] = None,
    day: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=DATE_HELP)] = None,
) -> None:
    """Import exports or logs; what is there already is not added again.

    jsonl brings rooms back whole: every number and, where they are free, every id. It is checked
    against its footer first. A room that is here already (the same id and day of birth) gets what
    it lacks and changes that came later; another room of the same name is never touched: rename
    one of the two. Users who are not the same as those with their ids here get new ids; those who
    are keep the names they have here. A new
    room appears once it is complete. The audit log is taken where there is none yet. Exports that
    hold a part (--since, --until, --user) are refused; increments (--since-export) come after
    what they go on from.

    irc reads `[HH:MM] <nick> text` and `[HH:MM] * nick action`, in UTC, from the day that begins
    the file's name (`2004-11-15_03.log`) or that --date gives. A file in which 01:xx comes after
    12:xx goes by the clock face: what is left of it is afternoon. Every other time that is earlier
    than the line above it starts the following day. weechat and irssi
    read the logs of those programs, times taken for UTC. Logs are read oldest first, as UTF-8;
    bytes that are not become U+FFFD. Authors become imported users under their names. Events,
    empty or unreadable lines and texts above 4,000 characters are skipped and counted. A server
    may run meanwhile: people see the messages come in.
    """
    logs = [log_of(name, format, day) for name in files]
    exports = [log for log in logs if log.format == Format.JSONL]
    if exports and len(exports) < len(logs):
        raise Failure("Exports and logs are imported one after the other.", exit=Exit.USAGE)
    if exports:
        for log in exports:
            await _import_export(chat, terminal, log.path, room)
        return
    if room is None:
        raise Failure("Say with --room where the logs are to go.", exit=Exit.USAGE)
    logs.sort(key=lambda log: (log.first_day or date.min, log.path.name))
    await _import_logs(chat, terminal, logs, room)


async def _import_export(chat: Chat, terminal: Terminal, path: Path, name: str | None) -> None:
    transplant = Transplant(
        chat, Pace(chat), path, clean_room_name(name.removeprefix("#")) if name else None
    )
    with Progress(terminal, total=2 * transplant.size_bytes) as progress:
        transplant.verify(progress)
        try:
            await transplant.run(progress)
        except asyncio.CancelledError:
            _note_stop(terminal, transplant.tally.added)
            raise
        except ChatError as error:
            raise Failure(
                f"{error} {counted(transplant.tally.added, 'message')} had been imported by then.",
                exit=Exit.CONFLICT,
                hint="Only an export of what this room came from, or became, goes on.",
                code=error.code,
            ) from None
    _report_export(terminal, path, transplant.names, transplant.tally)


async def _import_logs(chat: Chat, terminal: Terminal, logs: list[Log], room: str) -> None:
    target, made = await _room(chat, room)
    if made:
        terminal.note(f"There was no room {target.name}; it is made.")
    tally = Tally()
    importer = _Importer(chat, target, tally)
    await importer.begin()
    try:
        with Progress(terminal, total=sum(log.size_bytes for log in logs)) as progress:
            for log in logs:
                lines = log.read(lines_of(log.path, progress, longest=LINE_BYTES))
                while batch := list(islice(lines, importer.batch)):
                    await importer.add(batch)
    except asyncio.CancelledError:
        _note_stop(terminal, tally.added)
        raise
    _report(terminal, target, tally, files=len(logs), made=made, users=importer.users)


def _note_stop(terminal: Terminal, added: int) -> None:
    terminal.note(f"Stopped after {counted(added, 'message')}; the same command goes on there.")


class _Importer:
    """Puts what was said into one room, a transaction a batch."""

    def __init__(self, chat: Chat, room: Room, tally: Tally) -> None:
        self._chat = chat
        self._room = room
        self._tally = tally
        self._pace = Pace(chat)
        self._authors: dict[str, int] = {}
        self._newest_at = 0

    @property
    def batch(self) -> int:
        """How many lines to add at once."""
        return self._pace.batch

    @property
    def users(self) -> int:
        """How many different people were met."""
        return len(self._authors)

    async def begin(self) -> None:
        """Look how far the room's time has come."""
        for message in await self._chat.store.newest(self._room, limit=1):
            self._newest_at = message.sent_at

    async def add(self, batch: list[Said | Skipped]) -> None:
        """Post what is a message, count what is not."""
        said = [line for line in batch if isinstance(line, Said)]
        self._tally.skipped.update(line.reason for line in batch if isinstance(line, Skipped))
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
        async with self._pace:
            answers = await self._chat.journal.write_all(changes)
        for line, answer in zip(said, answers, strict=True):
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

    def _count(self, line: Said, answer: Any) -> None:
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


def log_of(name: str, format: Format | None, day: str | None, *, option: str = "--format") -> Log:
    """The file of this name as a log; Failure where it is not there, or its day not known.

    `option` is what says the format on the command line.
    """
    path = existing_file(name)
    if format is None:
        endings = {".jsonl": Format.JSONL, ".weechatlog": Format.WEECHAT}
        format = endings.get(path.suffix.lower())
        if path.name.lower().endswith(".irssi.log"):
            format = Format.IRSSI
    if format is None:
        raise Failure(
            f"The name of {name} does not say how it is written.",
            exit=Exit.USAGE,
            hint=f"Say it with {option} {FORMATS}.",
        )
    dated = _DATED.match(path.name)
    if format != Format.IRC:
        return Log(path, format, None)
    written = day or (dated[1] if dated else "")
    if not written:
        raise Failure(
            f"The name of {name} does not begin with a date.",
            exit=Exit.USAGE,
            hint="Say with --date YYYY-MM-DD on which day its first line was written.",
        )
    try:
        return Log(path, format, date.fromisoformat(written))
    except ValueError:
        raise Failure(
            f"{written} is not a day.", exit=Exit.USAGE, hint="Write it as 2004-11-15."
        ) from None


def _report_export(terminal: Terminal, path: Path, names: list[str], moved: Moved) -> None:
    terminal.result(
        {"file": str(path)} | msgspec.to_builtins(moved) | {"rooms": names},
        f"{', '.join(names)}: {moved.added:,} added, {moved.changed:,} brought up to date, "
        f"{moved.already_there:,} already there",
    )
    if moved.skipped_acts:
        terminal.note(
            f"{counted(moved.skipped_acts, 'act')} skipped: this database has an audit log "
            "of its own."
        )


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
        *(f"  skipped {count:,}: {MEANINGS[reason]}" for reason, count in reasons),
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
