"""At the TAB key the shells know commands, rooms and users, and nothing goes wrong aloud."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def complete(database):
    """What a shell is offered for a line that ends in an unfinished word."""

    def run(line, shell="bash"):
        words = line.split(" ")
        asked = {
            "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
            "zsh": {"_TYPER_COMPLETE_ARGS": line},
            "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
        }[shell]
        code = "from sanchat.cli.admin import app; app(prog_name='sanchat-admin')"
        result = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            capture_output=True,
            timeout=20,
            check=False,
            env=os.environ
            | {"SANCHAT_DATABASE": str(database), "_SANCHAT_ADMIN_COMPLETE": f"complete_{shell}"}
            | asked,
        )
        assert result.stderr == b""
        return result.stdout.decode()

    return run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_rooms_and_users_are_offered_by_their_beginning(complete, say, shell):
    say("mallory", room="lobby")
    say("bob", room="kitchen")

    rooms = complete("sanchat-admin rooms show lo", shell)
    users = complete("sanchat-admin users ban mal", shell)
    option = complete("sanchat-admin users ban bob --room ki", shell)

    assert ("lobby" in rooms, "kitchen" in rooms) == (True, False)
    assert ("mallory" in users, "bob" in users) == (True, False)
    assert "kitchen" in option


def test_what_is_typed_already_is_not_offered_again(complete, say):
    say("bob", room="lobby")
    say("eve", room="lounge")

    assert complete("sanchat-admin rooms show lobby lo").split() == ["lounge"]


def test_the_database_of_the_command_line_is_asked(complete, say, database, tmp_path):
    say("bob", room="lobby")
    moved = tmp_path / "other.db"
    database.rename(moved)

    assert complete("sanchat-admin rooms show lo").split() == []
    line = f"sanchat-admin rooms show --database {moved} lo"
    assert complete(line).split() == ["lobby"]


@pytest.mark.parametrize("content", [None, b"", b"no database at all"])
def test_without_a_database_nothing_is_offered_or_said(complete, database, content):
    if content is not None:
        database.write_bytes(content)

    assert complete("sanchat-admin rooms show lo").split() == []
    assert database.exists() == (content is not None)


def test_names_that_would_steer_the_terminal_are_not_offered(complete, say, database):
    say("bob", room="lobby")
    with sqlite3.connect(database) as connection:
        connection.execute("update rooms set name = ?", ("lobby\x1b[2J",))
    connection.close()

    assert complete("sanchat-admin rooms show lo").split() == []
