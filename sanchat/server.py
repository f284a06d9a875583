"""One server process: what it is made of, its background work, its start and its end.

Routes find everything here; `app` makes it and ends it.
"""

import asyncio
import logging
import os
import secrets
import shutil
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Hashable
from contextlib import AsyncExitStack
from typing import Any

from sanchat.acting import Acts
from sanchat.broker import Broker, open_broker
from sanchat.changes import CreateRoom
from sanchat.chat import Chat
from sanchat.clock import Clock, wall_clock
from sanchat.connection import Connection
from sanchat.errors import ChatError
from sanchat.hub import Hub
from sanchat.journal import Journal
from sanchat.keepalive import Keepalive
from sanchat.limits import Guesses, Limits
from sanchat.load import Load
from sanchat.logs import Seldom
from sanchat.metrics import Metrics
from sanchat.models import Member, Room, User
from sanchat.presence import LARGE_ROOM, HeldNames, Presence
from sanchat.protocol import Close, encode_event
from sanchat.retention import forget_for_ever
from sanchat.settings import Settings
from sanchat.store import Store, open_store
from sanchat.tasks import Tasks
from sanchat.tidying import Tidying

log = logging.getLogger("sanchat.server")

FIRST_ROOM = "general"
SAFETY_SECONDS = 1.0  # the store is read this often, whatever the doorbell says
STOP_SECONDS = 1.0  # for peers to answer a close frame at the end
TIDY_SECONDS = 3600
LOG_SECONDS = 0.25  # between two looks at the write-ahead log
LOG_BYTES = 16 << 20  # of the write-ahead log, then it is moved into the database
LOG_FILE_BYTES = 64 << 20  # and its file, which is used again and again, is at most so large
ENDED_SESSIONS = 1_000


class Server:
    """A running chat: open with `Server.open`, end with `stop`."""

    store: Store
    broker: Broker
    journal: Journal
    names: HeldNames
    hub: Hub
    load: Load
    presence: Presence
    chat: Chat
    acts: Acts
    tidying: Tidying
    metrics: Metrics
    build = address = ""  # the address by which people reach it, where that is known
    owner_invite: str | None = None  # by which the first owner makes their account, once

    def __init__(self, settings: Settings, *, clock: Clock = wall_clock) -> None:
        self.settings = settings
        self.clock = clock
        self.id = f"{os.getpid()}-{secrets.token_hex(3)}"
        self.tasks = Tasks()
        self.keepalive = Keepalive(settings.heartbeat_seconds)
        self.limits = Limits(time.monotonic, settings.rates) if settings.limits else None
        self.is_stopping = False
        self._is_open = False
        self._end: asyncio.Task[None] | None = None
        self._reopening: asyncio.Task[None] | None = None
        # Looked at by handshakes under way: whoever came later finds no session any more.
        self.ended_sessions: deque[int] = deque(maxlen=ENDED_SESSIONS)
        self._acts_due = asyncio.Event()
        self._complaints = Seldom()  # of the write-ahead log, which is looked at so often
        self._by_session: Counter[int | None] = Counter()
        self._by_address: Counter[str] = Counter()

    async def open(self) -> None:
        """Claim the database and begin to work on it; StartupError where that cannot be."""
        self.store = await open_store(self.settings.database, server=True, clock=self.clock)
        try:
            self.store.note_address(self.address)
            await self._begin()
        except BaseException:
            await self._let_go()
            raise

    async def _begin(self) -> None:
        settings = self.settings
        self.names = HeldNames(settings.name_hold_seconds, time.monotonic)
        self.broker = open_broker(settings.database)
        # What is held goes out in one write with a replay: both have to fit the outbox.
        self.hub = Hub(held_bytes=settings.outbox_bytes // 2)
        self.journal = Journal(
            self.store,
            self.hub,
            self.broker.ring,
            batch_changes=settings.batch_changes,
            batch_text=settings.batch_text,
            queue_changes=settings.queue_changes,
        )
        self.load = Load(lambda: self.journal.waiting, settings.queue_changes)
        self.presence = Presence(self.hub, time.monotonic)
        self.metrics = Metrics(lambda: len(self.hub.connections), lambda: self.hub.deliveries)
        self._watch_resources()
        self.journal.on_round = self.metrics.note_round
        self.journal.on_act = self._acts_due.set
        self.journal.on_failure = self._send_back
        self.chat = Chat(
            self.store,
            self.broker,
            self.journal,
            clock=self.clock,
            names=self.names,
            limits=self.limits,
            guesses=Guesses(time.monotonic, settings.rates),
            is_public=settings.is_public,
            guests=settings.admits_guests,
            registration=settings.registration,
            session_idle_days=settings.session_idle_days,
            session_absolute_days=settings.session_absolute_days,
        )
        self.acts = Acts(
            self.store,
            self.journal,
            self.hub,
            self.id,
            self.unsubscribe,
            self.rename,
            self.presence.promote,
            self.hang_up,
            self.clock,
        )
        self.tidying = Tidying(
            self.journal, self.hub, self.clock, idle_days=settings.session_idle_days
        )
        await self.acts.begin()
        await self.broker.listen()
        self.tasks.start(self.journal.run())
        if not await self.store.rooms(limit=1):
            await self.journal.write(CreateRoom(name=FIRST_ROOM, title="General"))
        self.owner_invite = await self.chat.accounts.offer_owner()
        for work in (
            self.keepalive.run(),
            self._listen(),
            self._carry_out_acts(),
            self._tell_news(),
            self.tidying.sweep(),
            self._keep_house(),
            self._keep_log(),
            self.load.run(),
            forget_for_ever(self.journal, self.store, self.hub),
        ):
            self.tasks.start(work)
        self._is_open = True
        log.info("serving %s, epoch %s", settings.database, self.store.epoch)

    def _watch_resources(self) -> None:
        folder = self.settings.database.parent
        for name, help, look in (
            ("sanchat_database_bytes", "Size of the database", self.store.file_bytes),
            ("sanchat_log_bytes", "Size of its write-ahead log", self.store.log_bytes),
            (
                "sanchat_disk_free_bytes",
                "Free space beside the database",
                lambda: shutil.disk_usage(folder).free,
            ),
            (
                "sanchat_loop_late_seconds",
                "How late the event loop came to what was due",
                lambda: self.load.late_seconds,
            ),
        ):
            self.metrics.watch(name, help, look)

    async def stop(self) -> None:
        """Answer what is in flight, send everybody away with 1012, and let go of the database.

        Asked twice, it happens once: Sanic asks again where uvloop interrupts the first time.
        """
        if self._end is None:
            self._end = asyncio.get_running_loop().create_task(self._stop())
        await asyncio.shield(self._end)

    async def _stop(self) -> None:
        self.is_stopping = True
        if self._reopening is not None:
            await self._reopening
        if self._is_open:
            await self._close()

    async def _close(self) -> None:
        self._is_open = False
        log.info("stopping, %d connections", len(self.hub.connections))
        await self._send_away()
        await self._let_go()
        log.info("stopped")

    async def _let_go(self) -> None:
        # The last comes first, and each comes, whatever becomes of the others: what stays open of
        # a file that was replaced would keep the new one out.
        async with AsyncExitStack() as steps:
            steps.push_async_callback(self.store.close)
            steps.push_async_callback(self._checkpoint, self.store.checkpoint)
            steps.push_async_callback(self.broker.close)
            steps.callback(self.chat.accounts.passwords.close)
            steps.push_async_callback(self.tasks.close)

    def _send_back(self) -> None:
        for socket in self.keepalive.sockets():
            socket.close(Close.SERVER_ERROR, "server error")

    async def _send_away(self) -> None:
        self.hub.wake_watchers()
        for socket in self.keepalive.sockets():
            socket.pause()  # nothing new is taken; what was taken is answered first
        try:
            async with asyncio.timeout(STOP_SECONDS * 2):
                await self.journal.drained()
        except TimeoutError:
            log.warning("stopping with changes unanswered")
        for connection in self.hub.connections:
            if connection.is_plain:
                connection.send(b"[the server is restarting]")
        for socket in self.keepalive.sockets():
            socket.close(Close.RESTARTING, "restarting", cut_after_seconds=STOP_SECONDS)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.keepalive.emptied()
        except TimeoutError:
            log.info("cutting peers that do not say goodbye")
        for socket in self.keepalive.sockets():
            socket.abort()

    # Connections

    def admit(self, session_id: int | None, address: str) -> bool:
        """Count a new connection; False where the session or the address has too many.

        Requests that wait count like sockets; who reads without a session counts by address.
        """
        if self.limits is not None and (
            self._by_session[session_id] >= self.settings.session_connections
            or self._by_address[address] >= self.settings.address_connections
        ):
            return False
        if session_id is not None:
            self._by_session[session_id] += 1
        self._by_address[address] += 1
        return True

    def dismiss(self, session_id: int | None, address: str) -> None:
        """One connection less."""
        if session_id is not None:
            _take_one(self._by_session, session_id)
        _take_one(self._by_address, address)

    def hang_up(self, session_ids: Collection[int]) -> int:
        """These sessions have ended: their connections too, and what waits; how many those were."""
        if not session_ids:
            return 0
        self.ended_sessions.extend(session_ids)
        ended = [c for c in self.hub.connections if c.session_id in session_ids]
        for connection in ended:
            connection.close(Close.NOT_SIGNED_IN, "signed out")
        self.hub.wake_watchers()
        return len(ended)

    def unsubscribe(self, connection: Connection, room_id: int) -> None:
        """The connection hears the room no more, but may hear of it."""
        self.presence.exit(room_id, connection)
        self.hub.drop(connection, room_id, stays_member=True)

    def rename(self, user: User, was: str) -> int:
        """A user has another name from now on; the number of their connections."""
        connections = self.hub.connections_of(user.id)
        rooms: set[int] = set()
        for connection in connections:
            connection.user = user
            rooms |= connection.subscriptions.keys() | connection.bystands
        if connections:
            self.names.free(was, user.id)
            self.names.hold(user.name, user.id, connections=len(connections))
        self.presence.rename(user)
        event = encode_event("user", user=user.author, was=was)
        self.hub.tell_user(user.id, event)
        for room_id in rooms:
            self.hub.tell_room(room_id, event)
        return len(connections)

    def roster(self, room: Room, members: list[Member]) -> list[Member]:
        """At most 200 members of a room, those online first, then others of these."""
        online = self.presence.members(room.id)
        if len(online) >= LARGE_ROOM or not members:
            return online
        known = {member.id for member in online}
        return [*online, *(one for one in members if one.id not in known)][:LARGE_ROOM]

    # Background work

    async def _listen(self) -> None:
        version = await self.store.foreign_version()
        while True:
            heard = await self.broker.heard(SAFETY_SECONDS)
            try:
                latest = await self.store.foreign_version()
            except ChatError:
                continue
            if heard or latest != version:
                version = latest
                self.journal.look_for_foreign()
                self._acts_due.set()

    async def _carry_out_acts(self) -> None:
        while True:
            await self._acts_due.wait()
            self._acts_due.clear()
            try:
                await self.acts.carry_out()
                self.tidying.sweep_due.set()
            except ChatError as error:
                # The disk is full, say: the next look, a second later, begins where this one ended.
                log.warning("acts were not carried out: %s", error)
                await asyncio.sleep(SAFETY_SECONDS)
                self._acts_due.set()

    async def _tell_news(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.hub.tell_news()

    async def _keep_house(self) -> None:
        tidied_at = time.monotonic() - TIDY_SECONDS  # the first time soon after the start
        while True:
            await asyncio.sleep(SAFETY_SECONDS)
            if self.store.is_replaced():
                log.error("the database file was replaced: reopening it")
                # Not owned by `tasks`, which it ends.
                self._reopening = asyncio.get_running_loop().create_task(self._reopen())
                return
            now = time.monotonic()
            self.tidying.end_old_sessions()
            await self.acts.bans.tell_ended()
            if now - tidied_at >= TIDY_SECONDS:
                tidied_at = now
                await self.tidying.tidy()

    async def _keep_log(self) -> None:
        emptied_at = time.monotonic()
        while True:
            await asyncio.sleep(LOG_SECONDS)
            is_due = time.monotonic() - emptied_at >= self.settings.checkpoint_seconds
            is_due = is_due or self.store.log_bytes() > LOG_FILE_BYTES
            if is_due:
                emptied_at = time.monotonic()
            await self._checkpoint(self.store.checkpoint if is_due else self._move_log)

    async def _move_log(self) -> None:
        if self.store.log_in_use() > LOG_BYTES:
            await self.store.move_log()

    async def _checkpoint(self, checkpoint: Callable[[], Awaitable[None]]) -> None:
        try:
            await checkpoint()
        except Exception as error:
            if self._complaints.is_due():
                log.warning("the checkpoint has to wait: %s", error)

    async def _reopen(self) -> None:
        self.is_stopping = True
        try:
            await self._close()
        except Exception:
            log.exception("the old database was not let go of in order")
        self.tasks = Tasks()
        while self._end is None:
            try:
                # Where there is none yet, opening would make an empty one.
                if self.settings.database.exists():
                    await self.open()
                    break
            except Exception as error:
                log.error("the new database cannot be opened yet: %s", error)
            await asyncio.sleep(SAFETY_SECONDS)
        self.is_stopping = self._end is not None


def _take_one(counts: Counter[Any], key: Hashable) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]  # what is gone leaves nothing behind
