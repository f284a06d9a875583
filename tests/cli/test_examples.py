"""Every example at the end of a help text does what it says it does."""

import re
import shlex

import pytest
import typer

from sanchat.cli import admin as program
from sanchat.cli import manual
from sanchat.cli.failures import Exit

# Their own tests run the examples of these.
ELSEWHERE = {"export", "import", "convert"}
EXAMPLES = [
    (name, line.strip())
    for name, command in manual.commands("sanchat-admin", typer.main.get_command(program.app))
    if name.split()[1] not in ELSEWHERE
    for line in command.epilog.splitlines()[1:]
]
NOBODY = ("https://chat.example.org", "https://localhost:1")
ROOMS = ["kitchen", "old-plans", "plans-2024", "plans-2025", "spam", "more-spam", "news"]
ANA = ("users", "create", "ana")
WEATHER = ("tokens", "create", "weather", "--scope", "read")
BEFORE = {
    "rooms create": [
        ("rooms", "delete", "kitchen", "--yes"),
        ("rooms", "delete", "lobby", "--yes"),
    ],
    "rooms restore": [("rooms", "archive", "old-plans", "plans-2024", "plans-2025")],
    "rooms set": [("rooms", "create", "plans")],
    "rooms show": [],
    "members list": [("rooms", "create", "plans")],
    "members add": [("rooms", "create", "plans")],
    "members remove": [("rooms", "create", "plans"), ("members", "add", "plans", "ana", "eve")],
    "members role": [("rooms", "create", "plans"), ("members", "add", "plans", "ana")],
    "users unban": [
        ("users", "ban", "mallory"),
        ("users", "ban", "mallory", "eve", "--room", "lobby"),
    ],
    "users unmute": [
        ("users", "mute", "mallory"),
        ("users", "mute", "mallory", "eve", "--room", "lobby"),
    ],
    "users passwd": [ANA],
    "users reset-link": [ANA],
    "users role": [ANA, ("users", "create", "ben", "--role", "moderator")],
    "users enable": [("users", "disable", "mallory", "eve")],
    "invites create": [("rooms", "create", "plans")],
    "invites list": [("rooms", "create", "plans")],
    "invites revoke": [("invites", "create")] * 3,
    "tokens list": [WEATHER],
    "tokens revoke": [WEATHER],
    "restore": [("backup", "chat-2026-11-22.db")],
}


@pytest.fixture
def world(admin, say, tmp_path, monkeypatch):
    """The rooms and people of the examples; relative files lie in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SANCHAT_PASSWORD", "seven herons in the fog")
    (tmp_path / "backups").mkdir()
    (tmp_path / "team.toml").write_text('[[users]]\nname = "zoe"\n')
    for number in range(15):
        say(f"guest-{number}")
    say("eve")
    say("ana")
    say("mallory", *(f"text {number}" for number in range(30)))
    admin("rooms", "create", *ROOMS, *(f"room-{number}" for number in range(9)))


@pytest.mark.parametrize(("name", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_an_example_works_as_it_stands(admin, world, tmp_path, name, line):
    for words in BEFORE.get(name.removeprefix("sanchat-admin "), []):
        assert admin(*words).exit_code == 0, words
    command = line.split(" | ")
    (ours,) = [part for part in command if part.startswith("sanchat-admin")]
    words = [
        word.replace("/var/backups", str(tmp_path / "backups")).replace(*NOBODY)
        for word in shlex.split(ours)[1:]
    ]
    piped = {"echo": "Back again.\n", "pass": "seven herons in the fog\n"}.get(line.split()[0])

    result = admin(*words, input=piped)

    if words[0] == "doctor" and "--url" in words:
        # Nobody serves there; security/test_behind_real_proxies.py has who does.
        assert result.exit_code == Exit.UNVERIFIED
        assert "public URL" in result.stdout
        return
    assert result.exit_code == 0, result.stderr
    if "--dry-run" not in words:
        # A link made without the server's address is good on this machine alone, which is said.
        assert re.sub(r"^The link is for this machine: .*\n", "", result.stderr) == ""


def test_the_examples_of_every_command_are_met():
    assert len(EXAMPLES) == 2 * len({name for name, _ in EXAMPLES})
    assert len(EXAMPLES) >= 50
