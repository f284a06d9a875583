"""Where the divider of what is unread stands, and what leads there."""

import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from paces import COUNT_TIMERS
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

# What follows something is over by then, and nobody asks yet whether the server lives.
REST_MS = 4_000
LOOK_AWAY = """(isBack) => {
  document.hasFocus = () => isBack
  dispatchEvent(new Event(isBack ? "focus" : "blur"))
}"""


def test_what_comes_while_nobody_looks_stands_below_a_divider(
    somebody: Callable[..., Person],
) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    with ana.expect_to_read(1):
        ben.say("seen")
    ana.page.evaluate(LOOK_AWAY, False)

    ben.say("@ana, are you there?", "it can wait")

    expect(ana.page).to_have_title("(1) lobby · sanchat")
    expect(ana.page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("unread"))
    expect(ana.page.locator("[data-divider] + article")).to_contain_text("are you there")
    ana.page.evaluate(LOOK_AWAY, True)
    expect(ana.page).to_have_title("lobby · sanchat")
    expect(ana.page.locator("[data-divider]")).to_have_count(1)
    ana.field.press("Escape")
    expect(ana.page.locator("[data-divider]")).to_have_count(0)


def test_a_room_with_much_unread_opens_at_the_divider(somebody: Callable[..., Person]) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    with ana.expect_to_read(1):
        ben.say("seen")
    other = ana.open_tab()
    other.goto(f"{ana.address}/r/general")
    expect(other.locator("h1")).to_have_text("General")
    ana.page.close()
    ben.say(*(f"line {number}" for number in range(40)))

    other.locator(".room", has_text="lobby").click()

    expect(other.locator(".unread-bar")).to_contain_text("40 new since")
    expect(other.locator("[data-divider]")).to_be_in_viewport()
    other.get_by_text("Mark read").click()
    expect(other.locator("[data-divider]")).to_have_count(0)


def test_what_is_kept_unread_keeps_no_timer_running(somebody: Callable[..., Person]) -> None:
    ben, ana = somebody().join("ben"), somebody()
    ben.say("one", "two")
    ana.page.clock.install()
    ana.join("ana")
    ana.page.clock.run_for(REST_MS)
    ana.page.locator(".message").first.hover()
    ana.page.locator(".more-actions").click()
    ana.page.get_by_role("menuitem", name="Mark unread from here").click()
    expect(ana.page.locator("[data-divider]")).to_be_visible()
    ana.page.clock.run_for(REST_MS)
    ana.page.evaluate(COUNT_TIMERS)

    ana.page.clock.run_for(REST_MS)

    assert ana.page.evaluate("short") == []
