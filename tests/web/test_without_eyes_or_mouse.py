"""The page for those who hear it and for those who have no pointer (AX-2, AX-3)."""

import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

# Everything that the polite region ever said, in order.
LISTEN = """
window.heard = []
const listen = () => {
  const region = document.getElementById("announcements")
  if (!region) return setTimeout(listen, 50)
  new MutationObserver(() => {
    const words = region.textContent.trim()
    if (words && words !== window.heard.at(-1)) window.heard.push(words)
  }).observe(region, { childList: true, characterData: true, subtree: true })
}
listen()
"""
SAY_AT_ONCE = """(count) => Promise.all(Array.from({ length: count }, (_, number) =>
  fetch("/api/rooms/lobby/messages", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text: `line ${number}`, client_message_id: `m-${number}` }),
  })))"""
HEARD = "(count) => window.heard.length >= count"


def listening(somebody: Callable[..., Person], name: str) -> Person:
    person = somebody()
    person.page.add_init_script(LISTEN)
    return person.join(name)


def test_what_others_say_is_read_out_and_nothing_else(somebody: Callable[..., Person]) -> None:
    """Not what oneself says, not history, no edit and no reaction."""
    ben = somebody().join("ben")
    ben.say("long ago")
    ana = listening(somebody, "ana")
    expect(ana.sent).to_have_text(["long ago"])
    ana.say("mine")
    ben.say("hello ana")
    ana.page.wait_for_function(HEARD, arg=1)
    ben.page.locator(".message").last.focus()
    ben.page.keyboard.press("e")
    expect(ben.field).to_have_value("hello ana")
    ben.field.fill("hello again")
    ben.field.press("Enter")
    expect(ana.sent.last).to_have_text(re.compile("hello again"))
    ben.say("the end")
    ana.page.wait_for_function(HEARD, arg=2)

    assert ana.page.evaluate("window.heard") == ["ben: hello ana", "ben: the end"]
    expect(ana.page.locator("[role=log]")).to_have_attribute("aria-live", "off")


def test_many_at_once_are_counted(somebody: Callable[..., Person]) -> None:
    ana, ben = listening(somebody, "ana"), somebody().join("ben")
    ben.say("one")
    ana.page.wait_for_function(HEARD, arg=1)
    ben.page.evaluate(SAY_AT_ONCE, 20)
    expect(ana.sent).to_have_count(21)
    ana.page.wait_for_function(HEARD, arg=2)

    said = ana.page.evaluate("window.heard")
    assert said[0] == "ben: one"
    counts = [
        int(found[1]) for words in said[1:] if (found := re.match(r"(\d+) new messages$", words))
    ]
    few = sum(words.count("ben: ") for words in said[1:])
    assert counts
    assert sum(counts) + few == 20


def test_a_cut_and_the_return_are_said_by_role(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.may_be_offline = True
    state = ana.page.locator(".brand [role=status]")
    expect(state).to_have_text("Connected")
    server.kill()
    expect(state).not_to_have_text("Connected")
    server.start()
    expect(state).to_have_text("Connected", timeout=40_000)


def test_somebody_comes_writes_mends_and_finds_a_room_by_keys_alone(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    """The flows of joining, drafts and editing without a pointer."""
    ana = somebody()
    page = ana.page
    page.goto(f"{server.address}/r/lobby")
    expect(page.locator("#join-name")).to_be_focused()
    page.keyboard.type("ana")
    page.keyboard.press("Enter")
    expect(ana.field).to_be_visible()
    page.keyboard.type("hello")
    expect(ana.field).to_have_value("hello")
    page.keyboard.press("Enter")
    expect(ana.sent).to_have_text(["hello"])
    page.keyboard.press("ArrowUp")
    expect(ana.field).to_have_value("hello")
    page.keyboard.type(" there")
    page.keyboard.press("Enter")
    expect(ana.sent).to_have_text([re.compile("hello there")])
    page.keyboard.type("half a")
    page.keyboard.press("ArrowUp")
    expect(ana.field).to_have_value("half a")
    page.reload()
    expect(ana.field).to_have_value("half a")
    ana.expect_live()
    page.keyboard.press("Control+k")
    expect(page.locator("dialog[open] input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.type("x")
    expect(ana.field).to_be_focused()


def test_who_reads_above_reaches_the_end_by_keys(somebody: Callable[..., Person]) -> None:
    """TL-1: nothing moves, the pill counts, and keys lead to it."""
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.say(*(f"line {number}" for number in range(60)))
    expect(ben.sent).to_have_count(60)
    ana.field.press("PageUp")
    ana.field.press("PageUp")
    pill = ana.page.locator(".pill")
    expect(pill).to_be_visible()
    ben.say(*(f"more {number}" for number in range(20)))
    expect(pill).to_have_text("20 new messages")
    pill.focus()
    ana.page.keyboard.press("Enter")
    expect(ana.page.locator(".message").last).to_be_in_viewport()
    expect(pill).to_have_count(0)


def test_who_takes_the_last_reaction_back_stays_at_its_message(
    somebody: Callable[..., Person],
) -> None:
    """The button that did it is gone then."""
    ana = somebody().join("ana")
    ana.say("hello")
    expect(ana.sent).to_have_count(1)
    ana.page.locator(".message").focus()
    ana.page.keyboard.press("+")
    expect(ana.page.get_by_role("button", name="React with 👍")).to_be_focused()
    ana.page.keyboard.press("Enter")
    own = ana.page.locator(".reactions [aria-pressed=true]")
    own.focus()

    ana.page.keyboard.press("Enter")

    expect(own).to_have_count(0)
    expect(ana.page.locator(".message")).to_be_focused()
