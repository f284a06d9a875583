"""One server to a file, and one epoch to a database's life.

`FILE.lock` is held while a server runs. `FILE.life` repeats a token that the database holds too:
where they differ, the file was restored or copied, and its numbers begin a new epoch. So they do
where the database lacks the last number that `FILE.lock` says was given: it is a copy made earlier
in the same run.
"""

import fcntl
import hashlib
import os
import secrets
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from sanchat.errors import StartupError

_ATTEMPTS = 5
_MARK_AT = 24  # in the lock file, behind the line of the process
_MARK_BYTES = 48
_ADDRESS_AT = _MARK_AT + _MARK_BYTES
_ADDRESS_BYTES = 300


class ServerLock:
    """The right to be the one server of a database; lost with the process, however it ends."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._file: IO[str] | None = None

    @property
    def is_ours(self) -> bool:
        """Whether this process is the server."""
        return self._file is not None

    def acquire(self) -> None:
        """Take it, or StartupError where another server has it."""
        # Kept open for as long as the lock is held.
        file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        # A program that only asks (`is_held`) holds it for an instant: try for a quarter second.
        for attempt in range(_ATTEMPTS):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if attempt < _ATTEMPTS - 1:
                    time.sleep(0.05)
        else:
            holder = file.readline().strip()
            file.close()
            raise StartupError(
                f"Another sanchat serves this database already (process {holder or 'unknown'}). "
                "Stop it first, or give this one a --database of its own."
            )
        file.seek(0)
        file.write(f"{os.getpid()}".ljust(_MARK_AT - 1) + "\n")
        file.flush()
        self._file = file
        self.note_address("")  # that of the one before

    def mark(self, room_id: int, number: int) -> None:
        """Note the last number given. Not synced: it outlives the process, which is what counts.

        Programs beside the server note theirs too, where there has ever been a server.
        """
        line = (f"{room_id} {number}".ljust(_MARK_BYTES - 1) + "\n").encode()
        if self._file is not None:
            os.pwrite(self._file.fileno(), line, _MARK_AT)
            return
        with suppress(FileNotFoundError, PermissionError):
            descriptor = os.open(self._path, os.O_WRONLY)
            try:
                os.pwrite(descriptor, line, _MARK_AT)
            finally:
                os.close(descriptor)

    def marked(self) -> tuple[int, int]:
        """The room and the number of the last mark; (0, 0) where there is none."""
        assert self._file is not None
        words = os.pread(self._file.fileno(), _MARK_BYTES, _MARK_AT).split()
        try:
            room_id, number = map(int, words)
        except ValueError:
            return 0, 0
        return room_id, number

    def note_address(self, address: str) -> None:
        """Note where people reach the server, for programs beside it."""
        assert self._file is not None
        line = address.encode().ljust(_ADDRESS_BYTES - 1)[: _ADDRESS_BYTES - 1] + b"\n"
        os.pwrite(self._file.fileno(), line, _ADDRESS_AT)

    def address(self) -> str | None:
        """Where people reach the server that runs now; None without one, or before it listens."""
        with suppress(OSError):
            if self.is_held():
                with self._path.open("rb") as file:
                    file.seek(_ADDRESS_AT)
                    return file.read(_ADDRESS_BYTES).decode(errors="replace").strip() or None
        return None

    def is_held(self) -> bool:
        """Whether a server, this or another, is running on the database now."""
        if self._file is not None:
            return True
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def begin_life(connection: sqlite3.Connection, database: Path, lock: ServerLock) -> str:
    """The epoch, called once at each server start: a new one where the file is not what it was.

    The life file names both the old and the new token while the database changes from one to the
    other, so that a crash in between begins no new epoch.
    """
    life = _life_of(database)
    known = life.read_text().split() if life.exists() else []
    meta = dict(connection.execute("select key, value from meta where key in ('epoch', 'life')"))
    epoch, token = meta.get("epoch"), meta.get("life")
    if epoch is None or not token or token not in known or not _has(connection, *lock.marked()):
        epoch = new_epoch()
        lock.mark(0, 0)
    _turn(connection, life, token or "", epoch)
    return epoch


def _has(connection: sqlite3.Connection, room_id: int, number: int) -> bool:
    """Whether the room has come to that number, or is gone for a reason that is on record."""
    if not room_id:
        return True
    row = connection.execute("select last_seq from rooms where id = ?", (room_id,)).fetchone()
    if row is not None:
        return bool(row[0] >= number)
    deleted = "select 1 from acts where kind = 'room_deleted' and room_id = ?"
    return connection.execute(deleted, (room_id,)).fetchone() is not None


def end_life(connection: sqlite3.Connection, database: Path) -> None:
    """Called at a server's end, so that a copy made while it ran is told from the file."""
    meta = dict(connection.execute("select key, value from meta where key in ('epoch', 'life')"))
    _turn(connection, _life_of(database), meta["life"], meta["epoch"])


def _turn(connection: sqlite3.Connection, life: Path, token: str, epoch: str) -> None:
    fresh = secrets.token_hex(16)
    _write_durably(life, f"{token} {fresh}\n")
    connection.execute("begin immediate")
    connection.execute(
        "insert into meta (key, value) values ('epoch', ?), ('life', ?) "
        "on conflict (key) do update set value = excluded.value",
        (epoch, fresh),
    )
    connection.execute("commit")
    # From here on, the old token is that of an old copy.
    _write_durably(life, f"{fresh}\n")


def _life_of(database: Path) -> Path:
    return database.with_name(database.name + ".life")


def probe_of(database: Path) -> str:
    """What proves to a server that somebody may read the files beside its database; "" without."""
    try:
        life = _life_of(database).read_bytes()
    except OSError:
        return ""
    return hashlib.sha256(b"probe:" + life).hexdigest()


def new_epoch() -> str:
    """A name for a database's life that no other has: milliseconds in base 32, then chance."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    milliseconds, digits = time.time_ns() // 1_000_000, ""
    for _ in range(10):
        milliseconds, digit = divmod(milliseconds, 32)
        digits = alphabet[digit] + digits
    return digits + "".join(secrets.choice(alphabet) for _ in range(16))


def _write_durably(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
