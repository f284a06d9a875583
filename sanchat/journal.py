"""The one task that writes: whatever queued while the last commit ran becomes the next one.

A round is one transaction, synced to disk; then delivery, then answers. Rounds start at once when
idle. Nobody is answered or shown anything before the commit.
"""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from sanchat.changes import Appended, Change, Committed, Import, Post
from sanchat.connection import Connection
from sanchat.errors import ChatError, Internal, Unavailable
from sanchat.hub import Hub
from sanchat.models import Message
from sanchat.store import Store

log = logging.getLogger("sanchat.journal")

REPAIR_CHANGES = 200  # read at once when another process has written
ASIDE_SECONDS = 2.0  # then what may wait is carried out, all of it in one transaction
DELIVERY_BYTES = 256 * 1024  # delivered at once, about
_POSTS = (Post, Import)


class Recipient(Protocol):
    """Who is owed the answer to a change."""

    connection: Connection

    def settle(self, mark: Any, answer: Any) -> bytes | None:
        """Take the answer; a payload that is returned goes out with the round's delivery."""


class Round(NamedTuple):
    """What a round came to: its changes, those that wait for the next, the store's seconds.

    Without `is_stored` all its changes were refused.
    """

    changes: int
    waiting: int
    seconds: float
    is_stored: bool


class _Entry(msgspec.Struct):
    change: Change
    recipient: "Recipient | _Waiter"
    mark: Any


class _Waiter:
    """A coroutine that waits for the answer."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def settle(self, mark: Any, answer: Any) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)


class Journal:
    """The queue to the store. `hub` is None in programs without connections."""

    def __init__(
        self,
        store: Store,
        hub: Hub | None,
        ring: Callable[[], None],
        *,
        batch_changes: int = 500,
        batch_text: int = 200_000,
        queue_changes: int = 50_000,
    ) -> None:
        self._store = store
        self._hub = hub
        self._ring = ring
        self._batch_changes = batch_changes
        self._batch_text = batch_text
        self._queue_changes = queue_changes
        self._queue: deque[_Entry] = deque()
        self._aside: list[_Entry] = []  # what may wait
        self._aside_over: asyncio.Event | None = None  # none, where nobody waits for it
        self._wake = asyncio.Event()
        self._look_for_foreign = False
        self._has_ended = False
        self._idle = asyncio.Event()
        self._idle.set()
        self.on_act: Callable[[], None] = lambda: None  # acts were written by this process
        # Somebody may have missed something: all have to come back with their cursors.
        self.on_failure: Callable[[], None] = lambda: None
        self.on_round: Callable[[Round], None] = lambda round: None

    def submit(
        self,
        change: Change,
        recipient: "Recipient | _Waiter",
        mark: Any,
        *,
        may_wait: bool = False,
    ) -> None:
        """Queue a change, to be settled with its mark; Unavailable where too much waits.

        Those that `may_wait` are set aside for a moment, so that they share one round.
        """
        queue = self._queue
        if self._has_ended:
            raise Unavailable("The server is stopping. Try again in a moment.")
        if len(queue) + len(self._aside) >= self._queue_changes:
            raise Unavailable("The server is overloaded. Try again in a moment.")
        if may_wait:
            self._idle.clear()
            self._aside.append(_Entry(change, recipient, mark))
            self._moment()
            return
        if not queue:
            self._idle.clear()
            self._wake.set()
        queue.append(_Entry(change, recipient, mark))

    async def aside(self) -> None:
        """Wait as long as a change would that is set aside now."""
        await self._moment().wait()

    def _moment(self) -> asyncio.Event:
        """The next time at which what was set aside is carried out."""
        if self._aside_over is None:
            self._aside_over = asyncio.Event()
            asyncio.get_running_loop().call_later(ASIDE_SECONDS, self._fetch, self._aside_over)
        return self._aside_over

    def _fetch(self, moment: asyncio.Event) -> None:
        self._aside_over = None
        moment.set()
        self._queue += self._aside
        self._aside.clear()
        self._wake.set()

    async def write(self, change: Change) -> Any:
        """Queue a change and wait for its answer; raises where that is a ChatError."""
        waiter = _Waiter()
        self.submit(change, waiter, None)
        answer = await waiter.answer
        if isinstance(answer, ChatError):
            raise answer
        return answer

    async def write_all(self, changes: Sequence[Change]) -> list[Any]:
        """Several changes in one transaction; the answers in order, ChatErrors among them."""
        waiters = [_Waiter() for _ in changes]
        for change, waiter in zip(changes, waiters, strict=True):
            self.submit(change, waiter, None)
        return [await waiter.answer for waiter in waiters]

    @property
    def waiting(self) -> int:
        """Changes that wait for a commit."""
        return len(self._queue) + len(self._aside)

    def look_for_foreign(self) -> None:
        """Deliver, before the next round, what another process has written."""
        self._look_for_foreign = True
        self._wake.set()

    async def drained(self) -> None:
        """Until everything queued so far is answered; what was set aside waits no longer."""
        if self._aside_over is not None:
            self._fetch(self._aside_over)
        await self._idle.wait()

    async def run(self) -> None:
        """Work for ever; the owner cancels it after `drained`.

        What is unanswered by then is refused as Unavailable, and so is what comes later.
        """
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._work()
                if not self._aside:
                    self._idle.set()
        finally:
            self._has_ended = True
            for entries in (self._queue, self._aside):
                _refuse(entries)
                entries.clear()

    async def _work(self) -> None:
        while self._queue or self._look_for_foreign:
            try:
                if self._look_for_foreign:
                    self._look_for_foreign = False
                    await self._repair_all()
                if self._queue:
                    await self._round(self._take())
                    if self._queue:
                        # What came in meanwhile belongs to the next round as well: without a look
                        # at the sockets, two halves of a room would take turns for ever.
                        await asyncio.sleep(0)
            except Exception:
                log.exception("incident %s: a round failed", secrets.token_hex(4))
                self.on_failure()

    def _take(self) -> list[_Entry]:
        batch: list[_Entry] = []
        text = 0
        queue = self._queue
        while queue and len(batch) < self._batch_changes:
            change = queue[0].change
            if isinstance(change, _POSTS):
                text += len(change.text)
                if text > self._batch_text and batch:
                    break
            batch.append(queue.popleft())
        return batch

    async def _round(self, batch: list[_Entry]) -> None:
        began = time.perf_counter()
        is_stored = False
        try:
            appended = await self._store.append([entry.change for entry in batch])
            is_stored = True
        except ChatError as error:
            appended = Appended([error] * len(batch), [])
        except asyncio.CancelledError:
            # They may be stored by now: who asks again under the same id learns it.
            _refuse(batch)
            raise
        except Exception:
            incident = secrets.token_hex(4)
            log.exception("incident %s: a batch of %d changes failed", incident, len(batch))
            appended = Appended([Internal(incident)] * len(batch), [])
        seconds = time.perf_counter() - began
        replies: list[tuple[Connection, bytes]] = []
        for entry, answer in zip(batch, appended.answers, strict=True):
            payload = entry.recipient.settle(entry.mark, answer)
            if payload is not None:
                replies.append((entry.recipient.connection, payload))  # type: ignore[union-attr]
        if self._hub is not None:
            await self._deliver(self._hub, appended.committed, replies)
        if appended.acted:
            self.on_act()
        if appended.acted or appended.committed:
            self._ring()
        self.on_round(Round(len(batch), self.waiting, seconds, is_stored))

    async def _deliver(
        self, hub: Hub, committed: Sequence[Committed], replies: list[tuple[Connection, bytes]]
    ) -> None:
        # Edits and reactions bring whole messages along: a batch may be far larger than its posts.
        *pieces, last = _pieces(committed) or [[]]
        for piece in pieces:
            hub.deliver(await self._without_holes(hub, piece))
            # Lets the sockets take one piece before the next comes.
            await asyncio.sleep(0)
        hub.deliver(await self._without_holes(hub, last), replies)

    async def _without_holes(
        self, hub: Hub, committed: Sequence[Committed]
    ) -> dict[int, list[Message]]:
        changes: dict[int, list[Message]] = {}
        for change in committed:
            changes.setdefault(change.room_id, []).append(change.message)
        for room_id, messages in changes.items():
            if hub.hole_before(room_id, messages):
                await self._repair(hub, room_id)
        return changes

    async def _repair_all(self) -> None:
        if self._hub is None:
            return
        positions = self._hub.positions()
        last_seqs = await self._store.last_seqs(list(positions))
        for room_id, last_seq in last_seqs.items():
            if last_seq > positions[room_id]:
                await self._repair(self._hub, room_id)

    async def _repair(self, hub: Hub, room_id: int) -> None:
        """Read and deliver everything between the hub's position and the store's."""
        room = await self._store.room_by_id(room_id)
        while room is not None and (position := hub.position(room_id)) is not None:
            changes = await self._store.changes_after(room, position, limit=REPAIR_CHANGES)
            for piece in _pieces([Committed(room_id, change) for change in changes]):
                hub.deliver({room_id: [change.message for change in piece]})
                await asyncio.sleep(0)
            if len(changes) < REPAIR_CHANGES:
                return


def _refuse(entries: Iterable[_Entry]) -> None:
    for entry in entries:
        entry.recipient.settle(entry.mark, Unavailable("The server is stopping."))


def _pieces(changes: Sequence[Committed]) -> list[list[Committed]]:
    """The changes in order, cut where they would be too much for one write."""
    pieces: list[list[Committed]] = []
    size = DELIVERY_BYTES
    for change in changes:
        weight = _weight(change.message)
        size += weight
        if size > DELIVERY_BYTES:
            pieces.append([])
            size = weight
        pieces[-1].append(change)
    return pieces


def _weight(message: Message) -> int:
    """About the bytes of a message as JSON, and never much less."""
    weight = 256  # its fields, besides
    text = message.text or ""
    if text.isascii() and text.isprintable():
        weight += len(text)
    else:
        # Control characters are written as six bytes.
        weight += (4 if text.isprintable() else 6) * len(text)
    for reaction in message.reactions or ():
        weight += 64 + sum(4 * len(name) for name in reaction.users)
    return weight
