"""R12: pings while another program holds the write lock. `python -m tests.faults.locked`."""

import argparse
import asyncio
import contextlib
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import uvloop
from clients import Client
from harness import serving_process

SENDERS = 5
PING_EVERY_SECONDS = 0.005
LONGEST_SECONDS = 0.05


class Findings(NamedTuple):
    """Seconds of the pings, in order of length, without the lock and under it."""

    free: list[float]
    locked: list[float]
    refused: int


def at(share: float, seconds: list[float]) -> float:
    """What that share of them does not exceed."""
    return seconds[min(len(seconds) - 1, int(len(seconds) * share))]


async def measure(folder: Path, seconds: float) -> Findings:
    """Ping for so long without the lock, and for so long under it, while others post."""
    with serving_process(folder / "chat.db") as process:
        people = []
        for n in range(SENDERS + 1):
            client = Client(await process.connect(f"/ws?name=person{n}"))
            client.hello = await client.expect("hello")
            people.append(client)
        pinger, *senders = people
        refusals: list[str] = []
        posting = [asyncio.ensure_future(_post(client, refusals)) for client in senders]
        free = await _pings(pinger, seconds)
        with contextlib.closing(sqlite3.connect(process.database)) as other:
            other.execute("begin immediate")
            locked = await _pings(pinger, seconds)
            other.execute("rollback")
        for task in posting:
            task.cancel()
        await asyncio.gather(*posting, return_exceptions=True)
    return Findings(free, locked, len(refusals))


async def _post(client: Client, refusals: list[str]) -> None:
    n = 0
    while True:
        n += 1
        id = f"{client.user['name']}-{n}"
        reply = await client.ask("post", room="general", text=id, client_message_id=id)
        if not reply["ok"]:
            refusals.append(reply["error"]["code"])
        await asyncio.sleep(0.02)


async def _pings(client: Client, seconds: float) -> list[float]:
    taken, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        await client.do("ping")
        taken.append(time.monotonic() - began)
        await asyncio.sleep(PING_EVERY_SECONDS)
    return sorted(taken)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.locked")
    parser.add_argument("--seconds", type=float, default=20.0)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sanchat-locked-") as folder:
        found = uvloop.run(measure(Path(folder), chosen.seconds))
    for name, taken in (("free", found.free), ("locked", found.locked)):
        print(
            f"{name:<7}{len(taken)} pings: p50 {at(0.5, taken) * 1000:.1f} ms, "
            f"p99 {at(0.99, taken) * 1000:.1f} ms, slowest {taken[-1] * 1000:.1f} ms"
        )
    print(f"{found.refused} posts refused for a while")
    return 0 if at(0.99, found.locked) < LONGEST_SECONDS and found.refused else 1


if __name__ == "__main__":
    sys.exit(main())
