"""Those who harm: each does one kind of harm to a running server and takes it back.

A fault returns when nothing is in its way any more; what follows is the server's own recovery.
"""

import asyncio
import contextlib
import ctypes.util
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from faults.history import Acked, Heard

if TYPE_CHECKING:
    from faults.campaign import World

FAKETIME = "faketime/libfaketime.so.1"
DAY_SECONDS = 24 * 3600
PATIENT_LOOKS = 50


class Impossible(Exception):
    """This machine does not allow this kind of harm; `str(error)` says why."""


async def kill(world: "World") -> None:
    """`kill -9` at the very moment a client reads a confirmation, or somebody else's message."""
    struck = asyncio.Event()

    def strike() -> None:
        world.process.signal_group(signal.SIGKILL)
        struck.set()

    world.up.clear()
    world.recorder.trapped = world.chance.choice((Acked, Heard))
    world.recorder.trap = strike
    try:
        async with asyncio.timeout(2):
            await struck.wait()
    except TimeoutError:
        # Nobody was being answered; it dies all the same.
        world.recorder.trap = None
    world.process.kill()
    await world.start()


async def restart(world: "World") -> None:
    """SIGTERM under load: it has to end well, and soon."""
    world.up.clear()
    clock = asyncio.get_running_loop().time
    began = clock()
    code = await asyncio.to_thread(world.process.stop)
    seconds = clock() - began
    world.note("stop", f"{seconds:.1f} s") if seconds > 5 else None
    world.note("stop", f"exit code {code}") if code != 0 else None
    await world.start()


async def pause(world: "World") -> None:
    """The whole process stands still, as on a machine that swaps."""
    world.process.signal(signal.SIGSTOP)
    await asyncio.sleep(0.5)
    world.process.signal(signal.SIGCONT)


async def reset(world: "World") -> None:
    """Half of the connections are reset."""
    for person in world.chance.sample(world.people, len(world.people) // 2 + 1):
        person.reset()


async def stall(world: "World") -> None:
    """A third of the people stop reading for a while."""
    asleep = world.chance.sample(world.people, len(world.people) // 3 + 1)
    for person in asleep:
        person.stall()
    await asyncio.sleep(1.0)
    for person in asleep:
        person.go_on()


async def lock(world: "World") -> None:
    """Another program holds the write lock for longer than a batch waits."""
    with contextlib.closing(_open(world.database)) as other:
        other.execute("begin immediate")
        await asyncio.sleep(2.5)
        other.execute("rollback")


async def pin(world: "World") -> None:
    """Another program keeps a read transaction open, so that the log cannot be emptied."""
    with contextlib.closing(_open(world.database)) as other:
        other.execute("begin")
        other.execute("select count(*) from messages").fetchone()
        await asyncio.sleep(1.5)
        other.execute("rollback")


async def full(world: "World") -> None:
    """The disk fills up, and space comes back when somebody has been told so."""
    if not world.disk_is_small:
        raise Impossible("the database is not on a small disk")
    told = world.recorder.refusals.get("unavailable", 0)
    filler = world.database.parent / "filler"
    with filler.open("wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 65_536)
        with contextlib.suppress(OSError):
            while True:
                file.write(b"x")
    try:
        # What the log has allocated already is used up first.
        async with asyncio.timeout(10):
            while world.recorder.refusals.get("unavailable", 0) == told:
                with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
                    while True:
                        file.write(b"x" * 4_096)
                await asyncio.sleep(0.02)
    except TimeoutError:
        world.note("full", "nobody was refused while the disk was full")
    finally:
        filler.unlink()


async def descriptors(world: "World") -> None:
    """No descriptor is left for newcomers, while members go on."""
    pid = world.process.pid
    used = len(os.listdir(f"/proc/{pid}/fd"))
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 1, before[1]))
    newcomers = []
    try:
        for _ in range(20):
            newcomer = socket.socket()
            newcomer.setblocking(False)
            newcomer.connect_ex(("127.0.0.1", world.process.port))
            newcomers.append(newcomer)
        await world.progress(20, "members while no descriptor was left")
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        for newcomer in newcomers:
            newcomer.close()


async def clock(world: "World") -> None:
    """The time of day jumps a day ahead, a day back, and home again."""
    if world.clock_file is None:
        raise Impossible("libfaketime is not installed (Debian: libfaketime)")
    for offset in (DAY_SECONDS, -DAY_SECONDS, 0):
        world.clock_file.write_text(f"{offset:+d}\n")
        for _ in range(PATIENT_LOOKS):
            await world.progress(20, f"people with the clock {offset:+d} s off")
            if abs(_last_sent_at(world.database) - offset - time.time()) < DAY_SECONDS / 2:
                break
            await asyncio.sleep(0.1)  # the library looks into the file once a second
        else:
            world.note("clock", f"it did not jump {offset:+d} s")


async def swap(world: "World") -> None:
    """A backup of a moment ago takes the place of the database, under the running server."""
    backup = world.database.with_name("backup.db")
    await asyncio.to_thread(_back_up, world.database, backup)
    await world.progress(20, "people after the backup")
    kept = world.database.with_name(f"replaced-{len(world.replaced)}.db")
    os.link(world.database, kept)
    old = world.people[0].epoch
    assert old is not None
    world.replaced[old] = kept
    os.replace(backup, world.database)
    await world.all_in(besides=old)


Fault = Callable[["World"], Awaitable[None]]
FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        kill, restart, pause, reset, stall, lock, pin, full, descriptors, clock, swap
    )
}  # fmt: skip


# Means


@contextlib.contextmanager
def small_disk(folder: Path, *, mebibytes: int) -> Iterator[Path]:
    """A file system of its own, of that size; Impossible where nothing may be mounted."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise Impossible("only root may mount a small disk (tmpfs)")
    folder.mkdir(mode=0o700, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0700", "sanchat", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode:
        raise Impossible(f"no small disk can be mounted: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        # Lazily: what the server still holds open goes with it.
        subprocess.run(["umount", "-l", str(folder)], check=True)


def faketime_library() -> Path | None:
    """libfaketime, where it is installed."""
    for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"):
        if (path := Path(folder) / FAKETIME).exists():
            return path
    found = ctypes.util.find_library("faketime")
    return Path(found) if found else None


def _open(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database, isolation_level=None, timeout=10)
    connection.execute("pragma wal_autocheckpoint = 0")
    return connection


def _last_sent_at(database: Path) -> float:
    with contextlib.closing(_open(database)) as other:
        (sent_at,) = other.execute(
            "select sent_at from messages order by id desc limit 1"
        ).fetchone()
    return float(sent_at) / 1000


def _back_up(database: Path, backup: Path) -> None:
    from sanchat.store.copies import write_copy

    write_copy(database, backup)
