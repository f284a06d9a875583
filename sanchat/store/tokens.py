"""The tokens of bots as they are made and revoked. Each is a session that lasts.

Runs inside the journal's transaction, on its connection.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from sanchat.changes import Change
from sanchat.errors import Conflict, NameTaken, NotFound
from sanchat.identity import Acted, CreateToken, Entry, Minted, RevokeToken
from sanchat.models import BOT, user_key
from sanchat.store.accounts import Accounts
from sanchat.store.acts import Acts
from sanchat.store.people import People
from sanchat.store.rows import USER_COLUMNS, user_from

TOKENS = 50  # of one bot


class Tokens:
    """The tokens of one batch."""

    def __init__(
        self, connection: sqlite3.Connection, people: People, acts: Acts, accounts: Accounts
    ) -> None:
        self._connection = connection
        self._people = people
        self._acts = acts
        self._accounts = accounts

    def verbs(self) -> dict[type[Change], Callable[[Any], Any]]:
        """What it carries out."""
        return {CreateToken: self.create, RevokeToken: self.revoke}

    def create(self, change: CreateToken) -> Minted:
        row = self._connection.execute(
            f"select {USER_COLUMNS} from users where name_key = ? and kind in ('bot', 'member')",
            (user_key(change.bot),),
        ).fetchone()
        if row is not None and row[2] != BOT:
            raise NameTaken(f"{row[1]} is a person, not a bot.")
        bot = user_from(row) if row is not None else self._accounts.add_bot(change.bot)
        (count,) = self._connection.execute(
            "select count(*) from sessions join tokens on session_id = id where user_id = ?",
            (bot.id,),
        ).fetchone()
        if count >= TOKENS:
            raise Conflict(f"{bot.name} has {TOKENS} tokens. Revoke some first.")
        session = self._people.add_session(bot, Entry(token_hash=change.token_hash))
        self._connection.execute(
            "insert into tokens (session_id, label, hint, scopes, is_confined, created_by, "
            "expires_at) values (?, ?, ?, ?, ?, ?, ?)",
            (
                session.id,
                change.label,
                change.hint,
                " ".join(change.scopes),
                change.room_keys is not None,
                change.actor,
                change.expires_at,
            ),
        )
        for key in change.room_keys or ():
            seated = self._connection.execute(
                "insert or ignore into token_rooms (session_id, room_id) "
                "select ?, id from rooms where name_key = ?",
                (session.id, key),
            ).rowcount
            if not seated and self._is_no_room(key):
                raise NotFound(f"There is no room {key}.")
        self._acts.record(
            "token_created",
            user=bot,
            actor=change.actor,
            token=session.id,
            hint=change.hint,
            scopes=change.scopes,
        )
        return Minted(bot, session.id, began=row is None)

    def revoke(self, change: RevokeToken) -> Acted:
        row = self._connection.execute(
            f"select {USER_COLUMNS} from sessions join users on users.id = user_id "
            "join tokens on session_id = sessions.id where sessions.id = ?",
            (change.token_id,),
        ).fetchone()
        if row is None:
            raise NotFound("There is no such token.")
        ended = self._people.end_sessions("id = ?", change.token_id)
        act = self._acts.record(
            "token_revoked",
            user=user_from(row),
            actor=change.actor,
            token=change.token_id,
            sessions=ended,
        )
        return Acted(act, ended)

    def _is_no_room(self, key: str) -> bool:
        found = self._connection.execute("select 1 from rooms where name_key = ?", (key,))
        return found.fetchone() is None
