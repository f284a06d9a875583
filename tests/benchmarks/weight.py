"""What an idle connection weighs, object by object: `scripts/bench weight`.

A server in this process, and people from another one, who hear rooms of a hundred and say nothing.
What the collector of garbage knows is counted by type; everything that Python has allocated by the
lines that did it. What a real server grows by more than that belongs to the event loop, to SQLite
and to the allocator.
"""

import argparse
import asyncio
import gc
import subprocess
import sys
import tempfile
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from linecache import getline
from pathlib import Path

import uvloop
from benchmarks.crowd import Crowd, raise_descriptors
from benchmarks.growth_live import ROOM
from benchmarks.load import memory_bytes
from harness import ROOT, serving, serving_process
from rich.console import Console
from rich.table import Table

CONNECTIONS = 1_000
LEAST_BYTES = 24  # of a connection, for a row of a table
SETTLE_SECONDS = 2.5  # for handshakes to be forgotten and presence to be told
CROWD = "import sys; from benchmarks.weight import hold; hold(*map(int, sys.argv[1:]))"


class Weight(dict[str, tuple[float, float]]):
    """Of a connection: bytes and number of what is named."""

    def rows(self) -> list[tuple[str, float, float]]:
        """The heaviest first, and the light ones together."""
        heavy = {name: pair for name, pair in self.items() if pair[0] >= LEAST_BYTES}
        light = sum(size for name, (size, _) in self.items() if name not in heavy)
        ordered = sorted(heavy.items(), key=lambda item: -item[1][0])
        return [*((name, *pair) for name, pair in ordered), ("everything lighter", light, 0.0)]

    @property
    def total(self) -> float:
        return sum(size for size, _ in self.values())


async def weigh(count: int) -> tuple[Weight, Weight]:
    """By type, as far as the collector knows the objects; by line, all that Python allocated."""
    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder) / "bench.db") as live, crowd_of(live.port, 0, ROOM):
            # Whatever is made once is there now.
            gc.collect()
            kinds, lines = by_type(), tracemalloc.take_snapshot()
            async with crowd_of(live.port, ROOM, count):
                gc.collect()
                more, all_lines = by_type(), tracemalloc.take_snapshot()
    by_kind = Weight()
    for kind, (size, number) in more.items():
        size_before, number_before = kinds.get(kind, (0, 0))
        by_kind[kind] = (size - size_before) / count, (number - number_before) / count
    by_line = Weight()
    for line in all_lines.compare_to(lines, "lineno"):
        file, number = line.traceback[0].filename, line.traceback[0].lineno
        name = f"{'/'.join(Path(file).parts[-2:])}:{number} {getline(file, number).strip()}"
        by_line[name] = line.size_diff / count, line.count_diff / count
    return by_kind, by_line


def by_type() -> dict[str, tuple[int, int]]:
    """Bytes and number of the objects that the collector knows."""
    sizes: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    for found in gc.get_objects():
        kind = f"{type(found).__module__}.{type(found).__qualname__}"
        sizes[kind] += sys.getsizeof(found)
        numbers[kind] += 1
    return {kind: (sizes[kind], numbers[kind]) for kind in sizes}


async def weigh_process(count: int) -> float:
    """Bytes that a real server grows by for each of so many connections."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_process(Path(folder) / "bench.db") as server,
    ):
        async with crowd_of(server.port, 0, ROOM):
            before = memory_bytes(server.pid)
            async with crowd_of(server.port, ROOM, count):
                return (memory_bytes(server.pid) - before) / count


@asynccontextmanager
async def crowd_of(port: int, first: int, count: int) -> AsyncIterator[None]:
    """People in another process, all in and settled; gone at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CROWD, str(port), str(first), str(count)),
        stdout=subprocess.PIPE,
        cwd=ROOT / "tests",
    )
    assert process.stdout is not None
    try:
        if not await process.stdout.readline():
            raise SystemExit("The crowd did not come in.")
        await asyncio.sleep(SETTLE_SECONDS)
        yield
    finally:
        process.kill()
        await process.wait()


def hold(port: int, first: int, count: int) -> None:
    """In a process of its own: so many people, until it is killed."""
    raise_descriptors()
    paths = [f"/ws/bench{n // ROOM}?name=u{n}" for n in range(first, first + count)]
    crowd = Crowd(port, paths, until=b'"cursor"')
    print("all are in", flush=True)
    while True:
        crowd.hear(1.0)


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench weight", description=__doc__)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    count = parser.parse_args(words).connections
    raise_descriptors()
    process = asyncio.run(weigh_process(count))
    tracemalloc.start()
    by_kind, by_line = uvloop.run(weigh(count))
    console = Console()
    for title, weight in (("type", by_kind), ("allocated by", by_line)):
        table = Table(title, "bytes", "number")
        for name, size, number in weight.rows():
            table.add_row(name, f"{size:,.0f}", f"{number:.1f}" if number else "")
        table.add_row("together", f"{weight.total:,.0f}", "")
        console.print(table)
    console.print(f"A real server grows by {process:,.0f} bytes for each of {count:,} connections.")
