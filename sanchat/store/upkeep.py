"""Keeps the files of a database small, without holding up whoever writes.

Runs on the connection that writes, between batches.
"""

import sqlite3


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
