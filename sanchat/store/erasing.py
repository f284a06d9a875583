"""Erasing all that somebody said, in pieces: decided at once, done little by little.

What is left to do lies in a table, with how far it has come: a stop in between costs nothing, and
whoever looks next goes on.
"""

import sqlite3

from sanchat.changes import Erase
from sanchat.measures import EraseFurther
from sanchat.store.posting import Posting
from sanchat.store.rows import IS_THERE

ERASED_AT_ONCE = 500  # messages, and rooms, looked at in one transaction: others wait so long

_NEXT_ROOM = (
    f"select id from rooms where id > ?1 and {IS_THERE} and (?2 is null or id = ?2) "
    "order by id limit 1"
)
_KEY = f"select name_key from rooms where id = ? and {IS_THERE}"
_THEIRS = (
    "select seq, client_message_id, deleted_at is null and sent_at <= ? from messages "
    "where room_id = ? and author_id = ? and client_message_id > ? "
    "order by client_message_id limit ?"
)


def erase_further(
    connection: sqlite3.Connection, posting: Posting, change: EraseFurther
) -> int | None:
    """Erase a piece of what was decided; how many messages, None where nothing is left to do."""
    row = connection.execute(
        "select act_id, user_id, room_id, decided_at, at_room_id, after_client_id from erasures "
        "where ?1 is null or act_id = ?1 order by act_id limit 1",
        (change.act,),
    ).fetchone()
    if row is None:
        return None
    act_id, user_id, only_room_id, decided_at, room_id, after = row
    count, left, rooms_left = 0, ERASED_AT_ONCE, ERASED_AT_ONCE
    while left > 0 and rooms_left > 0:
        found = connection.execute(_THEIRS, (decided_at, room_id, user_id, after, left)).fetchall()
        seqs = tuple(sorted(seq for seq, _, goes in found if goes))
        key = connection.execute(_KEY, (room_id,)).fetchone() if seqs else None
        if key is not None:  # else the whole room is on its way out
            count += posting.erase(Erase(room_key=key[0], seqs=seqs))
        if len(found) == left:
            after = found[-1][1]
            break
        left -= len(found)
        rooms_left -= 1
        room = connection.execute(_NEXT_ROOM, (room_id, only_room_id)).fetchone()
        if room is None:
            connection.execute("delete from erasures where act_id = ?", (act_id,))
            return count
        room_id, after = room[0], ""
    connection.execute(
        "update erasures set at_room_id = ?, after_client_id = ? where act_id = ?",
        (room_id, after, act_id),
    )
    return count
