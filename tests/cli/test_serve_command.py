"""`sanchat serve`: which setting wins, what is refused, what it says, and how quickly it helps."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from typer.testing import CliRunner

from sanchat.cli.failures import Exit
from sanchat.cli.main import app

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def serve(monkeypatch, tmp_path):
    """Runs `sanchat serve` up to where the server would start, and returns its settings."""
    started = []
    server = ModuleType("sanchat.app")
    server.run = started.append
    monkeypatch.setitem(sys.modules, "sanchat.app", server)
    for name in ("PORT", "HOST", "CONFIG", "NO_LIMITS"):
        monkeypatch.delenv(f"SANCHAT_{name}", raising=False)

    def run(*arguments, **environment):
        more = {"SANCHAT_DATABASE": str(tmp_path / "chat.db")} | environment
        result = CliRunner().invoke(app, ["serve", *arguments], env=more)
        assert result.exit_code == 0, result.stderr
        return started.pop()

    return run


def test_the_command_line_wins_over_environment_over_file_over_defaults(serve, tmp_path):
    config = tmp_path / "sanchat.toml"
    config.write_text('port = 3001\nhost = "127.0.0.3"\nallow_host = ["three.example"]\n')

    assert serve().port == 8000
    assert serve("--config", str(config)).port == 3001
    assert serve(SANCHAT_CONFIG=str(config)).port == 3001
    assert serve("--config", str(config), SANCHAT_PORT="3002").port == 3002
    last = serve("--config", str(config), "--port", "3003", SANCHAT_PORT="3002")
    assert (last.port, last.host, last.allow_host) == (3003, "127.0.0.3", ("three.example",))


def test_what_can_be_given_several_times_is_kept_in_full(serve):
    settings = serve(
        *("--allow-host", "a.example", "--allow-host", "b.example"),
        *("--allow-origin", "https://c.example", "--no-limits", "--no-qr", "--insecure"),
    )

    assert settings.allow_host == ("a.example", "b.example")
    assert settings.allow_origin == ("https://c.example",)
    assert (settings.limits, settings.qr, settings.insecure) == (False, False, True)


def test_the_environment_may_name_several_too(serve):
    settings = serve(
        SANCHAT_ALLOW_HOST="a.example,b.example", SANCHAT_NO_LIMITS="1", SANCHAT_NO_QR="1"
    )

    assert settings.allow_host == ("a.example", "b.example")
    assert (settings.limits, settings.qr) == (False, False)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--port", "70000"), Exit.USAGE, "--port"),
        (("--port", "many"), Exit.USAGE, "--port"),
        (("--public-url", "http://chat.example.org"), Exit.FAILED, "https://"),
        (("--config", "nowhere.toml"), Exit.FAILED, "nowhere.toml"),
    ],
)
def test_what_cannot_be_served_is_refused_with_a_sentence(arguments, code, words):
    result = CliRunner().invoke(app, ["serve", *arguments])

    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_on_windows_it_says_what_to_do_instead(monkeypatch):
    # Of this module alone: Typer's libraries look for files of the platform while they load.
    monkeypatch.setattr("sanchat.cli.main.sys", SimpleNamespace(platform="win32"))

    result = CliRunner().invoke(app, ["serve"])

    assert result.exit_code == Exit.FAILED
    assert "WSL" in result.stderr


def test_help_names_every_variable_and_loads_no_server():
    script = (
        "import sys; from sanchat.cli.main import app\n"
        "try: app(['serve', '--help'])\n"
        "finally: print('sanic' in sys.modules, 'rich' in sys.modules)"
    )

    shown = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=20
    ).stdout

    assert shown.endswith("False False\n")
    for name in (
        *(
            "SERVER_NAME",
            "NO_QR",
            "HOST",
            "PORT",
            "DATABASE",
            "PUBLIC_URL",
            "INSECURE",
            "ALLOW_HOST",
            "ALLOW_ORIGIN",
        ),
        *("NO_LIMITS", "CONFIG"),
    ):
        assert f"SANCHAT_{name}" in shown


ON_THE_NETWORK = ("--host", "0.0.0.0", "--port", "0", "--insecure", "--no-limits")


@pytest.mark.parametrize(("more", "is_shown"), [((), True), (("--no-qr",), False)])
def test_on_a_terminal_a_picture_of_the_join_link_follows_the_addresses(
    open_screen, tmp_path, more, is_shown
):
    database = str(tmp_path / "network.db")
    screen = open_screen(*ON_THE_NETWORK, "--database", database, *more, command="serve")

    shown = screen.wait_for("Ctrl+C stops.\r\n")
    # What is typed is echoed, after all that was written before.
    screen.type("here\n")
    shown += screen.wait_for("here")

    others = [one for one in re.findall(r"http://\S+/", shown) if "127.0.0.1" not in one]
    if not others:
        pytest.skip("this machine has no address but its own")
    assert ("▀▀▀▀" in shown) is is_shown
    assert (f"scan this: {others[0]}r/general" in shown) is is_shown


def test_where_nobody_looks_the_addresses_come_alone(outside, tmp_path):
    arguments = ["serve", *ON_THE_NETWORK, "--database", str(tmp_path / "network.db")]
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
        words = first + process.stdout.read()

    assert first.startswith("sanchat is ready: open http://127.0.0.1:")
    assert words.endswith("Ctrl+C stops.\n")
    assert "█" not in words


def test_on_windows_the_administrators_program_says_so_in_one_sentence():
    absent = ("fcntl", "resource", "pwd")
    code = (
        f"import sys; sys.platform = 'win32'; sys.modules |= dict.fromkeys({absent}); "
        "import sanchat.cli.admin"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )

    assert result.returncode == 1
    assert result.stderr.startswith("Error: sanchat-admin does not run on Windows.\nHint: ")
