"""Reading far back, what is unread, and the menu of a message, in a real browser."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from line import Line
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.slow

MANY = 2_000
DRAWN = 600  # messages at once
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# Of the text: its author may go from above it, where the older message before it is theirs too.
ANCHOR = """(scroller) => {
  const top = scroller.getBoundingClientRect().top
  const isInView = (row) => row.getBoundingClientRect().bottom > top + 1
  const row = [...scroller.querySelectorAll("article")].find(isInView)
  const body = row.querySelector(".body")
  return { key: row.dataset.row, offset: body.getBoundingClientRect().top - top }
}"""
OFFSET = """(scroller, key) => {
  const body = scroller.querySelector(`[data-row="${key}"] .body`)
  return body.getBoundingClientRect().top - scroller.getBoundingClientRect().top
}"""
# Code, emoji and long lines, so that no two pages are equally high.
POST_MANY = """async ({ count, room, text }) => {
  const texts = text ? [() => text] : [
    (number) => `line ${number}`,
    (number) => `line ${number}\\n` + "and more ".repeat(number % 40),
    (number) => "```py\\n" + `print(${number})\\n`.repeat(1 + number % 9) + "```",
    () => "🎉🎉",
  ]
  for (let number = 0; number < count; number += 1) {
    const text = texts[number % texts.length](number)
    const body = JSON.stringify({ text, client_message_id: `line-${number}` })
    const headers = { "Content-Type": "application/json" }
    const answer = await fetch(`/api/rooms/${room}/messages`, { method: "POST", headers, body })
    if (!answer.ok) throw new Error(await answer.text())
  }
}"""
GROW_AND_SCROLL = """(scroller, by) => {
  scroller.querySelector("article").style.paddingBlockStart = "300px"
  scroller.scrollTop += by
}"""
FRAME = "() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))"


def fill(person: Person, count: int, room: str = "lobby", text: str | None = None) -> None:
    person.page.evaluate(POST_MANY, {"count": count, "room": room, "text": text})


def look_at(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".log")).to_have_attribute("aria-busy", "false")


def test_paging_up_through_thousands_moves_nothing_and_fills_no_page(
    somebody: Callable[..., Person],
) -> None:
    """TL-2, TL-4: at every insertion the message at the top stays where it is."""
    ben = somebody().join("ben")
    fill(ben, MANY)
    ana = somebody().join("ana")
    expect(ana.page.locator(".message").last).to_be_in_viewport()
    scroller = ana.page.locator(".scroll")
    drifts, most = [], 0

    while ana.page.get_by_text("This is the beginning of").count() == 0:
        scroller.evaluate("(it) => { it.scrollTop = Math.max(0, it.scrollTop - 2000) }")
        scroller.evaluate(FRAME)
        before = scroller.evaluate(ANCHOR)
        scroller.evaluate(FRAME)
        scroller.evaluate(FRAME)
        drifts.append(abs(scroller.evaluate(OFFSET, before["key"]) - before["offset"]))
        most = max(most, ana.page.locator(".message").count())

    assert max(drifts) <= 1
    assert most <= DRAWN
    expect(ana.page.locator(".message").first).to_contain_text("line 0")


def at_the_end(somebody: Callable[..., Person]) -> Person:
    """Who has just come into a room with more in it than they see."""
    fill(somebody().join("ben"), 40)
    ana = somebody().join("ana")
    expect(ana.page.locator("[data-seq='40']")).to_be_in_viewport()
    return ana


def test_what_grows_above_in_the_frame_of_a_scroll_moves_nothing(
    somebody: Callable[..., Person],
) -> None:
    """TL-2: as a block does that is laid out only now."""
    scroller = at_the_end(somebody).page.locator(".scroll")
    scroller.evaluate("(it) => { it.scrollTop -= 500 }")
    scroller.evaluate(FRAME)
    before = scroller.evaluate(ANCHOR)

    scroller.evaluate(GROW_AND_SCROLL, -10)
    scroller.evaluate(FRAME)

    after = scroller.evaluate(OFFSET, before["key"])
    assert after == pytest.approx(before["offset"] + 10, abs=1)


def test_what_grows_in_the_frame_of_a_scroll_leaves_the_reader_at_the_end(
    somebody: Callable[..., Person],
) -> None:
    """TL-1."""
    ana = at_the_end(somebody)
    scroller = ana.page.locator(".scroll")
    scroller.evaluate(FRAME)

    scroller.evaluate(GROW_AND_SCROLL, -10)
    scroller.evaluate(FRAME)

    below = scroller.evaluate("(it) => it.scrollHeight - it.scrollTop - it.clientHeight")
    assert below <= 1
    expect(ana.page.get_by_text("Jump to latest")).to_have_count(0)


def test_a_link_leads_to_a_message_far_back_and_the_pill_to_the_end(
    somebody: Callable[..., Person],
) -> None:
    """TL-10."""
    ben, ana = somebody().join("ben"), somebody().join("ana", "general")
    fill(ben, 300)

    look_at(ana.page, f"{ana.address}/r/lobby#41")

    wanted = ana.page.locator("[data-seq='41']")
    expect(wanted).to_be_in_viewport()
    expect(ana.page.locator(".message.shown")).to_have_attribute("data-seq", "41")
    expect(ana.page.locator("[data-seq='300']")).to_have_count(0)
    expect(ana.page.locator(".message.shown")).to_have_count(0)
    ana.page.get_by_text("Jump to latest").click()
    expect(ana.page.locator("[data-seq='300']")).to_be_in_viewport()


def test_a_link_in_a_message_is_followed_inside_the_page_and_back(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    fill(ana, 200)
    ana.say(f"see {ana.address}/r/lobby#12")
    ana.page.evaluate("window.isTheSame = true")

    ana.page.locator(".body a").click()

    expect(ana.page.locator("[data-seq='12']")).to_be_in_viewport()
    assert ana.page.evaluate("window.isTheSame") is True
    ana.say("back at the end")
    expect(ana.sent.last).to_have_text("back at the end")
    expect(ana.sent.last).to_be_in_viewport()


def test_reading_down_from_a_link_meets_the_newest_messages(
    somebody: Callable[..., Person],
) -> None:
    ben, ana = somebody().join("ben"), somebody().join("ana", "general")
    fill(ben, 200)
    look_at(ana.page, f"{ana.address}/r/lobby#41")
    scroller = ana.page.locator(".scroll")

    while ana.page.locator("[data-seq='200']").count() == 0:
        scroller.evaluate("(it) => { it.scrollTop += 400 }")
        scroller.evaluate(FRAME)

    numbers = ana.page.locator("[data-seq]").evaluate_all(
        "(all) => all.map((each) => Number(each.dataset.seq))"
    )
    assert numbers == list(range(numbers[0], 201))


def test_a_room_with_more_unread_than_a_page_opens_at_the_divider(
    somebody: Callable[..., Person],
) -> None:
    """UN-2."""
    ana, ben = somebody().join("ana"), somebody().join("ben")
    with ana.expect_to_read(1):
        ben.say("seen")
    ana.page.goto("about:blank")
    fill(ben, 120)

    look_at(ana.page, f"{ana.address}/r/lobby")

    expect(ana.page.locator("[data-divider]")).to_be_in_viewport()
    expect(ana.page.locator("[data-divider] + article")).to_have_attribute("data-seq", "2")
    expect(ana.page.locator(".unread-bar")).to_contain_text("new")


def test_what_is_marked_unread_stays_so_and_the_other_tab_follows(
    somebody: Callable[..., Person],
) -> None:
    """UN-5, UN-3."""
    ana, ben = somebody().join("ana"), somebody().join("ben")
    with ana.expect_to_read(3):
        ben.say("one", "two", "three")
    other = ana.open_tab()
    look_at(other, f"{ana.address}/r/general")
    ana.page.bring_to_front()
    expect(other.locator(".room", has_text="lobby").locator(".badge")).to_have_count(0)

    ana.page.locator("[data-seq='2']").hover()
    ana.page.get_by_label("More actions").click()
    ana.page.get_by_role("menuitem", name="Mark unread from here").click()

    expect(ana.page.locator("[data-divider] + article")).to_have_attribute("data-seq", "2")
    expect(other.locator(".room", has_text="lobby").locator(".badge")).to_contain_text("2")


def test_a_page_that_fails_is_asked_for_again_in_its_place(
    somebody: Callable[..., Person],
) -> None:
    """TL-3."""
    ben = somebody().join("ben")
    fill(ben, 120)
    ana = somebody()
    line = Line(ana)
    line.refusals["history"] = {"code": "unavailable", "message": "Busy.", "temporary": True}
    ana.join("ana")
    ana.page.locator(".scroll").evaluate("(it) => { it.scrollTop = 0 }")
    expect(ana.page.locator(".top")).to_contain_text("Could not load older messages.")

    line.mend()
    ana.page.locator(".top button").click()

    expect(ana.page.locator(".message")).to_have_count(100)


def test_a_message_is_handled_by_keys_alone(somebody: Callable[..., Person]) -> None:
    """AX-3 and the single keys of a message."""
    ana = somebody(permissions=["clipboard-read", "clipboard-write"]).join("ana")
    ana.say("first", "second", "third")
    expect(ana.sent).to_have_count(3)
    messages = ana.page.locator(".message")
    messages.last.focus()

    ana.page.keyboard.press("Home")
    expect(messages.first).to_be_focused()
    ana.page.keyboard.press("ArrowDown")
    expect(messages.nth(1)).to_be_focused()
    ana.page.keyboard.press("c")
    expect(ana.page.locator(".strip")).to_contain_text("Text copied")
    assert ana.page.evaluate("navigator.clipboard.readText()") == "second"
    ana.page.keyboard.press("e")
    expect(ana.field).to_have_value("second")
    ana.field.press("Escape")
    messages.nth(1).focus()
    ana.page.keyboard.press("Enter")
    expect(ana.page.get_by_role("menu")).to_be_visible()
    ana.page.keyboard.press("Escape")
    messages.nth(1).focus()
    ana.page.keyboard.press("Delete")
    expect(ana.page.get_by_role("button", name="Cancel")).to_be_focused()
    ana.page.locator("dialog .danger").click()

    expect(ana.page.locator(".tombstone")).to_have_text("Message deleted")


def test_on_a_phone_a_finger_that_rests_opens_the_menu_as_a_sheet(
    somebody: Callable[..., Person],
) -> None:
    ben = somebody().join("ben")
    ben.say("hello")
    ana = somebody(**PHONE).join("ana")
    devtools = ana.context.new_cdp_session(ana.page)
    box = ana.page.locator(".message .body").bounding_box()
    assert box is not None
    point = {"x": box["x"] + 5, "y": box["y"] + 5}

    devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    sheet = ana.page.get_by_role("menu")
    expect(sheet).to_be_visible()
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    place = sheet.bounding_box()
    assert place is not None
    assert (place["x"], place["width"], place["y"] + place["height"]) == (0, 390, 844)
    ana.page.get_by_label("React with 👍").tap()
    expect(ben.page.locator(".reactions [aria-pressed]")).to_have_text(["👍1"])


def test_the_history_of_a_room_is_saved_as_a_file(
    somebody: Callable[..., Person], tmp_path: Path
) -> None:
    ana = somebody().join("ana")
    fill(ana, 450)

    ana.page.locator(".head").get_by_label("Room menu").click()
    ana.page.get_by_role("menuitem", name="Download history").click()
    ana.page.get_by_label("JSON lines").check()
    with ana.page.expect_download() as download:
        ana.page.get_by_role("button", name="Download").click()

    download.value.save_as(tmp_path / "lobby.jsonl")
    lines = (tmp_path / "lobby.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, 451))
    assert download.value.suggested_filename == "lobby.jsonl"


def test_a_download_that_is_stopped_saves_nothing(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    fill(ana, 10)
    held: list[Route] = []
    ana.page.route("**/api/rooms/lobby/messages?*", lambda route: held.append(route))
    ana.page.locator(".head").get_by_label("Room menu").click()
    ana.page.get_by_role("menuitem", name="Download history").click()
    downloads: list[object] = []
    ana.page.on("download", lambda download: downloads.append(download))
    with ana.page.expect_request("**/api/rooms/lobby/messages?*"):
        ana.page.get_by_role("button", name="Download").click()

    ana.page.get_by_role("button", name="Cancel").click()

    expect(ana.page.locator("dialog")).to_have_count(0)
    for route in held:
        route.abort()
    assert downloads == []


def test_a_download_that_something_between_refuses_says_so_in_words(
    somebody: Callable[..., Person],
) -> None:
    """As a proxy does, in no language of ours."""
    ana = somebody(locale="zh-CN").join("ana")
    ana.page.route(
        "**/api/rooms/lobby/messages?*",
        lambda route: route.fulfill(status=401, content_type="text/html", body="<h1>No</h1>"),
    )
    ana.page.locator(".head").get_by_label("房间菜单").click()
    ana.page.get_by_role("menuitem", name="下载历史记录").click()

    ana.page.get_by_role("button", name="下载").click()

    problem = ana.page.locator("dialog").get_by_role("alert")
    expect(problem).to_have_text(re.compile("^服务器没有接受此操作。"))
    expect(problem.get_by_text("401")).to_be_hidden()


def test_an_empty_room_offers_its_link(somebody: Callable[..., Person]) -> None:
    ana = somebody(permissions=["clipboard-read", "clipboard-write"]).join("ana", "设计评审")

    ana.page.get_by_role("button", name="Copy room link").click()

    expect(ana.page.locator(".strip")).to_contain_text("Link copied")
    link = ana.page.evaluate("navigator.clipboard.readText()")
    assert link == f"{ana.address}/r/%E8%AE%BE%E8%AE%A1%E8%AF%84%E5%AE%A1"
