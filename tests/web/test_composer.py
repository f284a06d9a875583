"""The composer: what its keys do, what it offers, and when it is closed."""

import json
import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PREFER = """(wanted) => {
  const key = "sanchat.preferences"
  const stored = JSON.parse(localStorage.getItem(key) ?? "{}")
  localStorage.setItem(key, JSON.stringify({ ...stored, ...wanted }))
}"""
PASTE = """(field, text) => {
  const clipboardData = new DataTransfer()
  clipboardData.setData("text/plain", text)
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }))
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end")
  field.dispatchEvent(new Event("input", { bubbles: true }))
}"""
SELECT = "(field, [start, end]) => field.setSelectionRange(start, end)"
SELECTED = "(field) => field.value.slice(field.selectionStart, field.selectionEnd)"


def prefer(person: Person, **wanted: object) -> None:
    person.page.evaluate(PREFER, wanted)
    person.page.reload()
    person.expect_live()


def test_who_prefers_so_sends_with_control_and_breaks_lines_with_enter(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    expect(ana.field).to_have_attribute("enterkeyhint", "send")
    prefer(ana, enter="break")

    ana.field.press_sequentially("a")
    ana.field.press("Enter")
    ana.field.press_sequentially("b")
    expect(ana.field).to_have_value("a\nb")
    assert ana.field.get_attribute("enterkeyhint") is None
    expect(ana.page.locator(".hint")).to_contain_text("Ctrl Enter send")
    ana.field.press("Control+Enter")

    expect(ana.sent).to_have_text(["a\nb"])


def test_on_a_touch_screen_enter_breaks_the_line_unless_told_otherwise(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody(**PHONE).join("ana")
    ana.field.press_sequentially("a")
    ana.field.press("Enter")
    ana.field.press_sequentially("b")
    expect(ana.field).to_have_value("a\nb")
    ana.page.locator(".send").tap()
    expect(ana.sent).to_have_text(["a\nb"])

    prefer(ana, enter="send")
    ana.field.fill("c")
    ana.field.press("Enter")

    expect(ana.sent).to_have_text(["a\nb", "c"])


def test_enter_in_an_open_code_fence_breaks_the_line(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")

    for line in ("```", "x = 1", "```"):
        ana.field.press_sequentially(line)
        ana.field.press("Enter")

    expect(ana.page.locator(".code code")).to_have_text("x = 1")


def test_the_selection_is_marked_by_a_key_and_unmarked_by_the_same(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    ana.field.press_sequentially("say it loud")
    ana.field.evaluate(SELECT, [4, 7])

    ana.field.press("Control+b")
    expect(ana.field).to_have_value("say **it** loud")
    assert ana.field.evaluate(SELECTED) == "it"
    ana.field.press("Control+i")
    expect(ana.field).to_have_value("say ***it*** loud")
    ana.field.press("Control+b")
    expect(ana.field).to_have_value("say *it* loud")
    ana.field.press("Control+i")
    ana.field.press("Control+e")
    expect(ana.field).to_have_value("say `it` loud")
    ana.field.press("Control+z")
    expect(ana.field).to_have_value("say it loud")


def test_the_log_is_scrolled_from_the_field(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.say(*[f"line {number}" for number in range(30)])
    expect(ana.sent).to_have_count(30)
    place = "document.querySelector('.scroll').scrollTop"
    end = ana.page.evaluate(place)
    ana.field.press_sequentially("draft")

    ana.field.press("PageUp")
    ana.page.wait_for_function(f"() => {place} < {end} - 200")
    ana.field.press("PageDown")
    ana.page.wait_for_function(f"() => Math.abs({place} - {end}) <= 1")

    expect(ana.field).to_be_focused()
    expect(ana.field).to_have_value("draft")


def test_others_hear_of_typing_unless_it_is_turned_off(somebody: Callable[..., Person]) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    told: list[str] = []

    def note(payload: str | bytes) -> None:
        told.append(json.loads(payload)["type"])

    ben.field.press_sequentially("hello there")
    expect(ana.page.locator(".typing")).to_have_text("ben is typing")
    prefer(ben, typing=False)
    ben.socket.on("framesent", note)
    ben.field.press_sequentially(" and more")
    ben.field.press("Enter")
    expect(ana.sent).to_have_text(["hello there and more"])

    assert "post" in told
    assert "typing" not in told


def test_many_pasted_lines_may_be_sent_as_code(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    lines = "\n".join(f"line {number}" for number in range(12))
    offer = ana.page.locator(".offer")

    ana.field.evaluate(PASTE, "\n".join(["x"] * 10))
    ana.field.press("Enter")
    expect(ana.sent).to_have_count(1)
    expect(offer).to_have_count(0)
    ana.field.press_sequentially("see: ")
    ana.field.evaluate(PASTE, lines)
    expect(offer).to_contain_text("You pasted 12 lines.")
    expect(ana.field).to_have_value(f"see: {lines}")
    offer.get_by_role("button", name="Send as code block").click()

    expect(ana.sent).to_have_count(2)
    expect(ana.sent.last.locator("p")).to_have_text("see:")
    expect(ana.sent.last.locator(".code code")).to_have_text(lines)
    expect(ana.field).to_have_value("")


def test_saving_an_empty_text_asks_whether_to_delete_and_escape_keeps_the_draft(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    ana.say("first")
    expect(ana.sent).to_have_count(1)

    ana.field.press("ArrowUp")
    expect(ana.field).to_have_value("first")
    ana.field.press_sequentially(", changed")
    ana.field.press("Escape")
    expect(ana.field).to_have_value("")
    ana.field.press("ArrowUp")
    ana.field.fill("  ")
    ana.field.press("Enter")
    dialog = ana.page.locator("dialog")
    expect(dialog).to_contain_text("Delete this message?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(ana.sent).to_have_text(["first"])
    ana.field.press("ArrowUp")
    ana.field.fill("")
    ana.field.press("Enter")
    dialog.get_by_role("button", name="Delete").click()

    expect(ana.page.locator(".tombstone")).to_have_count(1)


def test_what_the_server_takes_is_sent_and_what_it_refuses_is_not(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    family = "👨‍👩‍👧‍👦"  # seven code points, one letter to the eye
    counter = ana.page.locator(".counter")
    send = ana.page.locator(".send")

    ana.field.fill("x" * 3_599)
    expect(counter).to_have_count(0)
    ana.field.fill("x" * 3_986 + family * 2)
    expect(counter).to_have_text("0")
    expect(send).to_be_enabled()
    ana.field.fill("x" * 3_987 + family * 2)
    expect(counter).to_have_text("1 character too many")
    expect(send).to_be_disabled()
    ana.field.press("Enter")
    expect(ana.bodies).to_have_count(0)
    ana.field.press("Backspace")
    ana.field.fill("x" * 3_986 + family * 2)
    ana.field.press("Enter")

    expect(ana.sent).to_have_count(1)


def test_a_room_in_slow_mode_says_how_long_to_wait_and_keeps_the_text(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    server.admin("rooms", "set", "lobby", "--slow", "3")
    expect(ana.page.locator(".strip")).to_have_text("One message every 3 s.")
    send = ana.page.locator(".send")

    ana.say("one")
    expect(ana.sent).to_have_count(1)
    expect(ana.page.get_by_role("timer")).to_have_text(re.compile(r"again in [123] s\."))
    ana.field.press_sequentially("two")
    expect(send).to_be_disabled()
    expect(send).to_have_text(re.compile("[123]"))
    ana.field.press("Enter")
    expect(ana.field).to_have_value("two")
    expect(send).to_be_enabled(timeout=6_000)
    ana.field.press("Enter")

    expect(ana.sent).to_have_text(["one", "two"])
    expect(ana.page.locator(".message.failed")).to_have_count(0)


def test_who_waits_in_slow_mode_writes_as_soon_as_it_ends(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    server.admin("rooms", "set", "lobby", "--slow", "3600")
    expect(ana.page.locator(".strip")).to_be_visible()
    ana.say("one")
    expect(ana.page.get_by_role("timer")).to_be_visible()
    ana.field.fill("two")

    server.admin("rooms", "set", "lobby", "--slow", "0")

    expect(ana.page.locator(".strip")).to_have_count(0)
    expect(ana.page.locator(".send")).to_be_enabled()
    ana.field.press("Enter")
    expect(ana.sent).to_have_text(["one", "two"])


def test_an_archived_room_says_so_in_the_field_and_opens_again(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.field.fill("half a sen")

    server.admin("rooms", "archive", "lobby")
    expect(ana.field).to_be_disabled()
    expect(ana.field).to_have_attribute("placeholder", re.compile("Archived. Read only since"))
    expect(ana.page.locator(".strip.closed")).to_contain_text("Archived. Read only since")
    expect(ana.page.locator(".send")).to_be_disabled()
    server.admin("rooms", "restore", "lobby")

    expect(ana.field).to_be_enabled()
    expect(ana.field).to_have_value("half a sen")


def test_a_slash_offers_what_the_server_can_do_and_leaving_leaves(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    options = ana.page.get_by_role("option")

    ana.field.press_sequentially("/")
    expect(options).to_have_text([re.compile("leave this room"), re.compile("say what you do")])
    ana.field.press_sequentially("m")
    ana.field.press("Tab")
    ana.field.press_sequentially("waves")
    ana.field.press("Enter")
    expect(ana.page.locator(".message.action")).to_have_count(1)
    ana.field.press_sequentially("/etc")
    ana.field.press("Enter")
    expect(ana.sent.last).to_have_text("/etc")
    ana.field.press_sequentially("/leave")
    expect(options).to_have_count(0)
    ana.field.press("Enter")
    with ana.socket.expect_event("framesent", lambda payload: '"leave"' in payload):
        ana.page.locator("dialog .danger").click()


def test_with_the_keyboard_open_the_field_and_the_last_message_are_in_sight(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody(**PHONE).join("ana")
    prefer(ana, enter="send")
    ana.say(*[f"line {number}" for number in range(20)])
    expect(ana.sent).to_have_count(20)

    ana.page.set_viewport_size({"width": 390, "height": 420})

    expect(ana.field).to_be_in_viewport(ratio=1)
    expect(ana.sent.last).to_be_in_viewport(ratio=1)
    assert ana.field.evaluate("(field) => getComputedStyle(field).fontSize") == "16px"


def test_where_the_keyboard_covers_the_page_the_page_gets_smaller(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody(**PHONE).join("ana")

    ana.page.evaluate("""async () => {
      const { followKeyboard } = await import("/static/any/js/ui/viewport.js")
      const visualViewport = Object.assign(new EventTarget(), { height: 544, scale: 1 })
      followKeyboard({ visualViewport, innerHeight: 844 })
      visualViewport.dispatchEvent(new Event("resize"))
    }""")

    box = ana.page.locator(".composer").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 544


def test_who_is_muted_reads_until_when_and_may_write_again_by_itself(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.field.fill("half a sen")

    server.admin("users", "mute", "ana", "--for", "4s")
    expect(ana.field).to_be_disabled()
    words = re.compile(r"You cannot write here until .*\d\d:\d\d\.")
    expect(ana.field).to_have_attribute("placeholder", words)
    expect(ana.page.locator(".composer").get_by_label("Emoji")).to_be_disabled()

    expect(ana.field).to_be_enabled(timeout=8_000)
    expect(ana.field).to_have_value("half a sen")


def test_where_only_moderators_post_the_field_says_so(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody(locale="zh-CN").join("ana")

    server.admin("rooms", "set", "lobby", "--posting", "moderators")

    expect(ana.field).to_have_attribute("placeholder", "只有版主可以在此发言。")
    expect(ana.field).to_be_disabled()


def test_one_to_three_emoji_alone_are_large(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")

    ana.say("👍", "👨‍👩‍👧‍👦 🇨🇳 ❤️", "👍🏽👍👍👍", "👍 ok", "123")

    expect(ana.sent).to_have_count(5)
    size = "(bodies) => bodies.map((body) => parseInt(getComputedStyle(body).fontSize))"
    assert ana.sent.evaluate_all(size) == [32, 32, 15, 15, 15]
