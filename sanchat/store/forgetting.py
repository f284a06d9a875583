"""Rooms that keep their messages for a time: what is older goes, a piece at a time.

What went leaves no trace but the room's floor: cursors below it are void, so that nobody takes the
missing numbers for news they have not had.
"""

import sqlite3

from sanchat.changes import Forget, Forgotten
from sanchat.store.rows import IS_THERE, message_id

FORGET_ROWS = 500  # in one transaction: others wait so long

_OLDEST = "select id, seq, changed_seq, sent_at from messages where id > ? order by id limit ?"


def forget(connection: sqlite3.Connection, now_ms: int, change: Forget) -> Forgotten | None:
    """Delete a piece of what some room need not keep; None where there is none.

    Goes by number and ends at the first message that is young enough.
    """
    rooms = connection.execute(
        "select id, name, floor_seq, retain_s from rooms "
        f"where retain_s > 0 and {IS_THERE} order by id"
    ).fetchall()
    for room_id, name, floor_seq, retain_s in rooms:
        low, high = message_id(room_id, 0), message_id(room_id + 1, 0)
        before_ms = now_ms - retain_s * 1000
        last, floor = low, floor_seq
        for id, seq, changed_seq, sent_at in connection.execute(_OLDEST, (low, FORGET_ROWS)):
            if id >= high or sent_at >= before_ms:
                break
            # The number of its latest change goes with it, however high that is.
            last, floor = id, max(floor, seq, changed_seq)
        if last > low:
            connection.execute("delete from messages where id > ? and id <= ?", (low, last))
            connection.execute("update rooms set floor_seq = ? where id = ?", (floor, room_id))
            return Forgotten(room_id, name, last - low)
    return None
