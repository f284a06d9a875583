"""A room followed without a hole and written to without a loss, across any number of cuts.

Reading goes on from a cursor. What is to be said waits in an outbox, each with an id of its own,
and leaves it when the server has stored it: a line that was on its way when the connection broke is
sent again with the same id, and is there once.
"""

import asyncio
import contextlib
import random
import secrets
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from sanchat.cli.failures import Failure, refused
from sanchat.cli.sessions import Sessions
from sanchat.cli.visit import Address, Cut, Frame, Refused, Visit, visiting

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
SETTLED_SECONDS = 5.0  # a connection that lasted so long begins the delays anew
REPLAY = 500  # changes asked for at once


class Pending(msgspec.Struct):
    """Something to tell the server: `command` and its fields; posts have an id."""

    command: str
    fields: dict[str, Any]

    @property
    def text(self) -> str:
        text: str = self.fields.get("text", "")
        return text


class Audience(Protocol):
    """Who is told what happens in the room."""

    def greeted(self, hello: Frame) -> None: ...
    def joined(self, reply: Frame) -> None: ...
    def message(self, message: Frame) -> None: ...
    def event(self, frame: Frame) -> None: ...
    def void(self) -> None:
        """What was read before is of another life of the server."""

    def cut(self, reason: str, delay_seconds: float) -> None: ...
    def refused(self, pending: Pending, refusal: Refused) -> None: ...


class Conversation:
    """One room. `run` goes on until the server ends it for good, or the caller cancels it."""

    def __init__(
        self,
        where: Address,
        room: str,
        audience: Audience,
        *,
        sessions: Sessions | None = None,
        after: int | None = None,
        limit: int = 50,
        random_share: Callable[[], float] = random.random,
    ) -> None:
        self.where = where
        self.room = room
        self.cursor = after
        self.outbox: deque[Pending] = deque()
        self._audience = audience
        self._sessions = sessions or Sessions()
        self._limit = limit
        self._epoch: str | None = None
        self._random_share = random_share
        self._visit: Visit | None = None
        self._news = asyncio.Event()
        self._has_hole = asyncio.Event()
        self._early: list[Frame] | None = None  # what came before the answer to `subscribe`
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def is_connected(self) -> bool:
        return self._visit is not None

    def post(self, text: str, *, kind: str | None = None, reply_to: int | None = None) -> None:
        """Say something, now or as soon as there is a connection."""
        fields: dict[str, Any] = {"text": text, "client_message_id": secrets.token_hex(12)}
        if kind is not None:
            fields["kind"] = kind
        if reply_to is not None:
            fields["reply_to"] = reply_to
        self.put(Pending("post", fields))

    def put(self, pending: Pending) -> None:
        """Queue a command of this room; in order, one at a time."""
        self.outbox.append(pending)
        self._empty.clear()
        self._news.set()

    async def said(self) -> None:
        """Until everything queued is stored or refused."""
        await self._empty.wait()

    async def look(self) -> Frame | None:
        """The room as it is now, with its members; None without a connection."""
        if self._visit is None:
            return None
        return await self._subscribe(self._visit)

    async def run(self) -> None:
        """Follow the room; Failure where the server says that coming back is of no use."""
        loop = asyncio.get_running_loop()
        attempts = 0
        while True:
            began = loop.time()
            try:
                async with visiting(self.where, self._sessions) as visit:
                    self._audience.greeted(visit.hello)
                    await self._stay(visit)
            except Cut as cut:
                if loop.time() - began > SETTLED_SECONDS:
                    attempts = 0
                delay = self._delay(attempts)
                attempts += 1
                self._audience.cut(str(cut), delay)
                await asyncio.sleep(delay)
            finally:
                self._visit = None

    async def _stay(self, visit: Visit) -> None:
        visit.on_event = self._take
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(visit.listen())
                group.create_task(self._follow(visit))
        except* (Cut, Failure, Refused) as ended:
            error = ended.exceptions[0]
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            if isinstance(error, Refused):
                error = error.failure()
            raised = error
        else:
            raised = Cut("the connection was cut")
        raise raised

    async def _follow(self, visit: Visit) -> None:
        await self._subscribe(visit)
        self._visit = visit
        async with asyncio.TaskGroup() as group:
            group.create_task(self._speak(visit))
            group.create_task(self._mend(visit))

    async def _mend(self, visit: Visit) -> None:
        while True:
            await self._has_hole.wait()
            self._has_hole.clear()
            await self._subscribe(visit)

    async def _speak(self, visit: Visit) -> None:
        while True:
            while self.outbox:
                pending = self.outbox[0]
                try:
                    await visit.ask(pending.command, room=self.room, **pending.fields)
                except Refused as refusal:
                    if refusal.wait_seconds is not None:
                        await asyncio.sleep(refusal.wait_seconds)
                        continue
                    self._audience.refused(pending, refusal)
                self.outbox.popleft()
            self._empty.set()
            await self._news.wait()
            self._news.clear()

    async def _subscribe(self, visit: Visit) -> Frame:
        """Catch up from the cursor, page by page, until live events follow on."""
        self._early = []
        try:
            reply = await self._catch_up(visit)
        finally:
            early, self._early = self._early, None
        for frame in early:
            self._take(frame)
        return reply

    async def _catch_up(self, visit: Visit) -> Frame:
        while True:
            fields: dict[str, Any] = {"limit": self._limit}
            if self.cursor is not None:
                fields = {"after": self.cursor, "limit": REPLAY}
                if self._epoch is not None:
                    fields["epoch"] = self._epoch
            try:
                reply = await visit.ask("subscribe", room=self.room, **fields)
            except Refused as refusal:
                if refusal.wait_seconds is None:
                    raise
                await asyncio.sleep(refusal.wait_seconds)
                continue
            if reply.get("reset"):
                self._audience.void()
                self.cursor = None
            for message in reply["messages"]:
                if self.cursor is None or message["changed_seq"] > self.cursor:
                    self._audience.message(message)
            self.cursor = reply["cursor"]
            self._epoch = reply["epoch"]
            if reply["complete"]:
                self._audience.joined(reply)
                return reply

    def _take(self, frame: Frame) -> None:
        if frame.get("room") not in (self.room, None) and frame["type"] == "message":
            return
        if frame["type"] != "message":
            if frame["type"] == "room" and frame.get("was") == self.room:
                self.room = frame["room"]["name"]
            self._audience.event(frame)
            self._look_for_the_end(frame)
            return
        if self._early is not None:
            self._early.append(frame)
            return
        changed_seq = frame["changed_seq"]
        if self.cursor is None or changed_seq <= self.cursor:
            return
        if changed_seq > self.cursor + 1:
            self._has_hole.set()
            return
        self.cursor = changed_seq
        self._audience.message(frame)

    def _look_for_the_end(self, frame: Frame) -> None:
        """Failure where the room is closed to the person: the connection stays and is of no use."""
        if frame["type"] == "removed" and frame.get("room") == self.room:
            reason = f" ({frame['reason']})" if frame.get("reason") else ""
            raise refused("banned", f"You were removed from {self.room}{reason}.")
        if frame["type"] == "room" and frame.get("deleted") and frame["room"]["name"] == self.room:
            raise refused("not_found", f"The room {self.room} was deleted.")

    def _delay(self, attempts: int) -> float:
        """Longer each time, and different for each who was cut off by the same restart."""
        longest = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0**attempts)
        return longest * (0.5 + self._random_share() / 2)


@contextlib.asynccontextmanager
async def following(conversation: Conversation) -> Any:
    """The conversation at work; what ends it ends the block."""
    task = asyncio.create_task(conversation.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Failure):
            await task
