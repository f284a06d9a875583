"""What the page says when it cannot go on as usual: removed, cut off, outdated, on plain http."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person, launch, running_server
from line import Line
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.slow

LOADED = """performance.getEntriesByType("resource").map(
  (file) => [new URL(file.name).pathname, file.transferSize])"""


def test_what_was_written_while_cut_off_arrives_once_and_in_order(
    somebody: Callable[..., Person],
) -> None:
    ana, ben = somebody(), somebody().join("ben")
    line = Line(ana)
    ana.join("ana")
    ana.say("before")
    expect(ana.sent).to_have_count(1)
    line.cut()
    expect(ana.page.locator(".banner")).to_contain_text("Reconnecting… Attempt")
    ana.say("first", "second")
    ben.say("meanwhile")
    expect(ana.page.locator(".banner")).to_contain_text("2 messages waiting.")

    line.is_cut = False
    ana.page.get_by_role("button", name="Try now").click()

    texts = ["before", "meanwhile", "first", "second"]
    expect(ana.sent).to_have_text(texts, timeout=40_000)
    expect(ben.sent).to_have_text(texts)
    expect(ana.page.locator(".banner")).to_have_count(0)


def test_a_newer_page_is_offered_and_takes_no_draft(somebody: Callable[..., Person]) -> None:
    ana = somebody()
    line = Line(ana)
    ana.join("ana")
    ana.field.fill("half a sentence")
    line.build = "0123456789ab"
    line.cut()
    line.is_cut = False
    expect(ana.page.locator(".banner", has_text="A new version is ready")).to_be_visible(
        timeout=40_000
    )
    expect(ana.field).to_have_value("half a sentence")

    line.build = None
    ana.page.get_by_role("button", name="Reload").click()

    expect(ana.page.locator(".banner")).to_have_count(0)
    expect(ana.field).to_have_value("half a sentence")


def test_who_is_removed_from_a_room_reads_by_whom_and_keeps_the_draft(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.enter("attic")
    ana.field.fill("not yet sent")
    server.admin("users", "kick", "ana", "--room", "attic", "--reason", "Wrong room.")

    expect(ana.page.locator(".screen h2")).to_have_text("You were removed")
    expect(ana.page.locator(".screen p")).to_contain_text("Wrong room.")
    expect(ana.field).to_have_count(0)
    ana.page.get_by_role("button", name="Go to another room").click()
    expect(ana.page.locator("h1")).to_have_text("lobby")
    kept = "Object.values(localStorage).some((value) => value.includes('not yet sent'))"
    assert ana.page.evaluate(kept) is True


def test_who_is_banned_from_the_server_is_told_and_stays_away(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    sockets: list[str] = []
    ana.page.on("websocket", lambda socket: sockets.append(socket.url))
    server.admin("users", "ban", "ana", "--reason", "spam", "--for", "2h")

    expect(ana.page.locator(".screen h2")).to_contain_text("You are banned until")
    expect(ana.page.locator(".screen p")).to_contain_text("spam")
    expect(ana.page.locator(".screen p")).to_contain_text("Contact an admin.")
    expect(ana.field).to_have_count(0)
    ana.page.evaluate("dispatchEvent(new Event('online'))")
    assert sockets == []
    ana.forgive_refusals()


def test_who_was_banned_from_the_server_for_a_time_comes_back_without_loading_the_page(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.page.evaluate("window.isTheSame = true")
    server.admin("users", "ban", "ana", "--for", "2h")
    expect(ana.page.locator(".screen h2")).to_contain_text("You are banned until")

    back = ana.page.get_by_role("button", name="Come back")
    back.click()  # too early
    expect(ana.page.locator(".screen h2")).to_contain_text("You are banned")
    server.admin("users", "unban", "ana")
    back.click()

    ana.expect_live()
    assert ana.page.evaluate("window.isTheSame")
    ana.forgive_refusals()


def test_who_loads_the_page_while_banned_for_a_time_is_told_until_when_and_has_a_way_back(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    server.admin("users", "ban", "ana", "--reason", "spam", "--for", "2h")
    expect(ana.page.locator(".screen h2")).to_contain_text("You are banned until")

    ana.page.reload()
    expect(ana.page.locator(".screen h2")).to_contain_text("You are banned until")
    expect(ana.page.locator(".screen p")).to_contain_text("spam")
    server.admin("users", "unban", "ana")
    ana.page.get_by_role("button", name="Come back").click()

    ana.expect_live()
    ana.forgive_refusals()


def test_an_archived_room_says_so_where_one_would_write(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    server.admin("rooms", "archive", "lobby")

    expect(ana.field).to_be_disabled()
    expect(ana.field).to_have_attribute("placeholder", re.compile("^Archived. Read only since"))


def test_a_room_that_is_not_there_is_said_to_be_so(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.page.goto(f"{server.address}/r/nowhere")

    expect(ana.page.locator(".screen h2")).to_have_text("This room does not exist or is private")
    ana.page.get_by_role("button", name="Back to rooms").click()
    expect(ana.page.locator("h1")).to_have_text("lobby")


def test_a_room_that_is_not_there_is_made_once_by_two_quick_presses(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    ana.page.goto(f"{ana.address}/r/nowhere")
    made: list[str] = []
    ana.page.on("request", lambda it: made.append(it.url) if it.method == "POST" else None)
    ana.page.get_by_role("button", name="Create this room").dblclick()

    expect(ana.field).to_be_visible()
    expect(ana.page.locator("h1")).to_have_text("nowhere")
    assert made == [f"{ana.address}/api/rooms"]


def test_a_second_visit_asks_for_the_page_alone(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody(service_workers="block").join("ana")
    ana.say("hello")

    ana.page.reload()

    expect(ana.sent).to_have_text(["hello"])
    ana.errors.clear()  # Playwright says that it has blocked the worker
    fetched = [path for path, size in ana.page.evaluate(LOADED) if size > 0]
    assert fetched == []


def test_the_page_works_where_the_browser_trusts_nothing(tmp_path: Path, browser: Browser) -> None:
    """NO-3: a name in the local network, without https."""
    with running_server(tmp_path, "--allow-host", "chat.lan") as server:
        insecure = launch(browser.browser_type, "--host-resolver-rules=MAP chat.lan 127.0.0.1")
        ana = Person(insecure, f"http://chat.lan:{server.port}")
        ana.join("ana")
        assert ana.page.evaluate("isSecureContext") is False
        ana.say("hello")
        expect(ana.sent).to_have_text(["hello"])
        ana.page.get_by_label("Room menu").click()
        ana.page.get_by_role("menuitem", name="Copy room link").click()
        expect(ana.page.locator(".strip")).to_have_text("Copied")
        ana.page.get_by_label("Preferences").click()
        expect(ana.page.locator("dialog")).to_contain_text("only for pages that come over HTTPS")
        ana.check()
        insecure.close()
