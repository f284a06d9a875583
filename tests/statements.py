"""Every statement that tests have the store run, and whether one looks through all messages."""

import re
import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from sanchat.store.migrate import migrate

CHECKED: set[str] = set()  # in this process, found good
PLANNED = ("select", "with", "insert", "update", "delete")
# What may follow the name of a table and is no other name for it.
WORDS = {"where", "join", "left", "on", "order", "group", "limit", "set", "indexed", "values"}


class Statements:
    """What the connections of one test are asked, each statement the first time."""

    def __init__(self) -> None:
        self._asked: dict[str, Any] = {}  # with values, whose number a plan needs

    def connect(self, path: Path) -> sqlite3.Connection:
        """In place of the store's own way to connect."""

        def factory(*arguments: Any, **more: Any) -> "_Noting":
            connection = _Noting(*arguments, **more)
            connection.asked = self._asked
            return connection

        return sqlite3.connect(
            path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            factory=factory,  # type: ignore[arg-type]
        )

    def scans(self) -> dict[str, list[str]]:
        """Statements that read all of `messages`, with the steps that do."""
        found = {}
        for statement, values in self._asked.items():
            if statement.lstrip().lower().startswith(PLANNED):
                steps = scans_of_messages(statement, values)
                if steps:
                    found[statement] = steps
                else:
                    CHECKED.add(statement)
        return found


class _Noting(sqlite3.Connection):
    asked: dict[str, Any]

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if sql not in CHECKED:
            self.asked.setdefault(sql, parameters)
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any]) -> sqlite3.Cursor:
        rows = list(parameters)
        if rows and sql not in CHECKED:
            self.asked.setdefault(sql, rows[0])
        return super().executemany(sql, rows)


def scans_of_messages(statement: str, values: Any = ()) -> list[str]:
    """The steps of a statement's plan that look at every message, whatever the table is called."""
    try:
        plan = _tables().execute(f"explain query plan {statement}", values).fetchall()
    except sqlite3.OperationalError:
        return []  # of a table that only a step of the migrations knows
    names = {"messages", *re.findall(r"\bmessages\s+(?:as\s+)?(\w+)", statement)} - WORDS
    table = "|".join(names)
    # A maximum of what has no index is called a search, and so is what makes an index of its own.
    whole = rf"SCAN ({table})\b|SEARCH ({table})(?! USING (?!AUTOMATIC))"
    return [row[3] for row in plan if re.match(whole, row[3])]


@lru_cache(1)
def _tables() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrate(connection, now_ms=0)
    return connection
