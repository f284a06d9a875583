"""axe-core finds nothing: in light and dark, in both languages, on a desk and on a phone."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

SIZES = ({"width": 1440, "height": 1240}, {"width": 390, "height": 844})
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIND = """async (tags) => {
  const { passes, violations } = await axe.run(document, { runOnly: { type: "tag", values: tags } })
  if (passes.length < 10) return "axe has not looked"
  return violations.map(({ id, nodes }) => [id, nodes.map((node) => node.target.join(" "))])
}"""


@pytest.fixture
def examine(tools: Path) -> Callable[[Person], None]:
    """Looks at what a person sees, in both colours and sizes."""
    axe = (tools / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    def find(person: Person) -> None:
        if not person.page.evaluate("Boolean(window.axe)"):
            person.page.evaluate(axe)
        for size in SIZES:
            person.page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                person.page.emulate_media(color_scheme=scheme)
                assert person.page.evaluate(FIND, RULES) == [], (size, scheme)
        person.page.set_viewport_size(SIZES[0])

    return find


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_screen_is_accessible(
    somebody: Callable[..., Person],
    server: ChatServer,
    examine: Callable[[Person], None],
    language: str,
) -> None:
    ben = somebody().join("ben")
    ana = somebody(locale=language, reduced_motion="reduce")

    ana.page.goto(server.address)
    expect(ana.page.locator("#join-name")).to_be_visible()
    examine(ana)
    ana.join("ana")
    ben.say("**a** `b` @ana https://a.example/", "```py\nx = 1\n```", "- a\n- b\n\n> c", "/me d")
    expect(ana.page.locator(".code")).to_be_visible()
    ana.page.locator(".message").first.focus()
    expect(ana.page.locator(".actions")).to_be_visible()
    examine(ana)
    ana.field.press_sequentially("看@")
    expect(ana.page.get_by_role("option")).to_have_count(1)
    examine(ana)
    ana.field.press("Escape")
    ana.page.locator(".rooms .section button").click()
    expect(ana.page.locator("dialog")).to_be_visible()
    examine(ana)
