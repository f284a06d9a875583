"""The numbered changes of one batch: posts all together, edits, deletions and reactions one by one.

Runs inside the journal's transaction, on its connection. A post reads nothing where the rights of
its author are known; a repeat is found by the unique index, and only then looked up.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from sanchat.changes import Changed, Committed, Delete, Edit, Erase, Import, Post, Posted, React
from sanchat.errors import ChatError, Conflict, NotFound, SlowMode
from sanchat.models import EMOJI_PER_MESSAGE, SINCE_JOIN, Message
from sanchat.policy import may_moderate, refusal_to_change
from sanchat.store.attention import forget_mentions, note_mentions
from sanchat.store.rows import MESSAGE_SELECT, in_chunks, message_from, message_id
from sanchat.store.seats import KnownPlace, KnownSeat, Seats

_INSERT = (
    "insert into messages (id, room_id, seq, changed_seq, author_id, client_message_id, text, "
    "sent_at, reply_to, kind) values "
)
_DUPLICATE = """
select seq, sent_at from messages where room_id = ? and author_id = ? and client_message_id = ?
"""
# Of a room that keeps what was said before from newcomers; null of who has not joined.
_JOINED_SEQ = f"""
select joined_seq from rooms left join memberships on room_id = rooms.id and user_id = ?2
where rooms.id = ?1 and history = '{SINCE_JOIN}'
"""
# Looks at the newest thousand messages at most: slow rooms are slow.
_LAST_OWN = """
select max(sent_at) from (
  select author_id, sent_at from messages where id > ? and id <= ? order by id desc limit 1000
) where author_id = ? and sent_at > ?
"""


class Posting:
    """The numbered changes of one batch. `committed` grows in the order of the numbers."""

    def __init__(self, seats: Seats, now_ms: int) -> None:
        self._connection = seats.connection
        self._seats = seats
        self._now_ms = now_ms
        self.committed: list[Committed] = []

    def mark(self) -> tuple[int, int]:
        """Something for `take_back`."""
        return self._seats.mark(), len(self.committed)

    def take_back(self, mark: tuple[int, int]) -> None:
        """What was done since the mark is rolled back: nobody may see it, its numbers are free."""
        numbers, length = mark
        self._seats.take_back(numbers)
        del self.committed[length:]

    def post_all(self, posts: Sequence[Post | Import]) -> list[Posted | ChatError]:
        """Number and insert; repeats are answered with the first one's number."""
        self._connection.execute("savepoint posts")
        mark = self.mark()
        try:
            answers, rows, committed = self._number(posts, {})
            self._insert(rows)
        except sqlite3.IntegrityError:
            # Some were posted before: take it back, find them, and number the others again.
            self._connection.execute("rollback to posts")
            self.take_back(mark)
            answers, rows, committed = self._number(posts, self._duplicates(posts))
            self._insert(rows)
        self._connection.execute("release posts")
        self.committed += committed
        self._note_mentions(posts, answers)
        return answers

    def edit(self, edit: Edit) -> Changed:
        """New text for one's own message."""
        seat, message = self._target(edit)
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

    def delete(self, delete: Delete) -> tuple[Changed, int]:
        """Erase a message's text and reactions; the row and its number stay.

        Besides the answer, whose message went: the asker's own where it was gone before.
        """
        seat, message = self._target(delete, writes=False)
        refusal = refusal_to_change(seat.user, seat.role, message.user.id, "delete")
        if refusal is not None:
            raise refusal
        if message.deleted_at is not None:
            return Changed(message.changed_seq), delete.user_id
        return self._erase(seat.place, delete.seq), message.user.id

    def erase(self, erase: Erase) -> int:
        """Erase messages as their authors could; the number of those that were not deleted yet."""
        place = self._seats.place(erase.room_key)
        messages = [self._message(place, seq) for seq in dict.fromkeys(erase.seqs)]
        left = [message for message in messages if message.deleted_at is None]
        for message in left:
            self._erase(place, message.seq)
        return len(left)

    def react(self, react: React) -> Changed:
        """Put or take away one emoji of one person."""
        seat, message = self._target(react)
        if self._is_hidden(seat, react.seq):
            raise NotFound("There is no such message.")
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

    # Posts

    def _number(
        self, posts: Sequence[Post | Import], known: dict[tuple[int, int, str], Posted]
    ) -> tuple[list[Posted | ChatError], list[tuple[object, ...]], list[Committed]]:
        answers: list[Posted | ChatError] = []
        rows: list[tuple[object, ...]] = []
        committed: list[Committed] = []
        for post in posts:
            seat = self._seats.seat(post.room_key, post.author_id, post.session_id)
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
                refusal = seat.refusal_to_post
                if refusal is None and (reply_to is not None or place.slow_mode_s):
                    refusal = self._refusal_of(post, seat, committed)
                if refusal is not None:
                    # A retry is answered as the first time, whatever has happened since.
                    answers.append(self._duplicate(key) or refusal)
                    continue
            seq = self._seats.take_number(place)
            posted = Posted(seq, sent_at, post.client_message_id)
            known[key] = posted
            answers.append(posted)
            rows.append(
                (
                    place.first_id + seq,
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
        self, post: Post, seat: KnownSeat, pending: Sequence[Committed]
    ) -> ChatError | None:
        place = seat.place
        to = post.reply_to
        if to is not None and (not self._exists(place, to) or self._is_hidden(seat, to)):
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

    def _exists(self, place: KnownPlace, seq: int) -> bool:
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
        # By id: what belongs on one page of the file is written to it in one go.
        rows.sort()
        for chunk, values in in_chunks(rows, "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"):
            self._connection.execute(_INSERT + values, chunk)

    def _duplicates(self, posts: Iterable[Post | Import]) -> dict[tuple[int, int, str], Posted]:
        found: dict[tuple[int, int, str], Posted] = {}
        for post in posts:
            seat = self._seats.seat(post.room_key, post.author_id, post.session_id)
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

    def _note_mentions(
        self, posts: Sequence[Post | Import], answers: Sequence[Posted | ChatError]
    ) -> None:
        note_mentions(
            self._connection,
            [
                (self._seats.place(post.room_key).first_id + answer.seq, post.author_id, post.text)
                for post, answer in zip(posts, answers, strict=True)
                # What is imported was said long ago, and calls nobody now.
                if "@" in post.text
                and isinstance(answer, Posted)
                and not (answer.duplicate or isinstance(post, Import))
            ],
        )

    # Changes of one message

    def _target(
        self, change: Edit | Delete | React, *, writes: bool = True
    ) -> tuple[KnownSeat, Message]:
        seat = self._seats.seat(change.room_key, change.user_id, change.session_id)
        if isinstance(seat, ChatError):
            raise seat
        if seat.refusal is not None and (writes or seat.refusal.code != "muted"):
            raise seat.refusal
        return seat, self._message(seat.place, change.seq)

    def _is_hidden(self, seat: KnownSeat, seq: int) -> bool:
        """Whether it was said before somebody came, where newcomers read only what comes."""
        if may_moderate(seat.user, seat.role):
            return False
        found = self._connection.execute(_JOINED_SEQ, (seat.place.id, seat.user.id)).fetchone()
        if found is None:
            return False
        return found[0] is None or seq <= found[0]

    def _erase(self, place: KnownPlace, seq: int) -> Changed:
        self._connection.execute(
            "delete from reactions where message_id = ?", (message_id(place.id, seq),)
        )
        forget_mentions(self._connection, message_id(place.id, seq))
        return self._change(place, seq, "text = null, data = null, deleted_at = :now", {})

    def _message(self, place: KnownPlace, seq: int) -> Message:
        row = self._connection.execute(
            MESSAGE_SELECT + "where messages.id = ?", (message_id(place.id, seq),)
        ).fetchone()
        if row is None:
            raise NotFound("There is no such message.")
        return message_from(place.name, row)

    def _change(
        self, place: KnownPlace, seq: int, assignments: str, values: dict[str, object]
    ) -> Changed:
        self._connection.execute(
            f"update messages set {assignments}, changed_seq = :changed_seq where id = :id",
            values
            | {"changed_seq": place.seq + 1, "now": self._now_ms, "id": message_id(place.id, seq)},
        )
        message = self._message(place, seq)
        self._seats.take_number(place)
        self.committed.append(Committed(place.id, message))
        return Changed(message.changed_seq)
