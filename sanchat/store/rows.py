"""How rows become records: each column list and its reading, written once."""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any

import msgspec

from sanchat.credentials import Grant, Invite
from sanchat.models import (
    REACTION_NAMES,
    Act,
    Author,
    Ban,
    Member,
    Message,
    Reaction,
    Room,
    Session,
    User,
)

SEQ_BITS = 40  # messages.id = room_id << 40 | seq
SEQ_LIMIT = 1 << SEQ_BITS

USER_COLUMNS = "users.id, users.name, users.kind, users.role, users.created_at, users.disabled_at"
ROOM_COLUMNS = (
    "rooms.id, rooms.name, rooms.title, rooms.topic, rooms.kind, rooms.last_seq, rooms.floor_seq, "
    "rooms.slow_mode_s, rooms.created_at, rooms.archived_at, rooms.posting, rooms.history, "
    "rooms.retain_s, "
    "case when rooms.kind = 'direct' then (select json_group_array(json_object("
    "'id', people.id, 'name', people.name, 'kind', people.kind)) from (select users.id, "
    "users.name, users.kind from memberships join users on users.id = memberships.user_id "
    "where memberships.room_id = rooms.id order by users.id) as people) end"
)
# Before the id of a room that is being deleted. No room's compared name has capitals, so nobody can
# ask for it; whatever lists rooms leaves it out.
GONE = "DELETED "
IS_THERE = f"rooms.name_key not glob '{GONE}*'"
ROOM_WIDTH = len(Room.__struct_fields__)
BAN_COLUMNS = (
    "bans.id, bans.kind, bans.user_id, bans.room_id, bans.reason, bans.created_at, bans.until"
)
_BANS_OF = f"""
select {BAN_COLUMNS} from bans
where user_id = ? and lifted_at is null and (until is null or until > ?) order by kind
"""
SESSION_COLUMNS = f"""sessions.id, sessions.created_at, sessions.seen_at,
  (select json_array(scopes, is_confined, expires_at, json((
    select json_group_array(room_id) from token_rooms
    where token_rooms.session_id = tokens.session_id
  ))) from tokens where tokens.session_id = sessions.id),
  {USER_COLUMNS}"""
INVITE_SELECT = """
select invites.id, hint, invites.room_id, rooms.name, rooms.title, role, admits, uses, used,
  invites.created_by, actor, invites.created_at, expires_at, revoked_at
from invites left join rooms on rooms.id = invites.room_id
"""
ACT_COLUMNS = "id, kind, room_id, room, user_id, user, actor, data, acted_at"


def role_in_room(user: str, now: str) -> str:
    """The SQL of somebody's role in the room at hand; null for whoever is no member.

    A ban from a room that outsiders cannot see makes an outsider of its member while it holds.
    """
    return f"""(
      select seat.role from memberships as seat
      where seat.room_id = rooms.id and seat.user_id = {user}
        and (rooms.kind = 'open' or not exists (
        select 1 from bans as out where out.user_id = {user} and out.room_id = rooms.id
          and out.kind = 'ban' and out.lifted_at is null
          and (out.until is null or out.until > {now})
      ))
    )"""


# Reactions cost one look at an index where there are none.
MESSAGE_SELECT = f"""
select messages.seq, messages.changed_seq, messages.sent_at, users.id, users.name, users.kind,
  messages.text, messages.client_message_id, messages.reply_to, messages.edited_at,
  messages.deleted_at, messages.kind, messages.data,
  case when exists (select 1 from reactions where reactions.message_id = messages.id) then (
    select json_group_array(json_object('emoji', emoji, 'count', count, 'users', json(names)))
    from (
      select emoji, count(*) as count, min(reacted_at) as first, (
        select json_group_array(name) from (
          select named.name from reactions as again join users as named on named.id = again.user_id
          where again.message_id = messages.id and again.emoji = outermost.emoji
          order by again.reacted_at, again.user_id limit {REACTION_NAMES}
        )
      ) as names
      from reactions as outermost where outermost.message_id = messages.id
      group by emoji order by first, emoji
    )
  ) end
from messages join users on users.id = messages.author_id
"""

# Defaults are left out of the wire by identity: what SQLite reads has to be the very same string.
_DEFAULTS = {"plain": "plain", "member": "member"}

_decode_reactions = msgspec.json.Decoder(list[Reaction]).decode


def message_id(room_id: int, seq: int) -> int:
    """Where a number lies in the table; a number that no room reaches lies in no other room."""
    return (room_id << SEQ_BITS) + max(0, min(seq, SEQ_LIMIT - 1))


def message_from(room: str, row: Any) -> Message:
    """The message of a `MESSAGE_SELECT` row, in the room of this name."""
    reactions = row[13]
    return Message(
        room=room,
        seq=row[0],
        changed_seq=row[1],
        sent_at=row[2],
        user=Author(row[3], row[4], _DEFAULTS.get(row[5], row[5])),
        text=row[6],
        client_message_id=row[7],
        reply_to=row[8],
        edited_at=row[9],
        deleted_at=row[10],
        reactions=_decode_reactions(reactions) if reactions is not None else None,
        kind=_DEFAULTS.get(row[11], row[11]),
        poll=msgspec.json.decode(row[12]) if row[12] is not None and row[11] == "poll" else None,
    )


def user_from(row: Any) -> User:
    return User(row[0], row[1], _DEFAULTS.get(row[2], row[2]), *row[3:])


def member_from(row: Any) -> Member:
    """A row of (id, name, role, kind); offline, as far as the store knows."""
    kind = _DEFAULTS.get(row[3], row[3])
    return Member(id=row[0], name=row[1], online=False, role=row[2], kind=kind)


def room_from(row: Any) -> Room:
    return Room(*row[:-1], *(() if row[-1] is None else (_people_from(row[-1]),)))


def _people_from(people: str) -> tuple[Author, ...]:
    return tuple(
        Author(one["id"], one["name"], _DEFAULTS.get(one["kind"], one["kind"]))
        for one in msgspec.json.decode(people)
    )


def ban_from(row: Any) -> Ban:
    return Ban(*row)


def bans_of(connection: sqlite3.Connection, user_id: int, now_ms: int) -> list[Ban]:
    """What holds of somebody now, anywhere."""
    return [ban_from(row) for row in connection.execute(_BANS_OF, (user_id, now_ms))]


def session_from(row: Any) -> Session:
    return Session(
        id=row[0],
        created_at=row[1],
        seen_at=row[2],
        grant=grant_from(row[3]) if row[3] is not None else None,
        user=user_from(row[4:]),
    )


def grant_from(text: str) -> Grant:
    scopes, is_confined, expires_at, rooms = msgspec.json.decode(text)
    return Grant(
        scopes=frozenset(scopes.split()),
        room_ids=frozenset(rooms) if is_confined else None,
        expires_at=expires_at,
    )


def invite_from(row: Any) -> Invite:
    return Invite(*row)


def act_from(row: Any) -> Act:
    return Act(
        id=row[0],
        kind=row[1],
        room_id=row[2],
        room=row[3],
        user_id=row[4],
        user=row[5],
        actor=row[6],
        data=msgspec.json.decode(row[7]),
        acted_at=row[8],
    )


# Statements of several rows are prepared once per size; longer lists are cut into these.
_CHUNKS = (64, 16, 4, 1)


def in_chunks(
    rows: Sequence[tuple[object, ...]], placeholders: str
) -> Iterator[tuple[list[object], str]]:
    """The rows in a few sizes, each with its values in a row and the placeholders for them."""
    start = 0
    for size in _CHUNKS:
        values = _repeated(placeholders, size)
        while len(rows) - start >= size:
            yield list(chain.from_iterable(rows[start : start + size])), values
            start += size


@cache
def _repeated(placeholders: str, times: int) -> str:
    return ", ".join([placeholders] * times)
