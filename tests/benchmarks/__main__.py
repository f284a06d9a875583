"""`scripts/bench`: sanchat beside a naive server, in one run, in turns; medians and their ratio.

`scripts/bench growth` measures instead how sanchat's cost grows, `scripts/bench weight` what an
idle connection weighs, `scripts/bench steps` where the time of a message goes.
"""

import argparse
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import growth, steps, weight
from benchmarks.load import NAIVE, SANCHAT, Door, Load, Result, Workload, memory_bytes
from rich.console import Console
from rich.table import Table

WORKLOADS = {
    "A": Workload(rooms=1, members=100, window=32),
    "B": Workload(rooms=1, members=1000, senders=4, window=8),
    "C": Workload(rooms=100, members=10, window=4),
    "D": Workload(rooms=1, members=500, rate=100),
    "E": Workload(rooms=1, members=5000, senders=0),
}
START_SECONDS = 30.0
STOP_SECONDS = 20.0


class Program:
    """A server to measure, fresh for each run, on the first core where there are two."""

    def __init__(self, name: str, door: Door, command: list[str]) -> None:
        self.name = name
        self.door = door
        self._command = command

    def measure(self, workload: Workload, seconds: float) -> tuple[Result, float]:
        """One run; the second value is MB of memory per 1,000 connections."""
        with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            free.close()
            values = {"port": str(port), "file": str(Path(folder) / "bench.db")}
            with open(Path(folder) / "log", "wb") as log:
                server = subprocess.Popen(
                    [part.format_map(values) for part in self._command],
                    stdout=log,
                    stderr=log,
                    preexec_fn=lambda: on_core(0),
                )
            try:
                await_port(port, server)
                before = memory_bytes(server.pid)
                load = Load(port, self.door, workload)
                grown = (memory_bytes(server.pid) - before) / workload.clients / 1e6 * 1000
                try:
                    return load.run(seconds if workload.senders else 0), grown
                finally:
                    load.close()
            finally:
                server.terminate()
                try:
                    server.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    server.kill()
                    server.wait()


def on_core(number: int) -> None:
    """Stay on one core, where the system can be asked to and has more than one."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {number})


def await_port(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise SystemExit(f"The server ended at once with {server.returncode}.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("The server did not begin to listen.")


def figures(letter: str, runs: list[tuple[Result, float]]) -> tuple[float, str]:
    """The figure to compare by, and what to show of these runs."""
    if letter == "E":
        memory = statistics.median(memory for _, memory in runs)
        return memory, f"{memory:.1f} MB per 1,000"
    p99 = statistics.median(run.wait(0.99) for run, _ in runs) * 1000
    p50 = statistics.median(run.wait(0.5) for run, _ in runs) * 1000
    if letter == "D":
        return p99, f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    rate = statistics.median(run.deliveries_per_second for run, _ in runs)
    return rate, f"{rate:,.0f} a second, p99 {p99:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--only", default="ABCD", help="workloads, of ABCDE (default ABCD)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of sending in each run")
    parser.add_argument("--alternations", type=int, default=3, help="runs of each program")
    arguments = parser.parse_args()
    unknown = set(arguments.only.upper()) - set(WORKLOADS)
    if unknown:
        parser.error(f"there is no workload {', '.join(sorted(unknown))}")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 20_000)), hard))
    on_core(1)
    python = sys.executable
    programs = [
        Program(
            "sanchat",
            SANCHAT,
            [python, "-m", "sanchat", "serve", "--host", "127.0.0.1", "--port", "{port}",
             "--database", "{file}", "--no-limits"],
        ),
        Program("naive", NAIVE, [python, "-m", "benchmarks.naive", "{port}", "{file}"]),
    ]  # fmt: skip
    console = Console()
    table = Table("workload", *(program.name for program in programs), "ratio", "lost, disorder")
    for letter in arguments.only.upper():
        runs: dict[str, list[tuple[Result, float]]] = {program.name: [] for program in programs}
        for turn in range(arguments.alternations):
            for program in programs:
                with console.status(f"{letter}: {program.name}, run {turn + 1}"):
                    runs[program.name].append(program.measure(WORKLOADS[letter], arguments.seconds))
        shown = {name: figures(letter, done) for name, done in runs.items()}
        lost = {
            name: f"{sum(r.lost for r, _ in done)}, {sum(r.disorder for r, _ in done)}"
            for name, done in runs.items()
        }
        ratio = shown["sanchat"][0] / shown["naive"][0]
        table.add_row(
            letter,
            *(text for _, text in shown.values()),
            f"{ratio:.2f}",
            " · ".join(lost.values()),
        )
    console.print(table)


OTHERS = {"growth": growth.main, "weight": weight.main, "steps": steps.main}
if sys.argv[1:2] and sys.argv[1] in OTHERS:
    OTHERS[sys.argv[1]](sys.argv[2:])
else:
    main()
