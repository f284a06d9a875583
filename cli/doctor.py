"""`sanchat-admin doctor`: what may go wrong with the file, the machine and the server."""

import os
import resource
import shutil
import sqlite3
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from sanchat.broker.local import bell_folder
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.finding import FAIL, OK, WARN, Finding
from sanchat.cli.program import file_command, no_database
from sanchat.cli.terminal import Terminal, counted
from sanchat.errors import StartupError
from sanchat.store.life import ServerLock
from sanchat.store.migrate import pending

MB = 1 << 20
LEAST_FREE = 64 * MB
GOOD_FREE = 1 << 30
LONG_LOG = 64 * MB
FEW_FILES, GOOD_FILES = 512, 4_096
AHEAD_SECONDS = 120  # by which a row may be of the future
LONG_AGO = 1_764_547_200  # 2025-12-01, before the first version: no clock stands there
OLDEST_SQLITE = (3, 37, 0)  # strict tables, https://www.sqlite.org/stricttables.html
NETWORKS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "fuse.s3fs"}
COLUMNS = ("STATE", "WHAT", "FOUND", "REMEDY")


def add_to(app: typer.Typer) -> None:
    """Make `doctor` a command of the program."""
    file_command(
        app,
        "doctor",
        "sanchat-admin doctor",
        "sanchat-admin doctor --url https://chat.example.org --json | jq -r .remedy",
    )(doctor)


def doctor(
    database: Path,
    terminal: Terminal,
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            envvar="SANCHAT_PUBLIC_URL",
            metavar="URL",
            help="Look at the way in from outside, too: https://chat.example.org.",
        ),
    ] = None,
) -> None:
    """Look at what a server needs to be safe: SQLite, disk, permissions, clock, limits.

    With the public URL also the certificate, the page, a websocket, and what the proxy tells.

    Each line is ok, warn or fail with its remedy; exit code 7 where one fails. Columns in a pipe:
    state, what, found, remedy; no header. `check` looks at what is in the database.
    """
    if not database.exists():
        raise no_database(database)
    findings = list(_findings(database))
    if url:
        from sanchat.cli.reach import reach  # only where it is needed: TLS takes a while to load

        findings += reach(url.rstrip("/"), database)
    listing = terminal.listing(COLUMNS)
    for finding in findings:
        listing.add(finding._asdict(), finding)
    listing.end("")
    failed = [finding for finding in findings if finding.state == FAIL]
    if failed:
        terminal.fail(
            Failure(
                f"{counted(len(failed), 'finding')} to mend, the first: "
                f"{failed[0].what}, {failed[0].found}.",
                exit=Exit.UNVERIFIED,
                hint=failed[0].remedy,
            )
        )


def _findings(database: Path) -> Iterator[Finding]:
    looks: list[Callable[[Path], Iterator[Finding]]] = [
        _sqlite,
        _file,
        _place,
        _permissions,
        _clock,
        _limits,
        _server,
    ]
    for look in looks:
        try:
            yield from look(database)
        except (OSError, sqlite3.Error) as error:
            name = look.__name__.strip("_")
            yield Finding(FAIL, name, f"cannot be looked at: {error}", "See the line above.")


def _sqlite(database: Path) -> Iterator[Finding]:
    found = f"{sqlite3.sqlite_version} in Python {sys.version.split()[0]}"
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield Finding(FAIL, "SQLite", found, "Run a Python with SQLite 3.37 or later.")
    else:
        yield Finding(OK, "SQLite", found)


def _file(database: Path) -> Iterator[Finding]:
    with closing(_open(database)) as connection:
        (mode,) = connection.execute("pragma journal_mode").fetchone()
        if mode == "wal":
            yield Finding(OK, "durability", "write-ahead log, synced at every commit")
        else:
            yield Finding(
                WARN, "durability", f"journal mode {mode}", "Start the server once: it sets `wal`."
            )
        if sys.platform == "darwin":
            yield Finding(
                WARN,
                "disk sync",
                "macOS keeps what is synced in the drive's own memory for a while",
                "Give the machine a battery, or serve from Linux.",
            )
        (verdict,) = connection.execute("pragma quick_check(1)").fetchone()
        if verdict == "ok":
            yield Finding(OK, "file", f"{database.stat().st_size / 1e6:,.1f} MB, readable")
        else:
            yield Finding(
                FAIL, "file", str(verdict), "Run `sanchat-admin check`; restore a backup."
            )
        try:
            waiting = pending(connection)
        except StartupError as error:
            yield Finding(FAIL, "schema", str(error), "Run the sanchat that made it.")
        else:
            remedy = "`sanchat-admin migrate`, or any other start." if waiting else ""
            found = f"waiting: {', '.join(waiting)}" if waiting else "up to date"
            yield Finding(WARN if waiting else OK, "schema", found, remedy)
    log = database.with_name(database.name + "-wal")
    size = log.stat().st_size if log.exists() else 0
    state = WARN if size > LONG_LOG else OK
    remedy = (
        "Something reads for very long; end it, or restart the server." if size > LONG_LOG else ""
    )
    yield Finding(state, "log", f"{size / 1e6:,.1f} MB wait in the write-ahead log", remedy)


def _place(database: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(database.parent).free
    needed = max(LEAST_FREE, database.stat().st_size // 10)
    found = f"{free / 1e9:,.1f} GB free"
    if free < needed:
        yield Finding(FAIL, "disk", found, "Make room: nothing can be stored on a full disk.")
    elif free < max(GOOD_FREE, 2 * database.stat().st_size):
        yield Finding(WARN, "disk", found, "A backup beside the database may not fit.")
    else:
        yield Finding(OK, "disk", found)
    kind = _file_system(database)
    if kind in NETWORKS:
        yield Finding(
            FAIL, "file system", kind, "Move the file to a local disk: locks do not work there."
        )
    else:
        yield Finding(OK, "file system", kind or "local, as far as can be seen")


def _permissions(database: Path) -> Iterator[Finding]:
    about = database.stat()
    mode = stat.S_IMODE(about.st_mode)
    if mode & 0o077:
        yield Finding(FAIL, "file mode", f"{mode:04o}: others may open it", f"chmod 600 {database}")
    elif not os.access(database, os.R_OK | os.W_OK):
        yield Finding(FAIL, "file mode", "this account may not write it", "Run as its owner.")
    else:
        yield Finding(OK, "file mode", f"{mode:04o}")
    folder = stat.S_IMODE(database.parent.stat().st_mode)
    if folder & 0o022 and not folder & stat.S_ISVTX:
        yield Finding(
            FAIL,
            "folder mode",
            f"{folder:04o}: others may put files beside it",
            f"chmod 700 {database.parent}",
        )
    elif folder & 0o077:
        yield Finding(
            WARN,
            "folder mode",
            f"{folder:04o}: others may look into it",
            f"chmod 700 {database.parent}",
        )
    else:
        yield Finding(OK, "folder mode", f"{folder:04o}")
    foreign = [
        path.name
        for path in (database.with_name(database.name + end) for end in ("-wal", "-shm", ".lock"))
        if path.exists() and path.stat().st_uid != about.st_uid
    ]
    if foreign:
        owner = f"chown {about.st_uid} " + " ".join(foreign)
        yield Finding(
            FAIL, "owner", f"{', '.join(foreign)} belongs to another account", f"{owner}, as root."
        )
    elif about.st_uid != os.geteuid():
        yield Finding(
            WARN,
            "owner",
            f"the file belongs to account {about.st_uid}, this is {os.geteuid()}",
            "Administer as the account that serves.",
        )
    else:
        yield Finding(OK, "owner", "this account")


def _clock(database: Path) -> Iterator[Finding]:
    now = time.time()
    if now < LONG_AGO:
        yield Finding(FAIL, "clock", "it stands years behind", "Set it; switch on NTP.")
        return
    with closing(_open(database)) as connection:
        (latest,) = connection.execute(
            "select max(coalesce((select max(acted_at) from acts), 0), "
            "coalesce((select max(created_at) from users), 0), "
            "coalesce((select max(seen_at) from sessions), 0))"
        ).fetchone()
    ahead = latest / 1000 - now
    if ahead > AHEAD_SECONDS:
        yield Finding(
            WARN,
            "clock",
            f"the database knows of things {ahead / 60:,.0f} minutes from now",
            "Compare the clock with another; switch on NTP. Order does not depend on it.",
        )
    else:
        yield Finding(OK, "clock", f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(now))} UTC")


def _limits(database: Path) -> Iterator[Finding]:
    pid = _server_pid(database)
    soft = _files_of(pid) if pid is not None else None
    whose = "the server's" if soft is not None else "this account's"
    if soft is None:
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY:
        yield Finding(OK, "open files", "no limit")
        return
    found = f"{soft:,}, {whose} limit; each connection takes one"
    remedy = "`LimitNOFILE=16384` for systemd, `ulimit -n 16384` in a shell."
    state = FAIL if soft < FEW_FILES else WARN if soft < GOOD_FILES else OK
    yield Finding(state, "open files", found, "" if state == OK else remedy)


def _server(database: Path) -> Iterator[Finding]:
    if not ServerLock(database).is_held():
        yield Finding(OK, "server", "none is running")
        return
    bells = list(bell_folder(database).glob("*.bell"))
    found = f"running, process {_server_pid(database) or 'unknown'}"
    if bells:
        yield Finding(OK, "server", found)
    else:
        yield Finding(
            WARN,
            "server",
            f"{found}; it has hung no bell that can be seen from here",
            "Run commands where the server runs: it hears of them up to a second later.",
        )


def _open(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=rw", uri=True)
    connection.execute("pragma busy_timeout = 2000")
    connection.execute("pragma query_only = on")
    return connection


def _server_pid(database: Path) -> int | None:
    if not ServerLock(database).is_held():
        return None
    with database.with_name(database.name + ".lock").open() as file:
        text = file.readline().strip()  # behind it are the numbers that were given
    return int(text) if text.isdigit() else None


def _files_of(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("Max open files"):
            soft = line.split()[3]
            return int(soft) if soft.isdigit() else resource.RLIM_INFINITY
    return None


def _file_system(database: Path) -> str:
    """The kind of file system, where the machine says it (Linux)."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return ""
    real = database.resolve()
    best = max(
        (
            (len(point), kind)
            for _, point, kind, *_ in mounts
            if real.is_relative_to(point.replace("\\040", " "))
        ),
        default=(0, ""),
    )
    return best[1]
