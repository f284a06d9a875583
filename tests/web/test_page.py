"""The page in a real browser against a real server."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

OLDER = 130  # messages, more than two pages
DRAWN = 600  # messages at once
ANCHOR = """(scroller) => {
  const top = scroller.getBoundingClientRect().top
  const isInView = (row) => row.getBoundingClientRect().bottom > top + 1
  const row = [...scroller.querySelectorAll("article")].find(isInView)
  return { key: row.dataset.row, offset: row.getBoundingClientRect().top - top }
}"""
OFFSET = """(scroller, key) => {
  const row = scroller.querySelector(`[data-row="${key}"]`)
  return row.getBoundingClientRect().top - scroller.getBoundingClientRect().top
}"""
POST_MANY = """async (count) => {
  for (let number = 0; number < count; number += 1) {
    const body = JSON.stringify({ text: `line ${number}`, client_message_id: `line-${number}` })
    const headers = { "Content-Type": "application/json" }
    await fetch("/api/rooms/lobby/messages", { method: "POST", headers, body })
  }
}"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_two_people_talk(somebody: Callable[..., Person]) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")

    ana.say("Is anybody here?")
    expect(ben.sent).to_have_text(["Is anybody here?"])
    ben.say("Yes, in the kitchen.")

    expect(ana.sent).to_have_text(["Is anybody here?", "Yes, in the kitchen."])
    expect(ana.page.locator(".message.pending")).to_have_count(0)


def test_a_message_keeps_its_element_when_the_server_has_it(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.may_be_offline = True
    server.kill()
    ana.say("hello")
    pending = ana.page.locator(".message.pending")
    expect(pending).to_have_count(1)
    pending.evaluate("(element) => { element.isTheSame = true }")

    server.start()

    expect(ana.sent).to_have_text(["hello"], timeout=40_000)
    assert ana.page.locator(".message").evaluate("(element) => element.isTheSame") is True


def test_the_history_is_there_after_a_reload(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.say("first", "second\nthird", "看https://a.example/路径。然后")

    ana.page.reload()

    expect(ana.sent).to_have_count(3)
    texts = ana.sent.evaluate_all("(all) => all.map((each) => each.textContent)")
    assert texts == ["first", "second\nthird", "看https://a.example/路径。然后"]
    link = ana.sent.locator("a")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(link).to_have_text("https://a.example/路径")


def test_older_messages_come_by_scrolling_up_and_move_nothing(
    somebody: Callable[..., Person],
) -> None:
    ben = somebody().join("ben")
    ben.say(*(f"line {number}\n" + "and more " * (number % 40) for number in range(OLDER)))
    expect(ben.sent).to_have_count(OLDER)
    ana = somebody().join("ana")
    expect(ana.page.locator(".message").last).to_be_in_viewport()
    scroller = ana.page.locator(".scroll")
    articles = ana.page.locator(".message")

    while (count := articles.count()) < OLDER:
        scroller.evaluate("(scroller) => { scroller.scrollTop = scroller.clientHeight * 2.5 }")
        scroller.evaluate("() => new Promise(requestAnimationFrame)")
        scroller.evaluate("(scroller) => { scroller.scrollTop = scroller.clientHeight * 1.5 }")
        before = scroller.evaluate(ANCHOR)
        ana.page.wait_for_function(
            "(count) => document.querySelectorAll('.message').length > count", arg=count
        )
        assert abs(scroller.evaluate(OFFSET, before["key"]) - before["offset"]) <= 1

    numbers = ana.sent.evaluate_all(
        "(all) => all.map((each) => Number(each.textContent.split('\\n')[0].slice(5)))"
    )
    assert numbers == list(range(OLDER))
    expect(ana.page.locator(".top")).to_contain_text("beginning")


def test_a_long_history_does_not_fill_the_page(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.page.evaluate(POST_MANY, DRAWN + 100)
    expect(ana.sent.last).to_have_text(f"line {DRAWN + 99}")

    assert ana.page.locator(".message").count() <= DRAWN
    scroller = ana.page.locator(".scroll")
    while ana.page.get_by_text("line 0", exact=True).count() == 0:
        scroller.evaluate("(scroller) => { scroller.scrollTop = 0 }")
        scroller.evaluate("() => new Promise(requestAnimationFrame)")

    assert ana.page.locator(".message").count() <= DRAWN
    ana.page.locator(".pill").click()
    expect(ana.sent.last).to_have_text(f"line {DRAWN + 99}")
    expect(ana.sent.last).to_be_in_viewport()


def test_new_messages_do_not_move_the_text_that_is_read(somebody: Callable[..., Person]) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ben.say(*(f"line {number}" for number in range(40)))
    expect(ana.sent).to_have_count(40)
    scroller = ana.page.locator(".scroll")
    scroller.evaluate("(scroller) => { scroller.scrollTop = 120 }")
    expect(ana.page.locator(".pill")).to_be_visible()
    before = scroller.evaluate(ANCHOR)

    ben.say("one", "two", "three")

    expect(ana.page.locator(".pill")).to_have_text("3 new messages")
    assert abs(scroller.evaluate(OFFSET, before["key"]) - before["offset"]) <= 1
    ana.page.locator(".pill").click()
    expect(ana.page.locator(".message").last).to_be_in_viewport()


def test_a_killed_server_costs_nobody_a_message(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.say("before")
    expect(ben.sent).to_have_text(["before"])
    ana.may_be_offline = ben.may_be_offline = True

    server.kill()
    expect(ana.page.locator("code.disconnected")).to_have_text("[disconnected]")
    ana.say("typed while away", "and another")
    expect(ana.page.locator(".message.pending")).to_have_count(2)
    expect(ana.page.locator(".banner")).to_contain_text("2 messages waiting.")
    server.start()

    texts = ["before", "typed while away", "and another"]
    expect(ben.sent).to_have_text(texts, timeout=40_000)
    expect(ana.sent).to_have_text(texts)
    expect(ana.page.locator(".banner")).to_have_count(0)
    expect(ana.page.locator("code.connected", has_text="[connected]").first).to_be_visible()
    ana.page.reload()
    expect(ana.sent).to_have_text(texts)


def test_a_message_typed_while_away_survives_a_reload(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.may_be_offline = True
    server.kill()
    ana.say("do not lose this")
    expect(ana.page.locator(".message.pending")).to_have_count(1)
    kept = ana.page.evaluate(
        "Object.keys(localStorage).filter((key) => key.includes('outbox')).length"
    )
    assert kept == 1

    server.start()
    ana.page.reload()

    expect(ana.sent).to_have_text(["do not lose this"], timeout=40_000)


def test_a_draft_survives_a_reload_and_belongs_to_its_room(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana", "lobby")
    ana.enter("kitchen")
    ana.field.fill("half a sen")

    ana.page.reload()
    expect(ana.field).to_have_value("half a sen")
    ana.page.locator(".room", has_text="lobby").click()

    expect(ana.field).to_have_value("")
    expect(ana.page.locator(".room", has_text="kitchen").locator(".draft")).to_be_visible()


def test_the_enter_that_ends_a_composition_does_not_send(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.field.focus()
    devtools = ana.context.new_cdp_session(ana.page)

    devtools.send(
        "Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5}
    )
    composing = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **composing})
    devtools.send("Input.insertText", {"text": "你好"})
    devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **composing})
    expect(ana.field).to_have_value("你好")
    expect(ana.bodies).to_have_count(0)
    ana.field.press("Enter")

    expect(ana.sent).to_have_text(["你好"])
    expect(ana.field).to_have_value("")


def test_no_key_acts_while_a_composition_is_open(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.field.fill("已经写好的")
    press = """(field, composing) => {
      const type = composing ? "compositionstart" : "compositionend"
      field.dispatchEvent(new CompositionEvent(type, { bubbles: true }))
      const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })
      return field.dispatchEvent(enter)
    }"""

    assert ana.field.evaluate(press, True) is True
    expect(ana.field).to_have_value("已经写好的")
    assert ana.field.evaluate(press, False) is False

    expect(ana.sent).to_have_text(["已经写好的"])


def test_no_button_rewrites_what_is_being_composed(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.field.focus()
    devtools = ana.context.new_cdp_session(ana.page)
    devtools.send(
        "Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5}
    )
    bold = ana.page.get_by_role("button", name="bold", exact=True)
    bold.click()
    expect(ana.field).to_have_value("nihao")

    devtools.send("Input.insertText", {"text": "你好"})
    bold.click()

    expect(ana.field).to_have_value("你好****")


def test_the_chinese_page_says_when_it_is_connected(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody(locale="zh-CN").join("张伟", "设计评审")
    ana.may_be_offline = True
    expect(ana.page.locator("code.connected").first).to_have_text("[连接成功]")
    expect(ana.field).to_have_attribute("placeholder", "发消息到 #设计评审")
    assert ana.page.evaluate("document.documentElement.lang") == "zh-CN"

    server.kill()

    expect(ana.page.locator("code.disconnected").first).to_have_text("[断开连接]")
    expect(ana.page.locator(".banner")).to_contain_text("正在重新连接…")


def test_the_language_changes_without_a_reload(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.field.fill("kept")
    ana.page.get_by_label("Preferences").click()

    ana.page.get_by_label("中文").check()

    expect(ana.page.locator("#preferences-title")).to_have_text("偏好设置")
    expect(ana.page.locator("code.connected").first).to_have_text("[连接成功]")
    expect(ana.field).to_have_value("kept")


def test_everybody_sees_who_is_here(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ben = somebody().join("ben")

    expect(ana.page.locator(".member:not(.off) .name")).to_have_text(["ana (you)", "ben"])
    ben.page.goto("about:blank")

    expect(ana.page.locator(".member:not(.off) .name")).to_have_text(["ana (you)"])
    expect(ana.page.locator(".status-line", has_text="ben").last).to_contain_text("[disconnected]")


def test_messages_are_edited_answered_reacted_to_and_deleted(
    somebody: Callable[..., Person],
) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.say("helo")
    expect(ben.sent).to_have_text(["helo"])

    ana.field.press("ArrowUp")
    expect(ana.field).to_have_value("helo")
    ana.field.fill("hello")
    ana.field.press("Enter")
    expect(ben.sent).to_have_text(["hello (edited)"])
    ben.page.locator(".message").hover()
    ben.page.get_by_label("Reply").click()
    ben.say("/me waves back")
    expect(ana.page.locator(".message.action")).to_contain_text("ben waves back")
    expect(ana.page.locator(".message.action .quote")).to_contain_text("hello")
    ben.page.locator(".message").first.hover()
    ben.page.get_by_label("React", exact=True).click()
    ben.page.get_by_label("React with 👍").click()
    expect(ana.page.locator(".reactions [aria-pressed]")).to_have_text(["👍1"])
    ana.page.locator(".message").first.hover()
    ana.page.get_by_label("More actions").click()
    ana.page.get_by_role("menuitem", name="Delete message…").click()
    ana.page.locator("dialog .danger").click()

    expect(ben.page.locator(".tombstone")).to_have_text("Message deleted")


def test_a_name_in_use_is_refused_with_a_sentence(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    somebody().join("ana")
    other = somebody()
    other.page.goto(f"{server.address}/")
    other.page.locator("#join-name").fill("ana")

    other.page.locator("form .primary").click()

    expect(other.page.locator("#join-name-error")).to_have_text("That name is in use")
    expect(other.page.locator("#join-name")).to_be_focused()
    other.errors.clear()  # Chromium reports the refusal itself


def test_a_phone_shows_one_screen_at_a_time(somebody: Callable[..., Person]) -> None:
    look = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    ana = somebody(**look).join("ana")
    ana.field.fill("first line")
    ana.field.press("Enter")
    expect(ana.field).to_have_value("first line\n")
    ana.page.get_by_label("Send").tap()
    expect(ana.sent).to_have_text(["first line\n"])
    ana.page.get_by_label("Members").tap()
    expect(ana.page.locator(".panel")).to_be_visible()
    ana.page.go_back()
    expect(ana.page.locator(".panel")).to_have_count(0)
    ana.page.get_by_label("Back to rooms").tap()
    expect(ana.page.locator(".main")).to_be_hidden()

    ana.page.locator(".room", has_text="lobby").tap()

    expect(ana.field).to_be_visible()
    ana.page.set_viewport_size({"width": 320, "height": 640})
    assert ana.page.evaluate(OVERFLOW) == 0


def test_names_are_completed_by_keyboard_after_chinese_text(
    somebody: Callable[..., Person],
) -> None:
    ana, _ = somebody().join("ana"), somebody().join("张伟")
    expect(ana.page.locator(".member")).to_have_count(2)
    options = ana.page.get_by_role("option").locator(".name")

    ana.field.press_sequentially("请@")
    expect(options).to_have_text(["张伟"])
    expect(ana.field).to_have_attribute("aria-activedescendant", "completion-0")
    ana.field.press("Escape")
    expect(options).to_have_count(0)
    expect(ana.field).to_have_value("请@")
    ana.field.press("Backspace")
    ana.field.press_sequentially("@张")
    expect(options).to_have_count(1)
    ana.field.press("Enter")
    expect(ana.field).to_have_value("请@张伟 ")
    ana.field.press_sequentially("看#gen")
    expect(options).to_have_count(1)
    ana.field.press("Tab")
    ana.field.press("Enter")

    expect(ana.sent).to_have_text(["请@张伟 看#general "])
    expect(ana.page.locator(".mention")).to_have_text("@张伟")
