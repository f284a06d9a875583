"""What the server says to a person is in the language of their page, also where it is new to it."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from line import Line
from playwright.sync_api import expect
from test_without_eyes_or_mouse import LISTEN

pytestmark = pytest.mark.slow

NEW = {"code": "eclipsed", "message": "The moon is in the way."}
SAID = "(words) => window.heard.join().includes(words)"
KNOWN = {"code": "forbidden", "message": "Only moderators may post here."}


def test_a_refusal_that_is_new_to_the_page_is_chinese_with_the_servers_words_below(
    somebody: Callable[..., Person],
) -> None:
    """Of a message, and of whatever else was wanted."""
    ana = somebody(locale="zh-CN")
    line = Line(ana)
    ana.join("ana")
    ana.say("早上好")
    expect(ana.sent).to_have_count(1)
    line.refusals |= {"post": NEW, "edit": NEW}
    ana.say("晚上好")
    failure = ana.page.locator(".failure")
    expect(failure.locator("summary")).to_have_text("详情")
    expect(failure).to_contain_text("未送达")
    expect(failure.get_by_text(NEW["message"])).to_be_hidden()
    failure.locator("summary").click()
    expect(failure.get_by_text(NEW["message"])).to_be_visible()
    failure.get_by_role("button", name="删除").click()

    ana.field.press("ArrowUp")
    expect(ana.field).to_have_value("早上好")
    ana.field.fill("早安")
    ana.field.press("Enter")
    strip = ana.page.locator(".strip")
    expect(strip).to_contain_text("服务器没有接受此操作。")
    expect(strip.get_by_text(NEW["message"])).to_be_hidden()
    strip.locator("summary").click()
    expect(strip.get_by_text(NEW["message"])).to_be_visible()


def test_what_was_opened_to_be_read_does_not_go_away_by_itself(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody(locale="zh-CN")
    line = Line(ana)
    ana.page.clock.install()
    ana.join("ana")
    ana.say("早上好")
    expect(ana.sent).to_have_count(1)
    line.refusals["edit"] = NEW
    ana.field.press("ArrowUp")
    ana.field.fill("早安")
    ana.field.press("Enter")
    summary = ana.page.locator(".strip summary")
    summary.click()
    ana.page.clock.run_for(30_000)
    expect(ana.page.locator(".strip").get_by_text(NEW["message"])).to_be_visible()

    summary.click()
    ana.page.clock.run_for(10_000)

    expect(ana.page.locator(".strip")).to_have_count(0)


def test_a_refusal_follows_the_page_into_another_language(somebody: Callable[..., Person]) -> None:
    """Also what was refused before."""
    ana = somebody()
    line = Line(ana)
    ana.join("ana")
    line.refusals["post"] = KNOWN
    ana.say("hello")
    failure = ana.page.locator(".failure")
    expect(failure).to_contain_text(f"Not sent: {KNOWN['message']}")

    ana.page.get_by_label("Preferences").click()
    ana.page.locator("dialog").get_by_label("中文").check()
    ana.page.keyboard.press("Escape")

    expect(failure).to_contain_text("未送达：这里只有版主可以发言。")


def test_whose_mute_begins_and_ends_is_told_in_chinese(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    """Where it can be read, and for those who hear the page."""
    ana = somebody(locale="zh-CN")
    ana.page.add_init_script(LISTEN)
    ana.join("ana")
    banner = ana.page.locator(".banner.announcement")
    why = ("--room", "lobby", "--reason", "Spam")
    rulings = (
        (("mute", "ana", *why), "你暂时不能在“lobby”发言：Spam。"),
        (("unmute", "ana", "--room", "lobby"), "你可以在“lobby”发言了。"),
        (("mute", "ana"), "你暂时不能在这里发言。"),
        (("unmute", "ana"), "你可以在这里发言了。"),
    )
    for words, said in rulings:
        server.admin("users", *words)
        expect(banner).to_contain_text(said)
    ana.page.wait_for_function(SAID, arg="你可以在这里发言了。")

    assert "".join(ana.page.evaluate("window.heard")) == "".join(said for _, said in rulings)


def test_an_administrators_own_words_stay_as_they_are(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody(locale="zh-CN").join("ana")
    server.admin("announce", "Back in five minutes.")
    expect(ana.page.locator(".banner.announcement")).to_contain_text("Back in five minutes.")
