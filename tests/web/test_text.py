"""How what people write is shown: Markdown and code."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


def test_text_is_read_as_markdown(somebody: Callable[..., Person]) -> None:
    ana = somebody(permissions=["clipboard-read", "clipboard-write"]).join("ana")
    ben = somebody().join("ben")
    code = "def f():\n    return 1"

    ben.say(
        "**注意：**请看", "@ana look: *here* or ~~there~~, a_b_c `x`", f"```python\n{code}\n```"
    )
    ben.say("- one\n- two", "> said\n\nanswer", "# no heading", "[site](https://a.example/)")

    expect(ana.sent).to_have_count(7)
    expect(ana.page.locator(".body strong")).to_have_text("注意：")
    expect(ana.page.locator(".body em, .body s")).to_have_text(["here", "there"])
    expect(ana.page.locator(".body .mention.you")).to_have_text("@ana")
    expect(ana.page.locator(".message.for-me")).to_have_count(1)
    expect(ana.page.locator(".body li")).to_have_text(["one", "two"])
    expect(ana.page.locator(".body blockquote")).to_have_text("said")
    expect(ana.sent.nth(5)).to_have_text("# no heading")
    expect(ana.page.locator(".body a")).to_have_attribute("title", "https://a.example/")
    expect(ana.page.locator(".code figcaption > span")).to_have_text("python")
    ana.page.locator(".code button").click()
    expect(ana.page.locator(".code button")).to_have_text("Copied")
    assert ana.page.evaluate("navigator.clipboard.readText()") == code


def test_long_code_is_folded_and_opens_where_it_stands(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.say("```\n" + "\n".join(f"line {number}" for number in range(60)) + "\n```")
    expect(ana.page.locator(".code pre")).to_contain_text("line 19")
    expect(ana.page.locator(".code pre")).not_to_contain_text("line 20")
    top = "() => document.querySelector('.code').getBoundingClientRect().top"
    before = ana.page.evaluate(top)

    ana.page.get_by_text("Show all 60 lines").click()

    expect(ana.page.locator(".code pre")).to_contain_text("line 59")
    assert abs(ana.page.evaluate(top) - before) <= 1
