"""What the documents tell people to do is there to be done."""

import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

import sanchat
from sanchat.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda path: path.as_posix()
)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def commands(text: str) -> list[list[str]]:
    """Each line of the text's shell blocks that starts one of our programs, as words."""
    lines = "".join(blocks(text, "sh")).replace("\\\n", " ").splitlines()
    split = [shlex.split(line, comments=True) for line in lines]
    return [words for words in split if words and words[0] in {"sanchat", "sanchat-admin"}]


def test_the_readme_opens_with_one_command_to_serve_and_one_to_test():
    first = blocks(README, "sh")[0].splitlines()

    assert [shlex.split(line, comments=True) for line in first] == [
        ["python3", "scripts/serve"],
        ["python3", "scripts/test"],
    ]
    assert README.index("```sh") < 400


def test_every_script_that_is_spoken_of_exists():
    text = "".join(path.read_text() for path in DOCUMENTS)

    named = set(re.findall(r"(?<![\w/])scripts/[a-z]+", text))

    assert {name for name in named if not (ROOT / name).is_file()} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(path):
    prose = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S)
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)

    inside = [target.split("#")[0] for target in targets if "://" not in target]

    assert [target for target in inside if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("words", commands(README), ids=" ".join)
def test_the_commands_of_the_readme_exist_with_their_options(words):
    program = {"sanchat": "main", "sanchat-admin": "admin"}[words[0]]
    options = {word for word in words if word.startswith("--")}
    # `serve` itself; noun and verb, or the one word of export and import.
    path = words[1:2] if words[1] in {"serve", "export", "import"} else words[1:3]

    code = f"from sanchat.cli.{program} import app; app()"
    run = subprocess.run(
        [sys.executable, "-c", code, *path, "--help"],
        capture_output=True,
        text=True,
        env={"COLUMNS": "200", "NO_COLOR": "1", "PATH": ""},
        cwd=ROOT,
    )

    assert run.returncode == 0, run.stderr
    assert {option for option in options if option not in run.stdout} == set()


def test_the_tutorial_client_fits_into_five_lines_of_python():
    [client] = blocks(README, "python")

    compile(client, "README.md", "exec")
    assert len([line for line in client.splitlines() if line]) == 5


def test_the_changelog_has_this_version():
    assert f"\n## {sanchat.__version__}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_operators_learn_of_every_file_beside_the_database():
    text = (ROOT / "docs" / "operating.md").read_text()

    for name in ("FILE-wal", "FILE-shm", "FILE.lock", "FILE.life", "FILE.bells/"):
        assert f"`{name}`" in text


def test_every_dependency_has_its_reason_written_down():
    text = (ROOT / "docs" / "decisions" / "0012-dependencies.md").read_text().lower()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["test"]

    names = {re.match(r"[a-z0-9-]+", line.lower())[0] for line in needed}

    assert {name for name in names if name not in text} == {"setuptools"}


def test_the_manual_names_every_setting():
    names = {field.name for field in fields(Settings)}
    manual = (ROOT / "docs" / "operating.md").read_text()

    assert {name for name in names if f"| `{name}` |" not in manual} == set()
