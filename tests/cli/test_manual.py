"""Help and manual cannot fall behind the programs."""

import pytest
import typer
from typer.testing import CliRunner

from sanchat.cli import admin, main, manual

PROGRAMS = {"sanchat": main.app, "sanchat-admin": admin.app}
COMMANDS = [
    (name, full_name.split()[1:])
    for name, app in PROGRAMS.items()
    for full_name, _ in manual.commands(name, typer.main.get_command(app))
]


def test_the_manual_is_what_the_programs_say():
    assert manual.PATH.read_text() == manual.manual(), "run python -m sanchat.cli.manual"


def test_every_command_is_met():
    assert ("sanchat", ["serve"]) in COMMANDS
    assert ("sanchat-admin", ["rooms", "delete"]) in COMMANDS
    assert len(COMMANDS) >= 25


@pytest.mark.parametrize(("name", "words"), COMMANDS, ids=str)
def test_every_help_says_what_it_does_and_ends_with_two_examples(name, words):
    result = CliRunner().invoke(PROGRAMS[name], [*words, "--help"])

    before, _, examples = result.stdout.partition("\nExamples:\n")
    lines = examples.splitlines()
    assert result.exit_code == 0
    assert len(before.split("\n\n")[1].strip()) > 10
    assert len(lines) == 2
    assert all(f"{name} {' '.join(words)}" in line for line in lines)


@pytest.mark.parametrize(
    "words", [words for name, words in COMMANDS if name == "sanchat-admin"], ids=" ".join
)
def test_every_administration_command_has_the_same_manners(words):
    shown = CliRunner().invoke(admin.app, [*words, "--help"]).stdout

    for option in ("--json", "--quiet", "--no-color"):
        assert option in shown
    for option in ("--database", "SANCHAT_DATABASE"):
        assert (option in shown) == (words != ["convert"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_both_programs_say_which_version_they_are(name):
    result = CliRunner().invoke(PROGRAMS[name], ["--version"])

    assert (result.exit_code, result.stdout) == (0, "sanchat 0.1.0\n")
