"""`sanchat-admin messages`: what was said, and the erasing of it."""

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import no_answer, outcome_of
from sanchat.cli.completion import room_names, user_names
from sanchat.cli.confirming import DryRun, Yes, confirm
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.naming import find_room, find_user
from sanchat.cli.program import command, program
from sanchat.cli.progress import Progress
from sanchat.cli.terminal import Terminal, counted
from sanchat.cli.times import Bound, bound, shown
from sanchat.errors import NotFound
from sanchat.models import Message, Room

PAGE = 500  # messages
LIST = 50
ERASED_AT_ONCE = 500  # numbers in one act
LONGEST_RANGE = 100_000

app = program(
    "The messages: list and erase them. `sanchat-admin export` writes whole rooms.",
    "sanchat-admin messages list lobby",
    "sanchat-admin messages delete lobby 17",
)

RoomName = Annotated[
    str, typer.Argument(metavar="ROOM", help="Its name or id.", autocompletion=room_names)
]
COLUMNS = ("NUMBER", "SENT (UTC)", "USER", "TEXT")
_RANGE = re.compile(r"#?(\d{1,15})(?:-#?(\d{1,15}))?", re.ASCII)


@command(
    app,
    "list",
    "sanchat-admin messages list lobby --user mallory --since 2026-11-01",
    "sanchat-admin messages list lobby --limit 5 --json | jq -r .text",
)
async def list_messages(
    chat: Chat,
    terminal: Terminal,
    room: RoomName,
    user: Annotated[
        str | None,
        typer.Option(metavar="USER", help="Only by this user.", autocompletion=user_names),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN|NUMBER", help="From this day, time or number on."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN|NUMBER", help="Up to this one, and with it.")
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="COUNT", min=1, help="The newest so many; 50 by default.")
    ] = LIST,
) -> None:
    """List the newest messages of a room, oldest first.

    Columns in a pipe: number, sent (UTC), user, text; no header. --json gives each message as bots
    receive it.
    """
    found = await find_room(chat, room)
    author = (await find_user(chat, user)).id if user is not None else None
    first = bound(since, end=False) if since else Bound()
    last = bound(until, end=True) if until else Bound()
    chosen: list[Message] = []
    async for message in _backwards(chat, found, last):
        if first.seq is not None and message.seq < first.seq:
            break
        if (
            (author is None or message.user.id == author)
            and (first.at is None or message.sent_at >= first.at)
            and (last.at is None or message.sent_at <= last.at)
        ):
            chosen.append(message)
            if len(chosen) == limit:
                break
    listing = terminal.listing(COLUMNS)
    for message in reversed(chosen):
        listing.add(msgspec.to_builtins(message), _cells(message))
    listing.end("There are no such messages.")


@command(
    app,
    "delete",
    "sanchat-admin messages delete lobby 17 20-25 --dry-run",
    "sanchat-admin messages delete lobby 17 --yes",
)
async def delete_messages(
    chat: Chat,
    terminal: Terminal,
    room: RoomName,
    numbers: Annotated[
        list[str], typer.Argument(metavar="NUMBER...", help="Numbers or ranges: `17`, `20-25`.")
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Erase messages for ever, as their authors could: the numbers stay, the texts go.

    Of a range, numbers that are no messages are passed over.
    """
    found = await find_room(chat, room)
    messages = await _numbered(chat, found, numbers)
    left = [message for message in messages if message.deleted_at is None]
    what = f"{counted(len(left), 'message')} of {found.name}"
    if dry_run:
        for message in left:
            terminal.result(
                _record(found, message) | {"dry_run": True},
                f"would delete {message.seq} by {message.user.name}: {message.text}",
            )
        terminal.note(f"{what} would go")
        return
    if left and not yes:
        confirm(terminal, f"This erases {what}, for good.", found.name)
    with Progress(terminal, total=len(left), unit="messages") as progress:
        for start in range(0, len(left), ERASED_AT_ONCE):
            part = left[start : start + ERASED_AT_ONCE]
            erased = await chat.moderation.erase(
                found.name, [message.seq for message in part], actor=actor()
            )
            outcome = await outcome_of(chat, [erased.act])
            for message in part if terminal.as_json else ():
                terminal.result(
                    _record(found, message)
                    | {
                        "dry_run": False,
                        "act": erased.act,
                        "server_running": outcome.server_running,
                        "connections": outcome.closed.get(erased.act),
                    },
                    "",
                )
            if not outcome.answered(erased.act):
                terminal.fail(no_answer("deletion"))
                return
            progress.advance(len(part))
    if not terminal.as_json:
        terminal.result({}, f"deleted {what}")


@command(
    app,
    "purge",
    "sanchat-admin messages purge mallory --dry-run",
    'sanchat-admin messages purge mallory --room lobby --reason "Spam." --yes',
)
async def purge_messages(
    chat: Chat,
    terminal: Terminal,
    user: Annotated[
        str, typer.Argument(metavar="USER", help="A name or an id.", autocompletion=user_names)
    ],
    room: Annotated[
        str | None,
        typer.Option(metavar="ROOM", help="In this room only.", autocompletion=room_names),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the record.")] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Erase all that somebody said, for ever; the numbers stay, as if they had done it.

    Goes in pieces, so that those who chat are not held up. It may be repeated.
    """
    person = await find_user(chat, user)
    place = (await find_room(chat, room)).name if room is not None else None
    count = await chat.moderation.count_of(person, room=place)
    record = {"user": person.name, "user_id": person.id, "room": place, "dry_run": dry_run}
    what = f"{counted(count, 'message')} of {person.name}" + (f" in {place}" if place else "")
    if dry_run:
        terminal.result(record | {"messages": count}, f"would erase {what}")
        return
    if not yes:
        confirm(terminal, f"This erases {what}, for good.", person.name)
    act = await chat.moderation.begin_erasure(person, room=place, reason=reason, actor=actor())
    with Progress(terminal, total=count, unit="messages") as progress:
        await chat.moderation.erase_person(act, on_erased=progress.advance)
    if not (await outcome_of(chat, [act])).answered(act):
        terminal.fail(no_answer("erasure"))
        return
    terminal.result(
        record | {"messages": count, "act": act},
        f"erased {what}",
    )


async def _numbered(chat: Chat, room: Room, given: list[str]) -> list[Message]:
    """The messages of numbers and ranges, by number; Failure where a single one is missing."""
    messages: dict[int, Message] = {}
    for text in given:
        match = _RANGE.fullmatch(text)
        if match is None:
            raise Failure(
                f"{text!r} is no number of a message.",
                exit=Exit.USAGE,
                hint="Give numbers or ranges: 17 20-25.",
            )
        first = int(match[1])
        last = int(match[2] or match[1])
        if last < first or last - first >= LONGEST_RANGE:
            raise Failure(
                f"{text!r} is no range of at most {LONGEST_RANGE:,} numbers.", exit=Exit.USAGE
            )
        before = len(messages)
        seq = first - 1
        while page := await chat.store.since(room, seq, limit=min(PAGE, last - seq or 1)):
            messages |= {message.seq: message for message in page if message.seq <= last}
            seq = page[-1].seq
            if seq >= last:
                break
        if match[2] is None and len(messages) == before and first not in messages:
            raise NotFound(f"There is no message {first} in {room.name}.")
    return [messages[seq] for seq in sorted(messages)]


async def _backwards(chat: Chat, room: Room, last: Bound) -> AsyncIterator[Message]:
    """The room's messages up to a bound, newest first."""
    position = last.seq + 1 if last.seq is not None else room.last_seq + 1
    while page := await chat.store.before(room, position, limit=PAGE):
        for message in reversed(page):
            yield message
        position = page[0].seq


def _record(room: Room, message: Message) -> dict[str, Any]:
    return {
        "room": room.name,
        "seq": message.seq,
        "user": message.user.name,
        "sent_at": message.sent_at,
        "text": message.text,
    }


def _cells(message: Message) -> tuple[str, ...]:
    text = message.text if message.text is not None else "[deleted]"
    name = f"* {message.user.name}" if message.kind == "action" else message.user.name
    return str(message.seq), shown(message.sent_at), name, text
