"""R13: a long export while people write. `python -m tests.faults.exported --messages 1000000`."""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import uvloop
from clients import Client
from harness import ROOT, serving_process

SENDERS = 5
LOG_BYTES = 64 << 20
AFTER_SECONDS = 30.0


class Findings(NamedTuple):
    """Bytes are those of the write-ahead log: the most, and what is left when nobody reads."""

    exported: int
    posted: int
    seconds: float
    most_bytes: int
    left_bytes: int


async def measure(folder: Path, messages: int) -> Findings:
    """Export so many messages to a file while people post, and look at the log."""
    with serving_process(folder / "chat.db") as process:
        people = []
        for n in range(SENDERS):
            client = Client(await process.connect(f"/ws?name=person{n}"))
            client.hello = await client.expect("hello")
            people.append(client)
        await people[0].post("general", "the first")
        process.stop()
        await asyncio.to_thread(_fill, process.database, messages)
        process.start()
        people = []
        for n in range(SENDERS):
            client = Client(await process.connect(f"/ws?name=person{n}"))
            client.hello = await client.expect("hello")
            people.append(client)
        log = process.database.with_name("chat.db-wal")
        posted = [0]
        posting = [asyncio.ensure_future(_post(client, posted)) for client in people]
        target = folder / "export.jsonl"
        command = ["-m", "sanchat.cli.admin", "export", "general", "--out", str(target)]
        began = time.monotonic()
        export = await asyncio.create_subprocess_exec(
            sys.executable, *command, "--database", str(process.database), cwd=ROOT
        )
        ended = asyncio.ensure_future(export.wait())
        most = 0
        while not ended.done():
            most = max(most, log.stat().st_size)
            await asyncio.wait([ended], timeout=0.1)
        seconds = time.monotonic() - began
        await asyncio.sleep(AFTER_SECONDS)
        left = log.stat().st_size
        for task in posting:
            task.cancel()
        await asyncio.gather(*posting, return_exceptions=True)
    if ended.result() != 0:
        raise RuntimeError(f"the export ended with {ended.result()}")
    with target.open("rb") as file:
        lines = sum(1 for line in file if b'"type":"message"' in line)
    return Findings(lines, posted[0], seconds, most, left)


def _fill(database: Path, messages: int) -> None:
    """The room's first message again and again, past the server: what is measured is reading."""
    with closing(sqlite3.connect(database)) as connection:
        columns = [row[1] for row in connection.execute("pragma table_info(messages)")]
        new = {
            "id": "messages.id + n.value",
            "seq": "messages.seq + n.value",
            "changed_seq": "messages.seq + n.value",
            "client_message_id": "'filled-' || n.value",
            "text": "'message ' || n.value",
        }
        values = ", ".join(new.get(column, f"messages.{column}") for column in columns)
        connection.execute(
            "with recursive n (value) as "
            "(select 1 union all select value + 1 from n where value < ?) "
            f"insert into messages ({', '.join(columns)}) select {values} from messages, n",
            (messages - 1,),
        )
        connection.execute("update rooms set last_seq = ? where name = 'general'", (messages,))
        connection.commit()


async def _post(client: Client, posted: list[int]) -> None:
    n = 0
    while True:
        n += 1
        await client.post("general", "x" * 500, f"{client.user['name']}-{n}")
        client.unread.clear()
        posted[0] += 1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.exported")
    parser.add_argument("--messages", type=int, default=1_000_000)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sanchat-exported-") as folder:
        found = uvloop.run(measure(Path(folder), chosen.messages))
    print(
        f"{found.exported} messages exported in {found.seconds:.0f} s, {found.posted} posted; "
        f"the log had {found.most_bytes / 2**20:.1f} MiB at most, "
        f"{found.left_bytes / 2**20:.1f} MiB {AFTER_SECONDS:.0f} s after"
    )
    return 0 if found.left_bytes <= LOG_BYTES and found.exported >= chosen.messages else 1


if __name__ == "__main__":
    sys.exit(main())
