"""`sanchat-admin stats`: how much of everything there is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from sanchat.chat import Chat
from sanchat.cli.program import command
from sanchat.cli.terminal import Terminal
from sanchat.cli.times import utc
from sanchat.models import Room, room_key

DAYS = 7
SPAN = 100_000  # numbers read at once: no read is a long one
ROOM_PAGE = 200
DAY_MS = 24 * 60 * 60 * 1000


def add_to(app: typer.Typer) -> None:
    """Make `stats` a command of the program."""
    command(
        app,
        "stats",
        "sanchat-admin stats",
        "sanchat-admin stats --days 30 --json | jq .messages",
    )(stats)


async def stats(
    chat: Chat,
    terminal: Terminal,
    days: Annotated[
        int, typer.Option(metavar="COUNT", min=1, max=3_650, help="Days to count; 7 by default.")
    ] = DAYS,
) -> None:
    """Count users, rooms and messages, and the messages of the last days (UTC).

    Who is online is known to the server alone; `/metrics` says how many.
    """
    counts = await chat.store.counts()
    by_day: dict[int, tuple[int, int]] = {}
    async for room in _all_rooms(chat):
        for after in range(0, room.last_seq, SPAN):
            found = await chat.store.messages_by_day(room, after=after, span=SPAN)
            for day, (messages, deleted) in found.items():
                known = by_day.get(day, (0, 0))
                by_day[day] = (known[0] + messages, known[1] + deleted)
    today = int(datetime.now(UTC).timestamp() * 1000) // DAY_MS * DAY_MS
    span = [today - DAY_MS * back for back in reversed(range(days))]
    record: dict[str, Any] = {
        "users": sum(counts["users"].values()),
        "users_by_kind": counts["users"],
        "rooms": sum(counts["rooms"].values()),
        "rooms_by_kind": counts["rooms"],
        "memberships": sum(counts["memberships"].values()),
        "sessions": sum(counts["sessions"].values()),
        "messages": sum(messages for messages, _ in by_day.values()),
        "messages_deleted": sum(deleted for _, deleted in by_day.values()),
        "messages_by_day": {f"{utc(day):%Y-%m-%d}": by_day.get(day, (0, 0))[0] for day in span},
        "acts": sum(counts["acts"].values()),
        "database_bytes": chat.store.file_bytes(),
        "log_bytes": chat.store.log_bytes(),
        "epoch": chat.store.epoch,
        "server_running": chat.server_is_running(),
    }
    terminal.card(record, _for_people(record))


def _for_people(record: dict[str, Any]) -> dict[str, str]:
    rows: dict[str, str] = {}
    for key, value in record.items():
        label = key.replace("_", " ")
        if key == "messages_by_day":
            rows |= {f"messages {day}": f"{count:,}" for day, count in value.items()}
        elif isinstance(value, dict):
            rows[label] = ", ".join(f"{count:,} {kind}" for kind, count in sorted(value.items()))
        elif isinstance(value, bool):
            rows[label] = "yes" if value else "no"
        else:
            rows[label] = f"{value:,}" if isinstance(value, int) else str(value)
    return rows


async def _all_rooms(chat: Chat) -> AsyncIterator[Room]:
    after = ""
    while page := await chat.store.rooms(after=after, limit=ROOM_PAGE):
        for room in page:
            yield room
        after = room_key(page[-1].name)
