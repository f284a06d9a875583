"""The list of the page's rules names each rule, and for each a test that there is."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "page.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([A-Z]+-\d+|section \d) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
FAMILIES = {
    **{"TL": range(1, 11), "UN": range(1, 7), "SE": range(1, 8), "CO": range(1, 8)},
    **{"CM": range(1, 9), "TX": range(1, 8), "NO": range(1, 6), "AX": range(1, 7)},
    **{"SEC": range(6), "ST": range(1, 8)},
}


def test_every_rule_is_listed_once_in_its_order():
    rules = [f"{family}-{number}" for family, numbers in FAMILIES.items() for number in numbers]

    assert [name for name, _, _ in ROWS] == [*rules, "section 8", "section 9"]


def test_every_proof_is_a_test_that_there_is():
    tests = ROOT / "tests" / "web"
    python = "\n".join(path.read_text(encoding="utf-8") for path in tests.glob("test_*.py"))
    node = "\n".join(path.read_text(encoding="utf-8") for path in tests.glob("unit/*.test.mjs"))
    names = set(re.findall(r"^def (test_\w+)", python, re.MULTILINE))
    sentences = set(re.findall(r'^test\("([^"]+)"', node, re.MULTILINE))
    missing = {}
    for rule, _, proofs in ROWS:
        named = re.findall(r"`(test_\w+)`", proofs)
        said = re.findall(r'"([^"]+)"', proofs)
        assert named or said, rule
        missing[rule] = (set(named) - names) | (set(said) - sentences)

    assert {rule: proofs for rule, proofs in missing.items() if proofs} == {}
