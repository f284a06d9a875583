"""`python -m benchmarks.exports`: who posts beside an export or an import, how long do they wait?

One database of a million messages under a running server; somebody posts to another room, for some
seconds alone and for some seconds beside the work, in turns. The work of the first line is to
count, which tells what a second program costs on this machine, whatever it does. Prints a table
for `docs/performance.md`. Run it in `tests`; it takes about five minutes on a quiet machine.
"""

import argparse
import asyncio
import contextlib
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.load import SANCHAT, Load, Workload
from harness import ROOT, ServerProcess, serving_process

from sanchat.chat import open_chat
from sanchat.cli.formats.writers import Format
from sanchat.cli.pace import NICENESS
from sanchat.store.rows import message_id

IMPORT, COUNTING = "import", "counting"
MESSAGES, SECONDS, TURNS, RATE = 1_000_000, 5.0, 3, 50.0
AUTHORS, WORDS = 500, 3_000
EDITED, REPLIES = 0.03, 0.05  # of all messages
BEGIN_SECONDS = 60.0  # for an import to have read its file once
BORN = 1_700_000_000_000  # UTC milliseconds
NAMES = {IMPORT: "import of jsonl", COUNTING: "a program that only counts"}

_USER = """
insert into users (name, name_key, skeleton, kind, created_at) values (?1, ?1, ?1, 'imported', ?2)
"""
_MESSAGE = """
insert into messages (id, room_id, seq, changed_seq, author_id, client_message_id, text, sent_at,
  edited_at, reply_to, kind) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'plain')
"""
_HOW_FAR = "select coalesce(max(last_seq), 0) from rooms where name = ?"


def fill(database: Path, messages: int) -> None:
    """A database with one room, `archive`: of all its numbers some are edits of messages before."""

    async def make() -> int:
        async with open_chat(database, create=True) as chat:
            return (await chat.create_room("archive")).id

    room_id = asyncio.run(make())
    chance = random.Random(3)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(WORDS)]
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma wal_autocheckpoint = 0")
        connection.executemany(_USER, [(f"user{n}", BORN) for n in range(AUTHORS)])
        (first,) = connection.execute("select id from users where name = 'user0'").fetchone()

        def row(seq: int, changed_seq: int) -> tuple[object, ...]:
            sent_at = BORN + seq * 1_000
            return (
                message_id(room_id, seq),
                room_id,
                seq,
                changed_seq,
                first + chance.randrange(AUTHORS),
                f"c{seq}",
                " ".join(chance.choices(words, k=chance.randint(3, 20))),
                sent_at,
                sent_at + 500 if changed_seq > seq else None,
                chance.randrange(1, seq) if seq > 1 and chance.random() < REPLIES else None,
            )

        def rows() -> Iterator[tuple[object, ...]]:
            seq = 1
            while seq <= messages:
                is_edited = chance.random() < EDITED
                yield row(seq, seq + is_edited)
                seq += 1 + is_edited

        connection.executemany(_MESSAGE, rows())
        connection.execute(
            "update rooms set last_seq = (select max(changed_seq) from messages) where id = ?",
            (room_id,),
        )
        connection.commit()
        connection.execute("pragma wal_checkpoint(truncate)")


_COUNT = "import os, sys; os.nice(int(sys.argv[1]))\nwhile True: pass"
COUNT = ["-c", _COUNT, str(NICENESS)]  # what any program costs that wants a core and yields it


def admin(database: Path, *words: str) -> list[str]:
    """A command of `sanchat-admin`, as arguments of Python."""
    return ["-m", "sanchat.cli.admin", *words, "--quiet", "--database", str(database)]


class Work:
    """A Python program that is run again and again until it is enough; `command` makes each one."""

    def __init__(self, command: Callable[[], list[str]]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run)
        self._is_enough = threading.Event()
        self._lock = threading.Lock()
        self.failed = ""

    def __enter__(self) -> "Work":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._is_enough.set()
            if self._process is not None:
                self._process.terminate()
        self._thread.join()

    def _run(self) -> None:
        while not self.failed:
            with self._lock:
                if self._is_enough.is_set():
                    return
                self._process = subprocess.Popen(
                    [sys.executable, *self._command()],
                    cwd=ROOT,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                )
            _, said = self._process.communicate()
            if self._process.returncode and not self._is_enough.is_set():
                self.failed = said.decode() or f"it ended with {self._process.returncode}"


class Bench:
    """One database, one server, one poster; what they come to."""

    def __init__(self, database: Path, exported: Path, server: ServerProcess) -> None:
        self._database = database
        self._exported = exported
        self._load = Load(server.port, SANCHAT, Workload(rooms=1, members=2, rate=RATE))
        self._imports = 0

    def waits(self, seconds: float) -> list[float]:
        """How long each post of so many seconds waited for its own message, in milliseconds."""
        waits = self._load.result.waits
        before = len(waits)
        self._load.run(seconds)
        if self._load.result.lost:
            raise SystemExit(f"{self._load.result.lost} messages were lost.")
        return [wait * 1_000 for wait in waits[before:]]

    def beside(self, what: str, seconds: float) -> list[float]:
        """As `waits`, while the work goes on."""
        with Work(lambda: self._command(what)) as work:
            if what == IMPORT:
                self._await_import(work)
            waits = self.waits(seconds)
            if work.failed:
                raise SystemExit(f"{what}: {work.failed}")
        return waits

    def close(self) -> None:
        self._load.close()

    def _command(self, what: str) -> list[str]:
        if what == COUNTING:
            return COUNT
        if what != IMPORT:
            return admin(self._database, "export", "archive", "--format", what, "--out", "-")
        self._imports += 1
        name = f"copy{self._imports}"
        return admin(self._database, "import", str(self._exported), "--room", name)

    def _await_import(self, work: Work) -> None:
        # It reads its file once before it writes: that would measure nothing.
        until = time.monotonic() + BEGIN_SECONDS
        with contextlib.closing(sqlite3.connect(self._database)) as connection:
            while time.monotonic() < until and not work.failed:
                self._load.stay()
                (last_seq,) = connection.execute(_HOW_FAR, (f"copy{self._imports}",)).fetchone()
                if last_seq:
                    return
                time.sleep(0.05)
        raise SystemExit(f"The import did not begin. {work.failed}")


def export_and_part(database: Path, exported: Path) -> None:
    """A file to import: `archive` as it is, and then another day of birth for the one that is here.

    So the room of the file is another one, and gets in beside it.
    """
    export = admin(database, "export", "archive", "--out", str(exported))
    subprocess.run([sys.executable, *export], cwd=ROOT, check=True)
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("update rooms set created_at = created_at + 1 where name = 'archive'")


def quantile(waits: list[float], part: float) -> float:
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def shown(turns: list[list[float]]) -> str:
    """Medians over the turns, and the longest wait of all."""
    p50, p99 = (statistics.median(quantile(turn, part) for turn in turns) for part in (0.5, 0.99))
    return f"{p50:.1f}, {p99:.1f}, {max(map(max, turns)):.0f}"


def main() -> None:
    every = [COUNTING, *(each.value for each in Format), IMPORT]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exports", description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of posting in each turn")
    parser.add_argument("--turns", type=int, default=TURNS, help="each alone and beside")
    parser.add_argument("--only", default=",".join(every), help=f"of {','.join(every)}")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",")
    if unknown := sorted(set(chosen) - set(every)):
        parser.error(f"there is no {', '.join(unknown)}")

    def note(sentence: str) -> None:
        print(f"{sentence} ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        database, exported = Path(folder) / "chat.db", Path(folder) / "archive.jsonl"
        fill(database, arguments.messages)
        note(f"{arguments.messages:,} numbers, {database.stat().st_size / 1e6:.0f} MB")
        if IMPORT in chosen:
            export_and_part(database, exported)
            note("exported once, to be imported")
        print(f"One room of {arguments.messages:,} numbers; {RATE:.0f} posts a second to another;")
        print(f"{arguments.turns} turns of {arguments.seconds:g} s, in milliseconds:\n")
        print("| beside | alone: median, p99, longest | beside it: median, p99, longest |")
        print("| --- | ---: | ---: |", flush=True)
        with serving_process(database) as server:
            bench = Bench(database, exported, server)
            bench.waits(1.0)  # to get warm
            for what in chosen:
                alone, beside = [], []
                for _ in range(arguments.turns):
                    alone.append(bench.waits(arguments.seconds))
                    beside.append(bench.beside(what, arguments.seconds))
                print(f"| {NAMES.get(what, what)} | {shown(alone)} | {shown(beside)} |", flush=True)
                note(what)
            bench.close()


if __name__ == "__main__":
    main()
