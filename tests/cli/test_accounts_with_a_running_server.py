"""The owner's link at the first start, and accounts that change while the server runs."""

import asyncio
import contextlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "seven herons in the fog"


def said_by_serve(outside, database):
    """Everything that `sanchat serve` prints until it is stopped."""
    arguments = ["serve", "--port", "0", "--database", str(database)]
    with subprocess.Popen(
        [sys.executable, "-m", "sanchat", *arguments],
        cwd=ROOT,
        env=outside,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.terminate()
        return first + process.stdout.read()


def test_the_first_start_offers_the_owners_account_and_no_other_start(outside, tmp_path):
    database = tmp_path / "fresh.db"

    first, second = (said_by_serve(outside, database) for _ in range(2))

    link = re.search(r"^  (http://127\.0\.0\.1:\d+/\?invite=([0-9a-f]{32}))$", first, re.M)
    assert link is not None, first
    assert link[2].encode() not in database.read_bytes()
    assert "invite=" not in second


@pytest.mark.parametrize("verb", ["sessions", "passwd", "disable", "token", "erase"])
def test_it_holds_on_the_running_server_when_the_command_returns(server, admin, verb):
    database = ("--database", str(server.database))
    if verb == "token":
        made = admin(
            "tokens", "create", "ana", "--scope", "read", "--scope", "write", "--json", *database
        )
        record = json.loads(made.stdout)
        token, words = record["token"], ("tokens", "revoke", str(record["id"]))
    else:
        admin("users", "create", "ana", "--password-stdin", *database, input=PASSWORD)
        body = {"name": "ana", "password": PASSWORD}
        token = httpx.post(f"{server.origin}/api/session", json=body, trust_env=False).json()[
            "session"
        ]
        words = {
            "sessions": ("users", "sessions", "ana", "--end-all"),
            "passwd": ("users", "passwd", "ana", "--password-stdin"),
            "disable": ("users", "disable", "ana"),
            "erase": ("users", "erase", "ana", "--yes"),
        }[verb]

    async def removed():
        headers = {"Authorization": f"Bearer {token}"}
        url = f"ws://{server.host}/ws/general"
        async with connect(url, additional_headers=headers, proxy=None) as socket:
            await socket.recv()
            result = await asyncio.to_thread(
                admin, *words, *database, input="a kettle of blue rivers\n"
            )
            returned = time.monotonic()
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await socket.recv()
            return result, socket.close_code, time.monotonic() - returned

    result, code, late = asyncio.run(removed())

    assert result.exit_code == 0, result.stderr
    assert code == 4505
    # The close was on its way before the command returned.
    assert late < 1.0
    answer = httpx.get(
        f"{server.origin}/api/session",
        headers={"authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.status_code == 401
