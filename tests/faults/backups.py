"""R14: backups while people write. `python -m tests.faults.backups --times 20`."""

import argparse
import asyncio
import contextlib
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import uvloop
from clients import Client
from harness import serving_process

from sanchat.store.checking import problems_of
from sanchat.store.copies import write_copy

SENDERS = 5
PER_SECOND = 500


@dataclass
class Findings:
    """What became of each backup; `faults` says what was wrong with any."""

    backups: int = 0
    posted: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Speaker:
    """Posts at its pace, one post in ten an edit, and knows the highest number confirmed."""

    def __init__(self, client: Client, name: str) -> None:
        self.client = client
        self.name = name
        self.confirmed = 0
        self.posted = 0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + SENDERS / PER_SECOND, loop.time() - 0.1)
            await asyncio.sleep(due - loop.time())
            self.posted += 1
            id = f"{self.name}-{self.posted}"
            reply = await self.client.post("general", id, id)
            self.confirmed = reply["seq"]
            if self.posted % 10 == 0:
                text = f"{id}!"
                edit = await self.client.do("edit", room="general", seq=reply["seq"], text=text)
                self.confirmed = edit["changed_seq"]
            self.client.unread.clear()


async def measure(folder: Path, times: int) -> Findings:
    """Make so many backups under load and look at each."""
    findings = Findings()
    loop = asyncio.get_running_loop()
    with serving_process(folder / "chat.db") as process:
        speakers = []
        for n in range(SENDERS):
            client = Client(await process.connect(f"/ws?name=speaker{n}"))
            await client.expect("hello")
            speakers.append(Speaker(client, f"speaker{n}"))
        running = [asyncio.ensure_future(speaker.run()) for speaker in speakers]
        began = loop.time()
        for n in range(times):
            await asyncio.sleep(0.2)
            copy = folder / f"backup-{n}.db"
            confirmed = max(speaker.confirmed for speaker in speakers)
            await asyncio.to_thread(write_copy, process.database, copy)
            findings.faults += await asyncio.to_thread(_faults_of, copy, confirmed)
            findings.backups += 1
            copy.unlink()
            for task in running:
                if task.done():
                    task.result()
        findings.seconds = loop.time() - began
        findings.posted = sum(speaker.posted for speaker in speakers)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return findings


def _faults_of(copy: Path, confirmed: int) -> list[str]:
    found = [f"{copy.name}: {problem.message}" for problem in problems_of(copy)]
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        last_seq, highest = connection.execute(
            "select last_seq, (select max(changed_seq) from messages where room_id = rooms.id) "
            "from rooms where name = 'general'"
        ).fetchone()
    if (highest or 0) != last_seq:
        found.append(f"{copy.name}: the last number is {last_seq}, the highest change {highest}")
    if last_seq < confirmed:
        found.append(f"{copy.name}: {confirmed} was confirmed before, it ends at {last_seq}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.backups")
    parser.add_argument("--times", type=int, default=20)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sanchat-backups-") as folder:
        found = uvloop.run(measure(Path(folder), chosen.times))
    pace = found.posted / found.seconds
    print(f"{found.backups} backups at {pace:.0f} posts a second, {len(found.faults)} faults")
    for fault in found.faults:
        print(f"  {fault}")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
