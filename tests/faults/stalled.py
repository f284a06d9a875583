"""R10: ten people who stop reading beside ten who read. `python -m tests.faults.stalled`.

Without and with them in turns, and the medians: what else a machine does falls on both alike.
"""

import asyncio
import socket
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import uvloop
from clients import Client, handshake, masked
from harness import ServerProcess, serving_process
from websockets.frames import Opcode

HEALTHY = STALLED = 10
OFFERED_BYTES = 16 << 20
TURNS = 5
TEXT = "x" * 4_000
EVICTED_SECONDS = 10.0
SLOWER = 1.2
SLOWER_SECONDS = 0.005
LARGEST_OUTBOX = 1 << 20


@dataclass
class Findings:
    """Seconds are those from a post to its arrival at the last healthy reader; worst of all turns
    but for the percentiles, which are their medians."""

    p99_alone: float
    p99_beside: float
    evicted_seconds: float
    evicted: int
    bytes_each: float

    @property
    def faults(self) -> list[str]:
        found = []
        most = max(self.p99_alone * SLOWER, self.p99_alone + SLOWER_SECONDS)
        if self.p99_beside > most:
            found.append(f"p99 {self.p99_alone * 1e3:.1f} ms became {self.p99_beside * 1e3:.1f}")
        if self.evicted < STALLED or self.evicted_seconds > EVICTED_SECONDS:
            found.append(f"{self.evicted} were evicted in {self.evicted_seconds:.1f} s")
        if self.bytes_each > LARGEST_OUTBOX * 1.25:
            found.append(f"each cost {self.bytes_each / 1e6:.2f} MB")
        return found


async def measure(folder: Path, offered: int = OFFERED_BYTES, turns: int = TURNS) -> Findings:
    """Offer the same so many times, by turns without the stalled and beside them."""
    with serving_process(folder / "chat.db", SANCHAT_CHECKPOINT_SECONDS="3600") as process:
        readers = []
        for n in range(HEALTHY):
            readers.append(Client(await process.connect(f"/ws/general?name=reader{n}")))
            await readers[-1].expect("reply", ref=None)
        await _offer(readers, offered // 8)  # caches are filled and the allocator has grown
        alone, beside, found = [], [], []
        for turn in range(turns):
            alone.append(_p99(await _offer(readers, offered)))
            before = _bytes(process.pid)
            sleepers = [
                await asyncio.to_thread(stall, process, turn * STALLED + n) for n in range(STALLED)
            ]
            most = [before]
            watcher = asyncio.ensure_future(_watch(process.pid, most))
            beside.append(_p99(await _offer(readers, offered)))
            began = time.monotonic()
            evicted = await asyncio.to_thread(_count_evicted, sleepers)
            found.append((time.monotonic() - began, evicted, (max(most) - before) / STALLED))
            watcher.cancel()
        for client in readers:
            await client.close()
    seconds, counts, sizes = zip(*found, strict=True)
    return Findings(
        statistics.median(alone), statistics.median(beside), max(seconds), min(counts), max(sizes)
    )


async def _offer(readers: list[Client], offered: int) -> list[float]:
    waits: list[float] = []
    # One in flight, as people are: what is measured is the way of a message, not a queue.
    for _ in range(offered // len(TEXT)):
        began = time.monotonic()
        id = f"{began!r}"
        post = {"type": "post", "room": "general", "text": TEXT, "client_message_id": id}
        await readers[0].send(post)
        for reader in readers:
            await reader.expect("message")
            reader.unread.clear()
        waits.append(time.monotonic() - began)
    return waits


def stall(process: ServerProcess, n: int) -> socket.socket:
    """Somebody who comes in and reads nothing."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    peer.connect(("127.0.0.1", process.port))
    peer.sendall(handshake(f"/ws/general?name=asleep{n}", process.host))
    assert peer.recv(1_024).startswith(b"HTTP/1.1 101 ")
    peer.sendall(masked(Opcode.TEXT, b'{"type":"ping"}'))
    return peer


def _count_evicted(sleepers: list[socket.socket]) -> int:
    """How many the server has cut; the end of the stream or a reset says so."""
    evicted = 0
    for peer in sleepers:
        peer.settimeout(EVICTED_SECONDS + 5)
        try:
            while peer.recv(1 << 16):
                pass
            evicted += 1
        except ConnectionError:
            evicted += 1
        except TimeoutError:
            pass
        peer.close()
    return evicted


async def _watch(pid: int, most: list[int]) -> None:
    while True:
        most.append(_bytes(pid))
        await asyncio.sleep(0.05)


def _bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the system does not say")


def _p99(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="sanchat-stalled-") as folder:
        found = uvloop.run(measure(Path(folder)))
    print(f"p99 of {HEALTHY} readers alone: {found.p99_alone * 1e3:.2f} ms")
    print(f"beside {STALLED} who do not read: {found.p99_beside * 1e3:.2f} ms")
    print(f"evicted: {found.evicted}, within {found.evicted_seconds:.1f} s of the last message")
    print(f"memory for each of them at most: {found.bytes_each / 1e6:.2f} MB")
    for fault in found.faults:
        print(f"  {fault}")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
