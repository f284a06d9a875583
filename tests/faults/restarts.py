"""R8, R9: SIGTERM under load, again and again. `python -m tests.faults.restarts --times 100`."""

import argparse
import asyncio
import contextlib
import json
import sqlite3
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

from faults.stalled import stall

SPEAKERS = 5
IN_FLIGHT = 20
ACKS = 100  # before each stop
STOP_SECONDS = 5.0


@dataclass
class Findings:
    """What became of the restarts; `faults` says what was wrong with any."""

    times: int = 0
    acks: int = 0
    slowest_seconds: float = 0.0
    epochs: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


async def measure(folder: Path, times: int, stalled: int) -> Findings:
    """Start, let people talk and sleep, and stop, so many times."""
    findings = Findings()
    acked: set[str] = set()
    with serving_process(folder / "chat.db", SANCHAT_NAME_HOLD_SECONDS="0") as process:
        for n in range(times):
            await _cycle(process, n, stalled, findings, acked)
            if n < times - 1:
                await asyncio.to_thread(process.start)
            findings.times += 1
    with contextlib.closing(sqlite3.connect(folder / "chat.db")) as database:
        stored = {id for (id,) in database.execute("select client_message_id from messages")}
    findings.acks = len(acked)
    if lost := acked - stored:
        findings.faults.append(f"{len(lost)} confirmed messages are lost")
    if len(findings.epochs) != 1:
        findings.faults.append(f"{len(findings.epochs)} epochs")
    return findings


async def _cycle(
    process: ServerProcess, n: int, stalled: int, findings: Findings, acked: set[str]
) -> None:
    asleep = [await asyncio.to_thread(stall, process, n) for n in range(stalled)]
    people = []
    for m in range(SPEAKERS):
        client = Client(await process.connect(f"/ws?name=cycle{n}speaker{m}"))
        client.hello = await client.expect("hello")
        findings.epochs.add(client.hello["epoch"])
        people.append(client)
    goal = len(acked) + ACKS
    enough = asyncio.Event()

    def note(id: str) -> None:
        acked.add(id)
        if len(acked) >= goal:
            enough.set()

    talks = [asyncio.ensure_future(_talk(client, note)) for client in people]
    async with asyncio.timeout(60):
        await enough.wait()
    began = time.monotonic()
    code = await asyncio.to_thread(process.stop)
    seconds = time.monotonic() - began
    closed = await asyncio.gather(*talks)
    for peer in asleep:
        peer.close()
    findings.slowest_seconds = max(findings.slowest_seconds, seconds)
    if code != 0:
        findings.faults.append(f"cycle {n}: exit code {code}")
    if seconds > STOP_SECONDS:
        findings.faults.append(f"cycle {n}: {seconds:.1f} s")
    if set(closed) != {1012}:
        findings.faults.append(f"cycle {n}: closed with {sorted(map(str, closed))}")


async def _talk(client: Client, note) -> int | None:
    """Post until the end, some in flight; the code of the close."""
    name, said = client.hello["user"]["name"], 0

    async def say() -> None:
        nonlocal said
        said += 1
        post = {"type": "post", "ref": said, "room": "general", "text": f"{name}-{said}"}
        with contextlib.suppress(Exception):  # gone: the reader below says how
            await client.connection.send(json.dumps(post | {"client_message_id": post["text"]}))

    for _ in range(IN_FLIGHT):
        await say()
    try:
        while True:
            frame = await client.frame()
            if frame["type"] == "reply" and frame["ok"]:
                note(frame["client_message_id"])
                await say()
    except Ended as end:
        return end.code


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.restarts")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--stalled", type=int, default=10, help="who reads nothing meanwhile (10)")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sanchat-restarts-") as folder:
        found = uvloop.run(measure(Path(folder), chosen.times, chosen.stalled))
    print(
        f"{found.times} restarts, {found.acks} confirmed, "
        f"slowest stop {found.slowest_seconds:.2f} s, "
        f"{len(found.epochs)} epoch(s), {len(found.faults)} faults"
    )
    for fault in found.faults:
        print(f"  {fault}")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
