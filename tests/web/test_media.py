"""The page on paper, with few colours, and where nothing should move."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

MANY = 80
MOVING = "document.getAnimations().length"
BACKGROUND = """(it) => {
  const [red, green, blue] = getComputedStyle(it).backgroundColor.match(/\\d+/g).map(Number)
  return red + green + blue
}"""


def test_a_printed_room_is_its_log_whole_and_nothing_else(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody(color_scheme="dark").join("ana")
    ana.say(*(f"line {number}" for number in range(MANY)), "```\nwide " + "x" * 300 + "\n```")
    expect(ana.sent).to_have_count(MANY + 1)
    screen = ana.page.locator("sc-timeline").bounding_box()

    ana.page.emulate_media(media="print")

    paper = ana.page.locator("sc-timeline").bounding_box()
    assert screen is not None
    assert paper is not None
    assert paper["height"] > 3 * screen["height"]
    expect(ana.page.locator("h1")).to_be_visible()
    expect(ana.page.locator(".message .body").first).to_be_visible()
    for part in (".side", ".panel", "sc-composer", ".head button"):
        expect(ana.page.locator(part).first).to_be_hidden()
    assert ana.page.locator("body").evaluate(BACKGROUND) > 700
    assert ana.page.evaluate("document.documentElement.scrollWidth") <= 1280
    pages = ana.page.pdf().count(b"/Type /Page\n")
    assert pages > 1


def test_where_less_motion_is_wanted_nothing_moves(somebody: Callable[..., Person]) -> None:
    ben = somebody().join("ben")
    ana = somebody(reduced_motion="reduce").join("ana")
    ben.field.press("x")
    expect(ana.page.locator(".typing")).to_contain_text("ben")
    assert ana.page.evaluate(MOVING) == 0
    ana.page.get_by_label("Room menu").click()
    expect(ana.page.locator(".menu")).to_be_visible()
    assert ana.page.evaluate(MOVING) == 0


def test_with_forced_colours_what_matters_is_still_told_apart(
    somebody: Callable[..., Person],
) -> None:
    ana, ben = somebody(forced_colors="active").join("ana"), somebody().join("ben")
    ana.enter("attic")
    ben.say("@ana look")
    badge = ana.page.locator(".rooms .badge")
    expect(badge).to_have_text("mentions: 1")
    colours = badge.evaluate(
        "(it) => [getComputedStyle(it).color, getComputedStyle(it).backgroundColor]"
    )
    assert colours[0] != colours[1]
    current = ana.page.locator(".room[aria-current]")
    other = ana.page.locator(".room:not([aria-current])").first
    look = """(it) => {
      const { outlineStyle, borderStyle, fontWeight, backgroundColor } = getComputedStyle(it)
      return [outlineStyle, borderStyle, fontWeight, backgroundColor].join()
    }"""
    assert current.evaluate(look) != other.evaluate(look)
