"""`sanchat-admin convert`: a saved export or log as another format, without a database."""

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Annotated

import msgspec
import typer

import sanchat
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.files import PIPE, destination, lines_of
from sanchat.cli.formats import writers
from sanchat.cli.formats.jsonl import LINE_BYTES, NotAnExport, read_jsonl
from sanchat.cli.formats.records import Header, Record, RoomLine, RoomSpan, UserLine
from sanchat.cli.formats.said import LINE_BYTES as LOG_LINE_BYTES
from sanchat.cli.formats.said import MEANINGS, Said, Skipped
from sanchat.cli.formats.writers import ONE_ROOM, format_of, writer_of
from sanchat.cli.imports import DATE_HELP, FORMAT_HELP, FORMATS, Format, Log, log_of
from sanchat.cli.program import bare_command
from sanchat.cli.progress import Progress
from sanchat.cli.terminal import Terminal, counted
from sanchat.clock import wall_clock
from sanchat.models import IMPORTED, Author, Message, Room, User, clean_room_name


class Tally(msgspec.Struct):
    """What became of the lines."""

    messages: int = 0
    skipped: dict[str, int] = msgspec.field(default_factory=dict)


def add_to(app: typer.Typer) -> None:
    """Make `convert` a command of the program."""
    bare_command(
        app,
        "convert",
        "sanchat-admin convert everything.jsonl everything.html",
        "sanchat-admin convert logs/2004-11-15_03.log ubuntu.jsonl --from irc --room ubuntu",
    )(convert)


async def convert(
    terminal: Terminal,
    source: Annotated[str, typer.Argument(metavar="A", help="An export or a log.")],
    target: Annotated[
        str, typer.Argument(metavar="B", help="What to make of it; `-` is standard output.")
    ],
    format: Annotated[
        Format | None, typer.Option("--from", metavar=FORMATS, help=FORMAT_HELP)
    ] = None,
    to: Annotated[
        writers.Format | None,
        typer.Option("--to", metavar=writers.FORMATS, help="By default what the ending of B says."),
    ] = None,
    room: Annotated[
        str,
        typer.Option("--room", metavar="NAME", help="What the room of a log is called."),
    ] = "log",
    day: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=DATE_HELP)] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Turn a saved export or log into another format; no database is needed.

    Reads jsonl, irc, weechat and irssi; writes everything that `export` writes. The messages of a
    log are numbered from 1. An export that is not whole, or was changed, is told of at its end, and
    nothing is written.
    """
    chosen = to or format_of(target)
    if chosen is None:
        raise Failure(
            f"The name of {target} does not say what to make.",
            exit=Exit.USAGE,
            hint=f"Say it with --to {writers.FORMATS}.",
        )
    log = log_of(source, format, day, option="--from")
    tally = Tally()
    try:
        with Progress(terminal, total=log.size_bytes) as progress:
            _write(terminal, log, progress, tally, target, chosen, room=room, force=force)
    except NotAnExport as error:
        raise Failure(f"{source} is no whole export: {error}.", exit=Exit.UNVERIFIED) from None
    if target == PIPE:
        return
    terminal.result(
        {"file": target, "format": chosen.value} | msgspec.to_builtins(tally),
        f"wrote {counted(tally.messages, 'message')} to {target}",
        *(f"  skipped {count:,}: {MEANINGS[reason]}" for reason, count in tally.skipped.items()),
    )


def _write(
    terminal: Terminal,
    log: Log,
    progress: Progress,
    tally: Tally,
    target: str,
    chosen: writers.Format,
    *,
    room: str,
    force: bool,
) -> None:
    writer = writer_of(chosen)
    is_json = chosen == writers.Format.JSONL
    # Users come before messages: a log has to be gone through before the first line is written.
    with (
        tempfile.TemporaryFile() as kept,
        destination(target, terminal, is_json=is_json, force=force) as file,
    ):
        if log.format == Format.JSONL:
            lines = lines_of(log.path, progress, longest=LINE_BYTES)
            records: Iterable[Record] = read_jsonl(lines)
        else:
            lines = lines_of(log.path, progress, longest=LOG_LINE_BYTES)
            name = clean_room_name(room.removeprefix("#"))
            records = _numbered(log.read(lines), name, tally, kept)
        for record in records:
            if isinstance(record, Header) and chosen in ONE_ROOM and len(record.rooms) > 1:
                raise Failure(f"A file of {chosen} tells of one room.", exit=Exit.USAGE)
            tally.messages += isinstance(record, Message)
            file.write(writer.write(record))
        file.write(writer.end())


def _numbered(
    said: Iterator[Said | Skipped], name: str, tally: Tally, kept: IO[bytes]
) -> Iterator[Record]:
    """The log as the export of one room; its messages are kept aside until its users are known."""
    authors: dict[str, Author] = {}
    count = 0
    first_at = 0
    for line in said:
        if isinstance(line, Skipped):
            tally.skipped[line.reason] = tally.skipped.get(line.reason, 0) + 1
            continue
        count += 1
        first_at = first_at or line.sent_at
        author = authors.setdefault(line.name, Author(len(authors) + 1, line.name, IMPORTED))
        message = Message(
            room=name,
            seq=count,
            changed_seq=count,
            sent_at=line.sent_at,
            user=author,
            text=line.text,
            client_message_id=line.client_message_id,
            kind=line.kind,
        )
        kept.write(msgspec.json.encode(message) + b"\n")
    yield Header.now(
        server=f"sanchat {sanchat.__version__}",
        exported_at=wall_clock(),
        epoch="",
        rooms=[RoomSpan(name, 1 if count else 0, count)],
    )
    for author in authors.values():
        yield UserLine.of(User(author.id, author.name, IMPORTED, created_at=first_at))
    yield RoomLine.of(Room(1, name, "", "", "open", count, 0, 0, first_at))
    kept.seek(0)
    decoder = msgspec.json.Decoder(Message)
    for row in kept:
        yield decoder.decode(row)
