"""`sanchat-admin check` and `migrate`: is the database in order, and of this version?"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from sanchat.cli.failures import Exit, Failure
from sanchat.cli.program import file_command, no_database
from sanchat.cli.progress import Progress
from sanchat.cli.terminal import Terminal, counted
from sanchat.cli.times import shown
from sanchat.clock import wall_clock
from sanchat.store.checking import Problem, problems_of, unreadable
from sanchat.store.copies import NoSpace, raw_copy
from sanchat.store.life import ServerLock
from sanchat.store.migrate import migrate, steps

MOST_PROBLEMS = 100  # named one by one
COLUMNS = ("VERSION", "NAME", "APPLIED (UTC)")


def add_to(app: typer.Typer) -> None:
    """Make `check` and `migrate` commands of the program."""
    file_command(
        app,
        "check",
        "sanchat-admin check",
        "sanchat-admin check --json | jq -r .ok",
    )(check)
    file_command(
        app,
        "migrate",
        "sanchat-admin migrate --status",
        "sanchat-admin migrate --quiet",
    )(migrate_database)


def check(database: Path, terminal: Terminal) -> None:
    """Look whether the database is in order; exit code 7 where it is not.

    The file itself, its references and schema, and in each room: that no number is missing or
    taken twice, that the last one is right, and that what was deleted is gone. The server may run:
    then a copy is looked at, which lies beside the database meanwhile and takes as much room.
    """
    if not database.exists():
        raise no_database(database)
    with Progress(terminal):
        problems = _problems(database)
    record = {
        "file": str(database),
        "ok": not problems,
        "problems": [problem._asdict() for problem in problems],
    }
    if not problems:
        terminal.result(record, f"{database} is in order")
        return
    more = " or more" if len(problems) == MOST_PROBLEMS else ""
    terminal.result(record, *(problem.message for problem in problems))
    terminal.fail(
        Failure(
            f"{database} is not in order: {counted(len(problems), 'problem')}{more}, "
            f"the first: {problems[0].message}",
            exit=Exit.UNVERIFIED,
            hint="Copy the file as it is, then restore a backup or ask for help with this output.",
        )
    )


def migrate_database(
    database: Path,
    terminal: Terminal,
    status: Annotated[
        bool, typer.Option("--status", help="Say what is applied and what waits; change nothing.")
    ] = False,
) -> None:
    """Bring the database to the schema of this version. Every other command does so by itself.

    Columns of --status in a pipe: version, name, applied (UTC; empty while it waits); no header.
    """
    if not database.exists():
        raise no_database(database)
    uri = f"{database.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        connection.execute("pragma busy_timeout = 10000")
        connection.execute("pragma wal_autocheckpoint = 0")
        if not status:
            done = migrate(connection, now_ms=wall_clock())
            terminal.result(
                {"file": str(database), "applied": done},
                f"applied {', '.join(done)}" if done else "nothing to apply",
            )
            return
        connection.execute("pragma query_only = on")
        listing = terminal.listing(COLUMNS)
        for step in steps(connection):
            record = step._asdict() | {"pending": step.applied_at is None}
            listing.add(record, (f"{step.version:04}", step.name, shown(step.applied_at)))
        listing.end("There are no migrations.")


def _problems(database: Path) -> list[Problem]:
    if not ServerLock(database).is_held():
        return _first_problems(database)
    try:
        with raw_copy(database) as copy:
            return _first_problems(copy)
    except NoSpace as error:
        raise Failure(
            f"The disk cannot hold a copy of {database}: {error}.",
            exit=Exit.FAILED,
            hint="Stop the server to check the file itself, or check a backup elsewhere.",
        ) from None
    except sqlite3.DatabaseError as error:
        return [unreadable(error)]


def _first_problems(database: Path) -> list[Problem]:
    found = []
    for problem in problems_of(database):
        found.append(problem)
        if len(found) == MOST_PROBLEMS:
            break
    return found
