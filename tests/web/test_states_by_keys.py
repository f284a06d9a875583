"""Where one cannot go on as usual, keys alone lead to what can be done about it, and further."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person, running_server
from playwright.sync_api import Browser, Locator, expect

pytestmark = pytest.mark.slow

TABS = 25  # more than any way should take
FOCUSED = "(wanted) => document.activeElement === wanted"
RING = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2
}"""


def tab_to(person: Person, wanted: Locator) -> None:
    """Goes there as somebody without a pointer does, who sees where they are."""
    expect(wanted).to_be_visible()
    for _ in range(TABS):
        if wanted.evaluate(FOCUSED):
            assert person.page.evaluate(RING)
            return
        person.page.keyboard.press("Tab")
    raise AssertionError(f"{TABS} tabs do not lead there: {wanted}")


def test_too_fast_a_writer_reads_when_and_goes_on_by_themselves(
    tmp_path: Path, browser: Browser
) -> None:
    """The text stays theirs, sending is off and counts down, and what waited goes out by itself."""
    settings = tmp_path / "settings.toml"
    settings.write_text('rate_writes = "2, 15/min"\n', encoding="utf-8")
    with running_server(tmp_path, "--config", str(settings), is_limited=True) as server:
        ana = Person(browser, server.address).join("ana")
        send = ana.page.locator(".send")
        for text in ("one", "two", "three"):
            ana.field.press_sequentially(text)
            ana.field.press("Enter")

        strip = ana.page.locator(".strip.waiting")
        expect(strip).to_have_text(re.compile(r"^\s*Slow down\. You can send again in [1-4] s\.$"))
        expect(send).to_be_disabled()
        ana.field.press_sequentially("four")
        ana.field.press("Enter")
        expect(ana.field).to_have_value("four")
        expect(ana.sent).to_have_text(["one", "two"])
        held = ana.page.locator(".message.pending")
        expect(held.locator(".sending")).to_have_text("Waiting to be sent")
        expect(held).to_have_attribute("aria-label", re.compile("three, Waiting to be sent$"))
        seconds = [int(send.inner_text())]
        while seconds[-1] > 1:
            expect(send).not_to_have_text(str(seconds[-1]))
            seconds.append(int(send.inner_text() or 0))
        assert seconds == sorted(seconds, reverse=True)

        expect(ana.sent).to_have_text(["one", "two", "three"])
        expect(send).to_be_enabled()
        expect(strip).to_have_count(0)
        expect(ana.field).to_be_focused()
        ana.field.press("Enter")
        expect(ana.field).to_have_value("")
        expect(ana.sent).to_have_text(["one", "two", "three", "four"])
        ana.check()
        ana.context.close()


def test_who_is_removed_goes_to_another_room_by_keys(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.enter("attic")
    server.admin("users", "kick", "ana", "--room", "attic")
    tab_to(ana, ana.page.get_by_role("button", name="Go to another room"))

    ana.page.keyboard.press("Enter")

    expect(ana.page.locator("h1")).to_have_text("lobby")
    ana.page.keyboard.type("still here")
    expect(ana.field).to_have_value("still here")


def test_who_is_banned_from_a_room_goes_back_to_the_others_by_keys(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.enter("attic")
    server.admin("users", "ban", "ana", "--room", "attic", "--for", "2h", "--reason", "Spam.")
    screen = ana.page.locator(".screen")
    expect(screen).to_contain_text("You are banned until")
    expect(screen).to_contain_text("By an administrator. “Spam.” Contact an admin.")
    tab_to(ana, ana.page.get_by_role("button", name="Back to rooms"))

    ana.page.keyboard.press("Enter")

    expect(ana.page.locator("h1")).to_have_text("lobby")
    expect(ana.field).to_be_focused()


def test_an_owner_restores_an_archived_room_by_keys(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    link = re.search(r"/\?invite=\w+", server.log)
    assert link is not None
    ana = somebody()
    ana.page.goto(server.address + link[0])
    ana.page.locator("#join-name").fill("ana")
    ana.page.locator("#join-password").fill("correct horse battery")
    ana.page.locator("#join-password").press("Enter")
    ana.expect_live()
    ana.enter("attic")
    server.admin("rooms", "archive", "attic")
    expect(ana.field).to_be_disabled()
    tab_to(ana, ana.page.get_by_role("button", name="Restore"))

    ana.page.keyboard.press("Enter")

    expect(ana.field).to_be_enabled()
    ana.page.keyboard.type("open again")
    expect(ana.field).to_have_value("open again")


def test_a_room_that_is_not_there_is_left_or_made_by_keys(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.page.goto(f"{server.address}/r/nowhere")
    tab_to(ana, ana.page.get_by_role("button", name="Back to rooms"))
    ana.page.keyboard.press("Enter")
    expect(ana.page.locator("h1")).to_have_text("lobby")

    ana.page.goto(f"{server.address}/r/nowhere")
    tab_to(ana, ana.page.get_by_role("button", name="Create this room"))
    ana.page.keyboard.press("Enter")

    expect(ana.page.locator("h1")).to_have_text("nowhere")
    expect(ana.field).to_be_focused()


def test_who_waits_in_slow_mode_goes_on_by_keys(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    """Nobody loses their place in the field for it."""
    ana = somebody().join("ana")
    server.admin("rooms", "set", "lobby", "--slow", "2")
    expect(ana.page.locator(".strip")).to_have_text("One message every 2 s.")
    ana.page.keyboard.type("one")
    ana.page.keyboard.press("Enter")
    expect(ana.page.get_by_role("timer")).to_be_visible()
    ana.page.keyboard.type("two")
    expect(ana.page.locator(".send")).to_be_enabled()
    expect(ana.field).to_be_focused()

    ana.page.keyboard.press("Enter")

    expect(ana.sent).to_have_text(["one", "two"])


def test_who_finds_their_name_taken_types_another_one(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    somebody().join("ana")
    other = somebody()
    other.page.goto(f"{server.address}/r/lobby")
    expect(other.page.locator("#join-name")).to_be_focused()
    other.page.keyboard.type("ana")
    other.page.keyboard.press("Enter")
    expect(other.page.locator("#join-name-error")).to_have_text("That name is in use")
    expect(other.page.locator("#join-name")).to_be_focused()
    other.page.keyboard.press("Control+a")
    other.page.keyboard.type("anna")
    other.page.keyboard.press("Enter")

    expect(other.field).to_be_focused()
    other.errors.clear()  # Chromium reports the refusal itself


def test_who_is_put_out_of_the_server_comes_back_by_keys(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    server.admin("users", "kick", "ana")
    expect(ana.page.locator(".screen h2")).to_have_text("You were removed")
    tab_to(ana, ana.page.get_by_role("button", name="Come back"))
