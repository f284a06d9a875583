"""Deleting a room in pieces: gone for everybody at once, its rows little by little.

What is left of it lies under a name that nobody can ask for, so a crash in between costs nothing:
whoever sweeps next goes on.
"""

import sqlite3

from sanchat.changes import Sweep
from sanchat.store.rows import GONE, message_id

SWEEP_ROWS = 500  # in one transaction: others wait so long

_IN_ROOM = "message_id between :low and :high"
_PIECES = (  # table, its key, what of it belongs to the room
    ("reactions", ("message_id", "emoji", "user_id"), _IN_ROOM),
    ("mentions", ("user_id", "message_id"), _IN_ROOM),
    ("messages", ("id",), "id between :low and :high"),
    ("memberships", ("room_id", "user_id"), "room_id = :room_id"),
)


def take_away(connection: sqlite3.Connection, room_id: int) -> None:
    """Let nobody find the room any more, nor an import take it for the one it brings back."""
    connection.execute(
        "update rooms set name = ?1 || id, name_key = ?1 || id, title = '', topic = '', "
        "kind = 'closed', people = null, archived_at = coalesce(archived_at, 0), created_at = -1 "
        "where id = ?2",
        (GONE, room_id),
    )


def sweep(connection: sqlite3.Connection, change: Sweep) -> bool:
    """Delete a piece of a room that has been taken away; whether there was one."""
    row = connection.execute(
        f"select id from rooms where name_key glob '{GONE}*' order by name_key limit 1"
    ).fetchone()
    if row is None:
        return False
    place = {"low": message_id(row[0], 0), "high": message_id(row[0] + 1, 0) - 1, "room_id": row[0]}
    left = SWEEP_ROWS
    for table, key, belongs in _PIECES:
        found = connection.execute(
            f"select {', '.join(key)} from {table} where {belongs} limit {left}", place
        ).fetchall()
        named = " and ".join(f"{column} = ?" for column in key)
        connection.executemany(f"delete from {table} where {named}", found)
        left -= len(found)
        if not left:
            return True
    connection.execute("delete from rooms where id = ?", row)
    return True
