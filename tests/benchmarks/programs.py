"""The programs that are measured beside each other, each a fresh process for every run."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crowd import on_core
from benchmarks.load import NAIVE, SANCHAT, Door

START_SECONDS = 30.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Program:
    """A server to measure, on the first core where there are two."""

    name: str
    door: Door
    command: list[str]

    @contextlib.contextmanager
    def running(self) -> Iterator[tuple[int, int]]:
        """A fresh one: its port and its process."""
        with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            free.close()
            values = {"port": str(port), "file": str(Path(folder) / "bench.db")}
            with open(Path(folder) / "log", "wb") as log:
                server = subprocess.Popen(
                    [part.format_map(values) for part in self.command],
                    stdout=log,
                    stderr=log,
                    preexec_fn=lambda: on_core(0, 0),
                )
            try:
                _await_port(port, server)
                yield port, server.pid
            finally:
                server.terminate()
                try:
                    server.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    server.kill()
                    server.wait()


def sanchat_and_naive() -> list[Program]:
    """sanchat as it is served, without limits, and the program it is measured beside."""
    python = sys.executable
    return [
        Program(
            "sanchat",
            SANCHAT,
            [python, "-m", "sanchat", "serve", "--host", "127.0.0.1", "--port", "{port}",
             "--database", "{file}", "--no-limits"],
        ),
        Program("naive", NAIVE, [python, "-m", "benchmarks.naive", "{port}", "{file}"]),
    ]  # fmt: skip


def _await_port(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise SystemExit(f"The server ended at once with {server.returncode}.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("The server did not begin to listen.")
