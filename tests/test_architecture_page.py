"""The description of the architecture names every module that there is, and none that is not."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
MODULES = PAGE[PAGE.index("## Modules") : PAGE.index("## The way of a message")]


def test_every_module_has_its_place_in_the_reading_order():
    named = set(re.findall(r"`(\w+)`", MODULES))
    modules = {
        path.parent.name if path.stem == "__init__" else path.stem
        for path in (ROOT / "sanchat").rglob("*.py")
    } - {"sanchat", "__main__", "routes"}

    assert modules - named == set()


def test_every_table_is_mentioned():
    scripts = (ROOT / "migrations" / "sqlite").glob("*.sql")
    tables = {
        name for path in scripts for name in re.findall(r"create table (\w+)", path.read_text())
    }
    section = PAGE[PAGE.index("## The store") : PAGE.index("## Acts and doorbells")]

    assert {table for table in tables if f"`{table}`" not in section} == set()


def test_its_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
