"""The shape of the code: which module may know which, and how large one may grow."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the ground up: a module imports only what stands before it, in its own layer too.
LAYERS = [
    [
        "paths",
        "clock",
        "logs",
        "errors",
        "skeleton",
        "addresses",
        "forwarded",
        "credentials",
        "models",
        "opening",
    ],
    [
        "commands",
        "protocol",
        "policy",
        "feed",
        "limits",
        "hashing",
        "passwords",
        "settings",
        "changes",
        "adoption",
        "identity",
        "measures",
        "mentions",
    ],
    ["store", "broker"],
    [
        "tasks",
        "load",
        "frames",
        "websocket",
        "handshake",
        "keepalive",
        "connection",
        "veil",
        "audience",
        "hub",
        "journal",
        "metrics",
        "presence",
    ],
    [
        "replay",
        "moderation",
        "belonging",
        "room_acts",
        "accounts",
        "invitations",
        "sessions",
        "chat",
        "retention",
        "standing",
        "bans",
        "acting",
        "tidying",
        "server",
    ],
    ["routes"],
    ["welcome", "serving", "app"],
    ["__main__"],
]
ORDER = [name for layer in LAYERS for name in layer]
SANIC_INTERNALS = ("sanic.server", "sanic.http", "sanic.models", "sanic.touchup", "sanic.worker")
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "common", "base", "manager", "misc"}
LARGEST_FILE_LINES = 400

MODULES = sorted((ROOT / "sanchat").rglob("*.py"))
COMMANDS = sorted((ROOT / "cli").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PAGE = sorted(
    path
    for folder in ("js", "css")
    for path in (ROOT / "web" / folder).rglob("*")
    if path.suffix in {".js", ".css"}
)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.relative_to(ROOT)} imports relatively"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def place(dotted: str) -> int:
    """Where in ORDER a module such as `sanchat.store.sqlite` stands; -1 for the bare package."""
    name = dotted.split(".")[1]
    if name == "__version__":
        return -1
    assert name in ORDER, f"say in LAYERS where sanchat.{name} stands"
    return ORDER.index(name)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_knows_only_what_lies_below_it(path):
    own = ["sanchat", *path.relative_to(ROOT / "sanchat").with_suffix("").parts]
    if own == ["sanchat", "__init__"]:
        return
    outside = {"sanchat.cli"} if own[1] == "__main__" else set()

    for name in imports_of(path):
        if name.split(".")[0] == "sanchat" and ".".join(name.split(".")[:2]) not in outside:
            same_package = name.split(".")[1] == own[1] and len(own) > 2
            assert same_package or place(name) < place(".".join(own)), f"it imports {name}"


@pytest.mark.parametrize(
    "path", [*MODULES, *COMMANDS], ids=lambda path: str(path.relative_to(ROOT))
)
def test_only_the_handshake_knows_what_is_inside_sanic(path):
    if path != ROOT / "sanchat" / "handshake.py":
        assert [name for name in imports_of(path) if name.startswith(SANIC_INTERNALS)] == []


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_command_imports_by_the_name_it_has_when_installed(path):
    unreal = {"cli", "web", "migrations", "tests"}

    assert [name for name in imports_of(path) if name.split(".")[0] in unreal] == []


def test_files_are_small_and_named_after_what_they_are_about():
    files = [*MODULES, *COMMANDS, *PAGE, *TESTS]

    lines = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in files}
    too_long = {name: count for name, count in lines.items() if count > LARGEST_FILE_LINES}
    named = [*MODULES, *COMMANDS, *TESTS]
    nameless = [str(path) for path in named if path.stem in NAMES_THAT_SAY_NOTHING]

    assert too_long == {}
    assert nameless == []
