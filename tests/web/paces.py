"""Single paces of the page, each in a page of its own, for `speed.py`."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from browsing import ChatServer, Person
from playwright.sync_api import Browser, CDPSession, expect

ROUND_TRIP_MS = 100
BYTES_A_SECOND = 10_000_000 / 8
DRAWN = 600
PAGES = 10  # of history
MESSAGES = 40
HOUR_S = 3_600
STEP_S = 5  # shorter than the page waits for an answer to its ping
FASTEST_MS = 10_000
WORK = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
FRAME = "() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))"
FIELD = """
new MutationObserver(() => {
  if (document.getElementById("composer-field")) window.fieldAt ??= performance.now()
}).observe(document, { childList: true, subtree: true })"""
# The handler runs within the event; how many frames later the message is there.
SEND = """async (text) => {
  const field = document.getElementById("composer-field")
  field.value = text
  field.dispatchEvent(new InputEvent("input", { bubbles: true }))
  await new Promise((resolve) => setTimeout(resolve, 50))
  const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })
  const began = performance.now()
  field.dispatchEvent(enter)
  const took = performance.now() - began
  const isThere = () => [...document.querySelectorAll("article .body")].at(-1)?.textContent === text
  let frames = 0
  while (!isThere()) {
    await new Promise(requestAnimationFrame)
    await null
    frames += 1
  }
  return { took, frames }
}"""
TO_THE_TOP = """(it) => {
  it.scrollTop = 0
  const row = it.querySelector("article")
  window.anchor = { row, offset: row.getBoundingClientRect().top }
}"""
IS_ABOVE = """() => {
  const first = document.querySelector("article")
  return first !== window.anchor.row && window.anchor.row.isConnected
}"""
DRIFT = "() => Math.abs(window.anchor.row.getBoundingClientRect().top - window.anchor.offset)"
COUNT_TIMERS = f"""() => {{
  window.short = []
  const set = window.setTimeout
  window.setTimeout = (callback, ms = 0, ...rest) => {{
    if (ms < {FASTEST_MS}) window.short.push(ms)
    return set(callback, ms, ...rest)
  }}
}}"""
HALT = """
const halt = (ms) => { for (const end = performance.now() + ms; performance.now() < end;); }
const frame = window.requestAnimationFrame.bind(window)
window.requestAnimationFrame = (callback) => frame((time) => { halt(120); callback(time) })
addEventListener("keydown", () => halt(40), true)
addEventListener("click", () => halt(200), true)
document.addEventListener("DOMContentLoaded", () => {
  halt(2500)
  const push = document.createElement("div")
  setTimeout(() => { push.style.height = "300px"; document.body.prepend(push) }, 2000)
  setTimeout(() => push.remove(), 4000)
  window.ballast = new Array(9e6).fill(0.5)
  window.leak = []
  const grow = () => { window.leak.push(new Array(4e3).fill(0.5)); setTimeout(grow, 5000) }
  grow()
})
"""


class Work:
    """What the engine says it did in script, style and layout, in milliseconds."""

    def __init__(self, person: Person) -> None:
        self._devtools: CDPSession = person.context.new_cdp_session(person.page)
        self._devtools.send("Performance.enable")
        self._before = self._sum()

    def _sum(self) -> float:
        metrics = self._devtools.send("Performance.getMetrics")["metrics"]
        return 1_000 * sum(float(each["value"]) for each in metrics if each["name"] in WORK)

    def taken(self) -> float:
        now = self._sum()
        before, self._before = self._before, now
        return now - before


def coming_far_away(browser: Browser, address: str, cookies: list[Any], script: str) -> float:
    """Milliseconds until one can write, cold, over a long line. The browser does not delay
    sockets, and the field waits for none."""
    with visitor(browser, address, cookies, FIELD + script) as person:
        devtools = person.context.new_cdp_session(person.page)
        devtools.send("Network.enable")
        line = {"downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
        conditions = {"offline": False, "latency": ROUND_TRIP_MS, **line}
        devtools.send("Network.emulateNetworkConditions", conditions)
        person.page.goto(f"{address}/r/general")
        expect(person.field).to_be_visible()
        return float(person.page.evaluate("window.fieldAt"))


def sending(person: Person) -> dict[str, float]:
    sent = [person.page.evaluate(SEND, f"own {number}") for number in range(MESSAGES)]
    return {
        "own message, handler, ms p95": high([each["took"] for each in sent]),
        "own message, frames until seen": float(max(each["frames"] for each in sent)),
    }


def hearing(person: Person, post: httpx.Client, last_seq: int) -> dict[str, float]:
    """At the end of a room of which all is drawn that may be."""
    scroller = person.page.locator(".scroll")
    while person.page.locator("article").count() < DRAWN - 50:
        scroller.evaluate("(it) => { it.scrollTop = 0 }")
        scroller.evaluate(FRAME)
    while scroller.evaluate("(it) => it.scrollHeight - it.scrollTop - it.clientHeight > 1"):
        scroller.evaluate("(it) => { it.scrollTop = it.scrollHeight }")
        scroller.evaluate(FRAME)
    work, taken = Work(person), []
    for number in range(MESSAGES):
        work.taken()
        body = {"text": f"heard {number}", "client_message_id": f"h-{number}"}
        post.post("/api/rooms/lobby/messages", json=body).raise_for_status()
        expect(person.page.locator(f"[data-seq='{last_seq + number + 1}']")).to_be_visible()
        scroller.evaluate(FRAME)
        taken.append(work.taken())
    return {"incoming message, script and layout, ms p95": high(taken)}


def paging(person: Person) -> dict[str, float]:
    scroller = person.page.locator(".scroll")
    work, taken, drifts = Work(person), [], []
    for _ in range(PAGES):
        scroller.evaluate(FRAME)
        scroller.evaluate(TO_THE_TOP)
        work.taken()
        person.page.wait_for_function(IS_ABOVE)
        scroller.evaluate(FRAME)
        taken.append(work.taken())
        drifts.append(float(person.page.evaluate(DRIFT)))
    return {
        "a page of history put above, ms median": statistics.median(taken),
        "drift at that, px": max(drifts),
    }


def idling(browser: Browser, address: str, cookies: list[Any], script: str) -> dict[str, float]:
    """An hour by the page's own clock, in steps between which the server's answers come."""
    with visitor(browser, address, cookies, script) as person:
        person.page.clock.install()
        person.page.goto(f"{address}/r/general")
        person.expect_live()
        person.page.clock.run_for(60_000)
        person.page.evaluate("fetch('/healthz').then(() => 0)")
        person.page.clock.run_for(2_000)
        person.expect_live()
        person.page.evaluate(COUNT_TIMERS)
        before = heap(person)
        for _ in range(HOUR_S // STEP_S):
            person.page.clock.run_for(STEP_S * 1_000)
            person.page.evaluate("fetch('/healthz').then(() => 0)")
        return {
            "timers under 10 s in an idle hour": float(person.page.evaluate("short.length")),
            "heap more after it, MB": heap(person) - before,
        }


def heap(person: Person) -> float:
    devtools = person.context.new_cdp_session(person.page)
    devtools.send("HeapProfiler.collectGarbage")
    return float(devtools.send("Runtime.getHeapUsage")["usedSize"]) / 2**20


def high(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


@contextmanager
def visitor(browser: Browser, address: str, cookies: list[Any], script: str) -> Iterator[Person]:
    person = Person(browser, address)
    person.page.add_init_script(script)
    person.context.add_cookies(cookies)
    yield person
    person.context.close()


def messenger(server: ChatServer, cookies: list[Any]) -> httpx.Client:
    jar = {cookie["name"]: cookie["value"] for cookie in cookies}
    origin = {"Origin": server.address}
    return httpx.Client(base_url=server.address, cookies=jar, headers=origin, trust_env=False)
