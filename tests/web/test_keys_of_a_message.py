"""The keys of a message that has the focus: from one to the next, and what is done with it."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


def test_arrows_home_and_end_walk_the_messages(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.say("first", "second", "third")
    expect(ana.sent).to_have_count(3)
    messages = ana.page.locator(".message")
    messages.last.focus()
    for key, place in (
        ("ArrowUp", 1),
        ("ArrowUp", 0),
        ("ArrowUp", 0),
        ("End", 2),
        ("ArrowDown", 2),
        ("Home", 0),
        ("ArrowDown", 1),
    ):
        ana.page.keyboard.press(key)
        expect(messages.nth(place)).to_be_focused()


def test_e_edits_the_message_that_has_the_focus_where_it_is_ones_own(
    somebody: Callable[..., Person],
) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.say("mine")
    ben.say("not mine")
    expect(ana.sent).to_have_count(2)
    messages = ana.page.locator(".message")
    messages.last.focus()
    ana.page.keyboard.press("e")
    expect(messages.last).to_be_focused()
    expect(ana.field).to_have_value("")

    messages.first.focus()
    ana.page.keyboard.press("e")

    expect(ana.field).to_have_value("mine")
    expect(ana.field).to_be_focused()


def test_r_answers_the_message_that_has_the_focus(somebody: Callable[..., Person]) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ben.say("a question")
    expect(ana.sent).to_have_count(1)
    ana.page.locator(".message").focus()
    ana.page.keyboard.press("r")
    expect(ana.page.locator(".target")).to_contain_text("Replying to ben")
    expect(ana.field).to_be_focused()
    ana.page.keyboard.type("an answer")
    ana.page.keyboard.press("Enter")

    expect(ben.page.locator(".message").last.locator(".quote")).to_contain_text("a question")


def test_plus_reacts_to_the_message_that_has_the_focus(somebody: Callable[..., Person]) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ben.say("good news")
    expect(ana.sent).to_have_count(1)
    ana.page.locator(".message").focus()
    ana.page.keyboard.press("+")
    first = ana.page.get_by_role("button", name="React with 👍")
    expect(first).to_be_focused()
    ana.page.keyboard.press("Escape")
    expect(first).to_have_count(0)
    expect(ana.page.locator(".message")).to_be_focused()
    ana.page.keyboard.press("+")
    expect(first).to_be_focused()

    ana.page.keyboard.press("Enter")

    expect(ben.page.locator(".reactions .num")).to_have_text("1")
    expect(ana.page.locator(".message")).to_be_focused()


def test_c_copies_the_message_that_has_the_focus(somebody: Callable[..., Person]) -> None:
    ana = somebody(permissions=["clipboard-read", "clipboard-write"]).join("ana")
    ana.say("**as it was** typed")
    expect(ana.sent).to_have_count(1)
    ana.page.locator(".message").focus()
    ana.page.keyboard.press("c")
    expect(ana.page.locator(".strip")).to_contain_text("Text copied")
    assert ana.page.evaluate("navigator.clipboard.readText()") == "**as it was** typed"


def test_delete_asks_once_and_deletes_the_message_that_has_the_focus(
    somebody: Callable[..., Person],
) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.say("regretted")
    expect(ben.sent).to_have_count(1)
    ana.page.locator(".message").focus()
    ana.page.keyboard.press("Delete")
    expect(ana.page.get_by_role("button", name="Cancel")).to_be_focused()
    ana.page.keyboard.press("Tab")
    ana.page.keyboard.press("Enter")

    expect(ben.page.locator(".tombstone")).to_have_text("Message deleted")
    ben.page.locator(".message").focus()
    ben.page.keyboard.press("Delete")
    expect(ben.page.get_by_role("dialog")).to_have_count(0)


def test_letters_act_on_a_focused_message_alone_and_else_go_into_the_field(
    somebody: Callable[..., Person],
) -> None:
    """Fields and dialogs keep theirs, and a message those that mean nothing."""
    ana = somebody().join("ana")
    ana.say("hello")
    expect(ana.sent).to_have_count(1)
    for place in (".head .title", ".side .brand"):
        ana.page.locator(place).click()
        expect(ana.field).not_to_be_focused()
        ana.page.keyboard.type("erc+")
        expect(ana.field).to_have_value("erc+")
        expect(ana.page.locator(".target")).to_have_count(0)
        ana.field.fill("")
    message = ana.page.locator(".message")
    message.focus()
    ana.page.keyboard.press("x")
    expect(message).to_be_focused()
    expect(ana.field).to_have_value("")
    ana.page.keyboard.press("Control+k")
    box = ana.page.get_by_role("combobox", name="Room or person")
    expect(box).to_be_focused()
    ana.page.keyboard.type("erc")
    expect(box).to_have_value("erc")
    expect(ana.field).to_have_value("")
