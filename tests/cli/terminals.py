"""`sanchat` commands as processes of their own, also on a terminal, and a real server."""

import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from clients import PATIENCE_SECONDS
from harness import serving_process

ROOT = Path(__file__).resolve().parents[2]
WHERE_IS_THE_CURSOR = "\x1b[6n"
ESCAPE_CODE = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07|[=>])")


@pytest.fixture
def server(tmp_path):
    with serving_process(tmp_path / "chat.db") as process:
        yield process


@pytest.fixture
def outside(server, tmp_path):
    """The environment of somebody who knows the server by its address alone."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SANCHAT_")}
    return own | {
        "SANCHAT_URL": server.origin,
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "PYTHONIOENCODING": "utf-8",
    }


@pytest.fixture
def sanchat(outside):
    """Runs a `sanchat` command to its end."""

    def run(*arguments, **more):
        return subprocess.run(
            [sys.executable, "-m", "sanchat", *arguments],
            cwd=ROOT,
            env=outside | more.pop("env", {}),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            **more,
        )

    return run


class Screen:
    """`sanchat chat`, or another command, on a terminal of its own, and what is written to it."""

    def __init__(self, environment, *arguments, command="chat"):
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        self._terminal = ours
        self.written = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sanchat", command, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def type(self, text):
        os.write(self._terminal, text.encode())

    def wait_for(self, text):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in ESCAPE_CODE.sub("", self.written):
            ready, _, _ = select.select([self._terminal], [], [], deadline - time.monotonic())
            assert ready, f"{text!r} never came: {self.written[-2000:]!r}"
            try:
                data = os.read(self._terminal, 65_536).decode(errors="replace")
            except OSError:  # the program has ended
                pytest.fail(f"{text!r} never came: {self.written[-2000:]!r}")
            if WHERE_IS_THE_CURSOR in data:
                self.type("\x1b[1;1R")
            self.written += data
        seen, self.written = self.written, ""
        return seen

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)


@pytest.fixture
def open_screen(outside):
    screens = []

    def start(*arguments, **more):
        screens.append(Screen(outside, *arguments, **more))
        return screens[-1]

    yield start
    for screen in screens:
        screen.end()
