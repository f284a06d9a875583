"""The page on a phone: one screen at a time, and the way back."""

import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from playwright.sync_api import Route, expect

pytestmark = pytest.mark.slow

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LONG_PRESS_MS = 500
# What it asks for cannot be held up.
NO_WORKER = "delete Navigator.prototype.serviceWorker"


def test_back_walks_from_the_sheet_to_the_room_to_the_rooms(
    somebody: Callable[..., Person],
) -> None:
    """Each step is one of the browser's history, and forward goes the same way again."""
    ana = somebody(**PHONE).join("ana")
    page = ana.page
    page.get_by_label("Back to rooms").tap()
    expect(page.locator("sc-rooms")).to_be_visible()
    page.locator(".room", has_text="lobby").tap()
    expect(ana.field).to_be_visible()
    page.get_by_label("Members").tap()
    expect(page.locator(".panel")).to_be_visible()

    page.go_back()
    expect(page.locator(".panel")).to_have_count(0)
    expect(ana.field).to_be_visible()
    page.go_back()
    expect(page.locator("sc-rooms")).to_be_visible()
    expect(ana.field).to_be_hidden()
    page.go_forward()
    expect(ana.field).to_be_visible()
    page.go_forward()
    expect(page.locator(".panel")).to_be_visible()


def beside_a_link_to_the_attic(somebody: Callable[..., Person]) -> Person:
    """Somebody with a phone in the lobby, where another has posted a link to the attic."""
    ben, ana = somebody().join("ben", "attic"), somebody(**PHONE).join("ana")
    ben.enter("lobby")
    ben.say(f"see {ana.address}/r/attic")
    return ana


def test_the_way_back_leads_to_the_rooms_also_for_who_came_by_a_link(
    somebody: Callable[..., Person],
) -> None:
    """The browser's own way back goes where they came from."""
    ana = beside_a_link_to_the_attic(somebody)
    page = ana.page
    page.get_by_label("Back to rooms").tap()
    page.locator(".room", has_text="lobby").tap()
    page.locator(".body a").tap()
    expect(page.locator("h1")).to_have_text("attic")
    page.go_back()
    expect(page.locator("h1")).to_have_text("lobby")
    page.go_forward()
    expect(page.locator("h1")).to_have_text("attic")

    page.get_by_label("Back to rooms").tap()

    expect(page.locator("sc-rooms")).to_be_visible()
    expect(ana.field).to_be_hidden()
    page.go_forward()
    expect(page.locator("h1")).to_have_text("lobby")


def test_the_way_back_leads_to_the_rooms_where_they_were_never_seen(
    somebody: Callable[..., Person],
) -> None:
    """Who opened a room by its address and followed a link from there."""
    ana = beside_a_link_to_the_attic(somebody)
    page = ana.page
    page.locator(".body a").tap()
    expect(page.locator("h1")).to_have_text("attic")

    page.get_by_label("Back to rooms").tap()

    expect(page.locator("sc-rooms")).to_be_visible()
    expect(ana.field).to_be_hidden()
    page.go_back()
    expect(page.locator("h1")).to_have_text("lobby")


def test_the_way_back_leads_to_the_rooms_after_more_steps_than_a_browser_keeps(
    somebody: Callable[..., Person],
) -> None:
    """From room to room by the keys of a tablet, say: Chromium keeps fifty steps."""
    somebody().join("ben")
    ana = somebody(**PHONE).join("ana", "attic")
    page = ana.page
    ana.page.goto(f"{ana.address}/r/lobby")
    ana.expect_live()
    page.get_by_label("Back to rooms").tap()
    page.locator(".room", has_text="lobby").tap()
    for step in range(60):
        page.keyboard.press("Alt+ArrowDown")
        expect(page.locator("h1")).to_have_text("lobby" if step % 2 else "attic")

    page.get_by_label("Back to rooms").tap()

    expect(page.locator("sc-rooms")).to_be_visible()


def test_a_room_that_is_not_there_leads_to_the_rooms(somebody: Callable[..., Person]) -> None:
    ana = somebody(**PHONE).join("ana")
    ana.page.goto(f"{ana.address}/r/nowhere")

    ana.page.locator(".screen").get_by_role("button", name="Back to rooms").tap()

    expect(ana.page.locator("sc-rooms")).to_be_visible()
    expect(ana.page.locator(".screen")).to_be_hidden()


def test_the_way_back_says_how_much_is_unread_elsewhere(somebody: Callable[..., Person]) -> None:
    ben = somebody().join("ben", "attic")
    ana = somebody(**PHONE).join("ana", "attic")
    ana.page.goto(f"{ana.address}/r/lobby")
    back = ana.page.locator(".back")
    expect(ana.page.locator("h1")).to_have_text("lobby")
    expect(back).to_have_attribute("aria-label", "Back to rooms")

    ben.say("one", "two")
    expect(back).to_have_attribute("aria-label", "Back to rooms, 2 unread elsewhere")
    expect(back).to_have_attribute("data-count", "2")
    expect(back).to_have_class(re.compile("quiet"))
    ben.say("@ana three")
    expect(back).not_to_have_class(re.compile("quiet"))

    back.tap()
    ana.page.locator(".room", has_text="attic").tap()
    expect(ana.sent).to_have_count(3)
    expect(back).not_to_have_attribute("data-count", re.compile("."))
    expect(back).to_have_attribute("aria-label", "Back to rooms")


def test_a_tap_opens_no_menu_though_its_tools_come_after_the_finger_has_left(
    somebody: Callable[..., Person],
) -> None:
    somebody().join("ben").say("hello")
    ana = somebody(**PHONE)
    ana.context.add_init_script(NO_WORKER)
    ana.page.clock.install()
    ana.join("ana").page.reload()
    ana.expect_live()
    held: list[Route] = []
    ana.page.route("**/toolbar.js", lambda route: held.append(route))

    with ana.page.expect_request("**/toolbar.js"):
        ana.page.locator(".message .body").tap()
    held[0].continue_()
    expect(ana.page.locator(".more-actions")).to_be_visible()
    ana.page.clock.run_for(LONG_PRESS_MS * 2)

    expect(ana.page.get_by_role("menu")).to_have_count(0)
