"""Runs the page's own unit tests, which need no browser, with whatever Node there is."""

import os
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


def test_the_vendored_libraries_are_what_the_lock_file_makes(tmp_path: Path) -> None:
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        pytest.skip("node and npm are needed to make the vendored files again")
    copy = tmp_path / "web"
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns("node_modules"))
    installed = run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=copy)
    if installed.returncode != 0:
        pytest.skip(f"npm could not fetch the pinned packages: {installed.stderr.strip()[-200:]}")

    result = run(program, "tools/vendor.mjs", "--check", cwd=copy)

    assert result.returncode == 0, result.stdout + result.stderr
