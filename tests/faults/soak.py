"""R19: people come, chat, go and are cut off for a long time, and nothing is left of it.

`python -m tests.faults.soak --minutes 60 --people 500`.
"""

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import uvloop
from clients import Client, Ended
from harness import ServerProcess, serving_process
from websockets.exceptions import WebSocketException

from sanchat.store.sqlite import CACHE_KIB

LOOK_SECONDS = 2.0
WARM_UP = 0.2  # of the time: caches fill, the allocator finds its size
# Written before the time begins, so that SQLite's own cache of pages has come to its bound.
FILLING = 2 * CACHE_KIB  # texts of a kibibyte
AT_ONCE = 100  # of them on the way
STAY_SECONDS = (5.0, 60.0)
SPEAK_SECONDS = 40.0
NOISE = ("never retrieved", "was destroyed but", "Traceback", " ERROR ", " WARNING ")
SLOPE_MEBIBYTES = 6.0  # an hour, after the warm-up


@dataclass
class Findings:
    """What a soak came to."""

    people: int
    seconds: float
    visits: int = 0
    posts: int = 0
    descriptors_before: int = 0
    descriptors_after: int = 0
    memory: list[tuple[float, float]] = field(default_factory=list)  # seconds, MiB
    noise: list[str] = field(default_factory=list)

    @property
    def slope(self) -> float:
        """MiB an hour, by least squares, after the warm-up."""
        looks = [(at, size) for at, size in self.memory if at >= self.seconds * WARM_UP]
        if len(looks) < 2:
            return 0.0
        mean_at = sum(at for at, _ in looks) / len(looks)
        mean = sum(size for _, size in looks) / len(looks)
        spread = sum((at - mean_at) ** 2 for at, _ in looks)
        return 3600 * sum((at - mean_at) * (size - mean) for at, size in looks) / spread

    @property
    def faults(self) -> list[str]:
        """What is not as promised; the slope only where the time was long enough to tell."""
        found = [f"in the log: {line}" for line in self.noise]
        if self.descriptors_after > self.descriptors_before:
            found.append(f"{self.descriptors_before} descriptors became {self.descriptors_after}")
        if self.seconds >= 1800 and self.slope >= SLOPE_MEBIBYTES:
            found.append(f"memory grows by {self.slope:.1f} MiB an hour")
        return found


async def soak(
    folder: Path, *, people: int, seconds: float, stay: tuple[float, float] = STAY_SECONDS
) -> Findings:
    """Let so many people come and go for that long, and look at what is left."""
    findings = Findings(people, seconds)
    with serving_process(folder / "chat.db") as process:
        findings.descriptors_before = await _descriptors_at_rest(process, None)
        await _fill(process)
        chance = random.Random(1)
        visitors = [
            asyncio.ensure_future(_come_and_go(process, n, findings, chance, stay))
            for n in range(people)
        ]
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            findings.memory.append((passed, _mebibytes(process.pid)))
            for visitor in visitors:
                if visitor.done():
                    visitor.result()
            await asyncio.sleep(LOOK_SECONDS)
        for visitor in visitors:
            visitor.cancel()
        await asyncio.gather(*visitors, return_exceptions=True)
        findings.descriptors_after = await _descriptors_at_rest(
            process, findings.descriptors_before
        )
        process.stop()
        lines = process.log.read_text(errors="replace").splitlines()
    findings.noise = [line for line in lines if any(word in line for word in NOISE)]
    return findings


async def _fill(process: ServerProcess) -> None:
    client = Client(await process.connect("/ws?name=filler"))
    for first in range(0, FILLING, AT_ONCE):
        for number in range(first, first + AT_ONCE):
            post = {"type": "post", "room": "general", "text": "x" * 1024, "ref": number}
            await client.send(post | {"client_message_id": f"filling-{number}"})
        for number in range(first, first + AT_ONCE):
            reply = await client.expect("reply", ref=number)
            assert reply["ok"], reply
    await client.close()


async def _come_and_go(
    process: ServerProcess,
    n: int,
    findings: Findings,
    chance: random.Random,
    stay: tuple[float, float],
) -> None:
    cursor: int | None = None
    session = ""
    await asyncio.sleep(chance.uniform(0, stay[0]))
    while True:
        with contextlib.suppress(OSError, WebSocketException, Ended, TimeoutError):
            query = f"name=soaker{n}" + (f"&session={session}" if session else "")
            client = Client(await process.connect(f"/ws?{query}"))
            try:
                client.hello = await client.expect("hello")
                session = client.hello.get("session", session)
                fields = {} if cursor is None else {"after": cursor}
                cursor = (await client.subscribe("general", **fields))["cursor"]
                findings.visits += 1
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(chance.uniform(*stay)):
                        await _chat(client, findings, chance)
            finally:
                if chance.random() < 0.5:
                    client.connection.transport.abort()
                await client.close()
        await asyncio.sleep(chance.uniform(0.1, 2))


async def _chat(client: Client, findings: Findings, chance: random.Random) -> None:
    listening = asyncio.ensure_future(_listen(client))
    try:
        while not listening.done():
            await asyncio.sleep(chance.expovariate(1 / SPEAK_SECONDS))
            id = f"{chance.getrandbits(64):x}"
            post = {"type": "post", "room": "general", "text": id, "client_message_id": id}
            await client.send(post)
            findings.posts += 1
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _listen(client: Client) -> None:
    while True:
        await client.frame()


async def _descriptors_at_rest(process: ServerProcess, hoped: int | None) -> int:
    """How many are open once the connections are gone; waits some seconds for the number hoped."""
    folder = f"/proc/{process.pid}/fd"
    for _ in range(100):
        count = len(os.listdir(folder))
        if hoped is None or count <= hoped:
            break
        await asyncio.sleep(0.1)
    return count


def _mebibytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the system does not say")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where nothing leaked."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--people", type=int, default=500)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sanchat-soak-") as folder:
        found = uvloop.run(soak(Path(folder), people=chosen.people, seconds=chosen.minutes * 60))
    first, last = found.memory[0][1], found.memory[-1][1]
    print(
        f"{found.people} people, {found.seconds:.0f} s: {found.visits} visits, {found.posts} posts"
    )
    print(f"memory {first:.1f} to {last:.1f} MiB, slope {found.slope:+.1f} MiB an hour")
    print(f"descriptors {found.descriptors_before} before, {found.descriptors_after} after")
    for fault in found.faults:
        print(f"  {fault}")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
