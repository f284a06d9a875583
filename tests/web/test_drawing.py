"""What drawing costs, counted and not timed: figures that no other machine changes."""

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from playwright.sync_api import CDPSession, expect
from test_timeline import FRAME, PHONE, fill

pytestmark = pytest.mark.slow

LAYOUT_SHIFT = 0.02  # after the first paint
HELD = 560  # messages in the room, nearly as many as may be drawn
WATCH_SHIFTS = """
window.shift = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift += entry.value
}).observe({ type: "layout-shift", buffered: true })
"""

# By how much a frame has moved the message nearest the middle otherwise than by the test.
WATCH_PLACE = """(scroller) => {
  const offsetOf = (element) => element.getBoundingClientRect().top
  let held = null
  scroller.moved = 0
  scroller.toStart = () => {
    held = null
    scroller.scrollTop = 0
  }
  const look = () => {
    if (held?.row.isConnected) {
      scroller.moved = Math.max(scroller.moved, Math.abs(offsetOf(held.row) - held.offset))
    }
    const { left, top, width, height } = scroller.getBoundingClientRect()
    const row = document.elementFromPoint(left + width / 2, top + height / 2)?.closest("article")
    held = row && { row, offset: offsetOf(row) }
  }
  const watch = () => {
    setTimeout(look)
    requestAnimationFrame(watch)
  }
  watch()
}"""


class Calls:
    """How often functions of the page ran, as the engine counts them."""

    def __init__(self, person: Person) -> None:
        self._devtools: CDPSession = person.context.new_cdp_session(person.page)
        self._devtools.send("Profiler.enable")
        self._devtools.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
        self.taken()

    def taken(self) -> dict[str, int]:
        """Since it was last asked."""
        calls: dict[str, int] = {}
        for script in self._devtools.send("Profiler.takePreciseCoverage")["result"]:
            if "/js/" in script["url"]:
                for function in script["functions"]:
                    name, count = function["functionName"], function["ranges"][0]["count"]
                    calls[name] = calls.get(name, 0) + count
        return calls


def settle(person: Person) -> None:
    for _ in range(3):
        person.page.evaluate(FRAME)


@pytest.mark.parametrize("look", [{}, PHONE], ids=["desk", "phone"])
def test_what_is_on_the_screen_stays_where_it_is_while_a_room_opens(
    somebody: Callable[..., Person], look: dict[str, Any]
) -> None:
    ben = somebody().join("ben")
    fill(ben, 120)
    ana = somebody(**look).join("ana", "general")
    ana.page.add_init_script(WATCH_SHIFTS)

    ana.page.goto(f"{ana.address}/r/lobby")

    expect(ana.page.locator("[data-seq='120']")).to_be_in_viewport()
    expect(ana.page.locator("sc-code:not(:defined)")).to_have_count(0)
    settle(ana)
    assert ana.page.evaluate("window.shift") <= LAYOUT_SHIFT


def test_blocks_of_one_height_come_and_go_and_move_nothing(
    somebody: Callable[..., Person],
) -> None:
    """TL-2: where one is let go below for one that comes above, the whole is as high as before."""
    ben = somebody().join("ben")
    fill(ben, 800, text="the same line")
    ana = somebody().join("ana")
    expect(ana.page.locator("[data-seq='800']")).to_be_in_viewport()
    scroller = ana.page.locator(".scroll")
    scroller.evaluate(WATCH_PLACE)

    while ana.page.get_by_text("This is the beginning of").count() == 0:
        scroller.evaluate("(it) => it.toStart()")
        settle(ana)

    assert scroller.evaluate("(it) => it.moved") <= 1


def test_a_message_draws_itself_and_its_neighbour_and_no_other(
    somebody: Callable[..., Person],
) -> None:
    ben = somebody().join("ben")
    fill(ben, HELD)
    ana = somebody().join("ana")
    scroller = ana.page.locator(".scroll")
    while ana.page.locator(".message").count() < HELD - 50:
        scroller.evaluate("(it) => { it.scrollTop = 0 }")
        scroller.evaluate(FRAME)
    while scroller.evaluate("(it) => it.scrollHeight - it.scrollTop - it.clientHeight > 1"):
        scroller.evaluate("(it) => { it.scrollTop = it.scrollHeight }")
        scroller.evaluate(FRAME)
    expect(ana.page.locator(f"[data-seq='{HELD}']")).to_be_in_viewport()
    settle(ana)
    calls = Calls(ana)

    ben.say("one more")
    expect(ana.sent.last).to_have_text("one more")
    settle(ana)

    drawn = calls.taken()
    # The new one, and the one that was last, which gives its place in the order of tabs away.
    assert 1 <= drawn["messageRow"] <= 3
    assert drawn.get("treeOf", 0) <= 1


def test_moving_through_what_is_drawn_makes_no_rows(somebody: Callable[..., Person]) -> None:
    ben = somebody().join("ben")
    fill(ben, 100)
    ana = somebody().join("ana")
    expect(ana.page.locator("[data-seq='100']")).to_be_in_viewport()
    scroller = ana.page.locator(".scroll")
    settle(ana)
    scroller.evaluate("(it) => { it.scrollTop = 0 }")
    settle(ana)
    scroller.evaluate("(it) => { it.scrollTop = it.scrollHeight }")
    settle(ana)
    calls = Calls(ana)

    for _ in range(10):
        scroller.evaluate("(it) => { it.scrollTop -= 100 }")
        scroller.evaluate(FRAME)

    drawn = calls.taken()
    assert (drawn.get("messageRow", 0), drawn.get("make", 0)) == (0, 0)
