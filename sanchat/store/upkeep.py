"""Keeps the files of a database small, without holding up whoever writes.

Runs on the connection that writes, between batches.
"""

import sqlite3

SPARE_PAGES = 256
PIECE_PAGES = 512
INCREMENTAL = 2  # what `pragma auto_vacuum` calls a file that can give pages back


def empty_log(connection: sqlite3.Connection) -> None:
    """Move what the write-ahead log holds into the database, and empty it where nobody reads.

    Waits for no reader: what somebody still needs stays for the next time.
    """
    busy, in_log, moved = connection.execute("pragma wal_checkpoint(passive)").fetchone()
    if busy or moved < in_log:
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
