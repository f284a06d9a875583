"""Brings a database file to the newest schema: numbered SQL files, forward only.

Each migration and its record are one transaction, so an interrupted start leaves the old state.
"""

import hashlib
import re
import sqlite3
from pathlib import Path
from typing import NamedTuple

from sanchat.errors import StartupError
from sanchat.paths import data_dir

_NAME = re.compile(r"(\d{4})_(\w+)\.sql")

_RECORDS = """
create table if not exists schema_migrations (
  version integer primary key,
  name text not null,
  checksum text not null,
  applied_at integer not null
) strict
"""


def migrate(
    connection: sqlite3.Connection, *, now_ms: int, folder: Path | None = None
) -> list[str]:
    """Apply what is pending and return its names; StartupError where the file is not ours to touch.

    The connection is in autocommit mode. Two programs that start at once apply each file once.
    """
    migrations = _migrations(folder or data_dir("migrations") / "sqlite")
    with _transaction(connection):
        connection.execute(_RECORDS)
    applied = dict(connection.execute("select version, checksum from schema_migrations").fetchall())
    newest = max(migrations)
    if applied and max(applied) > newest:
        raise _newer(max(applied), newest)
    done = []
    for version, path in sorted(migrations.items()):
        script = path.read_text(encoding="utf-8")
        checksum = _checksum(script)
        with _transaction(connection):
            row = connection.execute(
                "select checksum from schema_migrations where version = ?", (version,)
            ).fetchone()
            if row is None:
                for statement in _statements(script):
                    connection.execute(statement)
                connection.execute(
                    "insert into schema_migrations (version, name, checksum, applied_at) "
                    "values (?, ?, ?, ?)",
                    (version, path.stem, checksum, now_ms),
                )
                done.append(path.stem)
            elif row[0] != checksum:
                raise _reworded(path.stem)
    return done


class Step(NamedTuple):
    """One migration; `applied_at` (UTC milliseconds) is None while it is pending."""

    version: int
    name: str
    applied_at: int | None


def steps(connection: sqlite3.Connection, *, folder: Path | None = None) -> list[Step]:
    """All migrations of this version, and when the database took each. Reads only.

    StartupError where the database knows others.
    """
    migrations = _migrations(folder or data_dir("migrations") / "sqlite")
    rows = []
    if connection.execute(
        "select 1 from sqlite_master where name = 'schema_migrations'"
    ).fetchone():
        rows = connection.execute(
            "select version, checksum, applied_at from schema_migrations order by version"
        ).fetchall()
    if rows and rows[-1][0] > max(migrations):
        raise _newer(rows[-1][0], max(migrations))
    applied = {version: (checksum, applied_at) for version, checksum, applied_at in rows}
    for version, (checksum, _) in applied.items():
        path = migrations.get(version)
        if path is None or _checksum(path.read_text(encoding="utf-8")) != checksum:
            raise _reworded(path.stem if path else f"{version:04}")
    return [
        Step(version, path.stem, applied[version][1] if version in applied else None)
        for version, path in sorted(migrations.items())
    ]


def pending(connection: sqlite3.Connection) -> list[str]:
    """The names of the migrations that the database has not taken yet. Reads only."""
    return [step.name for step in steps(connection) if step.applied_at is None]


def _checksum(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()


def _newer(found: int, known: int) -> StartupError:
    return StartupError(
        f"A newer sanchat has used this database (migration {found}; this one ends at {known}). "
        "Upgrade sanchat again, or go back to a backup that was made earlier."
    )


def _reworded(name: str) -> StartupError:
    return StartupError(
        f"Migration {name} was applied to this database in another wording. "
        "Install the sanchat release that made the database, or restore a backup."
    )


def _migrations(folder: Path) -> dict[int, Path]:
    found = {
        int(match[1]): path
        for path in folder.iterdir()
        if (match := _NAME.fullmatch(path.name)) is not None
    }
    if not found:
        raise StartupError(f"No migrations in {folder}: the installation is incomplete.")
    return found


def _statements(script: str) -> list[str]:
    # executescript would commit the transaction that makes a migration all or nothing.
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    if pending.strip():
        raise StartupError("A migration ends in the middle of a statement.")
    return statements


class _transaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("begin immediate")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._connection.execute("commit" if kind is None else "rollback")
