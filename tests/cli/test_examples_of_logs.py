"""The examples at the end of the help texts of logs and terminals work as they stand."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from sanchat.cli import admin as administration
from sanchat.cli import main, manual

ROOT = Path(__file__).resolve().parents[2]
LOG = "[03:10] <ana> hello\n[03:11]  * ben waves\n"


def examples(name, app, *verbs):
    commands = manual.commands(name, typer.main.get_command(app))
    return [
        line.strip()
        for full_name, command in commands
        if full_name.split()[1] in verbs
        for line in command.epilog.splitlines()[1:]
    ]


LOGS = examples("sanchat-admin", administration.app, "export", "import", "convert")
NETWORK = examples("sanchat", main.app, "send", "tail")
CHATS = examples("sanchat", main.app, "chat")


@pytest.mark.parametrize("line", LOGS)
def test_an_example_of_logs_works(admin, say, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "2004-11-15_03.log").write_text(LOG)
    say("ana", "hello", room="lobby")
    if "everything.jsonl" in line and "--out" not in line:
        assert admin("export", "--all", "--out", "everything.jsonl").exit_code == 0

    result = admin(*shlex.split(line)[1:])

    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("line", NETWORK)
def test_an_example_over_the_network_works(
    admin,
    database,
    server,
    outside,
    sanchat,
    tmp_path,
    line,
):
    assert admin("rooms", "create", "lobby", "ops").exit_code == 0
    assert sanchat("send", "lobby", "hello", "--name", "ana").returncode == 0
    sessions = json.loads((tmp_path / "state" / "sanchat" / "sessions.json").read_text())
    (tmp_path / ".sanchat-token").write_text(next(iter(sessions.values())))
    pipe = line.replace("https://chat.example.org", server.origin).split(" | ")
    (ours,) = (part for part in pipe if part.startswith("sanchat "))
    words = shlex.split(ours.replace("~", str(tmp_path)))[1:]
    if words[0] == "send" or "--no-follow" in words:
        result = sanchat(*words, input="up 3 days\n")
        assert result.returncode == 0, result.stderr
        assert result.stdout
        return

    command = [sys.executable, "-m", "sanchat", *words]
    with subprocess.Popen(
        command, cwd=ROOT, env=outside, stdout=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stdout is not None
        assert '"text":"hello"' in follower.stdout.readline()
        follower.kill()


@pytest.mark.parametrize("line", CHATS)
def test_an_example_of_chatting_works(admin, server, open_screen, line):
    assert admin("rooms", "create", "lobby", "上海").exit_code == 0
    words = shlex.split(line.replace("https://chat.example.org", server.origin))[2:]

    screen = open_screen(*words)

    screen.wait_for("/help shows the commands")
