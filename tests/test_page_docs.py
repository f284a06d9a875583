"""The list of the page's rules names each rule, and for each a test that there is."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "page.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([A-Z]+-\d+|section \d) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
KEYS = re.findall(
    r"^\| (.+?) \| .+? \| (`test_.+) \|$", PAGE.partition("\n## The keys\n")[2], re.MULTILINE
)
FAMILIES = {
    **{"TL": range(1, 11), "UN": range(1, 7), "SE": range(1, 8), "CO": range(1, 8)},
    **{"CM": range(1, 9), "TX": range(1, 8), "NO": range(1, 6), "AX": range(1, 7)},
    **{"SEC": range(6), "ST": range(1, 8)},
}


def test_every_rule_is_listed_once_in_its_order():
    rules = [f"{family}-{number}" for family, numbers in FAMILIES.items() for number in numbers]

    assert [name for name, _, _ in ROWS] == [*rules, "section 8", "section 9"]


def test_every_key_that_the_page_lists_is_listed_here_with_its_test():
    code = (ROOT / "web" / "js" / "ui" / "sc-shortcuts.js").read_text(encoding="utf-8")
    shown = [
        " ".join(key.strip('"') for key in keys.split(", ")).replace("MOD", "Ctrl")
        for keys in re.findall(r"\[\[(.+?)\], t\(", code)
    ]
    tests = "\n".join(
        (ROOT / "tests" / "web" / name).read_text(encoding="utf-8")
        for name in ("test_keyboard.py", "test_keys_of_a_message.py")
    )
    written = set(re.findall(r"^def (test_\w+)", tests, re.MULTILINE))
    named = {name for _, proofs in KEYS for name in re.findall(r"`(test_\w+)`", proofs)}

    assert len(shown) > 10
    assert [keys for keys, _ in KEYS] == shown
    assert written == named | {
        "test_letters_act_on_a_focused_message_alone_and_else_go_into_the_field"
    }


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
