"""What a shell offers at the TAB key: names out of the database, quickly, or nothing at all."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import typer

from sanchat.models import room_key

OFFERED = 100  # names
WAIT_SECONDS = 0.2  # for a database that is locked

_ROOMS = """
select name from rooms where substr(name_key, 1, length(:key)) = :key order by name_key limit :limit
"""
_USERS = """
select distinct name from users
where id <> 0 and substr(name_key, 1, length(:key)) = :key order by name_key limit :limit
"""


def room_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Rooms whose names begin like that; those typed already left out."""
    return _names(_ROOMS, ctx, incomplete)


def user_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Users whose names begin like that; those typed already left out."""
    return _names(_USERS, ctx, incomplete)


def _names(sql: str, ctx: typer.Context, incomplete: str) -> list[str]:
    # A shell that completes shows whatever is printed: a failure offers nothing and says nothing.
    try:
        database = _database(ctx.params)
        uri = f"{database.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS)) as connection:
            values = {"key": room_key(incomplete), "limit": OFFERED}
            found = [name for (name,) in connection.execute(sql, values)]
    except Exception:
        return []
    typed = _typed(ctx.params)
    return [name for name in found if name.isprintable() and name not in typed]


def _database(params: dict[str, Any]) -> Path:
    from sanchat.settings import default_database

    return Path(params.get("database") or default_database())


def _typed(params: dict[str, Any]) -> set[str]:
    return {name for value in params.values() if isinstance(value, list | tuple) for name in value}
