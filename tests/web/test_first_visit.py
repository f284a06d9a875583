"""What a first visit fetches, and what it can do with no more than that."""

import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from meter import check_budgets, first_load
from playwright.sync_api import Browser, Route, expect

pytestmark = pytest.mark.slow


def test_a_first_visit_asks_for_few_and_small_files(
    somebody: Callable[..., Person], server: ChatServer, browser: Browser
) -> None:
    """Everything counts that is asked for while the person does nothing, as the server sends it."""
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.say("first", "**second**", "- third")
    expect(ben.sent).to_have_count(3)

    files = first_load(browser, server, ana, "lobby")

    check_budgets(files)


def test_what_is_written_just_after_loading_is_kept_and_sent(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    """Nothing more can be had from the server than what brings the field."""
    ana = somebody(service_workers="block").join("ana")
    page = ana.page.request.get(f"{server.address}/r/lobby").text()
    with_page = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert with_page

    def only_with_page(route: Route) -> None:
        path = route.request.url.removeprefix(server.address)
        if path in with_page or not path.endswith(".js"):
            route.continue_()
        else:
            route.abort()

    ana.may_be_offline = True
    ana.page.route("**/static/**", only_with_page)
    ana.page.reload()
    ana.expect_live()
    server.kill()
    ana.say("one", "two")
    expect(ana.page.locator(".message.pending .sending")).to_have_text(
        ["Waiting for connection"] * 2
    )
    expect(ana.page.locator(".banner")).to_contain_text("2 messages waiting.")

    server.start()

    expect(ana.sent).to_have_text(["one", "two"], timeout=40_000)
    ana.errors.clear()  # Playwright says that it has blocked the worker
