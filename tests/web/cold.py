"""How long a first visit waits, as figures: `python tests/web/cold.py [PYTHON]`.

With the interpreter that holds an installed wheel as PYTHON, its page is measured. A browser that
has never been here opens a room with fifty messages, five times; then an idle page is watched for
timers. Figures depend on the machine.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from browsing import Person, launch, running_server
from playwright.sync_api import Browser, expect, sync_playwright

RUNS = 5
MESSAGES = 50
FASTEST_MS = 10_000
SETTLED_MS = 8_000
WATCHED_MS = 20_000
POST_MANY = """async (count) => {
  const headers = { "Content-Type": "application/json" }
  for (let number = 0; number < count; number += 1) {
    const body = JSON.stringify({ text: `line ${number}`, client_message_id: `m-${number}` })
    await fetch("/api/rooms/lobby/messages", { method: "POST", headers, body })
  }
}"""
WATCH = f"""
window.seen = {{}}
new MutationObserver(() => {{
  const note = (name) => (window.seen[name] ??= Math.round(performance.now()))
  if (document.getElementById("composer-field")) note("field")
  if (document.querySelectorAll("article").length >= {MESSAGES}) note("messages")
}}).observe(document, {{ childList: true, subtree: true }})
window.timers = []
for (const name of ["setTimeout", "setInterval"]) {{
  const set = window[name]
  window[name] = (callback, ms, ...rest) => {{
    window.timers.push(ms ?? 0)
    return set(callback, ms, ...rest)
  }}
}}
"""


def main(python: str) -> None:
    with (
        tempfile.TemporaryDirectory() as temporary,
        running_server(Path(temporary), python=python) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright.chromium)
        ana = Person(browser, server.address).join("ana", "lobby")
        ana.page.evaluate(POST_MANY, MESSAGES)
        cookies = ana.context.cookies()
        ana.context.close()
        visits = [
            visit(browser, server.address, cookies, is_watched=run == RUNS - 1)
            for run in range(RUNS)
        ]
        for name, words in (
            ("field", "composer usable, ms"),
            ("messages", f"{MESSAGES} messages shown, ms"),
        ):
            times = [seen[name] for seen, _ in visits]
            print(f"{words}: median {statistics.median(times)} of {json.dumps(times)}")
        idle = visits[-1][1]
        print(f"timers set under {FASTEST_MS} ms in {WATCHED_MS} ms of idling: {json.dumps(idle)}")
        browser.close()


def visit(
    browser: Browser, address: str, cookies: list[Any], *, is_watched: bool
) -> tuple[dict[str, int], list[float]]:
    fresh = Person(browser, address)
    fresh.page.add_init_script(WATCH)
    fresh.context.add_cookies(cookies)
    fresh.page.goto(f"{address}/r/lobby")
    expect(fresh.page.locator("article")).to_have_count(MESSAGES)
    fresh.expect_live()
    if is_watched:
        fresh.page.wait_for_timeout(SETTLED_MS)
        fresh.page.evaluate("window.timers = []")
        fresh.page.wait_for_timeout(WATCHED_MS)
    timers = fresh.page.evaluate(f"window.timers.filter((ms) => ms < {FASTEST_MS})")
    seen = fresh.page.evaluate("window.seen")
    fresh.context.close()
    return seen, timers


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else sys.executable)
