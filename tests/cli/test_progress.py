"""Long work says on a terminal that it goes on, and how far it is; nowhere else."""

import contextlib
import io

import pytest

from sanchat.cli.admin import app


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


LONG = [  # command, what its bar says
    (("backup", "{}/new.db"), ["Copying", "Cleaning", "Checking"]),
    (("restore", "{}/copy.db", "--yes"), ["Checking", "Copying", "Cleaning"]),
    (("export", "lobby", "--out", "{}/new.html"), ["3/3 messages"]),
    (("import", "{}/rooms.jsonl"), ["kB"]),
    (("import", "{}/2026-11-22.log", "--format", "irc", "--room", "logs"), ["bytes"]),
    (("convert", "{}/rooms.jsonl", "{}/new.txt"), ["kB"]),
    (("messages", "purge", "ana", "--yes"), ["3/3 messages"]),
    (("messages", "delete", "lobby", "1-2", "--yes"), ["2/2 messages"]),
    (("rooms", "delete", "lobby", "--yes"), ["0:00:0"]),
    (("check",), ["0:00:0"]),
]


@pytest.fixture
def watched(database, tmp_path, monkeypatch):
    """Runs `sanchat-admin` in this process; what was drawn where a person looks."""
    monkeypatch.setenv("SANCHAT_DATABASE", str(database))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")

    def run(stream, *arguments):
        words = [word.format(tmp_path) for word in arguments]
        with contextlib.redirect_stderr(stream), contextlib.redirect_stdout(io.StringIO()):
            assert not app(words, standalone_mode=False)
        return stream.getvalue()

    return run


@pytest.mark.parametrize(("command", "words"), LONG, ids=[" ".join(each[:2]) for each, _ in LONG])
def test_long_work_shows_how_far_it_is_to_people_who_look(
    admin, say, tmp_path, watched, command, words
):
    say("ana", "one", "two", "three")
    (tmp_path / "2026-11-22.log").write_text("[10:00] <ana> hi\n")
    assert admin("backup", str(tmp_path / "copy.db")).exit_code == 0
    assert admin("export", "--all", "--out", str(tmp_path / "rooms.jsonl")).exit_code == 0

    drawn = watched(Screen(), *command)

    at = [drawn.find(word) for word in words]
    assert -1 not in at, drawn
    assert at == sorted(at)


def test_nothing_is_drawn_in_a_pipe_or_where_somebody_wants_quiet(say, watched):
    say("ana", "one")

    assert watched(io.StringIO(), "backup", "{}/one.db") == ""
    assert watched(Screen(), "backup", "{}/two.db", "--quiet") == ""
