"""The log in one SQLite file: WAL, synchronous=FULL, one writing and one reading connection.

Writes are whole batches on a thread of their own (`batch.append`); reads go through aiosqlite on
a second, read-only connection and never wait for a commit.
"""

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiosqlite

from sanchat.changes import Appended, Change
from sanchat.clock import Clock, wall_clock
from sanchat.errors import StartupError, Unavailable
from sanchat.models import MENTIONS, Ban, Place, Room, User
from sanchat.store import batch
from sanchat.store.access import AccessReads
from sanchat.store.archive import ArchiveReads
from sanchat.store.attention import AttentionReads
from sanchat.store.inquiry import Inquiries
from sanchat.store.life import ServerLock, begin_life, end_life, new_epoch
from sanchat.store.migrate import migrate
from sanchat.store.opening import OpeningReads
from sanchat.store.pages import PageReads
from sanchat.store.roster import RosterReads
from sanchat.store.rows import (
    BAN_COLUMNS,
    IS_THERE,
    ROOM_COLUMNS,
    ROOM_WIDTH,
    USER_COLUMNS,
    ban_from,
    role_in_room,
    room_from,
    user_from,
)
from sanchat.store.seats import Seats
from sanchat.store.standing import StandingReads
from sanchat.store.upkeep import empty_log, give_back, log_in_use, move_log

log = logging.getLogger("sanchat.store")

BUSY_MS = 2_000  # how long a batch waits for another process's transaction
CACHE_KIB = 16_384

_PLACE = f"""
select {ROOM_COLUMNS}, {role_in_room("?2", "?3")}, memberships.read_seq, memberships.joined_seq,
  memberships.notify,
  exists (select 1 from bans where bans.user_id = ?2 and lifted_at is null)
from rooms left join memberships
  on memberships.room_id = rooms.id and memberships.user_id = ?2
where rooms.name_key = ?1
"""
_BANS_OF = f"""
select {BAN_COLUMNS} from bans
where user_id = ?1 and lifted_at is null and (until is null or until > ?2)
union
select {BAN_COLUMNS} from bans
where skeleton = (select skeleton from users where id = ?1 and kind <> 'imported')
  and kind = 'ban' and room_id is null and lifted_at is null and (until is null or until > ?2)
order by 2
"""
_BANS_AT = f"""
select {BAN_COLUMNS} from bans
where (id in (select ban_id from ban_networks where network = ?1) or skeleton = ?2)
  and kind in ('ban', 'kick') and room_id is null and lifted_at is null
  and (until is null or until > ?3)
order by kind
"""


async def open_sqlite(path: Path, *, server: bool, clock: Clock | None) -> "SqliteStore":
    """Open, create or migrate the file. With `server`, claim it and begin its life's next run."""
    clock = clock or wall_clock
    lock = ServerLock(path)
    epochs: list[str] = []

    def open_it() -> sqlite3.Connection:
        connection, epoch = _open_writer(path, lock, server, clock)
        epochs.append(epoch)
        return connection

    async with AsyncExitStack() as steps:
        steps.callback(lock.release)
        if server:
            _make_private(path)
            lock.acquire()
        writer = await Connected(open_it, 64).opened()
        steps.push_async_callback(writer.close)
        reader = await Connected(lambda: _connect(path), 64).opened()
        steps.push_async_callback(reader.close)
        await reader.executescript(
            "pragma query_only = on; pragma wal_autocheckpoint = 0; "
            f"pragma busy_timeout = {BUSY_MS};"
        )
        store = SqliteStore(path, writer, reader, lock, epochs[0], clock)
        steps.pop_all()
    return store


class Connected(aiosqlite.Connection):
    """A connection on a thread of its own, which does one thing after the other."""

    async def opened(self) -> "Connected":
        """Itself, connected; where that fails, its thread has ended too."""
        try:
            await self
        except BaseException:
            # Or it might find the loop closed, and say so to whoever reads why it failed.
            self._thread.join()
            raise
        return self

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection itself, for what runs on its thread."""
        return self._conn

    async def run(self, function: Callable[..., Any], *values: object) -> Any:
        """What a function comes to on the thread."""
        # aiosqlite itself has no public way to run more than one statement at once.
        return await self._execute(function, *values)  # type: ignore[no-untyped-call]


class SqliteStore(
    AccessReads,
    ArchiveReads,
    AttentionReads,
    Inquiries,
    OpeningReads,
    PageReads,
    RosterReads,
    StandingReads,
):
    """`Store` in an SQLite file."""

    def __init__(
        self,
        path: Path,
        writer: Connected,
        reader: Connected,
        lock: ServerLock,
        epoch: str,
        clock: Clock,
    ) -> None:
        self.path = path
        self._log_path = path.with_name(path.name + "-wal")
        self.epoch = epoch
        self._writing = writer
        self._writer = writer.raw
        self._seats = Seats(self._writer)
        self._reader = reader
        self._lock = lock
        self._clock = clock
        self._inodes = {name: name.stat().st_ino for name in self._own_files() if name.exists()}

    async def append(self, changes: Sequence[Change]) -> Appended:
        answer: Appended = await self._on_writer(self._append, changes)
        return answer

    def _append(self, changes: Sequence[Change]) -> Appended:
        appended = batch.append(self._seats, changes, self._clock)
        if appended.committed:
            last = appended.committed[-1]
            self._lock.mark(last.room_id, last.message.changed_seq)
        return appended

    # Rooms

    async def room(self, key: str) -> Room | None:
        rows = await self._read(f"select {ROOM_COLUMNS} from rooms where name_key = ?", key)
        return room_from(rows[0]) if rows else None

    async def room_by_id(self, room_id: int) -> Room | None:
        rows = await self._read(
            f"select {ROOM_COLUMNS} from rooms where id = ? and {IS_THERE}", room_id
        )
        return room_from(rows[0]) if rows else None

    async def rooms(
        self, *, kind: str | None = None, after: str = "", limit: int = 200
    ) -> list[Room]:
        rows = await self._read(
            f"select {ROOM_COLUMNS} from rooms where name_key > ?1 and (?2 is null or kind = ?2) "
            f"and {IS_THERE} order by name_key limit ?3",
            after,
            kind,
            limit,
        )
        return [room_from(row) for row in rows]

    async def place(self, key: str, user_id: int) -> Place | None:
        rows = await self._read(_PLACE, key, user_id, self._clock())
        if not rows:
            return None
        role, read_seq, joined_seq, notify, has_bans = rows[0][ROOM_WIDTH:]
        room = room_from(rows[0][:ROOM_WIDTH])
        return Place(room, role, read_seq or 0, bool(has_bans), joined_seq or 0, notify or MENTIONS)

    async def last_seqs(self, room_ids: Sequence[int]) -> dict[int, int]:
        rows = await self._read(
            "select id, last_seq from rooms where id in (select value from json_each(?))",
            json.dumps(list(room_ids)),
        )
        return {row[0]: row[1] for row in rows}

    # People

    async def user(self, user_id: int) -> User | None:
        rows = await self._read(f"select {USER_COLUMNS} from users where id = ?", user_id)
        return user_from(rows[0]) if rows else None

    async def users_named(self, key: str) -> list[User]:
        rows = await self._read(
            f"select {USER_COLUMNS} from users where name_key = ? order by id desc limit 200", key
        )
        return [user_from(row) for row in rows]

    async def users(self, *, after: int = 0, limit: int = 200) -> list[User]:
        rows = await self._read(
            f"select {USER_COLUMNS} from users where id > ? and kind <> 'system' "
            "order by id limit ?",
            after,
            limit,
        )
        return [user_from(row) for row in rows]

    async def bans_at(self, network: str, look: str) -> list[Ban]:
        rows = await self._read(_BANS_AT, network, look, self._clock())
        return [ban_from(row) for row in rows]

    async def bans_of(self, user_id: int) -> list[Ban]:
        return [ban_from(row) for row in await self._read(_BANS_OF, user_id, self._clock())]

    # The file

    def server_is_running(self) -> bool:
        """Whether a server process has claimed this file."""
        return self._lock.is_held()

    def note_address(self, address: str) -> None:
        self._lock.note_address(address)

    def server_address(self) -> str | None:
        return self._lock.address()

    async def foreign_version(self) -> int:
        return int(await self._on_writer(self._pragma, "data_version") or 0)

    def log_bytes(self) -> int:
        try:
            return os.stat(self._log_path).st_size
        except FileNotFoundError:
            return 0

    def log_in_use(self) -> int:
        return log_in_use(self._log_path)

    async def move_log(self) -> None:
        await self._on_writer(move_log, self._writer)

    async def checkpoint(self) -> None:
        await self._on_writer(empty_log, self._writer)

    async def give_back(self) -> bool:
        try:
            return bool(await self._on_writer(give_back, self._writer))
        except sqlite3.OperationalError as error:
            raise Unavailable("The database cannot be reached at the moment.") from error

    def is_replaced(self) -> bool:
        return not self._is_ours(self.path)

    async def close(self) -> None:
        # The last comes first, and each comes, whatever becomes of the others.
        async with AsyncExitStack() as steps:
            steps.callback(self._lock.release)
            steps.push_async_callback(self._writing.close)
            steps.push_async_callback(self._on_writer, self._close_writer)
            steps.push_async_callback(self._reader.close)

    def _close_writer(self) -> None:
        if self._lock.is_ours:
            try:
                end_life(self._writer, self.path)
            except (sqlite3.Error, OSError) as error:
                log.warning("a copy made in this run will pass for the file: %s", error)
        is_replaced = self.is_replaced()
        self._writer.close()
        if is_replaced:
            # SQLite leaves them where its file was moved away. They are no part of the new one,
            # which would be read through them.
            for file in self._own_files():
                if file != self.path and self._is_ours(file):
                    file.unlink()

    def _own_files(self) -> list[Path]:
        return [self.path.with_name(self.path.name + end) for end in ("", "-wal", "-shm")]

    def _is_ours(self, file: Path) -> bool:
        try:
            return os.stat(file).st_ino == self._inodes.get(file)
        except OSError:
            return False

    def _pragma(self, pragma: str) -> Any:
        try:
            return self._writer.execute(f"pragma {pragma}").fetchone()[0]
        except sqlite3.OperationalError as error:
            raise Unavailable("The database cannot be reached at the moment.") from error

    async def _read(self, sql: str, *values: object, **named: object) -> list[Any]:
        try:
            return list(await self._reader.execute_fetchall(sql, named or values))
        except sqlite3.OperationalError as error:
            raise _unreadable(error) from error

    async def _ask(self, question: Callable[..., Any], *values: object) -> Any:
        try:
            return await self._reader.run(question, self._reader.raw, *values)
        except sqlite3.OperationalError as error:
            raise _unreadable(error) from error

    async def _on_writer(self, function: Any, *values: Any) -> Any:
        return await self._writing.run(function, *values)


def _unreadable(error: Exception) -> Unavailable:
    log.warning("nothing could be read: %s", error)
    return Unavailable("The server cannot read anything at the moment.")


def _open_writer(
    path: Path, lock: ServerLock, server: bool, clock: Clock
) -> tuple[sqlite3.Connection, str]:
    _make_private(path)
    try:
        connection = _connect(path)
        connection.execute(f"pragma busy_timeout = {BUSY_MS}")
        # Of a file that has tables already this changes nothing.
        connection.execute("pragma auto_vacuum = incremental")
        connection.execute("pragma journal_mode = wal")
        # One task checkpoints: SQLite before 3.51.3 has a race between two that do.
        connection.execute("pragma wal_autocheckpoint = 0")
        connection.execute("pragma synchronous = full")
        # What a refused change would leave behind is kept in memory, not in a file for each commit.
        connection.execute("pragma temp_store = memory")
        connection.execute("pragma foreign_keys = on")
        # What is deleted is overwritten in the file, whatever the build's default.
        connection.execute("pragma secure_delete = on")
        connection.execute(f"pragma cache_size = -{CACHE_KIB}")
        migrate(connection, now_ms=clock())
        epoch = begin_life(connection, path, lock) if server else _epoch(connection)
    except sqlite3.DatabaseError as error:
        raise StartupError(
            f"{path} cannot be opened as a sanchat database ({error}). Check the path and its "
            "permissions, or restore a backup."
        ) from error
    return connection, epoch


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=256
    )


def _make_private(path: Path) -> None:
    """The file and its folder for their owner alone: who may write it is the administrator."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Created here, never opened: closing a second descriptor would drop SQLite's locks.
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise StartupError(
            f"The database {path} cannot be made: {error.strerror}. Give another --database."
        ) from error


def _epoch(connection: sqlite3.Connection) -> str:
    connection.execute(
        "insert into meta (key, value) values ('epoch', ?) on conflict do nothing", (new_epoch(),)
    )
    (epoch,) = connection.execute("select value from meta where key = 'epoch'").fetchone()
    return str(epoch)
