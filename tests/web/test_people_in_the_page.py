"""People on the page: the name one goes by."""

import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"


def open_account(person: Person) -> None:
    person.page.locator(".me .who").click()
    expect(person.page.locator(".rows li").first).to_be_visible()


def sign_in(person: Person, name: str) -> Person:
    person.page.goto(person.address)
    person.page.get_by_role("button", name="Sign in with an account").click()
    person.page.locator("#join-name").fill(name)
    person.page.locator("#join-password").fill(PASSWORD)
    person.page.locator("#join-password").press("Enter")
    person.expect_live()
    return person


def owner(person: Person, server: ChatServer) -> Person:
    link = re.search(r"/\?invite=\w+", server.log)
    assert link is not None
    person.page.goto(person.address + link[0])
    person.page.locator("#join-name").fill("ana")
    person.page.locator("#join-password").fill(PASSWORD)
    person.page.locator("#join-password").press("Enter")
    expect(person.field).to_be_visible()
    person.expect_live()
    return person


def test_a_guest_takes_another_name_and_everybody_sees_it_at_once(
    somebody: Callable[..., Person], examine: Callable[[Person], None]
) -> None:
    gus, bob = somebody().join("gus"), somebody().join("bob")
    gus.say("before")
    gus.field.fill("half a sentence")
    open_account(gus)
    gus.page.get_by_role("button", name="Change name").click()
    field = gus.page.locator("#account-called")
    expect(field).to_be_focused()
    expect(field).to_have_value("gus")
    examine(gus)

    field.fill("BOB")
    field.press("Enter")
    expect(gus.page.locator("#account-called-error")).to_have_text("That name is in use")
    expect(field).to_be_focused()
    gus.errors.clear()  # Chromium reports the refusal itself
    field.fill("Gustav")
    field.press("Enter")

    expect(gus.page.locator(".done")).to_have_text("You are called Gustav now.")
    expect(gus.page.locator("#account-rename")).to_be_focused()
    gus.page.keyboard.press("Escape")
    expect(gus.page.locator(".me b")).to_have_text("Gustav")
    expect(bob.page.locator(".message-head b")).to_have_text(["Gustav"])
    expect(bob.page.locator(".member .name").filter(has_text="Gustav")).to_have_count(1)
    expect(gus.field).to_have_value("half a sentence")
    gus.page.reload()
    gus.expect_live()
    expect(gus.page.locator(".me b")).to_have_text("Gustav")
    expect(gus.field).to_have_value("half a sentence")


def test_an_account_is_told_that_it_signs_in_with_the_new_name(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = owner(somebody(), server)
    open_account(ana)
    ana.page.get_by_role("button", name="Change name").click()
    expect(ana.page.locator("#account-called-help")).to_contain_text("You sign in with it")
    ana.page.locator("#account-called").fill("Anna")
    ana.page.locator("#account-called").press("Enter")
    expect(ana.page.locator(".done")).to_contain_text("Anna")

    elsewhere = sign_in(somebody(), "Anna")
    expect(elsewhere.page.locator(".me b")).to_have_text("Anna")


def test_a_name_is_changed_in_chinese(somebody: Callable[..., Person]) -> None:
    somebody().join("bob")
    wei = somebody(locale="zh-CN").join("wei")
    open_account(wei)
    wei.page.get_by_role("button", name="更改昵称").click()
    for name, words in (("bob", "昵称已被使用"), ("system", "这个昵称不可用")):
        wei.page.locator("#account-called").fill(name)
        wei.page.locator("#account-called").press("Enter")
        expect(wei.page.locator("#account-called-error")).to_contain_text(words)
    wei.errors.clear()
    wei.page.locator("#account-called").fill("王小明")
    wei.page.locator("#account-called").press("Enter")
    expect(wei.page.locator(".done")).to_have_text("你现在的昵称是“王小明”。")
