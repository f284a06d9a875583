"""`sanchat-admin backup` and `restore`: the whole database as one file, and back again."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from sanchat.broker import open_broker
from sanchat.cli.confirming import DryRun, Yes, confirm
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.program import file_command, no_database
from sanchat.cli.progress import Progress
from sanchat.cli.terminal import Terminal, counted
from sanchat.clock import wall_clock
from sanchat.store import copies
from sanchat.store.copies import Contents, OnStep, Step, Unfit
from sanchat.store.life import ServerLock

SWAP_SECONDS = 15  # for a running server to notice the new file and to open it
STEPS = {Step.CHECK: "Checking", Step.COPY: "Copying", Step.CLEAN: "Cleaning"}
_LOOK_AGAIN_SECONDS = 0.05


def add_to(app: typer.Typer) -> None:
    """Make `backup` and `restore` commands of the program."""
    file_command(
        app,
        "backup",
        "sanchat-admin backup chat-2026-11-22.db",
        "sanchat-admin backup /var/backups/chat.db --force --quiet",
    )(backup)
    file_command(
        app,
        "restore",
        "sanchat-admin restore chat-2026-11-22.db --dry-run",
        "sanchat-admin restore chat-2026-11-22.db --yes",
    )(restore)


def backup(
    database: Path,
    terminal: Terminal,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to.")],
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Copy the whole database to a file, as it is at this moment.

    The server may run and people may talk meanwhile; what they say then is not in it. The copy is
    one file of its own, readable by its owner alone.
    """
    if not database.exists():
        raise no_database(database)
    target = Path(file)
    _refuse_target(target, database, force=force)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    began = time.monotonic()
    try:
        with Progress(terminal) as progress:
            on_step = _told_to(progress, database)
            _growing(partial, progress, copies.write_copy, database, partial, on_step)
            on_step(Step.CHECK)
            contents = _contents(partial)
        if force:
            os.replace(partial, target)
        else:
            # Unlike a rename, a link does not replace a file that came in between.
            os.link(partial, target)
    except FileExistsError:
        raise _exists(target) from None
    finally:
        partial.unlink(missing_ok=True)
    seconds = time.monotonic() - began
    terminal.result(
        {"file": str(target), "seconds": round(seconds, 3)} | msgspec.to_builtins(contents),
        f"wrote {_told(contents)} to {target} in {seconds:.1f} s",
    )


def restore(
    database: Path,
    terminal: Terminal,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A backup, or any sanchat database.")],
    discard: Annotated[
        bool, typer.Option("--discard", help="Do not keep the replaced database beside the new.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Put a backup in the place of the database.

    A running server sends everybody away for a moment, opens the new file, and they come back to
    it; nobody mixes its messages with those they had. The replaced database stays beside it, under
    a name that ends in `.before-` and the time.
    """
    source = Path(file)
    if not source.is_file():
        raise Failure(f"There is no file {file}.", exit=Exit.NOT_FOUND)
    if database.exists() and os.path.samefile(source, database):
        raise Failure(f"{file} is the database itself.", exit=Exit.USAGE)
    kept = database.with_name(f"{database.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    there = database.exists()
    record: dict[str, Any] = {
        "file": str(database),
        "from": str(source),
        "kept": str(kept) if there and not discard else None,
        "dry_run": dry_run,
    }
    prepared = database.with_name(f"{database.name}.restoring")
    if dry_run:
        with Progress(terminal) as progress:
            _told_to(progress, source)(Step.CHECK)
            contents = _contents(source)
        terminal.result(
            record | msgspec.to_builtins(contents),
            f"would put {_told(contents)} in the place of {database}",
        )
        return
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Progress(terminal) as progress:
        on_step = _told_to(progress, source)
        contents = _growing(prepared, progress, _prepare, source, prepared, on_step)
    try:
        if there and not yes:
            confirm(
                terminal, f"This puts {_told(contents)} in the place of {database}.", database.name
            )
        served = _put(database, prepared, kept)
    finally:
        prepared.unlink(missing_ok=True)
    if served and not _is_taken_up(database):
        raise Failure(
            f"The server did not open the restored database within {SWAP_SECONDS} s.",
            exit=Exit.UNREACHABLE,
            hint="It lies in its place. See the server's log, or start the server anew.",
        )
    if there:
        (copies.discard if discard else copies.settle)(kept)
    sentences = [f"restored {_told(contents)} to {database}"]
    if there and not discard:
        sentences.append(f"the replaced database is {kept}")
    sentences.append(
        "the running server has opened it" if served else "no server is running; start one"
    )
    terminal.result(record | {"server_running": served} | msgspec.to_builtins(contents), *sentences)


def _refuse_target(target: Path, database: Path, *, force: bool) -> None:
    if target.is_dir():
        raise Failure(f"{target} is a folder.", exit=Exit.USAGE, hint="Name a file in it.")
    if not target.parent.is_dir():
        raise Failure(f"There is no folder {target.parent}.", exit=Exit.NOT_FOUND)
    own = {database.resolve()} | {
        database.resolve().with_name(database.name + end)
        for end in ("-wal", "-shm", ".lock", ".life")
    }
    if target.resolve() in own:
        raise Failure(f"{target} belongs to the database itself.", exit=Exit.USAGE)
    if target.exists() and not force:
        raise _exists(target)


def _exists(target: Path) -> Failure:
    return Failure(
        f"There is a file {target} already.", exit=Exit.CONFLICT, hint="--force writes over it."
    )


def _growing(file: Path, progress: Progress, work: Callable[..., Any], *arguments: Any) -> Any:
    """Do the work in a thread, and show how the file grows meanwhile."""
    known = 0
    with ThreadPoolExecutor(1) as thread:
        task = thread.submit(work, *arguments)
        while not task.done():
            wait([task], timeout=_LOOK_AGAIN_SECONDS)
            size = file.stat().st_size if file.exists() else known
            progress.advance(max(0, size - known))
            known = max(known, size)
    return task.result()


def _told_to(progress: Progress, source: Path) -> OnStep:
    """What shows a person which step of the copying of `source` goes on."""
    size = source.stat().st_size

    def told(step: Step) -> None:
        progress.step(STEPS[step], size if step == Step.COPY else None)

    return told


def _contents(path: Path) -> Contents:
    try:
        return copies.contents_of(path)
    except Unfit as error:
        raise Failure(str(error), exit=Exit.UNVERIFIED, hint="Try another backup.") from error


def _prepare(source: Path, prepared: Path, on_step: OnStep) -> Contents:
    try:
        return copies.prepare(source, prepared, on_step, now_ms=wall_clock())
    except Unfit as error:
        raise Failure(str(error), exit=Exit.UNVERIFIED, hint="Try another backup.") from error


def _put(database: Path, prepared: Path, kept: Path) -> bool:
    """Swap the files; whether a server was there to notice."""
    lock = ServerLock(database)
    served = lock.is_held()
    if not served:
        # Held meanwhile, so that no server starts between two steps.
        lock.acquire()
    try:
        copies.swap(database, prepared, kept)
    finally:
        lock.release()
    open_broker(database).ring()
    return served


def _is_taken_up(database: Path) -> bool:
    end = time.monotonic() + SWAP_SECONDS
    while time.monotonic() < end:
        if copies.is_served(database) and ServerLock(database).is_held():
            return True
        time.sleep(_LOOK_AGAIN_SECONDS)
    return False


def _told(contents: Contents) -> str:
    return (
        f"{counted(contents.messages, 'message')} of {counted(contents.users, 'user')} "
        f"in {counted(contents.rooms, 'room')} ({contents.bytes / 1e6:,.1f} MB)"
    )
