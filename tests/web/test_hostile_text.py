"""Text that is made to harm: it stays text, and the page goes on (flow 16)."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

LONGEST_TASK_MS = 200
WATCH_LONG_TASKS = f"""
window.longTasks = []
new PerformanceObserver((list) => {{
  const tasks = list.getEntries().map((task) => Math.round(task.duration))
  window.longTasks.push(...tasks.filter((duration) => duration > {LONGEST_TASK_MS}))
}}).observe({{ type: "longtask" }})
"""
# A frame as if the server had sent it.
HEAR = """async (frame) => {
  const main = document.querySelector("script[type=module]").src
  const { chat } = await import(main.replace("main.js", "context.js"))
  chat.socket.emit("event", frame)
}"""


def test_a_halt_is_seen_where_there_is_one(somebody: Callable[..., Person]) -> None:
    """The control of what the others say: no long task."""
    ana = somebody()
    ana.page.add_init_script(WATCH_LONG_TASKS)
    ana.join("ana")
    halt = "(ms) => { const end = performance.now() + ms; while (performance.now() < end); }"
    ana.page.evaluate(f"(ms) => setTimeout({halt}, 0, ms)", LONGEST_TASK_MS * 2)

    ana.page.wait_for_function("() => window.longTasks.length > 0")


def test_hostile_text_stays_text(somebody: Callable[..., Person]) -> None:
    ana = somebody()
    ana.page.add_init_script(WATCH_LONG_TASKS)
    ana.join("ana")
    texts = [
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "[x](javascript:alert(1)) ![y](data:text/html,z)",
        "[" * 3_000,
        "*" * 4_000,
        "> " * 1_999 + "x",
        "- " * 1_999 + "x",
        "http:" * 800,
        "@" * 4_000,
        "\u202egnp.exe",
        "x\u200by\u2060z",
        "y" * 4_000,
        "<b>",
    ]

    ana.say(*texts)

    expect(ana.sent).to_have_count(len(texts))
    assert ana.sent.all_text_contents() == texts
    expect(ana.page.locator(".body a, .body img, .body b")).to_have_count(0)
    assert ana.page.evaluate("window.longTasks") == []


@pytest.mark.parametrize("mark", ["*", "[", "> ", "- ", "`", "](", "😀"])
def test_text_longer_than_anybody_may_send_is_drawn_without_a_halt(
    somebody: Callable[..., Person], mark: str
) -> None:
    """What an import or another server may have let in: 16,000 marks, and lines of 64 KiB."""
    ana = somebody()
    ana.page.add_init_script(WATCH_LONG_TASKS)
    ana.join("ana")
    for seq, text in ((1, mark * 16_000), (2, mark + "y" * 65_536)):
        numbers = {"seq": seq, "changed_seq": seq, "sent_at": 1_790_000_000_000 + seq}
        eve = {"id": 999, "name": "eve"}
        frame = {"type": "message", "room": "lobby", "user": eve, "text": text, **numbers}
        ana.page.evaluate(HEAR, frame)
    expect(ana.sent).to_have_count(2)
    assert ana.page.evaluate("window.longTasks") == []
