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
        words = line.split("\n" if "\n" in line else " ")  # bash itself joins them by line ends
        asked = {
            "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
            "zsh": {"_TYPER_COMPLETE_ARGS": line},
            "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
        }[shell]
        program = words[0]
        module = {"sanchat": "main", "sanchat-admin": "admin"}[program]
        code = f"from sanchat.cli.{module} import app; app(prog_name='{program}')"
        wanted = f"_{program.upper().replace('-', '_')}_COMPLETE"
        result = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            capture_output=True,
            timeout=20,
            check=False,
            env=os.environ
            | {"SANCHAT_DATABASE": str(database), wanted: f"complete_{shell}"}
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


def test_those_who_chat_are_offered_the_rooms_of_this_machine(complete, say):
    say("bob", room="lobby")

    assert complete("sanchat send lo").split() == ["lobby"]
    assert complete("sanchat tail lo").split() == ["lobby"]
    assert complete("sanchat chat --room lo").split() == ["lobby"]
    assert complete("sanchat send --url https://elsewhere.example lo").split() == []


HOSTILE = [
    "mal\\$(touch pwned)",
    "mal`touch pwned`",
    "mal;touch pwned",
    "mal'lory",
    'mal"lory',
    "mal\\lory",
    "mal*",
    "mal!!",
    "mal(lory)",
    "mal:lory",
]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_name_that_a_shell_would_read_as_more_than_a_name_is_not_offered(complete, say, shell):
    for name in (*HOSTILE, "malík", "玫"):
        say(name, room="lobby")

    for beginning in ("mal", "m"):
        offered = complete(f"sanchat-admin users ban {beginning}", shell).strip()
        words = offered.removeprefix("_arguments '*: :((").removesuffix("))'")
        assert [char for char in "\\$`;!*'()" if char in words] == []
        assert "malík" in words
    assert "玫" in complete("sanchat-admin users ban 玫", shell)


def test_a_name_that_begins_like_an_option_is_not_offered(complete, say):
    say("--yes", room="lobby")

    assert complete("sanchat-admin users ban ").split() == []


@pytest.mark.parametrize(
    ("typed", "offered"), [("Ana", "Ana\\ Maria"), ('"Ana', "Ana Maria"), ("'Ana M", "Ana Maria")]
)
def test_a_name_with_a_blank_stays_one_word_in_bash(complete, say, typed, offered):
    say("Ana Maria", room="lobby")
    words = ["sanchat-admin", "users", "ban", typed]

    assert complete("\n".join(words)).splitlines() == [offered]


def test_bash_is_offered_nothing_where_it_counts_other_words(complete, say):
    say("Maria Luisa", room="lobby")
    say("bob", room="lobby")

    assert complete("sanchat-admin\nusers\nban\nAna\\ Maria\nb").split() == []


def test_names_that_would_steer_the_terminal_are_not_offered(complete, say, database):
    say("bob", room="lobby")
    with sqlite3.connect(database) as connection:
        connection.execute("update rooms set name = ?", ("lobby\x1b[2J",))
    connection.close()

    assert complete("sanchat-admin rooms show lo").split() == []
