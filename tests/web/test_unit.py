"""Runs the page's own unit tests, which need no browser, with whatever Node there is."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"
UNIT = Path(__file__).resolve().parent / "unit"
MINUTES = 60  # seconds


def node() -> str | None:
    """Node from the PATH, else the one that Playwright brings along."""
    found = shutil.which("node")
    if found:
        return found
    try:
        import playwright
    except ImportError:
        return None
    bundled = Path(playwright.__file__).parent / "driver" / "node"
    return str(bundled) if bundled.is_file() else None


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NODE_OPTIONS": ""}
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=5 * MINUTES,
        check=False,
    )


def test_the_unit_tests_of_the_page_pass() -> None:
    program = node()
    if program is None:
        pytest.skip(
            "there is no node on the PATH, and Playwright, which brings one, is not installed"
        )
    tests = sorted(str(path) for path in UNIT.glob("*.test.mjs"))
    assert tests

    result = run(program, "--test", *tests, cwd=UNIT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of web/ with the pinned developers' packages installed."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are needed to check what is made with them")
    copy = tmp_path_factory.mktemp("tools") / "web"
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns("node_modules"))
    installed = run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=copy)
    if installed.returncode != 0:
        pytest.skip(f"npm could not fetch the pinned packages: {installed.stderr.strip()[-200:]}")
    return copy


def test_the_vendored_libraries_are_what_the_lock_file_makes(tools: Path) -> None:
    result = run("node", "tools/vendor.mjs", "--check", cwd=tools)

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_types_of_the_page_hold(tools: Path) -> None:
    compiler = tools / "node_modules" / "typescript" / "bin" / "tsc"
    result = run("node", str(compiler), "-p", "tools/tsconfig.json", cwd=tools)

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_page_names_no_other_server_and_no_folder_of_a_machine() -> None:
    harmless = "http://www.w3.org/"  # the name of a file format, asked of nobody
    for path in sorted(WEB.rglob("*")):
        if not path.is_file() or "node_modules" in path.parts or path.name == "LICENSES.txt":
            continue
        text = path.read_text(encoding="utf-8").replace(harmless, "")
        found = re.findall(r"(?:https?|wss?)://[\w.-]+|/(?:home|root|tmp|work|Users)/\w+", text)
        assert found == [], path
