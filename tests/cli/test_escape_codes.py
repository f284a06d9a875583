"""No name and no text can steer the terminal of who administers, whatever got into the file."""

import json
import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "\x1b[2J\x1b]0;pwned\x07\x9b31m\u202egnp.exe\rforged\x08\x7f"
STEERING = set("\x1b\x07\x9b\u202e\x08\x7f")


@pytest.fixture
def poisoned(admin, say, database):
    """A database that holds escape codes wherever a text can be, put in past every check."""
    say("bob", f"text {HOSTILE}")
    with sqlite3.connect(database) as connection:
        connection.execute("update rooms set title = ?, topic = ?", (HOSTILE, HOSTILE))
        connection.execute("update users set name = ? where name = 'bob'", (f"bob{HOSTILE}",))
        connection.execute("update rooms set name = ?", (f"lobby{HOSTILE}",))
    connection.close()


COMMANDS = [
    ("rooms", "list"),
    ("rooms", "show", "lobby"),
    ("rooms", "delete", "lobby", "--dry-run"),
    ("rooms", "archive", "#1"),
    ("rooms", "show", HOSTILE),
    ("users", "list"),
    ("users", "kick", "bob"),
    ("users", "kick", HOSTILE),
    ("export", "lobby", "--format", "txt"),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_s14_a_pipe_gets_no_escape_codes(admin, poisoned, arguments):
    for more in ((), ("--json",)):
        result = admin(*arguments, *more)

        assert result.exit_code in (0, 3), result.stderr
        assert not set(result.stdout + result.stderr) & STEERING
        assert "\rforged" not in result.stdout_bytes.decode() + result.stderr_bytes.decode()


def test_s14_under_json_the_text_is_still_the_same(admin, poisoned):
    (room,) = [json.loads(line) for line in admin("rooms", "list", "--json").stdout.splitlines()]

    assert room["title"] == HOSTILE


@pytest.mark.parametrize("format", ["jsonl", "csv", "txt"])
def test_s14_an_export_to_a_terminal_gets_no_escape_codes(poisoned, database, format):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "sanchat.cli.admin", "export", "lobby", "--format", format],
        cwd=ROOT,
        env=os.environ | {"SANCHAT_DATABASE": str(database)},
        stdout=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 10_000):
            shown += data
    except OSError:  # the other end is closed
        pass
    os.close(ours)

    assert process.wait(timeout=20) == 0
    text = shown.decode()
    assert "gnp.exe" in text
    assert not set(text) & STEERING
    assert "\rforged" not in text


def test_a_csv_in_a_pipe_holds_the_text_as_it_is(admin, poisoned):
    assert HOSTILE.encode() in admin("export", "lobby", "--format", "csv").stdout_bytes
