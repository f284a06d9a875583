"""The table of docs/security.md: each promise has its figure, and tests that bear its number."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = {
    cells[0].strip(): [cell.strip() for cell in cells[1:]]
    for line in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| S\d+ \|", line)
    for cells in [line.strip("|").split("|")]
}


def test_every_promise_has_its_row():
    assert list(ROWS) == [f"S{number}" for number in range(1, 24)]


@pytest.mark.parametrize("promise", ROWS)
def test_every_promise_has_a_figure_and_each_of_its_files_a_test_named_after_it(promise):
    said, files, reached = ROWS[promise]
    named = re.findall(r"`(tests/[^`]+)`", files)

    assert said
    assert re.search(r"\d|all|one", reached)
    assert named
    for file in named:
        tests = re.findall(r"def (test_\w+)\(", (ROOT / file).read_text(encoding="utf-8"))
        assert [test for test in tests if f"_{promise.lower()}_" in test], file
