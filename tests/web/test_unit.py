"""Runs the page's own unit tests, which need no browser, with whatever Node there is."""

import re
from pathlib import Path

import pytest
from programs import node, run

WEB = Path(__file__).resolve().parents[2] / "web"
UNIT = Path(__file__).resolve().parent / "unit"


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


def test_the_vendored_libraries_are_what_the_lock_file_makes(tools: Path) -> None:
    result = run("node", "tools/vendor.mjs", "--check", cwd=tools)

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_types_of_the_page_hold(tools: Path) -> None:
    compiler = tools / "node_modules" / "typescript" / "bin" / "tsc"
    result = run("node", str(compiler), "-p", "tools/tsconfig.json", cwd=tools)

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_page_names_no_other_server_and_no_folder_of_a_machine() -> None:
    # The name of a file format, and where a warning of a library is explained: asked of nobody.
    harmless = re.compile("http://www.w3.org/|https://github.com/highlightjs/")
    for path in sorted(WEB.rglob("*")):
        if not path.is_file() or "node_modules" in path.parts or path.name == "LICENSES.txt":
            continue
        text = harmless.sub("", path.read_text(encoding="utf-8"))
        found = re.findall(r"(?:https?|wss?)://[\w.-]+|/(?:home|root|tmp|work|Users)/\w+", text)
        assert found == [], path
