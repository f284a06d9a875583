"""How fast the log is, as figures: `python tests/web/speed.py`.

Ten thousand messages are written into a room; then a browser pages up through them, jumps, hears a
burst and changes rooms. Figures depend on the machine; what does not (how
many messages are in the page) is asserted here too.
"""

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from browsing import ChatServer, Person, launch, running_server
from playwright.sync_api import Browser, expect, sync_playwright

MANY = 10_000
DRAWN = 600
BURST = 1_000
BURST_SECONDS = 10.0
STEP_PX = 400
POST_MANY = """async ({ from, count, room }) => {
  const texts = [
    (number) => `line ${number}`,
    (number) => `line ${number}\\n` + "and more ".repeat(number % 40),
    (number) => "```py\\n" + `print(${number})\\n`.repeat(1 + number % 9) + "```",
    () => "🎉🎉",
  ]
  const headers = { "Content-Type": "application/json" }
  const post = (number) => fetch(`/api/rooms/${room}/messages`, { method: "POST", headers,
    body: JSON.stringify({ text: texts[number % 4](number), client_message_id: `m-${number}` }) })
  for (let number = from; number < from + count; number += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => post(number + index)))
  }
}"""
# One step of the wheel a frame.
SCROLL = """async ({ step, frames }) => {
  const scroller = document.querySelector(".scroll")
  const frame = () => new Promise(requestAnimationFrame)
  const durations = []
  let most = 0
  for (let count = 0; count < frames; count += 1) {
    const began = performance.now()
    scroller.scrollTop -= step
    await frame()
    durations.push(performance.now() - began)
    most = Math.max(most, scroller.querySelectorAll("article").length)
  }
  return { durations, most }
}"""
WATCH = """
window.tasks = []
window.shift = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.tasks.push(Math.round(duration))
}).observe({ type: "longtask" })
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value
}).observe({ type: "layout-shift", buffered: true })
window.keys = []
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.keys.push(duration)
}).observe({ type: "event", durationThreshold: 16 })
"""


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as temporary,
        running_server(Path(temporary)) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright.chromium)
        for name, figure in measure(browser, server).items():
            print(f"{name}: {json.dumps(figure)}")
        browser.close()


def measure(browser: Browser, server: ChatServer) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    ben = Person(browser, server.address).join("ben")
    ben.page.goto("about:blank")
    ben.page.goto(f"{server.address}/r/general")
    ben.page.evaluate(POST_MANY, {"from": 0, "count": MANY, "room": "lobby"})
    ana = Person(browser, server.address)
    ana.page.add_init_script(WATCH)
    ana.join("ana", "general")
    ana.page.goto(f"{server.address}/r/lobby")
    expect(ana.page.locator(".message").last).to_be_in_viewport()
    figures["layout shift at opening"] = ana.page.evaluate("window.shift")

    ana.page.evaluate("window.tasks = []")
    scrolled = ana.page.evaluate(SCROLL, {"step": STEP_PX, "frames": 600})
    figures["a frame of scrolling, ms"] = spread(scrolled["durations"])
    figures["messages drawn at most"] = scrolled["most"]
    figures["longest tasks while scrolling, ms"] = longest(ana)

    ana.page.locator(".pill").click()
    ana.page.evaluate("window.tasks = []")
    ana.page.evaluate("window.keys = []")
    ana.field.focus()
    typed = ""
    with burst(server.address, ben.context.cookies()) as talking:
        while talking.is_alive():
            ana.page.keyboard.press("x")
            typed += "x"
    expect(ana.page.locator(f"[data-seq='{MANY + BURST}']")).to_be_in_viewport()
    expect(ana.field).to_have_value(typed)
    figures["longest tasks in a burst, ms"] = longest(ana)
    figures["from key to picture in a burst, ms"] = spread(ana.page.evaluate("window.keys"))
    ana.field.fill("")

    ana.page.locator(".room", has_text="General").click()
    expect(ana.page.locator("h1")).to_have_text("General")
    took = ana.page.evaluate("""async () => {
      const rooms = [...document.querySelectorAll(".room")]
      const link = rooms.find((room) => /lobby/.test(room.textContent))
      const began = performance.now()
      link.click()
      while (!document.querySelector("article")) await new Promise(requestAnimationFrame)
      return performance.now() - began
    }""")
    figures["change to a room that is held, ms"] = round(took, 1)
    devtools = ana.context.new_cdp_session(ana.page)
    devtools.send("HeapProfiler.collectGarbage")
    heap = devtools.send("Runtime.getHeapUsage")["usedSize"]
    figures["heap, MB"] = round(heap / 2**20, 1)
    figures["messages held"] = ana.page.evaluate(
        "import(document.querySelector('link[href*=\"context.js\"]').href)"
        ".then(({ chat }) => chat.subscriptions.get('lobby').tail.messages.length)"
    )
    assert figures["messages drawn at most"] <= DRAWN
    return figures


@contextmanager
def burst(address: str, cookies: list[Any]) -> Iterator[threading.Thread]:
    """Somebody says a thousand things in ten seconds, meanwhile."""

    def talk() -> None:
        jar = {cookie["name"]: cookie["value"] for cookie in cookies}
        with httpx.Client(
            base_url=address, cookies=jar, headers={"Origin": address}, trust_env=False
        ) as http:
            began = time.monotonic()
            for number in range(BURST):
                time.sleep(max(0.0, began + number * BURST_SECONDS / BURST - time.monotonic()))
                post = {"text": f"burst {number}", "client_message_id": f"b-{number}"}
                http.post("/api/rooms/lobby/messages", json=post).raise_for_status()

    talking = threading.Thread(target=talk)
    talking.start()
    yield talking
    talking.join()


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(len(ordered) * 0.95)], 1),
        "most": round(ordered[-1], 1),
    }


def longest(person: Person) -> list[int]:
    return sorted(person.page.evaluate("window.tasks"), reverse=True)[:3]


if __name__ == "__main__":
    main()
