"""What a reader missed, and the pages of history: one path for join, reconnect, poll and stream."""

from collections.abc import Sequence
from typing import Any

import msgspec

from sanchat.errors import BadFrame
from sanchat.models import Message, Room
from sanchat.opening import Wanted
from sanchat.protocol import PAGE, PAGE_LIMIT, REPLAY, REPLAY_LIMIT, fit_page
from sanchat.store import Store


class Replay(msgspec.Struct, frozen=True):
    """What a cursor missed, or a fresh page.

    `cursor` is where its reader stands after it; `reset` says that what the reader held is void;
    without `complete` there is more after the cursor.
    """

    messages: Sequence[Message]
    cursor: int
    complete: bool
    reset: bool


async def read_replay(
    store: Store,
    room: Room,
    *,
    after: int | None,
    epoch: str | None,
    limit: int | None,
    hidden_seq: int = 0,
) -> Replay:
    """What a reader at `after` missed, or a fresh page where that cannot be said.

    `room` was read before: a change that came since is in the messages or after the cursor.
    Messages up to `hidden_seq` are kept from the reader, also where they changed since.
    """
    want = wanted(store.epoch, room, after=after, epoch=epoch, limit=limit)
    if want.after is None:
        messages = await store.newest(room, limit=want.limit)
    else:
        messages = await store.changes_after(room, want.after, limit=want.limit)
    return replay_of(room, want, messages, after=after, hidden_seq=hidden_seq)


def wanted(
    own_epoch: str, room: Room, *, after: int | None, epoch: str | None, limit: int | None
) -> Wanted:
    """What to read for a reader at `after`: what changed since, or the newest page."""
    if after is None or _is_void(own_epoch, room, after, epoch):
        return Wanted(None, bounded(limit, PAGE, PAGE_LIMIT))
    return Wanted(after, bounded(limit, REPLAY, REPLAY_LIMIT))


def replay_of(
    room: Room,
    want: Wanted,
    messages: Sequence[Message],
    *,
    after: int | None,
    hidden_seq: int = 0,
) -> Replay:
    """What was read of what was wanted, as `read_replay` has it."""
    seen = _seen(messages, hidden_seq)
    if want.after is None:
        return Replay(seen, room.last_seq, complete=True, reset=after is not None)
    last = messages[-1].changed_seq if messages else want.after
    complete = len(messages) < want.limit
    cursor = max(last, room.last_seq) if complete else last
    return Replay(seen, cursor, complete, reset=False)


async def read_history(
    store: Store,
    room: Room,
    *,
    before: int | None = None,
    around: int | None = None,
    after: int | None = None,
    limit: int | None = None,
    hidden_seq: int = 0,
) -> dict[str, Any]:
    """The page before, around or after a number, by `seq`, as the fields that answer for it.

    `more` says that there are older messages than these, `more_after` that there are newer ones.
    BadFrame unless exactly one of the numbers is given.
    """
    given = [number for number in (before, around, after) if number is not None]
    if len(given) != 1:
        raise BadFrame("Give one of `before`, `around` and `after`.")
    (seq,) = given
    size = bounded(limit, PAGE, PAGE_LIMIT)
    # Around a number: half a page before it, and the other half from it on.
    older = size if around is None else size // 2
    newer = size if around is None else size - older
    pages = 1 if around is None else 2
    fields: dict[str, Any] = {"messages": []}
    if after is None:
        found = _seen(await store.before(room, seq, limit=older + 1), hidden_seq)
        page = fit_page(found[max(0, len(found) - older) :], newest=True, pages=pages)
        fields["messages"] += page.messages
        fields["more"] = len(found) > len(page.messages)
    if before is None:
        start = max(seq if after is not None else seq - 1, hidden_seq)
        found = await store.since(room, start, limit=newer + 1)
        page = fit_page(found[:newer], pages=pages)
        fields["messages"] += page.messages
        fields["more_after"] = len(found) > len(page.messages)
    return fields


def bounded(limit: int | None, default: int, most: int) -> int:
    """A page's size: what was asked for, within its bounds."""
    return default if limit is None else max(1, min(limit, most))


def _seen(messages: Sequence[Message], hidden_seq: int) -> Sequence[Message]:
    return [m for m in messages if m.seq > hidden_seq] if hidden_seq else messages


def _is_void(own_epoch: str, room: Room, after: int, epoch: str | None) -> bool:
    other_life = epoch is not None and epoch != own_epoch
    return other_life or after > room.last_seq or after < room.floor_seq
