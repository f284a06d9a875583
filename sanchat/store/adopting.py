"""Takes in what another database exported: rooms with their numbers, users, messages, acts.

Runs inside the journal's transaction, on its connection. Everything may be taken in again: what is
there already is found by what never changes of it, and left alone.
"""

import json
import sqlite3
from typing import Any

import msgspec

from sanchat.adoption import (
    AdoptActs,
    Adopted,
    AdoptedMessage,
    AdoptedRoom,
    AdoptMemberships,
    AdoptMessages,
    AdoptRoom,
    AdoptUser,
    FinishRoom,
)
from sanchat.errors import Conflict
from sanchat.models import IMPORTED, SYSTEM, Room, User, room_key, user_key
from sanchat.skeleton import skeleton
from sanchat.store.acts import Acts
from sanchat.store.rows import ROOM_COLUMNS, USER_COLUMNS, message_id, room_from, user_from

# Records of rooms and users have the columns of their tables, under the same names.
_UNFINISHED = "unfinished_import:"  # in `meta`, with the room's id

_INSERT = """
insert into messages (id, room_id, seq, changed_seq, author_id, client_message_id, text, sent_at,
  edited_at, deleted_at, reply_to, kind, data)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE = """
update messages set changed_seq = ?, text = ?, edited_at = ?, deleted_at = ?, kind = ?, data = ?
where id = ?
"""


class Adopting:
    """What one batch takes in."""

    def __init__(self, connection: sqlite3.Connection, acts: Acts) -> None:
        self._connection = connection
        self._acts = acts

    def user(self, change: AdoptUser) -> User:
        user = change.user
        if user.kind == SYSTEM:
            raise Conflict("The server's own name cannot be imported.")
        same = (user.kind, user.created_at)
        holder = self._user("id = ?", user.id)
        if holder is None:
            return self._insert_user(user, user.id)
        is_same = (holder.kind, holder.created_at) == same
        if is_same and (holder.name == user.name or user.kind != IMPORTED):
            return holder
        known = self._user("name = ? and kind = ? and created_at = ?", user.name, *same)
        if known is None and is_same and holder.name not in change.names:
            # People of one log are as old as each other, so an id of that age may be somebody
            # else's; but this one is nobody else there: one of the two was renamed.
            return holder
        return known or self._insert_user(user, self._free_id(change.above))

    def room(self, change: AdoptRoom) -> AdoptedRoom:
        room = change.room
        key = room_key(room.name)
        known = self._room("name_key = ? and created_at = ?", key, room.created_at) or self._room(
            "id = ? and created_at = ?", room.id, room.created_at
        )
        if known is not None:
            return AdoptedRoom(known, began=self._is_unfinished(known.id))
        taken = self._room("name_key = ?", key)
        if taken is not None:
            raise Conflict(f"There is a room {taken.name} here already, and it is another one.")
        former = self._connection.execute(
            "select last_seq + 1 from former_names where name_key = ?", (key,)
        ).fetchone()
        floor = max(room.floor_seq, former[0] if former else 0)
        # Nobody can see it, nor take its numbers, until `finish`.
        values = msgspec.structs.asdict(room) | {
            "kind": "closed",
            "last_seq": max(room.last_seq, floor),
            "floor_seq": floor,
            "name_key": key,
        }
        del values["people"]  # told by its memberships, at the end
        if self._room("id = ?", room.id) is not None:
            del values["id"]
        self._insert("rooms", values)
        stored = self._room("name_key = ?", key)
        assert stored is not None
        self._connection.execute(
            "insert into meta (key, value) values (?, '')", (f"{_UNFINISHED}{stored.id}",)
        )
        return AdoptedRoom(stored, began=True)

    def messages(self, change: AdoptMessages) -> Adopted:
        counts = {"added": 0, "changed": 0, "already_there": 0}
        room_id = change.room_id
        present = self._present(change)
        passed = self._passed(room_id)
        for adopted in change.messages:
            message = adopted.message
            there = present.get(message.seq)
            if there is not None and there[:2] != (adopted.author_id, _client_id(adopted)):
                raise Conflict(
                    f"Number {message.seq} of {message.room} is another message here: "
                    "the two went different ways."
                )
            if there is not None and there[2] >= message.changed_seq:
                counts["already_there"] += 1
            elif message.changed_seq <= passed:
                raise Conflict(
                    f"Number {message.changed_seq} of {message.room} is another change here: "
                    "the two went different ways."
                )
            elif there is None:
                self._add(room_id, adopted)
                counts["added"] += 1
            else:
                self._update(room_id, adopted)
                counts["changed"] += 1
        newest = max(adopted.message.changed_seq for adopted in change.messages)
        self._connection.execute(
            "update rooms set last_seq = max(last_seq, ?) where id = ?", (newest, room_id)
        )
        return Adopted(**counts)

    def memberships(self, change: AdoptMemberships) -> None:
        self._connection.executemany(
            "insert into memberships (room_id, user_id, role, read_seq, joined_seq, joined_at) "
            "values (?, ?, ?, ?, ?, ?) on conflict do nothing",
            [(change.room_id, *msgspec.structs.astuple(seat)) for seat in change.seats],
        )

    def acts(self, change: AdoptActs) -> None:
        self._connection.executemany(
            "insert into acts (id, kind, room_id, room, user_id, user, actor, data, acted_at) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
            [
                (
                    *(act.id, act.kind, act.room_id, act.room, act.user_id, act.user, act.actor),
                    msgspec.json.encode(act.data).decode(),
                    act.acted_at,
                )
                for act in change.acts
            ],
        )

    def finish(self, change: FinishRoom) -> Room:
        if self._is_unfinished(change.room_id):
            self._connection.execute(
                "update rooms set kind = ? where id = ?", (change.kind, change.room_id)
            )
            # Where these people have such a room already, the two stay apart.
            self._connection.execute(
                "update or ignore rooms set people = (select group_concat(user_id) from ("
                "select user_id from memberships where room_id = rooms.id order by user_id)) "
                "where id = ? and kind = 'direct'",
                (change.room_id,),
            )
            self._connection.execute(
                "delete from meta where key = ?", (f"{_UNFINISHED}{change.room_id}",)
            )
        self._connection.execute(
            "update rooms set last_seq = max(last_seq, ?) where id = ?",
            (change.last_seq, change.room_id),
        )
        room = self._room("id = ?", change.room_id)
        assert room is not None
        if change.is_recorded:
            self._acts.record("room_imported", room=room, actor=change.actor)
        return room

    # Rows

    def _present(self, change: AdoptMessages) -> dict[int, tuple[int, str, int]]:
        """Author, client's id and latest number of those messages that are here, by number."""
        ids = [message_id(change.room_id, adopted.message.seq) for adopted in change.messages]
        rows = self._connection.execute(
            "select seq, author_id, client_message_id, changed_seq from messages "
            "where id in (select value from json_each(?))",
            (json.dumps(ids),),
        )
        return {row[0]: row[1:] for row in rows}

    def _passed(self, room_id: int) -> int:
        """The number up to which everything is here, and has been seen."""
        if self._is_unfinished(room_id):
            return 0
        row = self._connection.execute(
            "select last_seq from rooms where id = ?", (room_id,)
        ).fetchone()
        return int(row[0])

    def _add(self, room_id: int, adopted: AdoptedMessage) -> None:
        message = adopted.message
        try:
            self._connection.execute(
                _INSERT,
                (
                    message_id(room_id, message.seq),
                    room_id,
                    message.seq,
                    message.changed_seq,
                    adopted.author_id,
                    _client_id(adopted),
                    message.text,
                    message.sent_at,
                    message.edited_at,
                    message.deleted_at,
                    message.reply_to,
                    message.kind,
                    _data(adopted),
                ),
            )
        except sqlite3.IntegrityError as error:
            if "UNIQUE" not in str(error):
                raise Conflict(
                    f"Number {message.seq} of {message.room} is by nobody that was imported."
                ) from None
            raise Conflict(
                f"Number {message.seq} of {message.room} is here under another number: "
                "the two went different ways."
            ) from None
        self._react(room_id, adopted)

    def _update(self, room_id: int, adopted: AdoptedMessage) -> None:
        message = adopted.message
        id = message_id(room_id, message.seq)
        self._connection.execute(
            _UPDATE,
            (
                message.changed_seq,
                message.text,
                message.edited_at,
                message.deleted_at,
                message.kind,
                _data(adopted),
                id,
            ),
        )
        self._connection.execute("delete from reactions where message_id = ?", (id,))
        self._react(room_id, adopted)

    def _react(self, room_id: int, adopted: AdoptedMessage) -> None:
        if adopted.reactions:
            id = message_id(room_id, adopted.message.seq)
            self._connection.executemany(
                "insert or ignore into reactions (message_id, emoji, user_id, reacted_at) "
                "values (?, ?, ?, ?)",
                [(id, each.emoji, each.user_id, each.reacted_at) for each in adopted.reactions],
            )

    def _free_id(self, above: int) -> int:
        (last,) = self._connection.execute("select max(id) from users").fetchone()
        return int(max(last, above)) + 1

    def _insert_user(self, user: User, id: int) -> User:
        values = msgspec.structs.asdict(user) | {
            "id": id,
            "name_key": user_key(user.name),
            "skeleton": skeleton(user.name),
        }
        try:
            new = self._insert("users", values)
        except sqlite3.IntegrityError:
            # Somebody here has that name for good: what was said is kept, the account is not.
            stranger = self._user("name = ? and kind = ?", user.name, IMPORTED)
            if stranger is not None:
                return stranger
            new = self._insert("users", values | {"kind": IMPORTED, "role": "member"})
        stored = self._user("id = ?", new)
        assert stored is not None
        return stored

    def _insert(self, table: str, values: dict[str, Any]) -> int:
        columns = ", ".join(values)
        places = ", ".join("?" * len(values))
        cursor = self._connection.execute(
            f"insert into {table} ({columns}) values ({places})", tuple(values.values())
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _user(self, where: str, *values: object) -> User | None:
        row = self._connection.execute(
            f"select {USER_COLUMNS} from users where {where}", values
        ).fetchone()
        return user_from(row) if row is not None else None

    def _room(self, where: str, *values: object) -> Room | None:
        row = self._connection.execute(
            f"select {ROOM_COLUMNS} from rooms where {where}", values
        ).fetchone()
        return room_from(row) if row is not None else None

    def _is_unfinished(self, room_id: int) -> bool:
        row = self._connection.execute(
            "select 1 from meta where key = ?", (f"{_UNFINISHED}{room_id}",)
        ).fetchone()
        return row is not None


def _client_id(adopted: AdoptedMessage) -> str:
    return adopted.message.client_message_id or f"import:{adopted.message.seq}"


def _data(adopted: AdoptedMessage) -> str | None:
    poll = adopted.message.poll
    return msgspec.json.encode(poll).decode() if poll is not None else None
