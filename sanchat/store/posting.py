"""The numbered changes of one batch: posts all together, edits, deletions and reactions one by one.

Runs inside the journal's transaction, on its connection. A post reads nothing but the rights of
its author; a repeat is found by the unique index, and only then looked up.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from sanchat.changes import Changed, Committed, Delete, Edit, Erase, Import, Post, Posted, React
from sanchat.errors import ChatError, Conflict, NotFound, NotSignedIn, SlowMode
from sanchat.models import EMOJI_PER_MESSAGE, IMPORTED, Ban, Message, User
from sanchat.policy import may_see, refusal_to_change, refusal_to_write
from sanchat.store.rows import BAN_COLUMNS, MESSAGE_SELECT, ban_from, message_from, message_id
from sanchat.store.seats import PlaceInBatch, SeatInBatch

# Multi-row inserts are prepared once per size; a batch is cut into these.
_INSERT_SIZES = (64, 16, 4, 1)
_INSERT_COLUMNS = (
    "id, room_id, seq, changed_seq, author_id, client_message_id, text, sent_at, reply_to, kind"
)
_INSERTS = {
    size: f"insert into messages ({_INSERT_COLUMNS}) values "
    + ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * size)
    for size in _INSERT_SIZES
}

_SEAT = """
select rooms.id, rooms.name, rooms.kind, rooms.last_seq, rooms.archived_at, rooms.slow_mode_s,
  rooms.posting, users.name, users.kind, users.role, users.disabled_at,
  (select role from memberships where room_id = rooms.id and user_id = users.id),
  exists (select 1 from bans where bans.user_id = users.id and lifted_at is null)
from rooms, users
where rooms.name_key = ? and users.id = ?
"""
_BANS = f"""
select {BAN_COLUMNS} from bans
where user_id = ? and lifted_at is null and (until is null or until > ?)
order by kind
"""
_DUPLICATE = """
select seq, sent_at from messages where room_id = ? and author_id = ? and client_message_id = ?
"""
# Looks at the newest thousand messages at most: slow rooms are slow.
_LAST_OWN = """
select max(sent_at) from (
  select author_id, sent_at from messages where id > ? and id <= ? order by id desc limit 1000
) where author_id = ? and sent_at > ?
"""


class Posting:
    """The numbered changes of one batch. `committed` grows in the order of the numbers."""

    def __init__(self, connection: sqlite3.Connection, now_ms: int) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self._places: dict[str, PlaceInBatch] = {}
        self._seats: dict[tuple[str, int], SeatInBatch | ChatError] = {}
        self.committed: list[Committed] = []

    def post_all(self, posts: Sequence[Post | Import]) -> list[Posted | ChatError]:
        """Number and insert; repeats are answered with the first one's number."""
        marks = {place: place.seq for place in self._places.values()}
        self._connection.execute("savepoint posts")
        try:
            answers, rows, committed = self._number(posts, {})
            self._insert(rows)
        except sqlite3.IntegrityError:
            # Some were posted before: take it back, find them, and number the others again.
            self._connection.execute("rollback to posts")
            for place in self._places.values():
                place.seq = marks.get(place, self._stored_seq(place))
            answers, rows, committed = self._number(posts, self._duplicates(posts))
            self._insert(rows)
        self._connection.execute("release posts")
        self.committed += committed
        return answers

    def edit(self, edit: Edit) -> Changed:
        """New text for one's own message."""
        seat, message = self._target(edit.room_key, edit.user_id, edit.seq)
        refusal = seat.refusal_to_post or refusal_to_change(
            seat.user, seat.role, message.user.id, "edit"
        )
        if refusal is not None:
            raise refusal
        if message.deleted_at is not None:
            raise Conflict("The message has been deleted.")
        if message.text == edit.text:
            return Changed(message.changed_seq)
        return self._change(
            seat.place, edit.seq, "text = :text, edited_at = :now", {"text": edit.text}
        )

    def delete(self, delete: Delete) -> Changed:
        """Erase a message's text and reactions; the row and its number stay."""
        seat, message = self._target(delete.room_key, delete.user_id, delete.seq, writes=False)
        refusal = refusal_to_change(seat.user, seat.role, message.user.id, "delete")
        if refusal is not None:
            raise refusal
        if message.deleted_at is not None:
            return Changed(message.changed_seq)
        return self._erase(seat.place, delete.seq)

    def erase(self, erase: Erase) -> int:
        """Erase messages as their authors could; the number of those that were not deleted yet."""
        place = self._place(erase.room_key)
        # All are looked at before the first takes a number, so that a failure leaves no hole.
        messages = [self._message(place, seq) for seq in dict.fromkeys(erase.seqs)]
        left = [message for message in messages if message.deleted_at is None]
        for message in left:
            self._erase(place, message.seq)
        return len(left)

    def react(self, react: React) -> Changed:
        """Put or take away one emoji of one person."""
        seat, message = self._target(react.room_key, react.user_id, react.seq)
        if message.deleted_at is not None:
            raise Conflict("The message has been deleted.")
        target = message_id(seat.place.id, react.seq)
        key = (target, react.emoji, react.user_id)
        if react.on:
            present = [reaction.emoji for reaction in message.reactions or ()]
            if react.emoji not in present and len(present) >= EMOJI_PER_MESSAGE:
                raise Conflict(f"A message takes {EMOJI_PER_MESSAGE} different reactions at most.")
            changed = self._connection.execute(
                "insert or ignore into reactions (message_id, emoji, user_id, reacted_at) "
                "values (?, ?, ?, ?)",
                (*key, self._now_ms),
            ).rowcount
        else:
            changed = self._connection.execute(
                "delete from reactions where message_id = ? and emoji = ? and user_id = ?", key
            ).rowcount
        if not changed:
            return Changed(message.changed_seq)
        return self._change(seat.place, react.seq, "kind = kind", {})

    def finish(self) -> None:
        """Write the rooms' new numbers; called once, before the commit."""
        moved = [(place.seq, place.id) for place in self._places.values() if place.moved]
        if moved:
            self._connection.executemany("update rooms set last_seq = ? where id = ?", moved)

    def forget(self) -> None:
        """Drop what was read of rooms and rights, after another change may have altered them."""
        self.finish()
        self._places.clear()
        self._seats.clear()

    # Posts

    def _number(
        self, posts: Sequence[Post | Import], known: dict[tuple[int, int, str], Posted]
    ) -> tuple[list[Posted | ChatError], list[tuple[object, ...]], list[Committed]]:
        answers: list[Posted | ChatError] = []
        rows: list[tuple[object, ...]] = []
        committed: list[Committed] = []
        for post in posts:
            seat = self._seat(post.room_key, post.author_id)
            if isinstance(seat, ChatError):
                answers.append(seat)
                continue
            place = seat.place
            key = (place.id, post.author_id, post.client_message_id)
            first = known.get(key)
            if first is not None:
                answers.append(
                    Posted(first.seq, first.sent_at, first.client_message_id, duplicate=True)
                )
                continue
            if isinstance(post, Import):
                sent_at, reply_to = post.sent_at, None
            else:
                sent_at, reply_to = self._now_ms, post.reply_to
                refusal = seat.refusal_to_post or self._refusal_of(post, seat, committed)
                if refusal is not None:
                    # A retry is answered as the first time, whatever has happened since.
                    answers.append(self._duplicate(key) or refusal)
                    continue
            seq = place.next_seq()
            posted = Posted(seq, sent_at, post.client_message_id)
            known[key] = posted
            answers.append(posted)
            rows.append(
                (
                    message_id(place.id, seq),
                    place.id,
                    seq,
                    seq,
                    post.author_id,
                    post.client_message_id,
                    post.text,
                    sent_at,
                    reply_to,
                    post.kind,
                )
            )
            message = Message(
                room=place.name,
                seq=seq,
                changed_seq=seq,
                sent_at=sent_at,
                user=seat.author,
                text=post.text,
                client_message_id=post.client_message_id,
                reply_to=reply_to,
                kind=post.kind,
            )
            committed.append(Committed(place.id, message))
        return answers, rows, committed

    def _refusal_of(
        self, post: Post, seat: SeatInBatch, pending: Sequence[Committed]
    ) -> ChatError | None:
        place = seat.place
        if post.reply_to is not None and not self._exists(place, post.reply_to):
            return NotFound("There is no such message to reply to.")
        if place.slow_mode_s and not seat.user.is_moderator:
            interval_ms = place.slow_mode_s * 1000
            # What this batch has numbered is not in the table yet.
            if any(c.room_id == place.id and c.message.user.id == post.author_id for c in pending):
                return SlowMode(place.slow_mode_s, interval_ms)
            (last,) = self._connection.execute(
                _LAST_OWN,
                (
                    message_id(place.id, 0),
                    message_id(place.id, place.seq),
                    post.author_id,
                    self._now_ms - interval_ms,
                ),
            ).fetchone()
            if last is not None:
                return SlowMode(place.slow_mode_s, last + interval_ms - self._now_ms)
        return None

    def _exists(self, place: PlaceInBatch, seq: int) -> bool:
        # A message of this same batch is not in the table yet, but it has a number.
        return (
            1 <= seq <= place.seq
            and self._connection.execute(
                "select 1 from messages where id = ? union all select 1 where ? > "
                "(select last_seq from rooms where id = ?)",
                (message_id(place.id, seq), seq, place.id),
            ).fetchone()
            is not None
        )

    def _insert(self, rows: list[tuple[object, ...]]) -> None:
        start = 0
        for size in _INSERT_SIZES:
            while len(rows) - start >= size:
                chunk = rows[start : start + size]
                self._connection.execute(_INSERTS[size], [value for row in chunk for value in row])
                start += size

    def _duplicates(self, posts: Iterable[Post | Import]) -> dict[tuple[int, int, str], Posted]:
        found: dict[tuple[int, int, str], Posted] = {}
        for post in posts:
            seat = self._seat(post.room_key, post.author_id)
            if isinstance(seat, ChatError):
                continue
            key = (seat.place.id, post.author_id, post.client_message_id)
            first = self._duplicate(key)
            if first is not None:
                found[key] = first
        return found

    def _duplicate(self, key: tuple[int, int, str]) -> Posted | None:
        row = self._connection.execute(_DUPLICATE, key).fetchone()
        return Posted(row[0], row[1], key[2], duplicate=True) if row is not None else None

    # Changes of one message

    def _target(
        self, room_key: str, user_id: int, seq: int, *, writes: bool = True
    ) -> tuple[SeatInBatch, Message]:
        seat = self._seat(room_key, user_id)
        if isinstance(seat, ChatError):
            raise seat
        if seat.refusal is not None and (writes or seat.refusal.code != "muted"):
            raise seat.refusal
        return seat, self._message(seat.place, seq)

    def _erase(self, place: PlaceInBatch, seq: int) -> Changed:
        self._connection.execute(
            "delete from reactions where message_id = ?", (message_id(place.id, seq),)
        )
        return self._change(place, seq, "text = null, data = null, deleted_at = :now", {})

    def _message(self, place: PlaceInBatch, seq: int) -> Message:
        row = self._connection.execute(
            MESSAGE_SELECT + "where messages.id = ?", (message_id(place.id, seq),)
        ).fetchone()
        if row is None:
            raise NotFound("There is no such message.")
        return message_from(place.name, row)

    def _change(
        self, place: PlaceInBatch, seq: int, assignments: str, values: dict[str, object]
    ) -> Changed:
        self._connection.execute(
            f"update messages set {assignments}, changed_seq = :changed_seq where id = :id",
            values
            | {"changed_seq": place.seq + 1, "now": self._now_ms, "id": message_id(place.id, seq)},
        )
        message = self._message(place, seq)
        # The number is taken last, so that a failure above leaves no hole.
        place.next_seq()
        self.committed.append(Committed(place.id, message))
        return Changed(message.changed_seq)

    # Rights

    def _seat(self, room_key: str, user_id: int) -> SeatInBatch | ChatError:
        seat = self._seats.get((room_key, user_id))
        if seat is None:
            seat = self._seats[room_key, user_id] = self._read_seat(room_key, user_id)
        return seat

    def _read_seat(self, room_key: str, user_id: int) -> SeatInBatch | ChatError:
        row = self._connection.execute(_SEAT, (room_key, user_id)).fetchone()
        if row is None:
            return NotFound("There is no such room.")
        name, kind, role, disabled_at, room_role, has_bans = row[7:]
        # Imported users say what they said elsewhere, in whatever room the administrator chose.
        if not (may_see(row[2], room_role) or kind == IMPORTED):
            return NotFound("There is no such room.")
        place = self._places.get(room_key)
        if place is None:
            place = self._places[room_key] = PlaceInBatch(*row[:7])
        user = User(id=user_id, name=name, kind=kind, role=role, disabled_at=disabled_at)
        if user.disabled_at is not None:
            return NotSignedIn("This account is switched off.")
        bans: list[Ban] = []
        if has_bans:
            bans = [
                ban_from(ban)
                for ban in self._connection.execute(_BANS, (user_id, self._now_ms)).fetchall()
            ]
        refusal = refusal_to_write(bans, place.id, place.archived_at, self._now_ms)
        return SeatInBatch(place, user, room_role, refusal)

    def _place(self, room_key: str) -> PlaceInBatch:
        place = self._places.get(room_key)
        if place is None:
            row = self._connection.execute(
                "select id, name, kind, last_seq, archived_at, slow_mode_s, posting "
                "from rooms where name_key = ?",
                (room_key,),
            ).fetchone()
            if row is None:
                raise NotFound("There is no such room.")
            place = self._places[room_key] = PlaceInBatch(*row)
        return place

    def _stored_seq(self, place: PlaceInBatch) -> int:
        (seq,) = self._connection.execute(
            "select last_seq from rooms where id = ?", (place.id,)
        ).fetchone()
        return int(seq)
