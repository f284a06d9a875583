"""What the command line decides reaches people who are online, through a running server."""

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from sanchat.cli import acts
from sanchat.cli.failures import Exit
from sanchat.store.life import ServerLock

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 20


@pytest.fixture
def port(database, tmp_path):
    """The port of a server that runs on the test's database, as a process of its own."""
    log = tmp_path / "server.log"
    with (
        open(log, "wb") as file,
        subprocess.Popen(
            [sys.executable, "-m", "sanchat", "serve", "--port", "0", "--no-limits"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=file,
            env=os.environ | {"SANCHAT_DATABASE": str(database)},
        ) as server,
    ):
        assert server.stdout is not None
        too_late = threading.Timer(START_SECONDS, server.kill)
        too_late.start()
        greeting = server.stdout.readline().decode()
        too_late.cancel()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", greeting)
        if found is None:
            server.kill()
            pytest.fail(f"the server did not start: {greeting}{log.read_text()}")
        yield int(found[1])
        server.terminate()
        server.wait(timeout=10)


@pytest.mark.parametrize(
    "words", [("invites", "create"), ("users", "reset-link"), ("users", "create", "ana", "--link")]
)
def test_a_link_leads_to_the_server_that_runs(admin, port, words):
    link = admin(*words)

    assert f"http://127.0.0.1:{port}/?" in link.stdout
    assert "SANCHAT_PUBLIC_URL" in link.stderr


class Person:
    """Somebody at a websocket."""

    def __init__(self, socket):
        self.socket = socket

    async def heard(self, type):
        """The next frame of this type."""
        async for text in self.socket:
            frame = json.loads(text)
            if frame["type"] == type:
                return frame
        raise AssertionError(f"closed before {type}")

    async def closed(self):
        """The code with which the connection is closed."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self.socket.recv()
        return self.socket.close_code


@contextlib.asynccontextmanager
async def online(port, name, room="lobby"):
    async with connect(f"ws://127.0.0.1:{port}/ws/{room}?name={name}") as socket:
        person = Person(socket)
        await person.heard("hello")
        await person.heard("reply")
        yield person


async def run(program, *arguments):
    return await asyncio.to_thread(program, "sanchat.cli.admin", *arguments)


@pytest.mark.parametrize(("verb", "code"), [("kick", 4501), ("ban", 4502)])
async def test_who_is_kept_out_is_out_within_a_second_and_the_command_says_so(
    program, port, verb, code
):
    async with online(port, "bob") as bob, online(port, "eve") as eve:
        closing = asyncio.ensure_future(bob.closed())
        result = await run(program, "users", verb, "bob", "--reason", "Enough.")

        assert await asyncio.wait_for(closing, 1) == code
        assert result.returncode == 0, result.stderr
        assert b"bob: 1 connection closed\n" in result.stdout
        assert eve.socket.close_code is None


async def test_who_is_not_online_is_kept_out_all_the_same(program, port):
    async with online(port, "bob"):
        pass

    result = await run(program, "users", "ban", "bob", "--json")

    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["server_running"] is True
    assert json.loads(result.stdout)["connections"] == 0
    async with connect(f"ws://127.0.0.1:{port}/ws?name=bob") as socket:
        assert await asyncio.wait_for(Person(socket).closed(), 5) in (4502, 4506)


async def test_who_is_kicked_from_one_room_stays_connected(program, port):
    async with online(port, "bob") as bob:
        result = await run(program, "users", "kick", "bob", "--room", "lobby")

        assert b"kicked bob from lobby: 1 connection cut off\n" in result.stdout, result.stderr
        assert (await asyncio.wait_for(bob.heard("removed"), 5))["room"] == "lobby"


async def test_an_import_is_heard_by_those_who_listen_in_order_and_without_a_hole(
    program, port, tmp_path
):
    log = tmp_path / "2026-11-22.log"
    log.write_text("".join(f"[10:{n // 60:02}] <ana> {n}\n" for n in range(1_200)))

    async with online(port, "bob") as bob:
        result = await run(program, "import", str(log), "--format", "irc", "--room", "lobby")
        async with asyncio.timeout(10):
            heard = [await bob.heard("message") for _ in range(1_200)]

    assert result.returncode == 0, result.stderr
    assert [message["text"] for message in heard] == [str(n) for n in range(1_200)]
    seqs = [message["seq"] for message in heard]
    assert seqs == list(range(seqs[0], seqs[0] + 1_200))


async def test_an_imported_room_is_announced_and_its_increments_are_heard(program, port, tmp_path):
    """`hall` comes whole from another database, then what was said there since."""
    elsewhere = str(tmp_path / "elsewhere.db")
    log = tmp_path / "2026-11-21.log"
    log.write_text("[10:00] <ana> hello\n")

    async def bring(file, *more):
        for arguments in (
            ("import", str(log), "--format", "irc", "--room", "hall", "--database", elsewhere),
            ("export", "hall", "--out", str(tmp_path / file), "--database", elsewhere, *more),
            ("import", str(tmp_path / file)),
        ):
            result = await run(program, *arguments)
            assert result.returncode == 0, result.stderr

    async with online(port, "bob") as bob:
        await bring("1.jsonl")
        assert (await bob.heard("room"))["room"]["name"] == "lobby"  # his own
        assert (await bob.heard("room"))["room"]["name"] == "hall"

    async with online(port, "bob2", "hall") as bob:
        log.write_text("[10:00] <ana> hello\n[10:01] <ana> are you there?\n")
        await bring("2.jsonl", "--since-export", str(tmp_path / "1.jsonl"))
        assert (await bob.heard("message"))["text"] == "are you there?"


async def test_rooms_can_be_made_and_archived_under_a_running_server(program, port):
    await run(program, "rooms", "create", "kitchen")

    async with online(port, "bob", "kitchen") as bob:
        await run(program, "rooms", "archive", "kitchen")
        post = {"type": "post", "ref": 1, "room": "kitchen", "text": "hi", "client_message_id": "1"}
        await bob.socket.send(json.dumps(post))
        reply = await asyncio.wait_for(bob.heard("reply"), 5)

    assert reply["error"]["code"] == "archived"


async def test_who_is_in_a_room_that_is_deleted_is_shown_out(program, port):
    await run(program, "rooms", "create", "kitchen")

    async with online(port, "bob", "kitchen") as bob:
        result = await run(program, "rooms", "delete", "kitchen", "--yes")

        assert result.returncode == 0, result.stderr
        assert await asyncio.wait_for(bob.closed(), 1) == 4504


async def test_a_second_server_on_the_same_database_is_refused(program, port, database):
    result = await asyncio.to_thread(program, "sanchat", "serve", "--port", "0")

    assert result.returncode == Exit.FAILED
    assert b"serves this database already" in result.stderr
    assert b"Traceback" not in result.stderr


@pytest.fixture
def stuck_server(database, say, monkeypatch):
    """Holds the lock of a server, and never does anything."""
    say("bob")
    monkeypatch.setattr(acts, "ANSWER_SECONDS", 0.1)
    lock = ServerLock(database)
    lock.acquire()
    yield
    lock.release()


@pytest.mark.parametrize(
    "arguments", [("users", "kick", "bob"), ("rooms", "archive", "lobby"), ("rooms", "create", "x")]
)
def test_a_server_that_does_not_answer_is_told_apart(admin, stuck_server, arguments):
    result = admin(*arguments, "--json")

    assert result.exit_code == Exit.UNREACHABLE
    error = json.loads(result.stderr)["error"]
    assert error["code"] == "server_unreachable"
    assert "recorded and will be carried out" in error["message"]


def test_what_a_stuck_server_did_not_hear_holds_all_the_same(admin, stuck_server, in_chat):
    admin("users", "kick", "bob")

    assert len(in_chat(lambda chat: chat.store.bans_of(1))) == 1
