"""Runs the page's own unit tests, which need no browser, with whatever Node there is."""

import re
from pathlib import Path

import pytest
from programs import node, run

from sanchat.routes.pages import without_comments

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


def test_of_our_modules_all_but_the_comments_is_served_line_by_line(
    tools: Path, tmp_path: Path
) -> None:
    """Whoever knows the language well finds the same program in both."""
    modules = {path: path.read_bytes() for path in sorted((WEB / "js").rglob("*.js"))}
    served = {path: without_comments(code) for path, code in modules.items()}
    assert sum(map(len, served.values())) < 0.85 * sum(map(len, modules.values()))
    for path, code in modules.items():
        assert served[path].count(b"\n") == code.count(b"\n"), path
    programs = []
    for side, codes in (("written", modules), ("served", served)):
        for path, code in codes.items():
            copy = tmp_path / side / path.relative_to(WEB)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(code)
        out = tmp_path / f"{side}-short"
        names = [str(path) for path in sorted((tmp_path / side).rglob("*.js"))]
        shorten = ["--minify-whitespace", "--legal-comments=none", f"--outdir={out}"]
        esbuild = tools / "node_modules" / "esbuild" / "bin" / "esbuild"
        outbase = f"--outbase={tmp_path / side}"
        made = run("node", str(esbuild), *shorten, outbase, *names, cwd=tmp_path)
        assert made.returncode == 0, made.stderr
        programs.append({path.relative_to(out): path.read_bytes() for path in out.rglob("*.js")})
    assert len(programs[0]) == len(modules)
    assert programs[0] == programs[1]


def test_the_page_names_no_other_server_and_no_folder_of_a_machine() -> None:
    # The name of a file format, and where a warning of a library is explained: asked of nobody.
    harmless = re.compile("http://www.w3.org/|https://github.com/highlightjs/")
    for path in sorted(WEB.rglob("*")):
        if not path.is_file() or "node_modules" in path.parts or path.name == "LICENSES.txt":
            continue
        text = harmless.sub("", path.read_text(encoding="utf-8"))
        found = re.findall(r"(?:https?|wss?)://[\w.-]+|/(?:home|root|tmp|work|Users)/\w+", text)
        assert found == [], path
