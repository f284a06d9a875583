"""Copies of a database: made whole while it is written to, looked at, and put in its place.

Blocking, and on connections of its own: for commands, not for the server.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from enum import Enum, auto
from pathlib import Path

import msgspec

from sanchat.store.life import new_epoch
from sanchat.store.migrate import migrate

BUSY_MS = 10_000
_COMPANIONS = ("-wal", "-shm")


class Contents(msgspec.Struct, frozen=True):
    """What a database holds; `version` is that of its newest migration."""

    version: int
    users: int
    rooms: int
    messages: int
    bytes: int


class Step(Enum):
    """What making a copy consists of."""

    CHECK = auto()  # of the source, or of what came of it
    COPY = auto()  # as many bytes as the source has
    CLEAN = auto()


OnStep = Callable[[Step], None]  # told of each before it begins


class NoSpace(Exception):
    """The disk has fewer bytes free than a copy would have."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(f"{needed / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free")


class Unfit(Exception):
    """A file that is no sanchat database, or one that is damaged; `str(error)` says what."""


def write_copy(database: Path, target: Path, on_step: OnStep = lambda _: None) -> None:
    """A consistent copy as of now, mode 600, that begins an epoch of its own when it is served.

    `target` must not exist. Writers go on meanwhile; the database is read once, for as long as its
    bytes take to copy, and made small and clean in the copy. Synced to disk on return; where it
    fails, nothing is left behind.
    """
    # Made here, so that nobody else can read it for an instant.
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        on_step(Step.COPY)
        _copy_pages(database, target)
        on_step(Step.CLEAN)
        with closing(_open(target)) as copy:
            copy.execute("pragma journal_mode = delete")
            # It is synced as a whole, and thrown away where anything fails.
            copy.execute("pragma journal_mode = off")
            copy.execute("pragma synchronous = off")
            # The token by which a server knows its file: without it the numbers are a new life's.
            copy.execute("update meta set value = '' where key = 'life'")
            # Whatever the original can do, the copy can give pages back to the disk.
            copy.execute("pragma auto_vacuum = incremental")
            # What was deleted may still lie in pages that are free.
            copy.execute("vacuum")
        _sync(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


@contextmanager
def raw_copy(database: Path) -> Iterator[Path]:
    """The pages as they are now, in a file beside the database that lasts as long as the block.

    To be read at leisure: a long read of the database itself keeps its log from being emptied.
    NoSpace where the disk cannot hold it.
    """
    target = _beside(database, ".checking")
    target.unlink(missing_ok=True)  # of one that was killed
    needed, free = database.stat().st_size, shutil.disk_usage(database.parent).free
    if needed > free:
        raise NoSpace(needed, free)
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _copy_pages(database, target)
        yield target
    finally:
        discard(target)


def contents_of(path: Path) -> Contents:
    """What is in a file; Unfit where it is damaged or no sanchat database."""
    try:
        with closing(_open(path)) as connection:
            _refuse_strangers(connection, path)
            (verdict,) = connection.execute("pragma integrity_check(1)").fetchone()
            if verdict != "ok":
                raise Unfit(f"{path} is damaged: {verdict}.")
            row = connection.execute(
                "select (select coalesce(max(version), 0) from schema_migrations), "
                "(select count(*) from users where id <> 0), (select count(*) from rooms), "
                "(select count(*) from messages)"
            ).fetchone()
    except sqlite3.DatabaseError as error:
        raise Unfit(f"{path} is no sanchat database ({error}).") from error
    version, users, rooms, messages = row
    return Contents(version, users, rooms, messages, path.stat().st_size)


def prepare(
    source: Path, prepared: Path, on_step: OnStep = lambda _: None, *, now_ms: int
) -> Contents:
    """A copy of `source` beside the database, brought to the newest schema and a new epoch.

    Unfit where the source is damaged, StartupError where it is of a newer sanchat.
    """
    on_step(Step.CHECK)
    contents_of(source)
    prepared.unlink(missing_ok=True)
    write_copy(source, prepared, on_step)
    try:
        with closing(_open(prepared)) as connection:
            migrate(connection, now_ms=now_ms)
            connection.execute(
                "insert into meta (key, value) values ('epoch', ?) "
                "on conflict (key) do update set value = excluded.value",
                (new_epoch(),),
            )
        _sync(prepared)
        on_step(Step.CHECK)
        return contents_of(prepared)
    except BaseException:
        prepared.unlink(missing_ok=True)
        raise


def swap(database: Path, prepared: Path, kept: Path) -> None:
    """Put the prepared file in the database's place, and what was there at `kept`.

    The log of the old file goes with it: what a running server still writes lands there, and
    nobody reads the new file through it. So the place is empty for an instant, in which whoever
    comes finds no database, rather than a wrong one.
    """
    moved: list[tuple[Path, Path]] = []
    try:
        for end in ("", *_COMPANIONS):
            old, new = _beside(database, end), _beside(kept, end)
            with suppress(FileNotFoundError):
                os.rename(old, new)
                moved.append((old, new))
        os.rename(prepared, database)
    except BaseException:
        for old, new in reversed(moved):
            os.rename(new, old)
        raise
    _sync_folder(database.parent)


def settle(kept: Path) -> None:
    """Make one file of a database that nobody has open any more and its log."""
    # Where it is too damaged for that, it stays as it is: that may be why it was replaced.
    with suppress(sqlite3.Error), closing(_open(kept)) as connection:
        connection.execute("pragma journal_mode = delete")


def discard(kept: Path) -> None:
    """Remove a database with all that belongs to it."""
    for end in ("", *_COMPANIONS):
        _beside(kept, end).unlink(missing_ok=True)


def is_served(database: Path) -> bool:
    """Whether a server has begun to work on the file since it was put there."""
    with suppress(sqlite3.Error), closing(_open(database)) as connection:
        row = connection.execute("select value from meta where key = 'life'").fetchone()
        return row is not None and row[0] != ""
    return False


def _copy_pages(database: Path, target: Path) -> None:
    """Fill an empty file with the pages of a database; it is not synced."""
    with closing(_open(database)) as connection, closing(_open(target)) as copy:
        # The database is being read until the copy is done with: no sync in that time.
        copy.execute("pragma synchronous = off")
        # In one step: in several it would begin anew whenever somebody writes.
        connection.backup(copy, pages=-1)


def _refuse_strangers(connection: sqlite3.Connection, path: Path) -> None:
    tables = {row[0] for row in connection.execute("select name from sqlite_master")}
    if not {"schema_migrations", "meta", "rooms", "messages"} <= tables:
        raise Unfit(f"{path} is no sanchat database.")


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)
    connection.isolation_level = None
    connection.execute(f"pragma busy_timeout = {BUSY_MS}")
    connection.execute("pragma wal_autocheckpoint = 0")
    return connection


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _sync(path: Path) -> None:
    with _descriptor(path, os.O_RDWR) as descriptor:
        os.fsync(descriptor)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    with _descriptor(folder, os.O_RDONLY) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _descriptor(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
