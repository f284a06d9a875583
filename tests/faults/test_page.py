"""docs/reliability.md leaves no promise without a test, a figure and a command that exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text()


def test_every_promise_has_a_row_with_nothing_left_empty():
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| R")]

    assert [row[0].strip() for row in rows] == [f"R{n}" for n in range(1, 21)]
    for row in rows:
        assert len(row) == 6
        assert all(cell.strip() for cell in row)


def test_every_test_and_program_it_names_exists():
    files = set(re.findall(r"tests/\w+/\w+\.py", PAGE))
    programs = set(re.findall(r"tests\.faults(?:\.\w+)?", PAGE))

    assert len(files) > 5
    assert {file for file in files if not (ROOT / file).is_file()} == set()
    paths = {name: ROOT.joinpath(*name.split(".")) for name in programs}
    missing = {
        name
        for name, path in paths.items()
        if not (path.with_suffix(".py").is_file() or (path / "__main__.py").is_file())
    }
    assert missing == set()


def test_every_fault_and_mutant_is_real():
    from faults.mutants import MUTANTS
    from faults.nemesis import FAULTS

    named = set(re.findall(r"--only (\w+)", PAGE))

    assert named <= FAULTS.keys()
    assert len(MUTANTS) == 6
