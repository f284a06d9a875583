"""What an export takes out of a database, as records in the order in which files hold them.

Everything is read in pages, each a short read of its own, so that a running server is not held up
and nothing grows with the length of a room.
"""

from collections.abc import AsyncIterator, Sequence

import msgspec

import sanchat
from sanchat.chat import Chat
from sanchat.cli.formats.records import (
    ActLine,
    Header,
    MembershipLine,
    Quoted,
    ReactionLine,
    Record,
    RoomLine,
    RoomSpan,
    UserLine,
)
from sanchat.cli.times import Bound
from sanchat.clock import wall_clock
from sanchat.models import SYSTEM, Message, Room, User

PAGE = 1_000  # messages, users, acts


class Choice(msgspec.Struct, frozen=True):
    """Which messages are meant; both ends belong to the span. `after` has cursors by room id."""

    since: Bound = Bound()
    until: Bound = Bound()
    user: User | None = None
    after: dict[int, int] | None = None
    part: dict[str, str] | None = None

    def has(self, message: Message) -> bool:
        return (
            (self.since.at is None or message.sent_at >= self.since.at)
            and (self.until.at is None or message.sent_at <= self.until.at)
            and (self.user is None or message.user.id == self.user.id)
        )

    @property
    def is_by_number(self) -> bool:
        """Whether the first and last message can be found without looking at all of them."""
        return self.since.at is None and self.until.at is None and self.user is None


class Extract:
    """The rooms chosen, as they are from now on: what is said later is not waited for."""

    def __init__(
        self,
        chat: Chat,
        rooms: Sequence[Room],
        choice: Choice,
        *,
        is_whole_database: bool,
        has_acts: bool,
    ) -> None:
        self._chat = chat
        self._store = chat.store
        self._rooms = rooms
        self._choice = choice
        self._is_whole_database = is_whole_database
        self._has_acts = has_acts

    @property
    def numbers(self) -> int:
        """How many numbers there are to go through, for a progress bar."""
        return sum(room.last_seq - self._start(room) for room in self._rooms)

    async def records(
        self, rooms: Sequence[Room] | None = None, *, is_lossless: bool, has_quotes: bool
    ) -> AsyncIterator[list[Record]]:
        """The records in lists, of all rooms or of these: for `jsonl` everything, else messages."""
        rooms = self._rooms if rooms is None else rooms
        yield [await self._header(rooms)]
        if is_lossless:
            async for people in self._people(rooms):
                yield [UserLine.of(user) for user in people]
        yield [RoomLine.of(room) for room in rooms]
        for room in rooms:
            if is_lossless:
                async for seats in self._seats(room):
                    yield seats
        for room in rooms:
            async for page in self.pages(room):
                if is_lossless:
                    yield await self._with_reactions(room, page)
                elif has_quotes:
                    yield [*await self._quoted(room, page), *page]
                else:
                    yield list(page)
        if self._has_acts and is_lossless:
            last = 0
            while acts := await self._store.acts_after(last, limit=PAGE):
                last = acts[-1].id
                yield [ActLine.of(act) for act in acts]

    async def pages(self, room: Room) -> AsyncIterator[list[Message]]:
        """The messages meant, at most 1,000 at a time, each page a read of its own; never empty."""
        until = self._choice.until.seq
        last = room.last_seq if until is None else min(room.last_seq, until)
        cursor = self._cursor(room)
        if cursor is not None:
            seq = 0
            while page := await self._store.changed_since(room, cursor, seq, limit=PAGE):
                seq = page[-1].seq
                yield page
        seq = self._start(room)
        while seq < last and (page := await self._store.since(room, seq, limit=PAGE)):
            seq = page[-1].seq
            meant = [each for each in page if each.seq <= last and self._choice.has(each)]
            if meant:
                yield meant

    def _start(self, room: Room) -> int:
        cursor = self._cursor(room)
        if cursor is not None:
            return min(cursor, room.last_seq)
        return min(max(0, (self._choice.since.seq or 0) - 1), room.last_seq)

    def _cursor(self, room: Room) -> int | None:
        return None if self._choice.after is None else self._choice.after.get(room.id)

    async def _header(self, rooms: Sequence[Room]) -> Header:
        return Header.now(
            server=f"sanchat {sanchat.__version__}",
            exported_at=wall_clock(),
            epoch=self._store.epoch,
            rooms=[await self._span(room) for room in rooms],
            part=self._choice.part,
        )

    async def _span(self, room: Room) -> RoomSpan:
        first = last = 0
        if self._choice.is_by_number and self._choice.after is None:
            until = room.last_seq if self._choice.until.seq is None else self._choice.until.seq
            high = min(room.last_seq, until)
            oldest = await self._store.since(room, self._start(room), limit=1)
            newest = await self._store.before(room, high + 1, limit=1)
            if oldest and newest and oldest[0].seq <= newest[0].seq:
                first, last = oldest[0].seq, newest[0].seq
        else:
            async for page in self.pages(room):
                first, last = first or page[0].seq, page[-1].seq
        return RoomSpan(room.name, first, last, self._cursor(room))

    # People

    async def _people(self, rooms: Sequence[Room]) -> AsyncIterator[list[User]]:
        chosen = self._choice.user
        if chosen is not None:
            yield [chosen]
        elif self._is_whole_database:
            last = 0
            while users := await self._store.users(after=last, limit=PAGE):
                last = users[-1].id
                yield users
        else:
            ids: set[int] = set()
            for room in rooms:
                ids |= await self._ids(room)
            for id in sorted(ids):
                user = await self._store.user(id)
                if user is not None and user.kind != SYSTEM:
                    yield [user]

    async def _ids(self, room: Room) -> set[int]:
        """Everybody who is in the room, wrote in it or reacted there."""
        ids: set[int] = set()
        last = 0
        while found := await self._store.authors(room, after=last, limit=PAGE):
            ids.update(found)
            last = found[-1]
        last = 0
        while seats := await self._store.seats(room, after=last, limit=PAGE):
            ids.update(seat.user_id for seat in seats)
            last = seats[-1].user_id
        seq = 0
        while seq < room.last_seq:
            reacted = await self._store.reacted(room, seq + 1, seq + PAGE)
            ids.update(each.user_id for each in reacted)
            seq += PAGE
        return ids

    async def _seats(self, room: Room) -> AsyncIterator[list[Record]]:
        last = 0
        chosen = self._choice.user
        while seats := await self._store.seats(room, after=last, limit=PAGE):
            last = seats[-1].user_id
            yield [
                MembershipLine(
                    room.name,
                    seat.user_id,
                    seat.role,
                    seat.read_seq,
                    seat.joined_seq,
                    seat.joined_at,
                )
                for seat in seats
                if chosen is None or seat.user_id == chosen.id
            ]

    # Messages

    async def _with_reactions(self, room: Room, page: Sequence[Message]) -> list[Record]:
        if not any(message.reactions for message in page):
            return list(page)
        by_seq: dict[int, list[Record]] = {}
        for each in await self._store.reacted(room, page[0].seq, page[-1].seq):
            line = ReactionLine(room.name, each.seq, each.emoji, each.user_id, each.reacted_at)
            by_seq.setdefault(each.seq, []).append(line)
        records: list[Record] = []
        for message in page:
            records += [message, *by_seq.get(message.seq, ())]
        return records

    async def _quoted(self, room: Room, page: Sequence[Message]) -> list[Record]:
        """The messages before the page that it replies to: a writer may not have seen them."""
        first = page[0].seq
        seqs = sorted({each.reply_to for each in page if each.reply_to and each.reply_to < first})
        if not seqs:
            return []
        return [Quoted(each) for each in await self._store.messages_at(room, seqs)]
