"""What the writer knows of rooms and of people's places in them, kept from batch to batch.

Rights are asked where a change is numbered, in the transaction that stores it; yet they change far
more rarely than messages come. So what was read stays known until this writer changes a right or
SQLite says that another connection has written (`data_version`).
"""

import sqlite3

from sanchat.errors import ChatError, Forbidden, NotFound, NotSignedIn
from sanchat.models import IMPORTED, Author, Ban, User
from sanchat.policy import may_see, refusal_to_post, refusal_to_write
from sanchat.store.rows import bans_of, in_chunks, message_id, role_in_room

KNOWN_SEATS = 10_000  # then all are forgotten

_SEAT = f"""
select rooms.id, rooms.name, rooms.kind, rooms.last_seq, rooms.archived_at, rooms.slow_mode_s,
  rooms.posting, users.name, users.kind, users.role, users.disabled_at,
  {role_in_room("users.id", "?4")},
  exists (select 1 from bans where bans.user_id = users.id and lifted_at is null),
  case when ?3 = 0 then 'write' else (
    select case when tokens.session_id is null then 'write'
      when expires_at <= ?4 then null
      when is_confined and not exists (select 1 from token_rooms
        where token_rooms.session_id = ?3 and token_rooms.room_id = rooms.id) then 'elsewhere'
      when expires_at is not null then scopes || ' until'
      else scopes end
    from sessions left join tokens on tokens.session_id = sessions.id
    where sessions.id = ?3 and sessions.user_id = users.id
  ) end
from rooms, users
where rooms.name_key = ?1 and users.id = ?2
"""
_PLACE = """
select id, name, kind, last_seq, archived_at, slow_mode_s, posting from rooms where name_key = ?
"""


class KnownPlace:
    """A room, and the last number that was given out in it."""

    __slots__ = ("archived_at", "first_id", "id", "kind", "name", "posting", "seq", "slow_mode_s")

    def __init__(
        self,
        id: int,
        name: str,
        kind: str,
        seq: int,
        archived_at: int | None,
        slow_mode_s: int,
        posting: str,
    ) -> None:
        self.id = id
        self.first_id = message_id(id, 0)
        self.name = name
        self.kind = kind
        self.seq = seq
        self.archived_at = archived_at
        self.slow_mode_s = slow_mode_s
        self.posting = posting


class KnownSeat:
    """One person's place in one room: who they are there, and why they may not write or post."""

    __slots__ = ("author", "place", "refusal", "refusal_to_post", "role", "user")

    def __init__(
        self, place: KnownPlace, user: User, role: str | None, refusal: ChatError | None
    ) -> None:
        self.place = place
        self.user = user
        self.author: Author = user.author
        self.role = role
        self.refusal = refusal
        self.refusal_to_post = refusal or refusal_to_post(place.posting, user, role)


class Seats:
    """The places known on one writing connection. Use between `begin` and `write_numbers`.

    After anything but a commit, `forget`: numbers were given out that do not hold.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._version: int | None = None
        self._now_ms = 0
        self._places: dict[str, KnownPlace] = {}
        self._seats: dict[tuple[str, int, int], KnownSeat | ChatError] = {}
        self._fleeting: list[tuple[str, int, int]] = []  # seats that hold at one time alone
        self._taken: list[KnownPlace] = []  # one entry for each number that is not written

    def begin(self, now_ms: int) -> None:
        """In the transaction, before anything is asked."""
        (version,) = self.connection.execute("pragma data_version").fetchone()
        if version != self._version or len(self._seats) + len(self._places) > KNOWN_SEATS:
            self.forget()
            self._version = version
        for key in self._fleeting:
            self._seats.pop(key, None)
        self._fleeting.clear()
        self._now_ms = now_ms

    def forget(self) -> None:
        """Drop all that is known, with numbers that are not written."""
        self._places.clear()
        self._seats.clear()
        self._fleeting.clear()
        self._taken.clear()

    def write_numbers(self) -> None:
        """Write the rooms' new last numbers."""
        moved = [(place.id, place.seq) for place in dict.fromkeys(self._taken)]
        self._taken.clear()
        for chunk, values in in_chunks(moved, "(?, ?)"):
            self.connection.execute(
                "update rooms set last_seq = moved.column2 "
                f"from (values {values}) as moved where rooms.id = moved.column1",
                chunk,
            )

    def take_number(self, place: KnownPlace) -> int:
        """The room's next number."""
        self._taken.append(place)
        place.seq += 1
        return place.seq

    def mark(self) -> int:
        """Something for `take_back`; holds until numbers are written."""
        return len(self._taken)

    def take_back(self, mark: int) -> None:
        """What was numbered since the mark is rolled back: its numbers are free again."""
        for place in self._taken[mark:]:
            place.seq -= 1
        del self._taken[mark:]

    def place(self, room_key: str) -> KnownPlace:
        """The room; NotFound."""
        place = self._places.get(room_key)
        if place is None:
            row = self.connection.execute(_PLACE, (room_key,)).fetchone()
            if row is None:
                raise NotFound("There is no such room.")
            place = self._places[room_key] = KnownPlace(*row)
        return place

    def seat(self, room_key: str, user_id: int, session_id: int) -> KnownSeat | ChatError:
        """Somebody's place in a room, or why they have none, or not by this session (0: any)."""
        key = room_key, user_id, session_id
        seat = self._seats.get(key)
        if seat is None:
            seat = self._seats[key] = self._read_seat(*key)
        return seat

    def _read_seat(self, room_key: str, user_id: int, session_id: int) -> KnownSeat | ChatError:
        row = self.connection.execute(
            _SEAT, (room_key, user_id, session_id, self._now_ms)
        ).fetchone()
        if row is None or row[-1] == "elsewhere":
            return NotFound("There is no such room.")
        name, kind, role, disabled_at, room_role, has_bans, scopes = row[7:]
        if scopes is None:
            return NotSignedIn("The session has ended.")
        if "write" not in scopes:
            return Forbidden("This token is not for it: it lacks the scope `write`.")
        if "until" in scopes:
            self._fleeting.append((room_key, user_id, session_id))
        if has_bans:
            self._fleeting.append((room_key, user_id, session_id))
        # Imported users say what they said elsewhere, in whatever room the administrator chose.
        if not (may_see(row[2], room_role) or kind == IMPORTED):
            return NotFound("There is no such room.")
        place = self._places.get(room_key)
        if place is None:
            place = self._places[room_key] = KnownPlace(*row[:7])
        user = User(id=user_id, name=name, kind=kind, role=role, disabled_at=disabled_at)
        if user.disabled_at is not None:
            return NotSignedIn("This account is switched off.")
        bans: list[Ban] = []
        if has_bans:
            bans = bans_of(self.connection, user_id, self._now_ms)
        refusal = refusal_to_write(bans, place.id, place.archived_at, self._now_ms)
        return KnownSeat(place, user, room_role, refusal)
