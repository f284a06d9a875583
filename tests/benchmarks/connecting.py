"""`scripts/bench connecting`: how fast new people come in, beside a naive server, in turns.

Each is let in by a name at a room's door and counts once all that newcomers are told is there. The
naive server stores nothing of them; sanchat has a guest, a session and a membership on the disk.
"""

import argparse
import selectors
import socket
import statistics
import time
from dataclasses import dataclass

from benchmarks.crowd import on_core, processor_seconds, raise_descriptors
from benchmarks.load import Door
from benchmarks.programs import sanchat_and_naive
from rich.console import Console
from rich.table import Table

CHUNK = 1 << 18
SILENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Arrival:
    """How long all took to come in, and what it took of the server's processor."""

    people: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        return self.people / self.seconds

    @property
    def cpu_us(self) -> float:
        """Of one of them."""
        return self.cpu_seconds / self.people * 1e6


def come_in(port: int, pid: int, door: Door, *, people: int, rooms: int, at_once: int) -> Arrival:
    """Let people in, `at_once` of them knocking at any time; all stay until the last one is in."""
    before, began = processor_seconds(pid), time.perf_counter()
    selector = selectors.DefaultSelector()
    heard: dict[socket.socket, bytes] = {}
    done: list[socket.socket] = []
    started = 0
    try:
        while len(done) < people:
            while started < people and len(heard) < at_once:
                heard[_knock(port, door.path(started * rooms // people, started))] = b""
                selector.register(next(reversed(heard)), selectors.EVENT_READ)
                started += 1
            events = selector.select(SILENCE_SECONDS)
            if not events:
                raise SystemExit(f"{len(done)} of {people} came in, then nobody did.")
            for key, _ in events:
                one: socket.socket = key.fileobj  # type: ignore[assignment]
                more = one.recv(CHUNK)
                if not more:
                    raise SystemExit(f"Somebody was refused: {heard[one][:200]!r}")
                heard[one] += more
                if door.ready in heard[one]:
                    del heard[one]
                    selector.unregister(one)
                    done.append(one)
        return Arrival(people, time.perf_counter() - began, processor_seconds(pid) - before)
    finally:
        for one in (*heard, *done):
            one.close()
        selector.close()


def _knock(port: int, path: str) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port), timeout=SILENCE_SECONDS)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    one.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    return one


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench connecting", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000, help="in each run")
    parser.add_argument("--rooms", type=int, default=1, help="that they come to")
    parser.add_argument("--at-once", type=int, default=64, help="who knock at any time")
    parser.add_argument("--alternations", type=int, default=5, help="runs of each program")
    asked = parser.parse_args(arguments)
    raise_descriptors()
    on_core(0, 1)
    console = Console()
    programs = sanchat_and_naive()
    runs: dict[str, list[Arrival]] = {program.name: [] for program in programs}
    for turn in range(asked.alternations):
        for program in programs:
            with (
                console.status(f"{program.name}, run {turn + 1}"),
                program.running() as (port, pid),
            ):
                runs[program.name].append(
                    come_in(
                        port,
                        pid,
                        program.door,
                        people=asked.people,
                        rooms=asked.rooms,
                        at_once=asked.at_once,
                    )
                )
    table = Table("program", "a second", "of its processor, µs each", "runs, a second")
    rates = {}
    for name, arrivals in runs.items():
        rates[name] = statistics.median(arrival.rate for arrival in arrivals)
        cpu = statistics.median(arrival.cpu_us for arrival in arrivals)
        each = " ".join(f"{arrival.rate:,.0f}" for arrival in arrivals)
        table.add_row(name, f"{rates[name]:,.0f}", f"{cpu:,.0f}", each)
    console.print(table)
    console.print(f"ratio {rates['sanchat'] / rates['naive']:.2f}")
