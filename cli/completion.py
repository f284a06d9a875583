"""What a shell offers at the TAB key: names out of the database, quickly, or nothing at all.

Guests choose their names, and what a shell is offered becomes part of a command line: zsh evaluates
it at once, bash inserts it as it is. So only names that mean nothing to any shell are offered.
"""

import os
import sqlite3
import unicodedata
from contextlib import closing
from pathlib import Path
from typing import Any

import typer

from sanchat.models import room_key

OFFERED = 100  # names
WAIT_SECONDS = 0.2  # for a database that is locked

_PLAIN = frozenset(" -_.")
_PLAIN_KINDS = frozenset(  # letters, marks, digits, and signs such as emoji
    ("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "So")
)

_ROOMS = """
select name from rooms where substr(name_key, 1, length(:key)) = :key
  and name_key not glob 'DELETED *' order by name_key limit :limit
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


def rooms_here(ctx: typer.Context, incomplete: str) -> list[str]:
    """`room_names` for programs that come over the network: where no other server is named."""
    source = ctx.get_parameter_source("url")
    return room_names(ctx, incomplete) if source is None or source.name == "DEFAULT" else []


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
    words = (_word(name) for name in found if name not in typed and _is_plain(name))
    return [word for word in words if word is not None]


def _is_plain(name: str) -> bool:
    """Whether no shell reads more into a name than its characters."""
    return name[:1] not in ("-", "") and all(
        char in _PLAIN or unicodedata.category(char) in _PLAIN_KINDS for char in name
    )


def _word(name: str) -> str | None:
    """A plain name as one word of the shell that asks; None where it cannot be one there."""
    if "_TYPER_COMPLETE_WORD_TO_COMPLETE" in os.environ:  # PowerShell inserts it as it is
        return None if " " in name else name
    if "_TYPER_COMPLETE_ARGS" in os.environ:  # zsh and fish quote what they insert
        return name
    line = os.environ.get("COMP_WORDS", "")
    if "\\" in line:
        return None  # Typer does not read such words as bash does, and takes one for another
    begun = line.rsplit("\n", 1)[-1]
    return name if begun[:1] in ("'", '"') else name.replace(" ", "\\ ")


def _database(params: dict[str, Any]) -> Path:
    from sanchat.settings import default_database

    given = params.get("database") or os.environ.get("SANCHAT_DATABASE")
    return Path(given or default_database())


def _typed(params: dict[str, Any]) -> set[str]:
    return {name for value in params.values() if isinstance(value, list | tuple) for name in value}
