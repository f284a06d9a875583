"""R9: a stop that is asked for while the server is still starting is not forgotten."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from clients import PATIENCE_SECONDS
from harness import ROOT

ENDINGS = (0, -signal.SIGTERM, -signal.SIGINT, 130)  # well, or before anything was begun


def appeared(database: Path) -> list[str]:
    """What a start leaves beside the database, in the order of its making."""
    ends = ("", ".lock", ".life", "-wal", ".bells")
    return [end for end in ends if database.with_name(database.name + end).exists()]


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (".lock", signal.SIGTERM),
        (".life", signal.SIGINT),
        (".bells", signal.SIGTERM),
        ("greeting", signal.SIGTERM),
        ("greeting", signal.SIGINT),
    ],
)
async def test_a_signal_ends_a_server_that_is_starting(tmp_path, moment, number):
    database = tmp_path / "chat.db"
    command = [sys.executable, "-m", "sanchat", "serve", "--port", "0", "--database", database]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 (it returns at once)
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log
        )
    try:
        assert process.stdout is not None
        if moment == "greeting":
            await asyncio.to_thread(process.stdout.readline)
        else:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while moment not in appeared(database):
                assert time.monotonic() < deadline
        process.send_signal(number)
        code = await asyncio.to_thread(process.wait, PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

    assert code in ENDINGS, (tmp_path / "log").read_text()


KILLS_ITSELF = """
import os, signal
from sanic import Sanic
from sanchat.server import Server
from sanchat.__main__ import app

def strike():
    os.kill(os.getpid(), signal.SIGTERM)

whole_open = Server.open
async def open(self):
    {before}
    await whole_open(self)
    {after}
Server.open = open
{more}
app(prog_name="sanchat")
"""
LISTENING = """
from sanchat import app as wiring
create = wiring.create_app
def create_app(settings):
    made, protocol = create(settings)
    made.after_server_start(lambda app: strike())
    return made, protocol
wiring.create_app = create_app
"""


@pytest.mark.parametrize(
    "program",
    [
        KILLS_ITSELF.format(before="strike()", after="", more=""),
        KILLS_ITSELF.format(before="", after="strike()", more=""),
        KILLS_ITSELF.format(before="", after="", more=LISTENING),
    ],
    ids=["before the database is open", "when it is open", "when it listens"],
)
def test_a_signal_at_the_worst_instant_of_a_start_ends_the_server_well(tmp_path, program):
    command = [sys.executable, "-c", program, "serve", "--port", "0"]
    command += ["--database", str(tmp_path / "chat.db")]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=8)

    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "chat.db-wal").exists()  # the database was closed
