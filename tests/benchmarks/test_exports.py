"""The benchmark of exports measures beside real work, and says where there was none."""

import subprocess
import sys

from benchmarks.exports import Work, admin
from harness import ROOT


def test_every_line_of_the_table_is_measured() -> None:
    few = ["--messages", "3000", "--seconds", "0.3", "--turns", "1", "--only", "txt,import"]
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.exports", *few],
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    rows = [line for line in result.stdout.splitlines() if line.startswith(("| txt", "| import"))]
    assert len(rows) == 2
    assert all(number.strip() for row in rows for number in row.split("|")[2].split(","))


def test_work_that_fails_is_not_taken_for_work(tmp_path) -> None:
    with Work(lambda: admin(tmp_path / "none.db", "export", "nowhere")) as work:
        work._thread.join(30)

    assert "no database" in work.failed
