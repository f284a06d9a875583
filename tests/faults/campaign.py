"""A campaign: a server, people, one fault after the other, and the judge's verdict at the end."""

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness import ServerProcess

from faults.checker import Violation, check
from faults.history import Recorder, Row, Stored
from faults.nemesis import FAULTS, Impossible, faketime_library, small_disk
from faults.people import ROOM, Person

PATIENCE_SECONDS = 30.0  # without a step towards what is waited for
ENDURANCE = 20  # times the patience, then it is too long in spite of steps
SMALL_DISK_MEBIBYTES = 64


class GroupProcess(ServerProcess):
    """A server that leads its process group, so that a kill takes all of it."""

    def signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.signal_group(signal.SIGKILL)
        super().kill()


@dataclass
class World:
    """What a fault may lay hands on, and what it may wait for."""

    process: GroupProcess
    database: Path
    recorder: Recorder
    people: list[Person]
    up: asyncio.Event
    chance: random.Random
    disk_is_small: bool
    clock_file: Path | None
    running: list[asyncio.Future[None]] = field(default_factory=list)
    notes: list[Violation] = field(default_factory=list)
    replaced: dict[str, Path] = field(default_factory=dict)
    patience_seconds: float = PATIENCE_SECONDS

    async def start(self) -> None:
        await asyncio.to_thread(self.process.start)
        self.up.set()

    def note(self, rule: str, detail: str) -> None:
        self.notes.append(Violation(rule, detail))

    async def progress(self, acks: int, who: str = "people") -> None:
        """Until so many more changes are confirmed; `frozen` where that takes too long."""
        goal = self.recorder.acks + acks
        await self._until(
            lambda: self.recorder.acks >= goal,
            lambda: self.recorder.acks,
            f"{who} were not answered",
        )

    async def all_in(self, *, besides: str | None = None) -> None:
        """Until everybody is back, in another epoch than that."""
        await self._until(
            lambda: all(person.is_in and person.epoch != besides for person in self.people),
            # Who comes back reads what there is, page by page.
            lambda: self.recorder.entries,
            "not everybody came back",
        )

    async def caught_up(self, last_seq: int) -> None:
        await self._until(
            lambda: all(person.is_in and person.cursor >= last_seq for person in self.people),
            lambda: sum(person.cursor for person in self.people),
            f"not everybody reached {last_seq}",
        )

    async def _until(
        self, condition: Callable[[], bool], steps: Callable[[], int], complaint: str
    ) -> None:
        # A busy machine makes everything slow; only what stands still is frozen.
        patience = Patience(self.patience_seconds, time.monotonic)
        while not condition():
            for task in self.running:
                if task.done():
                    task.result()
            if patience.is_over(steps()):
                raise Frozen(f"{complaint}, {patience.why}; {self.scene()}")
            await asyncio.sleep(0.002)

    def scene(self) -> str:
        """Who is where, and the last words of the server: for whoever has to find out why."""
        away = {p.name: p.state for p in self.people if not p.is_in}
        words = self.process.log.read_text(errors="replace").splitlines()[-5:]
        return f"away are {away}; the server's last words were {words}"


class Frozen(Exception):
    """Nothing went on for too long."""


class Patience:
    """How long somebody waits: so many seconds without a step, and some times that in all."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._began = self._stepped_at = clock()
        self._steps: int | None = None

    @property
    def why(self) -> str:
        """What has passed meanwhile: a freeze has another cause than a crawl."""
        now = self._clock()
        return (
            f"{self._steps} steps in {now - self._began:.0f} s, "
            f"the last of them {now - self._stepped_at:.0f} s ago"
        )

    def is_over(self, steps: int) -> bool:
        now = self._clock()
        if steps != self._steps:
            self._steps, self._stepped_at = steps, now
        return (
            now - self._stepped_at > self._seconds or now - self._began > self._seconds * ENDURANCE
        )


@dataclass
class Verdict:
    """What a campaign came to."""

    faults: dict[str, int]
    skipped: dict[str, str]
    seconds: float
    acks: int
    resumes: int
    changes: int
    epochs: int
    refusals: dict[str, int]
    violations: list[Violation]

    @property
    def rules(self) -> set[str]:
        return {violation.rule for violation in self.violations}


async def campaign(
    folder: Path,
    faults: Sequence[str],
    *,
    cycles: int,
    senders: int,
    acks_per_cycle: int,
    seed: int = 1,
    program: Sequence[str] = ("-m", "sanchat"),
    patience_seconds: float = PATIENCE_SECONDS,
) -> Verdict:
    """Run the faults in turn, so many cycles in all, and judge what everybody saw.

    What the machine does not allow is in `skipped`, with the reason. `program` is what Python runs
    in the server's place; `patience_seconds` is how long nothing may come nearer to what is waited
    for.
    """
    began = time.monotonic()
    recorder = Recorder()
    done = dict.fromkeys(faults, 0)
    skipped: dict[str, str] = {}
    async with _world(folder, faults, recorder, senders, seed, program, skipped) as world:
        world.patience_seconds = patience_seconds
        try:
            await world.start()
            await world.all_in()
            for cycle in range(cycles):
                left = [fault for fault in faults if fault not in skipped]
                if not left:
                    break
                fault = left[cycle % len(left)]
                await world.progress(acks_per_cycle)
                try:
                    await FAULTS[fault](world)
                    done[fault] += 1
                except Impossible as reason:
                    skipped[fault] = str(reason)
            await world.progress(acks_per_cycle)
            for person in world.people:
                person.may_write.clear()
            await world.progress(0)
            await _settle(world)
        except Frozen as frozen:
            world.note("frozen", str(frozen))
        for task in world.running:
            task.cancel()
        await asyncio.gather(*world.running, return_exceptions=True)
        world.process.kill()
        violations, changes = _judge(world)
    return Verdict(
        done,
        skipped,
        time.monotonic() - began,
        recorder.acks,
        recorder.resumes,
        changes,
        len(recorder.histories),
        recorder.refusals,
        violations,
    )


@contextlib.asynccontextmanager
async def _world(
    folder: Path,
    faults: Sequence[str],
    recorder: Recorder,
    senders: int,
    seed: int,
    program: Sequence[str],
    skipped: dict[str, str],
) -> AsyncIterator[World]:
    with contextlib.ExitStack() as stack:
        disk_is_small = False
        if "full" in faults:
            try:
                folder = stack.enter_context(
                    small_disk(folder / "disk", mebibytes=SMALL_DISK_MEBIBYTES)
                )
                disk_is_small = True
            except Impossible as reason:
                skipped["full"] = str(reason)
        # Who was cut before the first hello has no session to come back with, only the name.
        environment = {"SANCHAT_NAME_HOLD_SECONDS": "1"}
        clock_file = None
        library = faketime_library()
        if "clock" in faults and library is not None:
            clock_file = folder / "clock"
            clock_file.write_text("+0\n")
            environment |= {
                "LD_PRELOAD": str(library),
                "FAKETIME_TIMESTAMP_FILE": str(clock_file),
                "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "DONT_FAKE_MONOTONIC": "1",
            }
        process = GroupProcess(folder / "chat.db", "--no-limits", **environment)
        process.program = tuple(program)
        up = asyncio.Event()
        people = [
            Person(f"sender{n}", process, recorder, up, chance=seed * 1_000 + n)
            for n in range(senders)
        ]
        world = World(
            process,
            process.database,
            recorder,
            people,
            up,
            random.Random(seed),
            disk_is_small,
            clock_file,
        )
        world.running = [asyncio.ensure_future(person.run()) for person in people]
        try:
            yield world
        finally:
            for task in world.running:
                task.cancel()
            process.kill()


async def _settle(world: World) -> None:
    """Until nothing is under way any more and everybody holds all there is."""
    last = -1
    patience = Patience(world.patience_seconds, time.monotonic)
    while True:
        await asyncio.sleep(0.1)
        stored = read_room(world.database)
        if stored.last_seq == last and all(p.is_in and not p.is_waiting for p in world.people):
            break
        if patience.is_over(world.recorder.acks + world.recorder.entries):
            raise Frozen(f"it did not come to rest, {patience.why}; {world.scene()}")
        last = stored.last_seq
    await world.caught_up(last)
    for person in world.people:
        world.recorder.record(person.epoch or "", person.held())


def _judge(world: World) -> tuple[list[Violation], int]:
    violations = list(world.notes)
    changes = 0
    for person in world.people:
        violations += [Violation("leak", message) for message in person.leaks]
    current = read_epoch(world.database)
    for epoch, history in world.recorder.histories.items():
        if epoch == current:
            database = world.database
        elif epoch in world.replaced:
            database = world.replaced[epoch]
        else:
            violations.append(Violation("epoch", f"{epoch} is of no database, {current} is now"))
            continue
        stored = read_room(database)
        changes += stored.last_seq
        violations += check(history, stored)
    return violations, changes


def read_room(database: Path) -> Stored:
    """The room as it is stored; the file has to be whole."""
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection:
        connection.execute("pragma wal_autocheckpoint = 0")
        connection.execute("begin")
        (last_seq,) = connection.execute(
            "select last_seq from rooms where name = ?", (ROOM,)
        ).fetchone()
        rows = connection.execute(
            "select seq, changed_seq, client_message_id, text from messages "
            "where room_id = (select id from rooms where name = ?) order by seq",
            (ROOM,),
        ).fetchall()
    return Stored(last_seq, tuple(Row(*row) for row in rows))


def read_epoch(database: Path) -> str:
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection:
        verdict = connection.execute("pragma integrity_check").fetchone()
        assert verdict == ("ok",), verdict
        (epoch,) = connection.execute("select value from meta where key = 'epoch'").fetchone()
    return str(epoch)
