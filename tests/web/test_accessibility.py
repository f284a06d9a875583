"""axe-core finds nothing: in light and dark, in both languages, on a desk and on a phone."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


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
