"""axe-core finds nothing, and the words are those agreed: in light and dark, in both languages."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from tour import DESK, PHONE, Tour
from wording import WORDS, unsaid

pytestmark = pytest.mark.slow

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Two frames: what changes with the width is drawn in the one after it is noticed.
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
FIND = """async (tags) => {
  const { passes, violations } = await axe.run(document, { runOnly: { type: "tag", values: tags } })
  if (passes.length < 10) return "axe has not looked"
  return violations.map(({ id, nodes }) => [id, nodes.map((node) => node.target.join(" "))])
}"""


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_screen_and_state_is_accessible_and_says_what_it_should(
    somebody: Callable[..., Person], server: ChatServer, tools: Path, language: str
) -> None:
    axe = (tools / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    found: list[object] = []
    seen: list[str] = []

    for name, person in Tour(server, somebody, language).stops():
        seen.append(name)
        found += [(name, words) for words in unsaid(person.page, name, language)]
        if not person.page.evaluate("Boolean(window.axe)"):
            person.page.evaluate(axe)
        for size in (DESK, PHONE):  # what hangs at the panel goes with it
            person.page.set_viewport_size(size)
            person.page.evaluate(DRAWN)
            for scheme in ("dark", "light"):
                person.page.emulate_media(color_scheme=scheme)
                problems = person.page.evaluate(FIND, RULES)
                if problems:
                    found.append((name, size["width"], scheme, problems))
        person.page.set_viewport_size(DESK)

    assert found == []
    assert len(seen) == len(set(seen)) > 60
    assert set(WORDS) <= set(seen)
