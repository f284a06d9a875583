"""Takes a `sanchat-jsonl` export into a database: rooms with their numbers, people, messages, acts.

Read twice: first to see that it is whole and unchanged, then to store it, a transaction a batch.
Whatever is there already is left alone, so that an interrupted import goes on where it stopped.

People may be in a room that is there already. They follow its changes by number, so it gets them in
that order, though the file has them by message. A new room is seen by nobody before it is whole.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
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
from sanchat.changes import Change
from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.aside import Aside
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.files import lines_of
from sanchat.cli.formats.jsonl import LINE_BYTES, NotAnExport, read_jsonl
from sanchat.cli.formats.records import (
    ActLine,
    Header,
    Line,
    MembershipLine,
    ReactionLine,
    RoomLine,
    UserLine,
)
from sanchat.cli.pace import Pace
from sanchat.cli.progress import Progress
from sanchat.errors import ChatError, Conflict
from sanchat.models import IMPORTED, Act, Message, Reacted, Room, Seat, User


class Tally(msgspec.Struct):
    """What became of the lines of one export."""

    rooms_made: int = 0
    users: int = 0
    added: int = 0
    changed: int = 0
    already_there: int = 0
    acts: int = 0
    skipped_acts: int = 0


class Transplant:
    """One export on its way into one database."""

    def __init__(self, chat: Chat, pace: Pace, path: Path, name: str | None = None) -> None:
        self._chat = chat
        self._pace = pace
        self._path = path
        self._name = name
        self.tally = Tally()
        self._takes_acts = False
        self._last_user = 0
        self._imported: frozenset[str] = frozenset()  # names of imported users
        self._rooms: dict[str, AdoptedRoom] = {}
        self._given: dict[str, RoomLine] = {}
        self._after: dict[str, int] = {}
        self._other_ids: dict[int, int] = {}
        self._put_aside_count = 0
        self._touched: set[str] = set()  # rooms in which something is new

    @property
    def size_bytes(self) -> int:
        """How long the file is."""
        return self._path.stat().st_size

    @property
    def names(self) -> list[str]:
        """The rooms as they are called here."""
        return [adopted.room.name for adopted in self._rooms.values()]

    def verify(self, progress: Progress) -> Header:
        """The header of a file that is whole and unchanged; Failure for any other."""
        header: Header | None = None
        rooms = 0
        imported: set[str] = set()
        try:
            for record in read_jsonl(lines_of(self._path, progress, longest=LINE_BYTES)):
                header = record if isinstance(record, Header) else header
                rooms += isinstance(record, RoomLine)
                if isinstance(record, UserLine):
                    self._last_user = max(self._last_user, record.id)
                    if record.kind == IMPORTED:
                        imported.add(record.name)
        except NotAnExport as error:
            raise Failure(
                f"{self._path} is no whole export: {error}. Nothing was imported.",
                exit=Exit.UNVERIFIED,
            ) from None
        assert header is not None
        self._imported = frozenset(imported)
        if header.part:
            raise Failure(
                f"{self._path} holds a part of its rooms only, and the rest would be missing here.",
                exit=Exit.CONFLICT,
                hint="Import an export that was made without --since, --until and --user; "
                "`sanchat-admin convert` makes other formats of this one.",
            )
        if self._name is not None and rooms != 1:
            raise Failure(
                f"{self._path} holds {rooms} rooms; only one can be given another name.",
                exit=Exit.USAGE,
            )
        self._after = {room.name: room.after for room in header.rooms if room.after is not None}
        return header

    async def run(self, progress: Progress) -> None:
        """Store everything; ChatError where the database and the file contradict each other."""
        self._takes_acts = not self._chat.server_is_running() and not (
            await self._chat.store.last_act()
        )
        self._progress = progress
        lines = lines_of(self._path, progress, longest=LINE_BYTES)
        try:
            with Aside(AdoptedMessage) as self._later, Aside(Seat) as self._seats:
                for kind, batch in self._batches(read_jsonl(lines)):
                    await self._take(kind, batch)
                for name, adopted in self._rooms.items():
                    await self._finish(name, adopted)
        except NotAnExport as error:
            raise Failure(
                f"{self._path} was changed meanwhile: {error}.", exit=Exit.FAILED
            ) from None

    def _batches(self, lines: Iterable[Line]) -> Iterator[tuple[type[Any], list[Any]]]:
        """Lines of one type together; a message and the reactions to it are never parted."""
        kind: type[Any] = Header
        batch: list[Any] = []
        size = self._pace.batch
        for line in lines:
            its = Message if isinstance(line, ReactionLine) else type(line)
            is_full = len(batch) >= size
            if its is not kind or (is_full and not isinstance(line, ReactionLine)):
                if batch:
                    yield kind, batch
                kind, batch, size = its, [], self._pace.batch
            batch.append(line)
        if batch:
            yield kind, batch

    async def _take(self, kind: type[Any], batch: list[Any]) -> None:
        if kind is UserLine:
            await self._users(batch)
        elif kind is RoomLine:
            for line in batch:
                await self._room(line)
        elif kind is MembershipLine:
            self._memberships(batch)
        elif kind is Message:
            await self._messages(batch)
        elif kind is ActLine:
            await self._acts(batch)

    async def _users(self, lines: list[UserLine]) -> None:
        changes = [
            AdoptUser(user=_plain(User, line), above=self._last_user, names=self._imported)
            for line in lines
        ]
        for line, user in zip(lines, await self._write(*changes), strict=True):
            self.tally.users += 1
            if user.id != line.id:
                self._other_ids[line.id] = user.id

    async def _room(self, line: RoomLine) -> None:
        room = _plain(Room, line)
        if self._name is not None:
            room = msgspec.structs.replace(room, name=self._name)
        after = self._after.get(line.name)
        if after is not None:
            await self._expect(room, after)
        try:
            (adopted,) = await self._write(AdoptRoom(room=room))
        except Conflict as error:
            raise Failure(
                str(error),
                exit=Exit.CONFLICT,
                hint="Rename the one that is here, or import this one with --room NEW-NAME."
                if len(self._rooms) == 0
                else "Rename the one that is here: `sanchat-admin rooms rename`.",
            ) from None
        self.tally.rooms_made += adopted.began
        self._rooms[line.name] = adopted
        self._given[line.name] = line

    async def _expect(self, room: Room, after: int) -> None:
        """An increment is of use only where what it goes on from is."""
        here = await self._chat.store.room_by_id(room.id)
        if here is None or here.created_at != room.created_at:
            here = await self._chat.store.room(room.name)
        if here is None or here.created_at != room.created_at or here.last_seq < after:
            raise Failure(
                f"{self._path} goes on from number {after} of {room.name}, which is not here.",
                exit=Exit.CONFLICT,
                hint="Import the export first that it was made with (--since-export).",
            )

    def _memberships(self, lines: list[MembershipLine]) -> None:
        for line in lines:
            self._here(line.room)
            user = self._id(line.user)
            seat = Seat(user, line.role, line.read_seq, line.joined_seq, line.joined_at)
            self._seats.put(line.room, user, seat)

    async def _messages(self, lines: list[Message | ReactionLine]) -> None:
        by_room: dict[str, list[AdoptedMessage]] = {}
        for line in lines:
            if isinstance(line, Message):
                adopted = AdoptedMessage(line, self._id(line.user.id), [])
                by_room.setdefault(line.room, []).append(adopted)
                continue
            before = by_room.get(line.room, ())
            if not before or before[-1].message.seq != line.seq:
                raise Failure(
                    f"{self._path} has a reaction to number {line.seq} of {line.room} elsewhere "
                    "than after that message.",
                    exit=Exit.UNVERIFIED,
                )
            reacted = Reacted(line.seq, line.emoji, self._id(line.user), line.reacted_at)
            before[-1].reactions.append(reacted)
        for name, messages in by_room.items():
            room = self._here(name)
            if not self._rooms[name].began:
                self._put_aside(name, [a for a in messages if _number(a) > room.last_seq])
                messages = [a for a in messages if _number(a) <= room.last_seq]
            await self._adopt(name, messages)

    def _put_aside(self, name: str, messages: list[AdoptedMessage]) -> None:
        if messages and not self._put_aside_count:
            self._progress.extend(self.size_bytes)  # gone through once more
        self._put_aside_count += len(messages)
        for adopted in messages:
            if not self._later.put(name, _number(adopted), adopted):
                raise Failure(
                    f"{self._path} has the number {_number(adopted)} of {name} twice.",
                    exit=Exit.UNVERIFIED,
                )

    async def _adopt(self, name: str, messages: list[AdoptedMessage]) -> None:
        if not messages:
            return
        (adopted,) = await self._write(
            AdoptMessages(room_id=self._here(name).id, messages=messages)
        )
        if adopted.added or adopted.changed:
            self._touched.add(name)
        self._count(adopted)

    async def _acts(self, lines: list[ActLine]) -> None:
        if not self._takes_acts:
            self.tally.skipped_acts += len(lines)
            return
        await self._write(AdoptActs(acts=[_plain(Act, line) for line in lines]))
        self.tally.acts += len(lines)

    async def _finish(self, name: str, adopted: AdoptedRoom) -> None:
        line = self._given[name]
        for messages in self._later.batches(name, self._pace.batch):
            await self._adopt(name, messages)
            done = len(messages) / self._put_aside_count
            self._progress.advance(done * self.size_bytes)
        for seats in self._seats.batches(name, self._pace.batch):
            await self._write(AdoptMemberships(room_id=adopted.room.id, seats=seats))
        await self._write(
            FinishRoom(
                room_id=adopted.room.id,
                kind=line.kind,
                last_seq=line.last_seq,
                # An audit log that came along tells of the room; another one, and a running
                # server, have to be told.
                is_recorded=(adopted.began or name in self._touched) and not self.tally.acts,
                actor=actor(),
            )
        )

    def _count(self, adopted: Adopted) -> None:
        self.tally.added += adopted.added
        self.tally.changed += adopted.changed
        self.tally.already_there += adopted.already_there

    def _id(self, given: int) -> int:
        return self._other_ids.get(given, given)

    def _here(self, name: str) -> Room:
        if name not in self._rooms:
            raise Failure(
                f"{self._path} has messages of {name}, and no line for that room.",
                exit=Exit.UNVERIFIED,
            )
        return self._rooms[name].room

    async def _write(self, *changes: Change) -> list[Any]:
        async with self._pace:
            answers = await self._chat.journal.write_all(changes)
        for answer in answers:
            if isinstance(answer, ChatError):
                raise answer
        return answers


def _number(adopted: AdoptedMessage) -> int:
    return adopted.message.changed_seq


def _plain(type: type[Any], line: msgspec.Struct) -> Any:
    return type(**msgspec.structs.asdict(line))
