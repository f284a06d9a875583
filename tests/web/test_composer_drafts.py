"""What was typed and not sent: over reloads, from tab to tab, through compositions."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

FIELD = "#composer-field"
SAFARI_ENTER = """(field) => {
  const compose = (type) => field.dispatchEvent(new CompositionEvent(type, { bubbles: true }))
  compose("compositionstart")
  field.value = "你好"
  compose("compositionend")
  const enter = { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }
  return field.dispatchEvent(new KeyboardEvent("keydown", enter))
}"""
COMPOSING_KEYS = """(field) => {
  field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }))
  return ["Enter", "Escape", "ArrowUp", "Tab", "PageUp", "b"].map((key) => {
    const ctrlKey = key === "b"
    return field.dispatchEvent(
      new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true, cancelable: true }))
  })
}"""


def lobby(person: Person) -> Page:
    tab = person.open_tab()
    tab.goto(f"{person.address}/r/lobby")
    expect(tab.locator(FIELD)).to_be_visible()
    return tab


def test_caret_and_answer_come_back_with_the_draft(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.say("a question")
    expect(ana.sent).to_have_count(1)
    ana.sent.first.hover()
    ana.page.get_by_label("Reply", exact=True).first.click()
    ana.field.press_sequentially("an answer")
    ana.field.evaluate("(field) => field.setSelectionRange(3, 3)")

    ana.page.reload()
    ana.expect_live()
    expect(ana.page.locator(".target")).to_have_text("Replying to ana")
    ana.field.press_sequentially("long ")
    ana.field.press("Enter")

    expect(ana.sent.last).to_have_text("an long answer")
    expect(ana.page.locator(".quote")).to_contain_text("a question")


def test_a_draft_follows_its_person_from_tab_to_tab(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    other = lobby(ana)

    ana.page.bring_to_front()
    ana.field.press_sequentially("half a sen")
    expect(other.locator(FIELD)).to_have_value("half a sen")
    other.bring_to_front()
    other.locator(FIELD).press("End")
    other.locator(FIELD).press_sequentially("tence")
    expect(ana.field).to_have_value("half a sentence")
    other.locator(FIELD).press("Enter")

    expect(ana.field).to_have_value("")
    ana.page.bring_to_front()
    ana.page.reload()
    ana.expect_live()
    expect(ana.field).to_have_value("")
    expect(ana.sent).to_have_text(["half a sentence"])


def test_no_other_tab_rewrites_the_field_during_a_composition(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    other = lobby(ana)
    ana.field.press_sequentially("mine")
    expect(other.locator(FIELD)).to_have_value("mine")

    ana.field.dispatch_event("compositionstart")
    other.locator(FIELD).press("End")
    other.locator(FIELD).press_sequentially(" and theirs")
    other.wait_for_function(
        "() => Object.values(localStorage).some((value) => value.includes('theirs'))"
    )
    expect(ana.field).to_have_value("mine")
    ana.field.dispatch_event("compositionend")
    other.locator(FIELD).press_sequentially("!")

    expect(ana.field).to_have_value("mine and theirs!")


def test_the_enter_that_safari_reports_after_a_composition_does_not_send(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    ana.field.focus()

    assert ana.field.evaluate(SAFARI_ENTER) is True
    expect(ana.field).to_have_value("你好")
    expect(ana.bodies).to_have_count(0)
    ana.field.press("Enter")

    expect(ana.sent).to_have_text(["你好"])


def test_during_a_composition_every_key_is_the_input_methods(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    ana.say("said before")
    expect(ana.sent).to_have_count(1)

    assert ana.field.evaluate(COMPOSING_KEYS) == [True] * 6

    expect(ana.page.locator(".target")).to_have_count(0)
    expect(ana.field).to_have_value("")


def test_emoji_are_completed_by_two_letters_also_after_chinese_text(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    options = ana.page.get_by_role("option")

    ana.field.press_sequentially("12:30 http://a.example 好的:t")
    expect(options).to_have_count(0)
    ana.field.press_sequentially("ada")
    expect(options).to_have_count(1)
    expect(options.first).to_contain_text("🎉")
    ana.field.press("Enter")
    expect(ana.field).to_have_value("12:30 http://a.example 好的🎉")
    ana.field.fill("")
    ana.field.press_sequentially("注意:大笑")
    expect(options).to_have_count(0)
    ana.field.press_sequentially(" ：大笑")
    expect(options.first).to_contain_text("😄")
    ana.field.press("ArrowDown")
    ana.field.press("Escape")
    expect(options).to_have_count(0)
    ana.field.press("Enter")

    expect(ana.sent).to_have_text(["注意:大笑 ：大笑"])


def test_the_name_of_a_room_leads_there(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.enter("ops-alerts")
    ana.enter("设计")

    ana.say("see #ops-alerts, #ops and#nothing, 看#设计吧")

    links = ana.sent.last.locator("a")
    expect(links).to_have_text(["#ops-alerts", "#设计"])
    links.first.click()
    expect(ana.page.locator("h1")).to_have_text("ops-alerts")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_list_of_emoji_is_accessible(
    somebody: Callable[..., Person], examine: Callable[[Person], None], language: str
) -> None:
    ana = somebody(locale=language, reduced_motion="reduce").join("ana")
    ana.say("```python\n@app.get('/')\nasync def f(a):\n    return 'b'  # c\n```", "#lobby")
    ana.field.press_sequentially(":smi")
    expect(ana.page.get_by_role("option")).to_have_count(8)
    expect(ana.page.locator(".code .keyword").first).to_have_text("async")

    examine(ana)
