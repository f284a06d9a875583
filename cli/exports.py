"""`sanchat-admin export`: one room as a file, read page by page while people go on talking."""

import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, BinaryIO

import msgspec
import typer

import sanchat
from sanchat.chat import Chat
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.formats import spreadsheet
from sanchat.cli.formats import text as text_format
from sanchat.cli.formats.jsonl import JsonlWriter
from sanchat.cli.naming import find_room
from sanchat.cli.program import command
from sanchat.cli.terminal import Terminal, counted, visible_document, visible_json
from sanchat.cli.times import Bound, bound
from sanchat.models import Message, Room

PAGE = 1_000  # messages

PIPE = "-"


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"
    TXT = "txt"


class Span(msgspec.Struct, frozen=True):
    """Which of a room's messages are meant; both ends belong to it."""

    since: Bound
    until: Bound
    last_seq: int

    def has(self, message: Message) -> bool:
        return (self.since.at is None or message.sent_at >= self.since.at) and (
            self.until.at is None or message.sent_at <= self.until.at
        )


def add_to(app: typer.Typer) -> None:
    """Make `export` a command of the program."""
    command(
        app,
        "export",
        "sanchat-admin export lobby --format txt --since 2026-11-01 --until 2026-11-07",
        "sanchat-admin export lobby --format csv --out lobby.csv --force",
    )(export_room)


async def export_room(
    chat: Chat,
    terminal: Terminal,
    room: Annotated[str, typer.Argument(metavar="ROOM", help="Its name or id.")],
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            metavar="jsonl|csv|txt",
            help="By default what the ending of --out says, or else jsonl.",
        ),
    ] = None,
    out: Annotated[
        str, typer.Option("--out", metavar="FILE|-", help="Where to; `-` is standard output.")
    ] = PIPE,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN|NUMBER", help="From this day, time or number on."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="WHEN|NUMBER", help="Up to this one, and with it."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Write a room's messages to a file or a pipe.

    jsonl holds everything and is the one to keep: a header, users, the room, each message as bots
    receive it, and a footer with counts and a SHA-256. csv is for spreadsheets: cells that look
    like a formula begin with an apostrophe. txt is a log: `[2026-11-22 18:30:00] <ana> hello`,
    `* ana waves` for actions, further lines of a text indented. Days and times are UTC.
    """
    found = await find_room(chat, room)
    span = Span(
        since=bound(since, end=False) if since else Bound(),
        until=bound(until, end=True) if until else Bound(),
        # What is said from now on is not waited for.
        last_seq=found.last_seq,
    )
    chosen = format or _format_of(out)
    count = 0
    with _destination(out, terminal, chosen, force=force) as file:
        async for chunk, messages in _chunks(chat, found, chosen, span):
            file.write(chunk)
            count += messages
    if out == PIPE:
        return
    terminal.result(
        {"room": found.name, "format": chosen.value, "messages": count, "file": out},
        f"wrote {counted(count, 'message')} of {found.name} to {out}",
    )


def _format_of(out: str) -> Format:
    ending = Path(out).suffix.removeprefix(".").lower()
    return Format(ending) if ending in [format.value for format in Format] else Format.JSONL


async def _chunks(
    chat: Chat, room: Room, format: Format, span: Span
) -> AsyncIterator[tuple[bytes, int]]:
    """The file piece by piece, with the number of messages in each piece."""
    match format:
        case Format.JSONL:
            async for piece in _jsonl(chat, room, span):
                yield piece
        case Format.CSV:
            yield spreadsheet.header().encode(), 0
            async for page in _pages(chat, room, span):
                yield "".join(spreadsheet.rows(page)).encode(), len(page)
        case Format.TXT:
            async for page in _pages(chat, room, span):
                yield "".join(text_format.lines(page)).encode(), len(page)


async def _jsonl(chat: Chat, room: Room, span: Span) -> AsyncIterator[tuple[bytes, int]]:
    # Read twice: the users come before the messages, and only those who wrote one.
    authors: set[int] = set()
    first = last = 0
    async for page in _pages(chat, room, span):
        authors.update(message.user.id for message in page)
        first, last = first or page[0].seq, page[-1].seq
    writer = JsonlWriter()
    yield (
        writer.header(
            server=f"sanchat {sanchat.__version__}",
            exported_at=int(datetime.now(UTC).timestamp() * 1000),
            epoch=chat.store.epoch,
            rooms=[{"name": room.name, "first_seq": first, "last_seq": last}],
        ),
        0,
    )
    for author in sorted(authors):
        user = await chat.store.user(author)
        if user is not None:
            yield writer.user(user), 0
    yield writer.room(room), 0
    async for page in _pages(chat, room, span):
        yield b"".join(writer.messages(page)), len(page)
    yield writer.footer(), 0


async def _pages(chat: Chat, room: Room, span: Span) -> AsyncIterator[list[Message]]:
    """The messages meant, at most 1,000 at a time, each page a read of its own; never empty."""
    seq = max(0, (span.since.seq or 0) - 1)
    last = span.last_seq if span.until.seq is None else min(span.last_seq, span.until.seq)
    while seq < last and (page := await chat.store.since(room, seq, limit=PAGE)):
        seq = page[-1].seq
        meant = [message for message in page if message.seq <= last and span.has(message)]
        if meant:
            yield meant


@contextlib.contextmanager
def _destination(
    out: str, terminal: Terminal, format: Format, *, force: bool
) -> Iterator[IO[bytes]]:
    if out == PIPE:
        yield _standard_output(terminal, format)
        terminal.out.flush()
        return
    path = Path(out)
    if path.exists() and not path.is_file():
        if path.is_dir():
            raise Failure(f"{out} is a folder.", exit=Exit.USAGE, hint="Name a file in it.")
        # A device or a named pipe cannot be put in place of anything.
        with open(path, "wb") as file:
            yield file
        return
    if path.exists() and not force:
        raise _exists(out)
    if not path.parent.is_dir():
        raise Failure(f"There is no folder {path.parent}.", exit=Exit.NOT_FOUND)
    yield from _whole_or_not_at_all(path, force=force)


def _whole_or_not_at_all(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    # For its owner alone, as the database is.
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if force:
            os.replace(temporary, path)
            return
        try:
            os.link(temporary, path)  # unlike a rename, refuses what came up meanwhile
        except FileExistsError:
            raise _exists(str(path)) from None
        except OSError:
            os.replace(temporary, path)  # a file system without hard links
            return
        os.unlink(temporary)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _exists(out: str) -> Failure:
    return Failure(f"{out} exists already.", exit=Exit.CONFLICT, hint="--force writes over it.")


def _standard_output(terminal: Terminal, format: Format) -> IO[bytes]:
    binary: BinaryIO = sys.stdout.buffer
    if not terminal.out.isatty():
        return binary
    escape = visible_json if format == Format.JSONL else visible_document
    return _Screen(binary, escape)  # type: ignore[return-value]


class _Screen:
    """Standard output where a person looks at it: nothing that steers the terminal passes."""

    def __init__(self, binary: BinaryIO, escape: Callable[[str], str]) -> None:
        self._binary = binary
        self._escape = escape

    def write(self, data: bytes) -> int:
        text = self._escape(data.decode().replace("\r\n", "\n"))
        return self._binary.write(text.encode(errors="backslashreplace"))
