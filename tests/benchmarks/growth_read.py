"""What reading a room costs as its history and the reader's absence grow."""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.crowd import Effort, Person, Rows, Sizes, on_core, processor_seconds
from benchmarks.filled import make_long_room, name_of
from harness import ROOT, ServerProcess

JOINS = 40  # in one turn
PAGES = 40
STARTS = 3
EXPORTED = 100_000  # messages at least


def start(server: ServerProcess) -> float:
    """Start it; the processor seconds until it is ready."""
    server.start()
    spent = processor_seconds(server.pid)
    on_core(server.pid, 0)
    return spent


def history(sizes: Sizes, effort: Effort) -> Rows:
    """The same questions to rooms of different lengths, in turns, on one server.

    Filling the largest takes minutes: what an earlier time has left in the folder is used again,
    without measuring start and export again.
    """
    rows: Rows = {}
    with tempfile.TemporaryDirectory() as folder:
        database = (effort.folder or Path(folder)) / "long.db"
        for size in sizes if not database.exists() else ():
            make_long_room(database, size)
            starts = []
            for _ in range(STARTS):
                server = ServerProcess(database, "--no-limits")
                starts.append(start(server))
                server.stop()
            rows.setdefault("start of the server, ms", {})[size] = statistics.median(starts) * 1e3
            if size >= EXPORTED:  # of fewer, the start of the program is most of it
                start_alone = export_seconds(database, min(sizes))
                seconds = export_seconds(database, size) - start_alone
                rows.setdefault("an exported message, µs", {})[size] = seconds / size * 1e6
        server = ServerProcess(database, "--no-limits")
        start(server)
        try:
            ask_about(server, sizes, effort.turns, rows)
        finally:
            server.stop()
    return rows


def ask_about(server: ServerProcess, sizes: Sizes, turns: int, rows: Rows) -> None:
    person = Person(server.port, "/ws?name=ana")
    person.come_in()
    questions: dict[str, Callable[[int], int]] = {
        "joining, µs": lambda size: join(person, size, JOINS),
        "a page back from the end, µs": lambda size: page_back(person, size, size + 1),
        "a page back from the middle, µs": lambda size: page_back(person, size, size // 2),
        "around the middle, µs": lambda size: look_around(person, size),
    }
    costs: dict[tuple[str, int], list[float]] = {}
    for turn in range(turns + 1):
        for what, question in questions.items():
            for size in sizes if turn % 2 else reversed(sizes):
                before = processor_seconds(server.pid)
                pieces = question(size)
                spent = (processor_seconds(server.pid) - before) / pieces
                if turn:  # the first is to get warm
                    costs.setdefault((what, size), []).append(spent)
    for (what, size), spents in costs.items():
        rows.setdefault(what, {})[size] = statistics.median(spents) * 1e6
    waits: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(turns * JOINS):
        for size in sizes:
            began = time.perf_counter()
            person.ask(type="subscribe", room=name_of(size))
            waits[size].append(time.perf_counter() - began)
            person.ask(type="unsubscribe", room=name_of(size))
    for size, found in waits.items():
        rows.setdefault("joining, µs by the clock", {})[size] = statistics.median(found) * 1e6
    person.close()


def join(person: Person, size: int, times: int) -> int:
    for _ in range(times):
        reply = person.ask(type="subscribe", room=name_of(size))
        assert len(reply["messages"]) == 50, reply
        person.ask(type="unsubscribe", room=name_of(size))
    return times


def page_back(person: Person, size: int, before: int) -> int:
    for page in range(PAGES):
        reply = page_of(person, size, before=before)
        before = reply["messages"][0]["seq"]
        assert len(reply["messages"]) == 50 or before == 1, reply
        if not reply["more"]:
            return page + 1
    return PAGES


def look_around(person: Person, size: int) -> int:
    for number in range(PAGES):
        reply = page_of(person, size, around=size // 2 + number)
        assert len(reply["messages"]) == 50, reply
    return PAGES


def page_of(person: Person, size: int, **where: int) -> dict[str, Any]:
    return person.ask(type="history", room=name_of(size), **where)


def export_seconds(database: Path, size: int) -> float:
    """Processor time of the program that exports the room."""
    command = [sys.executable, "-m", "sanchat.cli.admin", "export", name_of(size), "--quiet"]
    command += ["--format", "jsonl", "--database", str(database), "--out", os.devnull]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def absence(sizes: Sizes, effort: Effort) -> Rows:
    """Somebody comes back after so many changes, and asks until nothing is missing."""
    longest = max(sizes) * 2
    rows: Rows = {}
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "absence.db"
        make_long_room(database, longest)
        server = ServerProcess(database, "--no-limits")
        start(server)
        try:
            person = Person(server.port, "/ws?name=ana")
            person.come_in()
            costs: dict[int, list[float]] = {size: [] for size in sizes}
            for turn in range(effort.turns + 1):
                for size in sizes:
                    times = max(1, 1_000 // size)
                    before = processor_seconds(server.pid)
                    for _ in range(times):
                        replies = come_back(person, longest, size)
                    if turn:
                        spent = (processor_seconds(server.pid) - before) / times / size
                        costs[size].append(spent * 1e6)
                    rows.setdefault("answers", {})[size] = replies
            rows["a change, µs"] = {s: statistics.median(found) for s, found in costs.items()}
            person.close()
        finally:
            server.stop()
    return rows


def come_back(person: Person, longest: int, missed: int) -> int:
    """How many answers it took until nothing was missing."""
    cursor, changes = longest - missed, 0
    for answers in range(1, missed + 2):
        reply = person.ask(type="subscribe", room=name_of(longest), after=cursor, limit=1_000)
        changes += len(reply["messages"])
        cursor = reply["cursor"]
        if reply["complete"]:
            person.ask(type="unsubscribe", room=name_of(longest))
            assert cursor == longest, json.dumps(reply)[:200]
            return answers
    raise AssertionError(f"{changes} changes and no end")
