"""The durable log and all other rows, behind one small protocol chosen by URL.

Numbers are given here and nowhere else. A batch is one transaction, on the disk when `append`
returns.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from sanchat.changes import Appended, Change
from sanchat.credentials import Device, Invite, Token
from sanchat.errors import StartupError
from sanchat.models import (
    Act,
    Ban,
    BanEntry,
    Member,
    Membership,
    Message,
    Place,
    Reacted,
    Room,
    Seat,
    Session,
    Standing,
    User,
)
from sanchat.opening import Opening, Wanted


class Store(Protocol):
    """What every store can do. Reads never wait for a commit."""

    epoch: str

    async def append(self, batch: Sequence[Change]) -> Appended:
        """Carry out a batch of changes as one transaction, durable on return.

        Unavailable (disk full, locked): nothing of the batch was stored.
        """

    async def room(self, key: str) -> Room | None:
        """The room of this compared name."""

    async def room_by_id(self, room_id: int) -> Room | None: ...

    async def rooms(
        self, *, kind: str | None = None, after: str = "", limit: int = 200
    ) -> list[Room]:
        """Rooms by compared name, after that name, archived ones included."""

    async def rooms_of(self, user_id: int, *, limit: int = 200) -> list[Membership]:
        """The user's memberships, newest activity first."""

    async def place(self, key: str, user_id: int) -> Place | None:
        """The room of this compared name as this user finds it."""

    async def standings(self, room_id: int, user_ids: Sequence[int]) -> list[Standing]:
        """How these people stand in a room, read at one moment; none where there is no room."""

    async def opening(
        self, room_id: int, user_id: int, want: Callable[[Room], Wanted], *, members: int
    ) -> Opening | None:
        """What this user finds in the room, read at one moment; None where there is no room.

        `want` says of the room as it is then which messages; it is pure, and called on another
        thread. At most `members` are listed.
        """

    async def members(self, room_id: int, *, limit: int) -> list[Member]:
        """Those in charge, then members by name; all offline as far as the store knows.

        Where there are more than `limit`, members are those who came to the server first.
        """

    async def member_count(self, room_id: int) -> int: ...

    async def message_count(self, room_id: int) -> int:
        """Of all messages that are there, deleted ones too."""

    async def newest(self, room: Room, *, limit: int) -> list[Message]:
        """The newest messages, ordered by `seq`."""

    async def before(self, room: Room, seq: int, *, limit: int) -> list[Message]:
        """The newest messages with a smaller `seq`, ordered by `seq`."""

    async def since(self, room: Room, seq: int, *, limit: int) -> list[Message]:
        """Messages with a greater `seq`, ordered by `seq`: for exports."""

    async def changes_after(self, room: Room, seq: int, *, limit: int) -> list[Message]:
        """Messages with a greater `changed_seq`, ordered by `changed_seq`."""

    async def authors(self, room: Room, *, after: int, limit: int) -> list[int]:
        """Ids above `after` of those who wrote in the room."""

    async def seats(self, room: Room, *, after: int, limit: int) -> list[Seat]:
        """Memberships of the room, by the user's id, above `after`."""

    async def reacted(self, room: Room, first: int, last: int) -> list[Reacted]:
        """All reactions to the messages from `first` to `last`, by message."""

    async def changed_since(
        self, room: Room, cursor: int, seq: int, *, limit: int
    ) -> list[Message]:
        """Messages up to `cursor` that were changed after it, with a greater `seq`, by `seq`."""

    async def messages_at(self, room: Room, seqs: Sequence[int]) -> list[Message]:
        """The messages of these numbers, in any order."""

    async def session(self, token_hash: bytes) -> Session | None:
        """The session of this token with its user."""

    async def account(self, key: str) -> tuple[User, str] | None:
        """The member of this compared name with the hash of their password."""

    async def accounts(self, *, after: int, limit: int) -> list[User]:
        """Accounts and bots by id above `after`."""

    async def password_hash(self, user_id: int) -> str | None:
        """The hash of somebody's password; None for those who have none."""

    async def has_owner(self) -> bool:
        """Whether somebody owns this server."""

    async def devices(self, user_id: int, *, limit: int = 200) -> list[Device]:
        """The user's sessions, those last used first; tokens are not among them."""

    async def reset(self, token_hash: bytes) -> User | None:
        """Whose password a link is for; None where it is not valid (any more)."""

    async def invite(self, token_hash: bytes) -> Invite | None:
        """The invitation of this token, whatever its state."""

    async def invites(
        self,
        *,
        created_by: int | None = None,
        room_id: int | None = None,
        before: int = 1 << 62,
        limit: int = 200,
    ) -> list[Invite]:
        """Invitations by one user, or to one room, or all; newest first, of lower ids."""

    async def tokens(
        self, *, user_id: int | None = None, after: int = 0, limit: int = 200
    ) -> list[Token]:
        """Tokens of bots by id."""

    async def user(self, user_id: int) -> User | None: ...

    async def users_named(self, key: str) -> list[User]:
        """Users of this compared name, newest first."""

    async def users(self, *, after: int = 0, limit: int = 200) -> list[User]:
        """Users by id."""

    async def bans_of(self, user_id: int) -> list[Ban]:
        """Kicks, bans and mutes in force for the user or for somebody who looks like them."""

    async def bans_at(self, network: str, look: str) -> list[Ban]:
        """Kicks and bans from the server in force for a network or for a skeleton."""

    async def networks_of(self, user_id: int) -> list[str]:
        """The networks that bans in force of this user cover."""

    async def members_page(self, room_id: int, *, after: int, limit: int) -> list[Member]:
        """Members by id above `after`, all offline as far as the store knows."""

    async def count_written_by(self, user_id: int, room: Room | None = None) -> int:
        """How many messages of this author are not deleted, in one room or in all."""

    async def acts_after(self, act_id: int, *, limit: int = 200) -> list[Act]:
        """Acts with a greater id, oldest first."""

    async def last_act(self) -> int:
        """The id of the latest act, 0 without one."""

    async def acts(
        self,
        *,
        kind: str | None = None,
        user_id: int | None = None,
        room_id: int | None = None,
        since: int = 0,
        until: int = 1 << 62,
        actor: str | None = None,
        before: int = 1 << 62,
        seen_by: int | None = None,
        limit: int = 200,
    ) -> list[Act]:
        """The newest acts of that kind, on that user, in that room and time, oldest first.

        Only by that `actor`, with ids below `before`, and not in rooms that do not exist for the
        user `seen_by`.
        """

    async def last_act_done(self) -> int:
        """The id of the latest act that a server carried out, 0 without one."""

    async def bans(
        self,
        *,
        room_id: int | None = None,
        of_server: bool = False,
        user_id: int | None = None,
        ended: bool = False,
        after: int = 0,
        limit: int = 200,
    ) -> list[BanEntry]:
        """Kicks, bans and mutes by id above `after`, of one room or `of_server` or all.

        Of one user or of everybody. With `ended` those no more in force too.
        """

    async def figures_of_user(self, user_id: int) -> dict[str, int | None]:
        """`messages` written, `sessions`, and when the latest of those was `seen_at`."""

    async def counts(self) -> dict[str, dict[str, int]]:
        """How many `users`, `rooms`, `acts`, `memberships`, `sessions`, by kind."""

    async def messages_by_day(
        self, room: Room, *, after: int, span: int
    ) -> dict[int, tuple[int, int]]:
        """Messages numbered from `after` on, `span` numbers far: of each day (its first UTC
        millisecond) how many, and how many of them are deleted."""

    async def act_results(self, act_id: int) -> list[tuple[str, int]]:
        """(server, connections touched) of every server that carried the act out."""

    async def last_seqs(self, room_ids: Sequence[int]) -> dict[int, int]:
        """`last_seq` by room id, of those rooms that still exist."""

    async def foreign_version(self) -> int:
        """A number that differs after another process has committed."""

    def file_bytes(self) -> int:
        """The size of the database without its log."""

    def log_bytes(self) -> int:
        """The size of the write-ahead log, 0 where there is none."""

    def log_in_use(self) -> int:
        """Bytes of the write-ahead log that were written since it last began anew."""

    async def move_log(self) -> None:
        """Move what the write-ahead log holds into the database; its file keeps its size."""

    async def checkpoint(self) -> None:
        """Move what the write-ahead log holds, and make its file empty if nobody reads."""

    async def give_back(self) -> bool:
        """Give some free space back to the disk; whether there is more of it."""

    def is_replaced(self) -> bool:
        """Whether another database has taken this one's place: close it, and open that."""

    def server_is_running(self) -> bool:
        """Whether a server process has claimed this store."""

    def note_address(self, address: str) -> None:
        """Tell programs beside this server where people reach it."""

    def server_address(self) -> str | None:
        """What the server that has claimed this store noted; None without one."""

    async def close(self) -> None: ...


async def open_store(url: str | Path, *, server: bool = False, clock: Any = None) -> Store:
    """The store at a path or `sqlite:` URL, migrated and ready.

    `server` claims it for this one server process: StartupError where another has it.
    """
    text = str(url)
    scheme, separator, rest = text.partition("://")
    if separator and scheme not in ("sqlite", "file"):
        raise StartupError(f"There is no store for {scheme}:// addresses; give a path to a file.")
    from sanchat.store.sqlite import open_sqlite

    return await open_sqlite(Path(rest if separator else text), server=server, clock=clock)
