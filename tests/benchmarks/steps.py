"""Where a round's time goes, step by step: `scripts/bench steps`.

Rounds of the workloads A to D go through the rig: real frames, real SQLite with its sync, and
transports that lead nowhere. What the kernel takes for a write is measured beside it, on sockets
whose readers keep up. Processor time, but for the wait for the disk; the quickest of five turns.
"""

import argparse
import socket
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import uvloop
from benchmarks.rig import Rig, rig
from rich.console import Console
from rich.table import Table

import sanchat.store.sqlite
from sanchat.hub import Hub
from sanchat.store.sqlite import SqliteStore
from sanchat.websocket import Socket

TURNS = 5
TEXT = "x" * 100


class Shape(NamedTuple):
    rooms: int
    members: int
    senders: int  # of a room
    messages: int  # of a sender
    rounds: int  # in one turn


SHAPES = {
    "A": Shape(1, 100, 1, 32, 60),
    "B": Shape(1, 1000, 4, 8, 20),
    "C": Shape(100, 10, 1, 4, 10),
    "D": Shape(1, 500, 1, 1, 60),
}
STEPS = (
    "receive, parse, queue",
    "rights, numbers, rows",
    "statements of SQLite",
    "commit, without the wait",
    "answers",
    "encode, join, hand over",
    "loop and threads",
)
WAIT = "wait for the disk"


class Stopwatch:
    """Processor time of the present thread, added up by step."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._appended_at = 0.0

    def wrap(self, step: str, function: Any) -> Any:
        def timed(*values: Any, **named: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*values, **named)
            finally:
                self.spent[step] += time.thread_time() - began

        return timed

    def execute(self, connection: Any) -> Any:
        """A connection whose statements are timed, commits apart."""
        return Statements(connection, self)

    def appended(self, append: Any) -> Any:
        async def timed(*values: Any) -> Any:
            appended = await append(*values)
            self._appended_at = time.thread_time()
            return appended

        return timed

    def delivered(self, deliver: Any) -> Any:
        def timed(*values: Any, **named: Any) -> None:
            began = time.thread_time()
            self.spent["answers"] += began - self._appended_at
            deliver(*values, **named)
            self.spent["encode, join, hand over"] += time.thread_time() - began

        return timed


class Statements:
    """Stands before a connection of SQLite."""

    def __init__(self, connection: Any, watch: Stopwatch) -> None:
        self._connection = connection
        self._spent = watch.spent

    def execute(self, statement: str, *values: Any) -> Any:
        is_commit = statement == "commit"
        began, wall = time.thread_time(), time.perf_counter()
        found = self._connection.execute(statement, *values)
        spent = time.thread_time() - began
        self._spent["commit, without the wait" if is_commit else "statements of SQLite"] += spent
        if is_commit:
            self._spent[WAIT] += time.perf_counter() - wall - spent
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


async def turn(here: Rig, shape: Shape, pieces: list[dict[Any, bytes]]) -> Counter[str]:
    """Microseconds of one round, by step."""
    watch = Stopwatch()
    seats: Any = here.server.store._seats  # type: ignore[attr-defined]
    connection = seats.connection
    batch: Any = sanchat.store.sqlite.batch
    kept = Socket.data_received, batch.append, SqliteStore.append, Hub.deliver
    Socket.data_received = watch.wrap(STEPS[0], kept[0])
    batch.append = watch.wrap("append", kept[1])
    SqliteStore.append = watch.appended(kept[2])
    Hub.deliver = watch.delivered(kept[3])
    seats.connection = watch.execute(connection)
    began = time.process_time()
    try:
        for piece in pieces:
            await here.round(piece)
    finally:
        Socket.data_received, batch.append, SqliteStore.append, Hub.deliver = kept  # type: ignore[method-assign]
        seats.connection = connection
    total = time.process_time() - began
    spent = watch.spent
    spent[STEPS[1]] = spent.pop("append") - spent[STEPS[2]] - spent[STEPS[3]]
    spent[STEPS[6]] = total - sum(spent[step] for step in STEPS[:6])
    return Counter({step: 1e6 * seconds / shape.rounds for step, seconds in spent.items()})


async def measure(shape: Shape) -> Counter[str]:
    with tempfile.TemporaryDirectory() as folder:
        async with rig(Path(folder) / "chat.db", rooms=shape.rooms) as here:
            senders = []
            for room in range(shape.rooms):
                name = f"room{room}"
                there = [await here.visitor(f"u{room}-{n}", name) for n in range(shape.members)]
                senders += [(visitor, name) for visitor in there[: shape.senders]]

            def piece() -> dict[Any, bytes]:
                return {v: here.posts(name, shape.messages, text=TEXT) for v, name in senders}

            await here.round(piece())
            turns = [
                await turn(here, shape, [piece() for _ in range(shape.rounds)])
                for _ in range(TURNS)
            ]
    return min(turns, key=lambda spent: sum(spent[step] for step in STEPS))


def write_us(data: bytes, *, count: int = 2000) -> float:
    """Microseconds that one write to a socket of this machine takes, with nobody waiting there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    with near, far:
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        best = float("inf")
        for _ in range(TURNS):
            spent = 0.0
            for _ in range(count // 20):
                began = time.thread_time()
                for _ in range(20):
                    near.send(data)
                spent += time.thread_time() - began
                left = 20 * len(data)
                while left:
                    left -= len(far.recv(left))
            best = min(best, spent / count)
    return best * 1e6


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench steps", description=__doc__)
    parser.add_argument("--only", default="ABCD", help="workloads, of ABCD (default ABCD)")
    letters = parser.parse_args(arguments).only.upper()
    unknown = set(letters) - set(SHAPES)
    if unknown:
        parser.error(f"there is no workload {', '.join(sorted(unknown))}")
    console = Console()
    table = Table("microseconds of a round", *letters)
    rows: dict[str, list[str]] = {}
    for letter in letters:
        shape = SHAPES[letter]
        messages = shape.rooms * shape.senders * shape.messages
        with console.status(f"{letter}: {messages} messages a round"):
            spent = uvloop.run(measure(shape))
        each = shape.senders * shape.messages
        write = shape.rooms * shape.members * write_us(b"x" * 250 * each)
        total = sum(spent[step] for step in STEPS) + write
        for step in STEPS:
            rows.setdefault(step, []).append(f"{spent[step]:,.0f}")
        rows.setdefault("writes to sockets", []).append(f"{write:,.0f}")
        rows.setdefault("processor, together", []).append(f"{total:,.0f}")
        rows.setdefault("of a message", []).append(f"{total / messages:,.1f}")
        rows.setdefault("of a delivery", []).append(f"{total / messages / shape.members:,.2f}")
        rows.setdefault(f"besides: {WAIT}", []).append(f"{spent[WAIT]:,.0f}")
    for step, cells in rows.items():
        table.add_row(step, *cells)
    console.print(table)
