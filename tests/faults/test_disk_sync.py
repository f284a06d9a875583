"""R2: by the system's own account, every confirmation leaves after the sync of its message."""

import asyncio
import contextlib
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import Client
from harness import ServerProcess

from faults.syscalls import CALLS, Audit, audit

CLIENTS = 10
POSTS = 100
IDS = re.compile(r"proof-\d+-\d+")

WAL = "12</data/chat.db-wal>"
SOCKET = "20<socket:[7]>"


def test_an_answer_after_the_sync_is_in_order_whoever_syncs():
    trace = [
        f'7 pwrite64({WAL}, "..proof-1-1..", 4096, 32) = 4096',
        f"7 fdatasync({WAL} <unfinished ...>",
        '9 write(5<anon_inode:[eventfd]>, "1", 8) = 8',
        "7 <... fdatasync resumed>) = 0",
        f'9 write({SOCKET}, "..proof-1-1..", 99) = 99',
    ]

    assert audit(trace, IDS) == ({"proof-1-1"}, set())


@pytest.mark.parametrize(
    "trace",
    [
        [f'7 pwrite64({WAL}, "proof-1-1", 4096, 32) = 4096', f'9 write({SOCKET}, "proof-1-1"'],
        [  # the sync began before the message was written
            f"8 fdatasync({WAL} <unfinished ...>",
            f'7 pwrite64({WAL}, "proof-1-1", 4096, 32) = 4096',
            "8 <... fdatasync resumed>) = 0",
            f'9 write({SOCKET}, "proof-1-1"',
        ],
        [  # the sync has not ended
            f'7 pwrite64({WAL}, "proof-1-1", 4096, 32) = 4096',
            f"7 fdatasync({WAL} <unfinished ...>",
            f'9 write({SOCKET}, "proof-1-1"',
            "7 <... fdatasync resumed>) = 0",
        ],
        [  # the sync has failed
            f'7 pwrite64({WAL}, "proof-1-1", 4096, 32) = 4096',
            f"7 fdatasync({WAL}) = -1 EIO (Input/output error)",
            f'9 write({SOCKET}, "proof-1-1"',
        ],
        [f"7 fdatasync({WAL}) = 0", f'9 write({SOCKET}, "proof-1-1"'],  # it was never written
    ],
)
def test_an_answer_before_the_sync_is_found(trace):
    assert audit(trace, IDS) == (set(), {"proof-1-1"})


async def test_a_thousand_confirmations_leave_after_the_disk_has_them(tmp_path: Path):
    found = await audit_of(ServerProcess(tmp_path / "chat.db", "--no-limits"), POSTS)

    assert found.too_early == set()
    assert len(found.in_order) == CLIENTS * POSTS


async def test_a_server_that_confirms_before_the_commit_is_found_out(tmp_path: Path):
    process = ServerProcess(tmp_path / "chat.db", "--no-limits")
    process.program = ("tests/faults/mutants.py", "acknowledge-before-commit")

    found = await audit_of(process, 5)

    assert found.too_early


async def audit_of(process: ServerProcess, posts: int) -> Audit:
    """What strace says of a server while everybody posts so often, one post after the other."""
    process.start()
    try:
        clients = []
        for n in range(CLIENTS):
            clients.append(Client(await process.connect(f"/ws?name=prover{n}")))
            await clients[-1].expect("hello")
        trace = process.database.with_name("trace")
        with traced(process.pid, trace):
            await asyncio.gather(*(prove(client, n, posts) for n, client in enumerate(clients)))
        for client in clients:
            await client.close()
    finally:
        process.kill()
    with trace.open(errors="replace") as lines:
        return audit(lines, IDS)


async def prove(client: Client, n: int, posts: int) -> None:
    for m in range(posts):
        id = f"proof-{n}-{m}"
        await client.post("general", id, id)


@contextlib.contextmanager
def traced(pid: int, output: Path) -> Iterator[None]:
    """Every call of interest of a running process, written to a file."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed (Debian: strace)")
    command = ["strace", "-f", "-y", "-s", "8192", "-e", f"trace={CALLS}", "-o", str(output)]
    tracer = subprocess.Popen([*command, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    # It says so once it is attached, or why it cannot be.
    said = tracer.stderr.readline()
    if "attached" not in said:
        tracer.wait()
        pytest.skip(f"this machine lets nobody be traced: {said.strip()}")
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(timeout=10)
        tracer.stderr.close()
