"""Keeps the files of a database small, without holding up whoever writes.

Runs on the connection that writes, between batches.
"""

import bisect
import os
import sqlite3
import struct
from pathlib import Path

LOG_HEADER_BYTES = 32
LOG_HEADER = struct.Struct(">8xI4x8s")  # page size, salts; two checksums follow
FRAME_HEADER = struct.Struct(">8x8s8x")  # salts
SPARE_PAGES = 256
PIECE_PAGES = 512
INCREMENTAL = 2  # what `pragma auto_vacuum` calls a file that can give pages back


def log_in_use(path: Path) -> int:
    """Bytes of the write-ahead log that were written since it last began anew.

    Its file says nothing of that: it is written again from its beginning once all it held is in the
    database. Each frame bears the salts of the header under which it was written
    (https://www.sqlite.org/fileformat2.html#walformat), and behind the newest stand older ones.
    """
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return 0
    try:
        header = os.pread(file, LOG_HEADER.size, 0)
        if len(header) < LOG_HEADER.size:
            return 0
        page_bytes, salts = LOG_HEADER.unpack(header)
        step: int = FRAME_HEADER.size + page_bytes
        first = LOG_HEADER_BYTES

        def is_old(frame: int) -> bool:
            head = os.pread(file, FRAME_HEADER.size, first + frame * step)
            return len(head) < FRAME_HEADER.size or FRAME_HEADER.unpack(head) != (salts,)

        frames = (os.fstat(file).st_size - first) // step
        return step * bisect.bisect_left(range(frames), True, key=is_old)
    finally:
        # SQLite keeps its locks on the other two files, so this close loses none.
        os.close(file)


def move_log(connection: sqlite3.Connection) -> bool:
    """Move what the write-ahead log holds into the database; whether that was all of it.

    Waits for no reader: what somebody still needs stays for the next time. The log's file keeps its
    size, so that the commits to come find their place on the disk made already.
    """
    busy, in_log, moved = connection.execute("pragma wal_checkpoint(passive)").fetchone()
    return not busy and bool(moved == in_log)


def empty_log(connection: sqlite3.Connection) -> None:
    """Move what the write-ahead log holds, and make its file empty where nobody reads."""
    if not move_log(connection):
        return
    (patience_ms,) = connection.execute("pragma busy_timeout").fetchone()
    # Emptying waits for readers, and the next batch would wait behind it.
    connection.execute("pragma busy_timeout = 0")
    try:
        connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    finally:
        connection.execute(f"pragma busy_timeout = {patience_ms}")


def give_back(connection: sqlite3.Connection) -> bool:
    """Give free pages back to the disk, some hundred at a time; whether there are more.

    A tenth of the file stays free for what is said next. Files made before this was possible keep
    their size, and fill their free pages first; a backup that is restored is as small as can be.
    """
    (can_shrink,) = connection.execute("pragma auto_vacuum").fetchone()
    (pages,) = connection.execute("pragma page_count").fetchone()
    (free,) = connection.execute("pragma freelist_count").fetchone()
    spare = max(SPARE_PAGES, pages // 10)
    if can_shrink != INCREMENTAL or free <= spare:
        return False
    connection.execute(f"pragma incremental_vacuum({min(free - spare, PIECE_PAGES)})").fetchall()
    return bool(free - spare > PIECE_PAGES)
